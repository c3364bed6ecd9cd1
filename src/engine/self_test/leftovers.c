/* SPDX-License-Identifier: MIT */
/* The last step: nothing of the test is left on the host. */
#include "base/error.h"
#include "engine/container/run_request.h"
#include "engine/self_test/self_test.h"
#include "hcs/system.h"
#include "network/endpoint.h"
#include "port/clock.h"

static wcow_status list_systems(self_test *t, string_list *out, wcow_error *err)
{
    cleanup_json cJSON *found = NULL;
    const cJSON *each;
    wcow_status status =
        compute_systems(t->host->hcs, t->host->version.build, RUN_OWNER, &found, err);

    if (status)
        return status;
    cJSON_ArrayForEach (each, found) {
        if (!string_list_add(out, json_text(each, "Id", "?")))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* wcow's own, of whatever root. */
static wcow_status list_endpoints(self_test *t, string_list *out, wcow_error *err)
{
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    wcow_status status = hns_endpoints(t->host->hcs, &endpoints, &count, err);

    for (size_t i = 0; !status && i < count; i++) {
        const char *container = hns_endpoint_container(&endpoints[i]);

        if (container && !string_list_add(out, endpoints[i].id))
            status = error_no_memory(err);
    }
    hns_endpoints_free(endpoints, count);
    return status;
}

static void look(self_test *t, string_list *systems, string_list *endpoints)
{
    wcow_error err = WCOW_ERROR_INIT;
    uint64_t since = clock_ticks();
    wcow_status status = list_systems(t, systems, &err);

    note_status(t, "HcsEnumerateComputeSystems", NULL, status, &err, since);
    since = clock_ticks();
    status = list_endpoints(t, endpoints, &err);
    note_status(t, "HNSCall", "GET /endpoints/", status, &err, since);
}

void leftovers_begin(self_test *t)
{
    look(t, &t->systems, &t->endpoints);
}

static size_t new_ones(const string_list *now, const string_list *before)
{
    size_t count = 0;

    for (size_t i = 0; i < now->count; i++)
        count += !string_list_contains(before, now->items[i]);
    return count;
}

void step_leftovers(self_test *t)
{
    static const char *const ps[] = {"ps", "-aq", NULL};
    cleanup_strings string_list systems = STRING_LIST_INIT;
    cleanup_strings string_list endpoints = STRING_LIST_INIT;
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;

    self_test_wcow(t, ps, NULL, 0, &ran);
    note_expected(t, "no container is left", ran.output && !*ran.output);
    look(t, &systems, &endpoints);
    note_number(t, "systems", (int64_t)new_ones(&systems, &t->systems));
    note_number(t, "endpoints", (int64_t)new_ones(&endpoints, &t->endpoints));
    note_expected(t, "no compute system is left", new_ones(&systems, &t->systems) == 0);
    note_expected(t, "no endpoint is left", new_ones(&endpoints, &t->endpoints) == 0);
    (void)self_test_code(t, "rmi", "-f", "{image}");
    note_expected(t, "system prune", self_test_code(t, "system", "prune", "-f") == 0);
}
