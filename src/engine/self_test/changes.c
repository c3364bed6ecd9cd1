/* SPDX-License-Identifier: MIT */
/*
 * Limits of a container that runs, its statistics, and users that it does not know. wcow changes
 * limits by requests that hcsshim sends to systems of documents of another schema
 * (hcs/live_limits.c) and none of a virtual machine: what a real service does with each is noted,
 * and nothing expected.
 */
#include "base/error.h"
#include "engine/self_test/self_test.h"
#include "port/clock.h"

#define NAME          "self-test-limits"
#define BETWEEN_STATS 1000u /* ms */

static const struct {
    const char *name; /* in the report */
    const char *request;
} requests[] = {
    {"Container/Memory/SizeInMB", "{\"ResourcePath\":\"Container/Memory/"
                                  "SizeInMB\",\"RequestType\":\"Update\",\"Settings\":512}"},
    {"Container/Processor Maximum", "{\"ResourcePath\":\"Container/Processor\",\"RequestType\":"
                                    "\"Update\",\"Settings\":{\"Maximum\":5000}}"},
    {"Container/Processor Weight", "{\"ResourcePath\":\"Container/Processor\",\"RequestType\":"
                                   "\"Update\",\"Settings\":{\"Weight\":500}}"},
    {"Container/Processor Count", "{\"ResourcePath\":\"Container/Processor\",\"RequestType\":"
                                  "\"Update\",\"Settings\":{\"Count\":1}}"},
    {"VirtualMachine Memory",
     "{\"ResourcePath\":\"VirtualMachine/ComputeTopology/Memory/SizeInMB\","
     "\"RequestType\":\"Update\",\"Settings\":2048}"},
    {"VirtualMachine Processor Limits",
     "{\"ResourcePath\":\"VirtualMachine/ComputeTopology/Processor/Limits\",\"RequestType\":"
     "\"Update\",\"Settings\":{\"Limit\":5000}}"},
};

static void try_requests(self_test *t, compute_system *system)
{
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        wcow_error err = WCOW_ERROR_INIT;
        const uint64_t since = clock_ticks();
        const wcow_status status = compute_system_modify(system, requests[i].request, &err);

        note_status(t, "HcsModifyComputeSystem", requests[i].name, status, &err, since);
    }
}

static cJSON *statistics(self_test *t, compute_system *system)
{
    static const char *const types[] = {"Statistics", NULL};
    wcow_error err = WCOW_ERROR_INIT;
    cleanup_json cJSON *properties = NULL;
    const uint64_t since = clock_ticks();
    const wcow_status status = compute_system_properties(system, types, &properties, &err);

    note_status(t, "HcsGetComputeSystemProperties", "Statistics", status, &err, since);
    return cJSON_Duplicate(json_member(properties, "Statistics"), true);
}

static int64_t processor_time(const cJSON *from)
{
    return json_integer(json_member(from, "Processor"), "TotalRuntime100ns", -1);
}

/* Times that only grow are what the percents of `stats` are made of. */
static void try_statistics(self_test *t, compute_system *system)
{
    cJSON *first = statistics(t, system);
    cJSON *second;

    clock_sleep(BETWEEN_STATS);
    second = statistics(t, system);
    note_expected(t, "its processor time is told, and does not go back",
                  processor_time(first) >= 0 && processor_time(second) >= processor_time(first));
    note_expected(
        t, "a later sample has a later Timestamp",
        !text_equal(json_text(first, "Timestamp", ""), json_text(second, "Timestamp", "")));
    note_json(t, "firstStatistics", first);
    note_json(t, "secondStatistics", second);
}

/* What they print is in the report: the codes of users whom the container does not know. */
static void try_users(self_test *t)
{
    static const char *const users[] = {"NoSuchUser", "ContainerUser:NoSuchGroup",
                                        "NOSUCHDOMAIN\\user"};

    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        const char *const words[] = {"exec", "-u", users[i], NAME, "cmd", "/c", "exit 0", NULL};
        cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;

        self_test_wcow(t, words, NULL, 0, &ran);
    }
}

void step_limits(self_test *t)
{
    cleanup_system compute_system *system = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    wcow_status status;

    if (!self_test_start(t, NAME))
        return;
    status = self_test_system(t, NAME, &system, &err);
    note_status(t, "HcsOpenComputeSystem", NULL, status, &err, since);
    if (note_expected(t, "its system is opened", !status)) {
        try_statistics(t, system);
        try_requests(t, system);
    }
    compute_system_close(TAKE(system));
    try_users(t);
    self_test_end(t, NAME);
}
