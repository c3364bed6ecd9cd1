/* SPDX-License-Identifier: MIT */
/* Whole lives of containers on the simulated service, with src/hcs and src/net working together. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "hcs/document.h"
#include "hcs/process.h"
#include "network/endpoint.h"
#include "network/network.h"
#include "oci/runtime_spec.h"
#include "port/clock.h"
#include "tests/hcssim/fake/fake.h"

#define FAULT ((int32_t)0x80004005)

/* A host with a scratch layer that is mounted for process isolation. */
typedef struct scene {
    fake_host *host;
    layer_descriptor layers[2];
    char *scratch;
    char *volume;
} scene;

/* What a container's life came to. */
typedef struct life {
    char output[64];
    uint32_t exit_code;
} life;

static wcow_error err;

/* For Hyper-V isolation the scratch is not mounted: the service gives it to the utility VM. */
static void scene_open(scene *s, bool hyperv, const sim_options *options)
{
    storage_port *storage;

    memset(s, 0, sizeof(*s));
    s->host = fake_host_new(options);
    assert_non_null(s->host);
    storage = s->host->storage;
    s->scratch = path_join(s->host->folder, "scratch");
    s->layers[0].path = s->host->upper;
    s->layers[1].path = s->host->base;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            storage->name_to_guid(storage, path_base_name(s->layers[i].path), &s->layers[i].id), 0);
    assert_int_equal(storage->create_sandbox_layer(storage, s->scratch, s->layers, 2), 0);
    if (hyperv)
        return;
    assert_int_equal(storage->activate_layer(storage, s->scratch), 0);
    assert_int_equal(storage->prepare_layer(storage, s->scratch, s->layers, 2), 0);
    assert_int_equal(storage->get_layer_mount_path(storage, s->scratch, &s->volume), 0);
}

static bool nothing_is_left(scene *s)
{
    cleanup_json cJSON *left = sim_leftovers(s->host->sim);

    return json_integer(left, "systems", -1) == 0 && json_integer(left, "processes", -1) == 0 &&
           json_integer(left, "endpoints", -1) == 0;
}

/* Closes it. A clean host has nothing left, as soon as what was terminated has ended. */
static void scene_close(scene *s, bool clean)
{
    storage_port *storage = s->host->storage;
    size_t handles;

    (void)storage->unprepare_layer(storage, s->scratch);
    (void)storage->deactivate_layer(storage, s->scratch);
    for (int tries = 0; clean && tries < 1000 && !nothing_is_left(s); tries++)
        clock_sleep(5);
    if (clean)
        assert_true(nothing_is_left(s));
    handles = fake_host_free(s->host);
    if (clean)
        assert_int_equal(handles, 0);
    free(s->scratch);
    free(s->volume);
}

static wcow_status make_documents(const scene *s, bool hyperv, const char *endpoint,
                                  const char *const *args, char **system, char **process)
{
    const char *const folders[] = {s->layers[0].path, s->layers[1].path, s->scratch, NULL};
    const char *const endpoints[] = {endpoint, NULL};
    cleanup_free char *utility_vm = path_join(s->host->base, "UtilityVM");
    const system_facts facts = {.id = "web",
                                .owner = "wcow",
                                .layers = s->layers,
                                .layer_count = 2,
                                .volume_path = hyperv ? NULL : s->volume,
                                .utility_vm = utility_vm,
                                .terminate_on_last_handle_closed = true};
    const oci_config options = {.process = {.args = args, .cwd = "C:\\"},
                                .hostname = "web",
                                .layer_folders = folders,
                                .memory_limit = 512 << 20,
                                .hyperv = hyperv,
                                .ignore_flushes_during_boot = true,
                                .endpoints = endpoints,
                                .allow_unqualified_dns_query = true};
    cleanup_json cJSON *config = NULL;
    cleanup_json cJSON *document = NULL;
    cleanup_json cJSON *parameters = NULL;

    assert_ok(&err, oci_config_new(&options, &config, &err));
    assert_ok(&err, system_document_new(SCHEMA_V1, config, &facts, &document, &err));
    assert_ok(&err, process_document_new(SCHEMA_V1, json_member(config, "process"), NULL,
                                         &parameters, &err));
    *system = json_print(document);
    *process = json_print(parameters);
    return WCOW_OK;
}

static void read_all(stream *from, char *out, size_t size)
{
    size_t length = 0;
    size_t got = 1;

    while (from && got > 0 && length + 1 < size &&
           stream_read(from, out + length, size - 1 - length, &got) == 0)
        length += got;
    out[length] = '\0';
}

static wcow_status run_process(compute_system *system, const char *document, life *out)
{
    cleanup_process compute_process *process = NULL;
    hcs_process_io io = {0, NULL, NULL, NULL};
    wcow_status status = compute_process_create(system, document, &io, &process, &err);

    if (status)
        return status;
    status = compute_process_close_input(process, &err);
    if (!status) {
        read_all(io.out, out->output, sizeof(out->output));
        status = compute_process_wait(process, 10000, &out->exit_code, &err);
    }
    stream_free(io.in);
    stream_free(io.out);
    stream_free(io.err);
    return status;
}

static wcow_status run_system(const scene *s, bool hyperv, const char *endpoint,
                              const char *const *args, life *out)
{
    cleanup_system compute_system *system = NULL;
    cleanup_free char *document = NULL;
    cleanup_free char *parameters = NULL;
    wcow_status status = make_documents(s, hyperv, endpoint, args, &document, &parameters);
    wcow_status stopped;

    if (!status)
        status = compute_system_create(s->host->hcs, "web", document, NULL, &system, &err);
    if (status)
        return status;
    status = compute_system_start(system, &err);
    if (!status)
        status = run_process(system, parameters, out);
    stopped = compute_system_stop(system, status ? 0 : 10000, status ? NULL : &err);
    return status ? status : stopped;
}

static wcow_status run_container(const scene *s, bool hyperv, const char *const *args, life *out)
{
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    cleanup_endpoint hns_endpoint endpoint = HNS_ENDPOINT_INIT;
    wcow_status status = hns_network_default(s->host->hcs, &network, &err);
    wcow_status deleted;

    if (!status)
        status = hns_endpoint_create(
            s->host->hcs, &(hns_endpoint_wish){.network_id = network.id, .name = "wcow-web"},
            &endpoint, &err);
    if (status)
        return status;
    status = run_system(s, hyperv, endpoint.id, args, out);
    deleted = hns_endpoint_delete(s->host->hcs, endpoint.id, status ? NULL : &err);
    return status ? status : deleted;
}

static const char *const echo[] = {"echo", "hi", NULL};

static void a_container_of_either_isolation_runs(void **state)
{
    (void)state;
    for (int hyperv = 0; hyperv < 2; hyperv++) {
        for (int synchronous = 0; synchronous < 2; synchronous++) {
            const sim_options options = {.synchronous = synchronous};
            life l = {"", 42};
            scene s;

            scene_open(&s, hyperv, &options);
            assert_ok(&err, run_container(&s, hyperv, echo, &l));
            assert_int_equal(l.exit_code, 0);
            assert_memory_equal(l.output, "hi", 2);
            scene_close(&s, true);
        }
    }
}

static void the_exit_code_and_the_missing_command_are_told(void **state)
{
    static const char *const crash[] = {"crash", NULL};
    static const char *const missing[] = {"no-such-program", NULL};
    static const char *const denied[] = {"denied", NULL};
    life l = {"", 42};
    scene s;

    (void)state;
    scene_open(&s, false, NULL);
    assert_ok(&err, run_container(&s, false, crash, &l));
    assert_int_equal(l.exit_code, 0xC0000005);
    assert_int_equal(run_container(&s, false, missing, &l), WCOW_COMMAND_NOT_FOUND);
    assert_int_equal(run_container(&s, false, denied, &l), WCOW_COMMAND_NOT_RUNNABLE);
    scene_close(&s, true);
}

/* The name of the call that the injected fault hit; NULL if none was. In fresh memory. */
static char *faulted_call(sim *simulated)
{
    cleanup_json cJSON *journal = sim_journal(simulated);
    const cJSON *entry;

    cJSON_ArrayForEach (entry, journal) {
        if (json_integer(json_member(entry, "reply"), "hr", 0) == FAULT)
            return text_format("%s %s", json_text(entry, "call", ""),
                               json_text(entry, "method", ""));
    }
    return NULL;
}

/* A call that gives something back and fails leaves it with the service. */
static bool is_giving_back(const char *call)
{
    static const char *const calls[] = {"HcsCloseComputeSystem", "HcsCloseProcess",
                                        "HcsUnregisterComputeSystemCallback",
                                        "HcsUnregisterProcessCallback", "HNSCall DELETE"};

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (text_starts_with(call, calls[i]))
            return true;
    }
    return false;
}

static size_t lives_with_one_fault(bool hyperv, const char *more)
{
    size_t nth = 0;
    bool hit;

    do {
        cleanup_free char *fault =
            text_format("{\"nth\":%zu,\"hr\":\"0x80004005\"%s}", ++nth, more);
        cleanup_free char *call = NULL;
        life l = {"", 42};
        wcow_status status;
        scene s;

        err = (wcow_error)WCOW_ERROR_INIT;
        scene_open(&s, hyperv, NULL);
        assert_true(sim_fault(s.host->sim, fault));
        status = run_container(&s, hyperv, echo, &l);
        hit = sim_faults_hit(s.host->sim) > 0;
        call = faulted_call(s.host->sim);
        if (!hit)
            assert_ok(&err, status);
        if (status)
            assert_true(strlen(err.message) > 0);
        sim_faults_clear(s.host->sim);
        scene_close(&s, !call || !is_giving_back(call));
    } while (hit);
    return nth;
}

static void any_failing_call_leaves_nothing_behind(void **state)
{
    (void)state;
    assert_true(lives_with_one_fault(false, "") > 14);
    assert_true(lives_with_one_fault(true, "") > 14);
}

static void a_service_that_dies_leaves_nobody_waiting(void **state)
{
    size_t nth = 0;
    bool hit;

    (void)state;
    do {
        cleanup_free char *fault = text_format("{\"nth\":%zu,\"kill\":true}", ++nth);
        life l = {"", 42};
        scene s;

        scene_open(&s, false, NULL);
        assert_true(sim_fault(s.host->sim, fault));
        if (run_container(&s, false, echo, &l) != WCOW_OK)
            assert_true(strlen(err.message) > 0);
        hit = sim_faults_hit(s.host->sim) > 0;
        sim_faults_clear(s.host->sim);
        scene_close(&s, false);
    } while (hit);
    assert_true(nth > 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_container_of_either_isolation_runs),
        cmocka_unit_test(the_exit_code_and_the_missing_command_are_told),
        cmocka_unit_test(any_failing_call_leaves_nothing_behind),
        cmocka_unit_test(a_service_that_dies_leaves_nobody_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
