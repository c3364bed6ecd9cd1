/* SPDX-License-Identifier: MIT */
/* What port/hcs.h promises of processes: streams, exit codes, notifications, and those in a utility
 * VM. */
#include "contract.h"

#include <stdio.h>

#include "base/json.h"
#include "base/text.h"
#include "container.h"
#include "port/clock.h"
#include "port/survey.h"
#include "service.h"

/* ---- processes ---- */

static void bytes_go_in_and_come_out(void **state)
{
    static const char bytes[] = "hello\r\n\0\x1a\xff end";
    container c;
    process p;
    cleanup_free char *got = NULL;
    size_t size;

    (void)state;
    container_run(&host, &c, false);
    guest_run(&c, "cat", "io", &p);
    assert_done(stream_write(p.io.in, bytes, sizeof(bytes)));
    guest_close_input(&p);
    got = stream_drain(p.io.out, &size);
    assert_int_equal(size, sizeof(bytes));
    assert_memory_equal(got, bytes, sizeof(bytes));
    assert_int_equal(guest_wait(&p), 0);
    guest_end(&p);
    container_end(&c);
}

/* A little waits in the pipe for its reader; of much, the process has to wait itself. */
static void no_byte_is_lost_at_the_end(void **state)
{
    container c;
    process p;
    cleanup_free char *little = NULL;
    cleanup_free char *much = NULL;
    size_t size;

    (void)state;
    container_run(&host, &c, false);
    guest_run(&c, "flood 3000", "o", &p);
    assert_int_equal(guest_wait(&p), 0);
    little = stream_drain(p.io.out, &size);
    assert_int_equal(size, 3000);
    guest_end(&p);
    guest_run(&c, "flood 1000000", "o", &p);
    much = stream_drain(p.io.out, &size);
    assert_int_equal(size, 1000000);
    assert_int_equal(guest_wait(&p), 0);
    guest_end(&p);
    container_end(&c);
}

static void exit_codes_have_32_bits(void **state)
{
    static const struct {
        const char *line;
        uint32_t code;
    } cases[] = {{"exit 0", 0}, {"exit 3", 3}, {"exit 255", 255}, {"exit 0xC000013A", 0xC000013A}};
    container c;
    process p;

    (void)state;
    container_run(&host, &c, false);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        guest_run(&c, cases[i].line, "", &p);
        assert_int_equal(guest_wait(&p), cases[i].code);
        guest_end(&p);
    }
    container_end(&c);
}

static void an_exit_is_told_once_and_late_comers_too(void **state)
{
    container c;
    process p;
    watch late;
    hcs_process *again = NULL;
    hcs_registration *registration = NULL;
    cleanup_free char *result = NULL;

    (void)state;
    container_run(&host, &c, false);
    guest_run(&c, "cat", "i", &p);
    watch_start(&late);
    assert_done(CALL(open_process, c.system, p.io.pid, &again, &result));
    guest_close_input(&p);
    assert_int_equal(guest_wait(&p), 0);
    assert_done(CALL(register_process, again, watch_note, &late, &registration));
    assert_true(watch_wait(&late, HCS_PROCESS_EXITED, 1, SOON));
    clock_sleep(A_WHILE);
    assert_int_equal(watch_count(&p.seen, HCS_PROCESS_EXITED), 1);
    assert_int_equal(watch_count(&late, HCS_PROCESS_EXITED), 1);
    assert_done(CALL(unregister_process, registration));
    assert_done(CALL(close_process, again));
    watch_end(&late);
    guest_end(&p);
    container_end(&c);
}

/* One of three is asked for; the place of another tells what the service has for none. */
static void a_stream_that_was_not_asked_for_is_none(void **state)
{
    int64_t value = 7;
    container c;
    process p;

    (void)state;
    container_run(&host, &c, false);
    guest_run(&c, "exit 0", "o", &p);
    assert_non_null(p.io.out);
    assert_null(p.io.in);
    assert_null(p.io.err);
    if (native_is_windows()) {
        assert_done(survey_unasked_stream(&value));
        assert_true(value == 0 || value == -1);
    }
    assert_int_equal(guest_wait(&p), 0);
    guest_end(&p);
    container_end(&c);
}

static void a_program_that_is_not_there_is_not_found(void **state)
{
    container c;
    process p;

    (void)state;
    container_run(&host, &c, false);
    assert_hr(HR_FILE_NOT_FOUND, guest_create(&c, "no-such-program", "o", &p));
    assert_null(p.handle);
    guest_end(&p);
    container_end(&c);
}

static void no_process_before_the_start(void **state)
{
    container c;
    process p;

    (void)state;
    container_prepare(&host, &c, false);
    container_create(&c);
    assert_code(HCS_INVALID_STATE, guest_create(&c, "exit 0", "", &p));
    guest_end(&p);
    container_end(&c);
}

static void an_unknown_process_is_not_found(void **state)
{
    container c;
    hcs_process *opened = NULL;
    cleanup_free char *result = NULL;

    (void)state;
    container_run(&host, &c, false);
    assert_true(HR_FAILED(CALL(open_process, c.system, 0x7ffffff0, &opened, &result)));
    assert_null(opened);
    container_end(&c);
}

static void a_stuck_process_can_be_terminated(void **state)
{
    container c;
    process p;
    cleanup_free char *signalled = NULL;
    cleanup_free char *terminated = NULL;
    cleanup_free char *again = NULL;
    int32_t hr;

    (void)state;
    container_run(&host, &c, false);
    guest_run(&c, "stuck", "o", &p);
    clock_sleep(A_WHILE);
    hr = CALL(signal_process, p.handle, "{\"Signal\":\"CtrlShutdown\"}", &signalled);
    /* Not on Windows before 1809. */
    assert_true(HR_SUCCEEDED(hr) || hr == HR_PROC_NOT_FOUND);
    clock_sleep(A_WHILE);
    assert_int_equal(watch_count(&p.seen, HCS_PROCESS_EXITED), 0);
    assert_done(CALL(terminate_process, p.handle, &terminated));
    assert_true(watch_wait(&p.seen, HCS_PROCESS_EXITED, 1, SOON));
    (void)guest_wait(&p);
    /* The service has several words for it (facts §12.14). */
    hr = hresult_normalise(CALL(terminate_process, p.handle, &again));
    assert_true(hr == HR_ACCESS_DENIED || hr == hresult_normalise((int32_t)0x8037011F) ||
                hr == HCS_SYSTEM_ALREADY_STOPPED || hr == HR_NOT_FOUND);
    guest_end(&p);
    container_end(&c);
}

static void the_end_of_a_system_ends_its_processes(void **state)
{
    container c;
    process p;
    cleanup_free char *result = NULL;
    cleanup_free char *got = NULL;
    size_t size;

    (void)state;
    container_run(&host, &c, false);
    guest_run(&c, "stuck", "o", &p);
    (void)CALL(terminate_system, c.system, "", &result);
    assert_true(watch_wait(&c.seen, HCS_SYSTEM_EXITED, 1, SOON));
    assert_true(watch_wait(&p.seen, HCS_PROCESS_EXITED, 1, SOON));
    got = stream_drain(p.io.out, &size);
    guest_end(&p);
    container_end(&c);
}

static void processes_are_listed(void **state)
{
    container c;
    process p;
    cleanup_json cJSON *properties = NULL;
    const cJSON *item;
    bool found = false;

    (void)state;
    container_run(&host, &c, false);
    guest_run(&c, "stuck", "o", &p);
    properties = service_properties(c.system, "{\"PropertyTypes\":[\"ProcessList\"]}");
    cJSON_ArrayForEach (item, json_member(properties, "ProcessList")) {
        found = found || json_integer(item, "ProcessId", 0) == p.io.pid;
    }
    assert_true(found);
    guest_end(&p);
    container_end(&c);
}

static void a_process_without_a_console_has_no_size(void **state)
{
    container c;
    process p;
    cleanup_free char *result = NULL;

    (void)state;
    container_run(&host, &c, false);
    guest_run(&c, "stuck", "o", &p);
    assert_true(HR_FAILED(CALL(
        modify_process, p.handle,
        "{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":30,\"Width\":100}}", &result)));
    guest_end(&p);
    container_end(&c);
}

/* ---- Hyper-V isolation ---- */

static void a_utility_vm_runs_processes_and_pauses(void **state)
{
    container c;
    process p;
    cleanup_free char *paused = NULL;
    cleanup_free char *resumed = NULL;
    cleanup_free char *got = NULL;
    size_t size;
    int32_t hr;

    (void)state;
    container_run(&host, &c, true);
    hr = CALL(pause_system, c.system, "", &paused);
    assert_done(container_complete(&c, hr, HCS_SYSTEM_PAUSE_COMPLETED));
    hr = CALL(resume_system, c.system, "", &resumed);
    assert_done(container_complete(&c, hr, HCS_SYSTEM_RESUME_COMPLETED));
    guest_run(&c, "cat", "io", &p);
    assert_done(stream_write(p.io.in, "into the VM", 11));
    guest_close_input(&p);
    got = stream_drain(p.io.out, &size);
    assert_string_equal(got, "into the VM");
    assert_int_equal(guest_wait(&p), 0);
    guest_end(&p);
    guest_run(&c, "exit 0xC0000005", "", &p);
    assert_int_equal(guest_wait(&p), 0xC0000005);
    guest_end(&p);
    container_end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_go_in_and_come_out),
        cmocka_unit_test(no_byte_is_lost_at_the_end),
        cmocka_unit_test(exit_codes_have_32_bits),
        cmocka_unit_test(an_exit_is_told_once_and_late_comers_too),
        cmocka_unit_test(a_stream_that_was_not_asked_for_is_none),
        cmocka_unit_test(a_program_that_is_not_there_is_not_found),
        cmocka_unit_test(no_process_before_the_start),
        cmocka_unit_test(an_unknown_process_is_not_found),
        cmocka_unit_test(a_stuck_process_can_be_terminated),
        cmocka_unit_test(the_end_of_a_system_ends_its_processes),
        cmocka_unit_test(processes_are_listed),
        cmocka_unit_test(a_process_without_a_console_has_no_size),
        cmocka_unit_test(a_utility_vm_runs_processes_and_pauses),
    };

    return cmocka_run_group_tests(tests, service_open, service_close);
}
