/* SPDX-License-Identifier: MIT */
/*
 * What containerd 2.3.4 and its shim for Windows said to each other (data/README.md), and messages
 * that nobody should send.
 */
#include "shim/wire/message.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "shim/wire/bootstrap.pb.h"
#include "shim/wire/common.pb.h"
#include "shim/wire/event.pb.h"
#include "shim/wire/runhcs.pb.h"
#include "shim/wire/task.pb.h"
#include "shim/wire/ttrpc.pb.h"
#include "tests/unit/status.h"

static wcow_error err;

/* A message that is decoded without knowing which it is. */
typedef union any_message {
    bootstrap_params bootstrap_params;
    bootstrap_runtime_info bootstrap_runtime_info;
    common_any common_any;
    event_forward_request event_forward_request;
    event_task_create event_task_create;
    event_task_start event_task_start;
    event_task_exec_added event_task_exec_added;
    event_task_exec_started event_task_exec_started;
    event_task_exit event_task_exit;
    event_task_delete event_task_delete;
    runhcs_options runhcs_options;
    runhcs_process_details runhcs_process_details;
    runhcs_statistics runhcs_statistics;
    task_close_io_request task_close_io_request;
    task_connect_response task_connect_response;
    task_create_request task_create_request;
    task_delete_response task_delete_response;
    task_exec_request task_exec_request;
    task_kill_request task_kill_request;
    task_pids_response task_pids_response;
    task_process_request task_process_request;
    task_resize_pty_request task_resize_pty_request;
    task_shutdown_request task_shutdown_request;
    task_start_response task_start_response;
    task_state_response task_state_response;
    task_stats_response task_stats_response;
    task_update_request task_update_request;
    task_wait_response task_wait_response;
    ttrpc_response ttrpc_response;
} any_message;

/* Each by its name here, and by the name that it has in an Any. */
static const struct kind {
    const char *name, *type_url;
    const pb_msgdesc_t *fields;
} kinds[] = {
    {"bootstrap.params", NULL, bootstrap_params_fields},
    {"bootstrap.runtime_info", NULL, bootstrap_runtime_info_fields},
    {"common.any", NULL, common_any_fields},
    {"event.forward_request", NULL, event_forward_request_fields},
    {"event.task_create", "containerd.events.TaskCreate", event_task_create_fields},
    {"event.task_start", "containerd.events.TaskStart", event_task_start_fields},
    {"event.task_exec_added", "containerd.events.TaskExecAdded", event_task_exec_added_fields},
    {"event.task_exec_started", "containerd.events.TaskExecStarted",
     event_task_exec_started_fields},
    {"event.task_exit", "containerd.events.TaskExit", event_task_exit_fields},
    {"event.task_delete", "containerd.events.TaskDelete", event_task_delete_fields},
    {"runhcs.options", "containerd.runhcs.v1.Options", runhcs_options_fields},
    {"runhcs.process_details", "containerd.runhcs.v1.ProcessDetails",
     runhcs_process_details_fields},
    {"runhcs.statistics", "containerd.runhcs.stats.v1.Statistics", runhcs_statistics_fields},
    {"task.close_io_request", NULL, task_close_io_request_fields},
    {"task.connect_response", NULL, task_connect_response_fields},
    {"task.create_request", NULL, task_create_request_fields},
    {"task.delete_response", NULL, task_delete_response_fields},
    {"task.exec_request", NULL, task_exec_request_fields},
    {"task.kill_request", NULL, task_kill_request_fields},
    {"task.pids_response", NULL, task_pids_response_fields},
    {"task.process_request", NULL, task_process_request_fields},
    {"task.resize_pty_request", NULL, task_resize_pty_request_fields},
    {"task.shutdown_request", NULL, task_shutdown_request_fields},
    {"task.start_response", NULL, task_start_response_fields},
    {"task.state_response", NULL, task_state_response_fields},
    {"task.stats_response", NULL, task_stats_response_fields},
    {"task.update_request", NULL, task_update_request_fields},
    {"task.wait_response", NULL, task_wait_response_fields},
    {"ttrpc.response", NULL, ttrpc_response_fields},
};

static const pb_msgdesc_t *fields_of(const char *name, wire_bytes type_url)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (name ? text_equal(kinds[i].name, name)
                 : kinds[i].type_url && wire_is(type_url, kinds[i].type_url))
            return kinds[i].fields;
    }
    return NULL;
}

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* In place: the bytes of hexadecimal digits. */
static wire_bytes unhex(char *digits)
{
    size_t size = strlen(digits) / 2;

    for (size_t i = 0; i < size; i++)
        digits[i] = (char)(digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]));
    return (wire_bytes){(const uint8_t *)digits, size};
}

/* Decodes, encodes, and compares. */
static void check_round_trip(const char *where, const pb_msgdesc_t *fields, wire_bytes bytes,
                             any_message *out)
{
    cleanup_text text again = TEXT_INIT;

    memset(out, 0, sizeof(*out));
    assert_ok(&err, wire_decode(fields, bytes, where, out, &err));
    assert_ok(&err, wire_encode(fields, out, &again, &err));
    if (again.length != bytes.size ||
        (bytes.size > 0 && memcmp(text_get(&again), bytes.data, bytes.size) != 0))
        fail_msg("%s: %zu bytes became %zu others", where, bytes.size, again.length);
}

static void check_any(const char *where, const common_any *any)
{
    const pb_msgdesc_t *fields = fields_of(NULL, any->type_url);
    any_message message;

    if (fields)
        check_round_trip(where, fields, any->value, &message);
    else if (any->value.size > 0) /* what is JSON stands there as such */
        assert_int_equal(any->value.data[0], '{');
}

static void check_entries(const char *where, const pb_msgdesc_t *fields, const wire_list *list)
{
    any_message message;

    for (size_t i = 0; i < list->count; i++)
        check_round_trip(where, fields, list->entries[i], &message);
}

/* What nanopb does not decode with the message: its lists, and what an Any holds. */
static void check_parts(const char *where, const pb_msgdesc_t *fields, const any_message *m)
{
    if (fields == common_any_fields)
        check_any(where, &m->common_any);
    else if (fields == event_forward_request_fields)
        check_any(where, &m->event_forward_request.envelope.event);
    else if (fields == task_create_request_fields) {
        check_entries(where, task_mount_fields, &m->task_create_request.rootfs);
        check_any(where, &m->task_create_request.options);
    } else if (fields == task_stats_response_fields)
        check_any(where, &m->task_stats_response.stats);
    else if (fields == task_exec_request_fields)
        check_any(where, &m->task_exec_request.spec);
    else if (fields == task_pids_response_fields)
        check_entries(where, task_process_info_fields, &m->task_pids_response.processes);
    else if (fields == bootstrap_params_fields)
        check_entries(where, bootstrap_extension_fields, &m->bootstrap_params.extensions);
}

static void every_recorded_message_is_read_and_written_byte_by_byte(void **state)
{
    FILE *file = fopen("data/messages.txt", "rb");
    static char line[8192];
    char name[64], where[128], hex[4096];
    size_t count = 0;
    any_message message;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        wire_bytes bytes;

        hex[0] = '\0'; /* some are empty */
        assert_true(sscanf(line, "%63s %127s %4095s", name, where, hex) >= 2);
        bytes = unhex(hex);
        assert_non_null(fields_of(name, (wire_bytes){0}));
        check_round_trip(where, fields_of(name, (wire_bytes){0}), bytes, &message);
        check_parts(where, fields_of(name, (wire_bytes){0}), &message);
        count++;
    }
    fclose(file);
    assert_true(count > 70);
}

/* ---- fields ---- */

/* Finds one of the recorded messages, by where it stands. */
static wire_bytes recorded(const char *wanted, char *hex, size_t size)
{
    FILE *file = fopen("data/messages.txt", "rb");
    static char line[8192];
    char name[64], where[128], found[4096] = "";
    bool there = false;

    assert_non_null(file);
    while (!there && fgets(line, sizeof(line), file))
        there = sscanf(line, "%63s %127s %4095s", name, where, found) == 3 &&
                strcmp(where, wanted) == 0;
    fclose(file);
    if (!there)
        fail_msg("nothing is recorded as %s", wanted);
    snprintf(hex, size, "%s", found);
    return unhex(hex);
}

static void assert_text(wire_bytes bytes, const char *expected)
{
    cleanup_free char *copy = wire_copy(bytes);

    assert_non_null(copy);
    assert_string_equal(copy, expected);
    assert_true(wire_is(bytes, expected));
}

static void creates_request_names_the_snapshot_and_the_pipes(void **state)
{
    char hex[4096];
    wire_bytes bytes = recorded("ctr-run/003-Create-request.payload", hex, sizeof(hex));
    task_create_request create = {0};
    task_mount mount = {0};

    (void)state;
    assert_ok(&err, wire_decode(task_create_request_fields, bytes, "it", &create, &err));
    assert_text(create.id, "run1");
    assert_text(create.bundle, "C:\\ctd\\state\\io.containerd.runtime.v2.task\\default\\run1");
    assert_text(create.input, "\\\\.\\pipe\\ctr-run1-stdin");
    assert_text(create.output, "\\\\.\\pipe\\ctr-run1-stdout");
    assert_text(create.error_output, "\\\\.\\pipe\\ctr-run1-stderr");
    assert_false(create.terminal);
    assert_true(create.has_options);
    assert_text(create.options.type_url, "containerd.runhcs.v1.Options");
    assert_int_equal(create.rootfs.count, 1);

    assert_ok(&err, wire_decode(task_mount_fields, create.rootfs.entries[0], "it", &mount, &err));
    assert_text(mount.type, "windows-layer");
    assert_text(mount.source, "C:\\ctd\\root\\io.containerd.snapshotter.v1.windows\\snapshots\\3");
    assert_int_equal(mount.options.count, 2);
    assert_text(mount.options.entries[0], "rw");
}

static void a_negative_log_level_arrives_as_one(void **state)
{
    char hex[4096];
    wire_bytes bytes =
        recorded("ctr-wcow-name/003-start-call.stdin-BootstrapParams", hex, sizeof(hex));
    bootstrap_params params = {0};

    (void)state;
    assert_ok(&err, wire_decode(bootstrap_params_fields, bytes, "it", &params, &err));
    assert_text(params.instance_id, "wcw1");
    assert_text(params.namespace, "default");
    assert_int_equal(params.log_level, -4);
    assert_text(params.containerd_version, "2.3.4+unknown");
    assert_text(params.socket_dir, "C:\\ProgramData\\containerd\\state\\s");
}

static void statistics_of_windows_are_found_in_their_any(void **state)
{
    char hex[4096];
    wire_bytes bytes = recorded("ctr-detached/034-Stats-response.payload", hex, sizeof(hex));
    task_stats_response stats = {0};
    runhcs_statistics statistics = {0};

    (void)state;
    assert_ok(&err, wire_decode(task_stats_response_fields, bytes, "it", &stats, &err));
    assert_text(stats.stats.type_url, "containerd.runhcs.stats.v1.Statistics");
    assert_ok(&err,
              wire_decode(runhcs_statistics_fields, stats.stats.value, "it", &statistics, &err));
    assert_true(statistics.has_windows);
    assert_int_equal(statistics.windows.uptime_ns, 2548518200);
    assert_int_equal(statistics.windows.processor.runtime_kernel_ns, 190000000);
    assert_int_equal(statistics.windows.memory.memory_usage_commit_bytes, 2543616);
    assert_true(statistics.windows.has_storage);
}

/* ---- what nobody should send ---- */

static wcow_status decode(const char *bytes, size_t size, task_create_request *out)
{
    memset(out, 0, sizeof(*out));
    return wire_decode(task_create_request_fields, (wire_bytes){(const uint8_t *)bytes, size},
                       "Create's request", out, &err);
}

static void damaged_messages_are_refused(void **state)
{
    static const struct damage {
        const char *bytes;
        size_t size;
        const char *why;
    } damages[] = {
        {"\x0a", 1, "Create's request is damaged: end-of-stream"},
        {"\x0a\x04run", 5, "Create's request is damaged: parent stream too short"},
        {"\x00\x00", 2, "Create's request is damaged: zero tag"},
        {"\x0a\x02\xff\xfe", 4, "Create's request is damaged: a text that is not UTF-8"},
        {"\x0a\x03x\0y", 5, "Create's request is damaged: a text that is not UTF-8"},
        {"\x08\x05", 2, "Create's request is damaged: a number where text belongs"},
        {"\x0a\xff\xff\xff\xff\x0f", 6, "Create's request is damaged: parent stream too short"},
    };
    task_create_request create;

    (void)state;
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++)
        assert_fails(&err, WCOW_INVALID, damages[i].why,
                     decode(damages[i].bytes, damages[i].size, &create));
}

static void fields_that_nobody_knows_are_passed_over(void **state)
{
    task_create_request create;

    (void)state;
    /* 99: a number, 100: bytes, 101: eight bytes */
    assert_ok(&err, decode("\x98\x06\x05\xa2\x06\x02hi\xa9\x06"
                           "12345678\x0a\x01x",
                           21, &create));
    assert_text(create.id, "x");
}

static void a_list_has_a_limit(void **state)
{
    char bytes[2 * (WIRE_MOST_ENTRIES + 1)];
    task_create_request create;

    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i += 2)
        memcpy(bytes + i, "\x1a", 2); /* rootfs: an empty mount */
    assert_ok(&err, decode(bytes, sizeof(bytes) - 2, &create));
    assert_int_equal(create.rootfs.count, WIRE_MOST_ENTRIES);
    assert_fails(&err, WCOW_INVALID, "Create's request is damaged: too many entries",
                 decode(bytes, sizeof(bytes), &create));
}

static void no_message_is_longer_than_a_frame(void **state)
{
    cleanup_free char *large = calloc(1, WIRE_MOST_BYTES + 1);
    cleanup_text text out = TEXT_INIT;
    common_any any = {.value = {(const uint8_t *)large, WIRE_MOST_BYTES}};

    (void)state;
    assert_non_null(large);
    assert_fails(&err, WCOW_INVALID, "it is too long: 4194305 bytes",
                 wire_decode(common_any_fields,
                             (wire_bytes){(const uint8_t *)large, WIRE_MOST_BYTES + 1}, "it", &any,
                             &err));
    any.value.size = WIRE_MOST_BYTES;
    assert_fails(&err, WCOW_INVALID, "a message cannot be sent: stream full",
                 wire_encode(common_any_fields, &any, &out, &err));
}

static void lists_of_two_messages_are_joined(void **state)
{
    cleanup_text text one = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;
    task_process_info process = {.pid = 7};
    task_pids_response pids = {.processes.count = 1};

    (void)state;
    assert_ok(&err, wire_encode(task_process_info_fields, &process, &one, &err));
    pids.processes.entries[0] = wire_of(&one);
    for (int i = 0; i < 3; i++)
        assert_ok(&err, wire_encode(task_pids_response_fields, &pids, &out, &err));
    memset(&pids, 0, sizeof(pids));
    assert_ok(&err, wire_decode(task_pids_response_fields, wire_of(&out), "it", &pids, &err));
    assert_int_equal(pids.processes.count, 3);
}

static void texts_are_compared_whole(void **state)
{
    (void)state;
    assert_true(wire_is(wire_text("web"), "web"));
    assert_false(wire_is(wire_text("web"), "we"));
    assert_false(wire_is(wire_text("we"), "web"));
    assert_true(wire_is(wire_text(NULL), ""));
    assert_true(wire_is(wire_text(""), ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_message_is_read_and_written_byte_by_byte),
        cmocka_unit_test(creates_request_names_the_snapshot_and_the_pipes),
        cmocka_unit_test(a_negative_log_level_arrives_as_one),
        cmocka_unit_test(statistics_of_windows_are_found_in_their_any),
        cmocka_unit_test(damaged_messages_are_refused),
        cmocka_unit_test(fields_that_nobody_knows_are_passed_over),
        cmocka_unit_test(a_list_has_a_limit),
        cmocka_unit_test(no_message_is_longer_than_a_frame),
        cmocka_unit_test(lists_of_two_messages_are_joined),
        cmocka_unit_test(texts_are_compared_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
