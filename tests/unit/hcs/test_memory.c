/* SPDX-License-Identifier: MIT */
/* Out of memory, at every single allocation: reported, nothing leaked, nothing half done. */
#include "tests/unit/memory.h"

#include <string.h>

#include "base/command_line.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"
#include "hcs/document.h"
#include "hcs/process.h"
#include "hcs/result.h"
#include "oci/runtime_spec.h"
#include "tests/unit/hcs/fake_service.h"
#include "tests/unit/status.h"

static wcow_error err;

/* Runs it with each of its allocations failing in turn, until none is left to fail. */
static void starve(wcow_status (*run)(void), wcow_status allowed, wcow_status allowed_too)
{
    size_t nth = 0;

    for (;;) {
        wcow_status status;

        err = (wcow_error)WCOW_ERROR_INIT;
        memory_fail_nth(++nth);
        status = run();
        if (!memory_failed()) {
            assert_ok(&err, status);
            break;
        }
        if (status != WCOW_NO_MEMORY && status != allowed && status != allowed_too)
            fail_msg("allocation %zu failed, and it was %s", nth, wcow_status_name(status));
    }
    assert_true(nth > 3);
}

static wcow_status build_documents(document_schema schema)
{
    static const char *const args[] = {"cmd", "/c", "echo a b", NULL};
    static const char *const env[] = {"A=b", "A=c", NULL};
    static const char *const list[] = {"x", "y", NULL};
    static const char *const folders[] = {"C:\\l", "C:\\s", NULL};
    static const oci_mount mounts[] = {{"C:\\a", "C:\\b", true},
                                       {"\\\\.\\pipe\\x", "\\\\.\\pipe\\y", false}};
    static const layer_descriptor layers[] = {{{{1}}, "C:\\l"}};
    static const system_facts facts = {.id = "web",
                                       .owner = "wcow",
                                       .layers = layers,
                                       .layer_count = 1,
                                       .volume_path = "\\\\?\\Volume{x}\\",
                                       .network_namespace = "n",
                                       .terminate_on_last_handle_closed = true};
    system_facts given = facts;
    const oci_config options = {.process = {.args = args, .env = env, .height = 1, .width = 2},
                                .hostname = "web",
                                .mounts = mounts,
                                .mount_count = 2,
                                .layer_folders = folders,
                                .memory_limit = 1 << 30,
                                .cpu_maximum = 3,
                                .storage_bps = INT64_C(1) << 52,
                                .ignore_flushes_during_boot = true,
                                .credential_spec = "{}",
                                .device_classes = list,
                                .dns_search = list};
    cleanup_json cJSON *config = NULL;
    cleanup_json cJSON *document = NULL;
    cleanup_json cJSON *process = NULL;
    cleanup_json cJSON *guard = cJSON_CreateObject();
    wcow_status status = oci_config_new(&options, &config, &err);

    given.credential_guard = guard;
    if (!json_add_text(guard, "Cookie", "c"))
        return error_no_memory(&err);
    if (!status)
        status = oci_config_set_network(config, list, NULL, true, &err);
    if (!status)
        status = oci_config_set_first_start(config, true, &err);
    if (!status)
        status = system_document_new(schema, config, &given, &document, &err);
    if (!status)
        status = process_document_new(schema, json_member(config, "process"), NULL, &process, &err);
    return status;
}

static wcow_status build_documents_v1(void)
{
    return build_documents(SCHEMA_V1);
}

static wcow_status build_documents_v2(void)
{
    return build_documents(SCHEMA_V2);
}

/* A list that cannot be copied is told apart from one that is no list by its message only. */
static void documents_are_built_or_not(void **state)
{
    (void)state;
    starve(build_documents_v1, WCOW_INVALID, WCOW_INVALID);
    starve(build_documents_v2, WCOW_INVALID, WCOW_INVALID);
}

static wcow_status print_and_split(void)
{
    static const char json[] = "{\"a\":[1,{\"b\":\"c\"}],\"d\":{}}";
    cleanup_json cJSON *value = NULL;
    cleanup_free char *pretty = NULL;
    cleanup_free char *line = NULL;
    cleanup_free uint16_t *units = NULL;
    cleanup_free char *back = NULL;
    cleanup_strings string_list words = STRING_LIST_INIT;
    wcow_status status = json_parse(json, sizeof(json) - 1, "it", &value, &err);

    if (status)
        return status;
    pretty = json_print_pretty(value);
    if (!pretty)
        return error_no_memory(&err);
    if (!command_line_split("a \"b c\" d e f g h i j k l", &words))
        return error_no_memory(&err);
    line = command_line_join((const char *const *)words.items);
    if (!line)
        return error_no_memory(&err);
    assert_string_equal(line, "a \"b c\" d e f g h i j k l");
    units = utf16_from_utf8(line, strlen(line), NULL);
    if (!units)
        return error_no_memory(&err);
    back = utf8_from_utf16(units, strlen(line));
    return back ? WCOW_OK : error_no_memory(&err);
}

static void texts_are_made_or_not(void **state)
{
    (void)state;
    starve(print_and_split, WCOW_CORRUPT,
           WCOW_CORRUPT); /* cJSON does not say why it did not parse */
}

static fake_service service;

static wcow_status live_and_die(void)
{
    static const char *const types[] = {"ProcessList", NULL};
    cleanup_system compute_system *system = NULL;
    cleanup_process compute_process *process = NULL;
    cleanup_json cJSON *properties = NULL;
    cleanup_json cJSON *systems = NULL;
    hcs_process_io io = {0, NULL, NULL, NULL};
    uint32_t code;
    wcow_status status;

    service.properties = "[]";
    status = compute_system_create(&service.port, "web", "{}", NULL, &system, &err);
    if (!status)
        status = compute_system_properties(system, types, &properties, &err);
    if (!status)
        status = compute_systems(&service.port, 20348, "wcow", &systems, &err);
    if (!status)
        status = compute_process_create(system, "{}", &io, &process, &err);
    stream_free(io.out);
    if (!status)
        status = compute_process_resize(process, 1, 2, &err);
    if (!status)
        status = compute_process_signal(process, "CtrlC", NULL, &err);
    if (!status) {
        service.properties = "{\"Exited\":true,\"ExitCode\":7}";
        fake_process_exits(&service);
        status = compute_process_wait(process, COMPUTE_FOREVER, &code, &err);
    }
    return status == WCOW_EXIT_UNKNOWN ? WCOW_NO_MEMORY : status; /* unknown, for whatever reason */
}

static void systems_and_processes_are_made_or_not(void **state)
{
    (void)state;
    fake_start(&service);
    service.allocate = memory_zeroed;
    /* A list that the service could not make looks like an empty one. */
    starve(live_and_die, WCOW_CORRUPT, WCOW_OK);
    fake_stop(&service);
    assert_int_equal(service.handles, 0);
}

static wcow_status fail_with_events(void)
{
    return hcs_check((int32_t)0xC037010D,
                     "{\"ErrorEvents\":[{\"Message\":\"a\",\"Source\":\"b\"}],"
                     "\"Attribution\":[{\"OperationFailure\":{\"Detail\":\"c\"}}]}",
                     "X", &err);
}

static void a_failure_is_told_even_without_its_events(void **state)
{
    (void)state;
    for (size_t nth = 1;; nth++) {
        err = (wcow_error)WCOW_ERROR_INIT;
        memory_fail_nth(nth);
        assert_int_equal(fail_with_events(), WCOW_UNSUPPORTED);
        assert_true(strlen(err.message) > 0);
        if (!memory_failed())
            break;
    }
    assert_string_equal(err.events, "a [b]\nOperationFailure: c");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_built_or_not),
        cmocka_unit_test(texts_are_made_or_not),
        cmocka_unit_test(systems_and_processes_are_made_or_not),
        cmocka_unit_test(a_failure_is_told_even_without_its_events),
    };

    memory_hook();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
