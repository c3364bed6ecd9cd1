/* SPDX-License-Identifier: MIT */
/* Processes in compute systems: exit codes, signals, the second handle of a kill. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/error.h"
#include "hcs/process.h"
#include "tests/unit/hcs/fake_service.h"

static fake_service service;
static compute_system *web;
static wcow_error err;

static const char ended[] = "{\"Exited\":true,\"ExitCode\":1}";

static int start_service(void **state)
{
    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    fake_start(&service);
    return compute_system_create(&service.port, "web", "{}", NULL, &web, &err) == WCOW_OK ? 0 : -1;
}

static int stop_service(void **state)
{
    (void)state;
    service.fail_nth = 0;
    compute_system_close(web);
    fake_stop(&service);
    return service.handles == 0 ? 0 : -1;
}

static compute_process *started(void)
{
    compute_process *process = NULL;
    hcs_process_io io = {0, NULL, NULL, NULL};

    assert_ok(&err, compute_process_create(web, "{}", &io, &process, &err));
    assert_int_equal(io.pid, 1234);
    assert_non_null(io.out);
    stream_free(io.out);
    return process;
}

static void an_exit_code_has_32_bits(void **state)
{
    static const struct {
        const char *properties;
        uint32_t code;
        const char *unknown; /* why there is no code */
    } ends[] = {
        {"{\"ProcessId\":1,\"Exited\":true,\"ExitCode\":0,\"LastWaitResult\":0}", 0, NULL},
        {"{\"ProcessId\":1,\"Exited\":true,\"ExitCode\":7,\"LastWaitResult\":0}", 7, NULL},
        {"{\"ProcessId\":1,\"Exited\":true,\"ExitCode\":3221225786,\"LastWaitResult\":0}",
         0xC000013A, NULL},
        {"{\"ProcessId\":1,\"Exited\":true,\"ExitCode\":-1073741510}", 0xC000013A, NULL},
        {"{\"ProcessId\":1,\"Exited\":true,\"ExitCode\":0,\"LastWaitResult\":-2147024809}", 42,
         "HcsGetProcessProperties: the service's own wait for it failed (0x80070057)"},
        {"{\"ProcessId\":1,\"Exited\":true}", 42,
         "HcsGetProcessProperties: the service tells no exit code"},
        {"{\"ProcessId\":1,\"Exited\":true,\"ExitCode\":4294967296}", 42,
         "HcsGetProcessProperties: the service tells no exit code"},
        {"{\"ProcessId\":1,\"Exited\":false,\"ExitCode\":0}", 42,
         "HcsGetProcessProperties: the service believes that it has not ended"},
        {"oops", 42, "HcsGetProcessProperties: cannot read its answer: no valid JSON at line 1"},
        {NULL, 42, "HcsGetProcessProperties: cannot read its answer: no valid JSON at line 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        cleanup_process compute_process *process = started();
        uint32_t code = 42;

        service.properties = ends[i].properties;
        fake_process_exits(&service);
        if (ends[i].unknown)
            assert_fails(&err, WCOW_EXIT_UNKNOWN, ends[i].unknown,
                         compute_process_wait(process, COMPUTE_FOREVER, &code, &err));
        else
            assert_ok(&err, compute_process_wait(process, COMPUTE_FOREVER, &code, &err));
        assert_true(compute_process_exited(process));
        assert_int_equal(code, ends[i].code);
    }
}

static void the_exit_code_is_asked_for_once(void **state)
{
    cleanup_process compute_process *process = started();
    uint32_t calls, code;

    (void)state;
    service.properties = "{\"Exited\":true,\"ExitCode\":3}";
    fake_process_exits(&service);
    assert_ok(&err, compute_process_wait(process, COMPUTE_FOREVER, &code, &err));
    calls = service.calls;
    code = 0;
    assert_ok(&err, compute_process_wait(process, 0, &code, &err));
    assert_int_equal(code, 3);
    assert_int_equal(service.calls, calls);
}

typedef struct waiter {
    pthread_t thread;
    compute_process *process;
    wcow_status status;
    uint32_t code;
} waiter;

static void *wait_for_exit(void *context)
{
    waiter *w = context;

    w->status = compute_process_wait(w->process, COMPUTE_FOREVER, &w->code, NULL);
    return NULL;
}

static void all_who_wait_learn_the_exit_code(void **state)
{
    cleanup_process compute_process *process = started();
    waiter waiters[8];
    const size_t count = sizeof(waiters) / sizeof(waiters[0]);

    (void)state;
    service.properties = "{\"Exited\":true,\"ExitCode\":9}";
    for (size_t i = 0; i < count; i++) {
        waiters[i].process = process;
        waiters[i].code = 0;
        assert_int_equal(pthread_create(&waiters[i].thread, NULL, wait_for_exit, &waiters[i]), 0);
    }
    assert_ok(&err, compute_process_kill(process, &err));
    for (size_t i = 0; i < count; i++) {
        pthread_join(waiters[i].thread, NULL);
        assert_int_equal(waiters[i].status, WCOW_OK);
        assert_int_equal(waiters[i].code, 9);
    }
}

static void a_process_that_goes_on_is_a_timeout(void **state)
{
    cleanup_process compute_process *process = started();
    uint32_t code = 42;

    (void)state;
    assert_fails(&err, WCOW_TIMEOUT, "process 1234 did not end within 10 ms",
                 compute_process_wait(process, 10, &code, &err));
    assert_int_equal(code, 42);
    assert_false(compute_process_exited(process));
}

static void an_end_before_the_registration_is_not_missed(void **state)
{
    cleanup_process compute_process *process = NULL;
    uint32_t code = 42;

    (void)state;
    service.properties = "{\"Exited\":true,\"ExitCode\":5}";
    fake_process_exits(&service);
    assert_ok(&err, compute_process_open(web, 1234, &process, &err));
    assert_int_equal(compute_process_id(process), 1234);
    assert_ok(&err, compute_process_wait(process, COMPUTE_FOREVER, &code, &err));
    assert_int_equal(code, 5);
}

static void the_end_of_the_system_ends_the_wait(void **state)
{
    cleanup_process compute_process *process = started();
    uint32_t code = 42;

    (void)state;
    service.properties = NULL;
    fake_system_exits(&service, HCS_UNEXPECTED_EXIT);
    assert_int_equal(compute_process_wait(process, COMPUTE_FOREVER, &code, &err),
                     WCOW_EXIT_UNKNOWN);
    assert_int_equal(code, 42);
}

static void the_death_of_the_service_ends_the_wait(void **state)
{
    cleanup_process compute_process *process = started();
    uint32_t code = 42;

    (void)state;
    fake_service_dies(&service);
    assert_fails(&err, WCOW_UNAVAILABLE,
                 "waiting for a process's end: the Host Compute Service went away (0xC037011E)",
                 compute_process_wait(process, COMPUTE_FOREVER, &code, &err));
    assert_int_equal(code, 42);
}

static void a_command_that_cannot_be_run_is_told_by_its_code(void **state)
{
    static const struct {
        uint32_t hr;
        wcow_status status;
    } failures[] = {
        {0x80070002, WCOW_COMMAND_NOT_FOUND},
        {0x80070003, WCOW_COMMAND_NOT_FOUND},
        {0xC0070002, WCOW_COMMAND_NOT_FOUND},
        {0x800700C1, WCOW_COMMAND_NOT_RUNNABLE},
        {0x80070005, WCOW_COMMAND_NOT_RUNNABLE},
        {0x800702E4, WCOW_COMMAND_NOT_RUNNABLE},
        {0x8007010B, WCOW_INVALID},
        {0xC0370105, WCOW_CONFLICT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
        compute_process *process = NULL;
        hcs_process_io io = {77, NULL, NULL, NULL};

        service.fail_nth = 1;
        service.fail_hr = (int32_t)failures[i].hr;
        assert_int_equal(compute_process_create(web, "{}", &io, &process, &err),
                         failures[i].status);
        assert_int_equal(err.status, failures[i].status);
        assert_int_equal(err.hresult, (int32_t)failures[i].hr);
        assert_null(process);
        assert_int_equal(io.pid, 77);
    }
}

static void a_missing_command_or_folder_is_explained(void **state)
{
    compute_process *process = NULL;
    hcs_process_io io = {0, NULL, NULL, NULL};

    (void)state;
    service.fail_nth = 1;
    service.fail_hr = (int32_t)0x80070002;
    service.result = "{\"ErrorEvents\":[{\"Message\":\"no such file\"}]}";
    assert_fails(&err, WCOW_COMMAND_NOT_FOUND,
                 "HcsCreateProcess: the command was not found in the container (0x80070002)",
                 compute_process_create(web, "{}", &io, &process, &err));
    assert_string_equal(err.events, "no such file");
    assert_string_equal(err.hint,
                        "use its full path there; what is built into cmd needs cmd: cmd /c dir");
    service.fail_nth = 1;
    assert_int_equal(compute_process_create(web, "{}", &io, &process, NULL),
                     WCOW_COMMAND_NOT_FOUND);

    service.fail_nth = 1;
    service.fail_hr = (int32_t)0x8007010B;
    assert_fails(
        &err, WCOW_INVALID,
        "HcsCreateProcess: the working directory cannot be made in the container, or is no folder "
        "(0x8007010B)",
        compute_process_create(web, "{}", &io, &process, &err));
    assert_string_equal(err.hint, "use one where no file is in the way, for example: -w C:\\");
}

static void a_process_that_nobody_can_wait_for_is_killed(void **state)
{
    compute_process *process = NULL;
    hcs_process_io io = {0, NULL, NULL, NULL};
    size_t before = service.handles;

    (void)state;
    service.fail_nth = 2; /* the registration; the stream that was made must not leak either */
    assert_int_equal(compute_process_create(web, "{}", &io, &process, &err), WCOW_FAILED);
    assert_string_equal(err.message, "HcsRegisterProcessCallback: it failed, and the service gives "
                                     "no reason (0x80004005)");
    assert_int_equal(service.kills, 1);
    assert_int_equal(service.handles, before);
    assert_null(io.out);
}

static void input_and_console_are_changed_by_document(void **state)
{
    cleanup_process compute_process *process = started();

    (void)state;
    assert_ok(&err, compute_process_close_input(process, &err));
    assert_string_equal(service.last_text,
                        "{\"Operation\":\"CloseHandle\",\"CloseHandle\":{\"Handle\":\"StdIn\"}}");
    assert_ok(&err, compute_process_resize(process, 40, 120, &err));
    assert_string_equal(
        service.last_text,
        "{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":40,\"Width\":120}}");
}

static void closing_the_input_of_what_has_ended_is_fine(void **state)
{
    static const uint32_t codes[] = {0xC0370105, 0x80070490, 0xC0370110, 0x8037011F, 0xC037010E};
    cleanup_process compute_process *process = started();
    uint32_t before, code;

    (void)state;
    service.properties = ended;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        service.signal_hr = (int32_t)codes[i];
        assert_ok(&err, compute_process_close_input(process, &err));
    }
    service.signal_hr = HR_ACCESS_DENIED;
    assert_int_equal(compute_process_close_input(process, &err), WCOW_DENIED);
    fake_process_exits(&service);
    assert_ok(&err, compute_process_wait(process, COMPUTE_FOREVER, &code, &err));
    before = service.calls;
    assert_ok(&err, compute_process_close_input(process, &err));
    assert_int_equal(service.calls, before);
}

static void a_signal_is_delivered(void **state)
{
    cleanup_process compute_process *process = started();
    bool delivered = false;

    (void)state;
    assert_ok(&err, compute_process_signal(process, "CtrlShutdown", &delivered, &err));
    assert_true(delivered);
    assert_string_equal(service.last_text, "{\"Signal\":\"CtrlShutdown\"}");
    service.signal_hr = HR_ACCESS_DENIED;
    assert_int_equal(compute_process_signal(process, "CtrlC", NULL, &err), WCOW_DENIED);
}

static void a_windows_without_signals_says_so(void **state)
{
    static const uint32_t codes[] = {0x8007007F, 0x80070032, 0x8007000D,
                                     0xC037010B, 0x8037010D, 0x80004001};
    cleanup_process compute_process *process = started();

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        service.signal_hr = (int32_t)codes[i];
        assert_int_equal(compute_process_signal(process, "CtrlC", NULL, &err), WCOW_UNSUPPORTED);
        assert_int_equal(err.hresult, (int32_t)codes[i]);
        assert_string_equal(err.hint, "end it without a signal: wcow kill CONTAINER");
    }
    assert_fails(&err, WCOW_UNSUPPORTED,
                 "HcsSignalProcess: the container's Windows knows no signals (0x80004001)",
                 compute_process_signal(process, "CtrlC", NULL, &err));
}

/* The notification may never come then, which must not make anybody wait for ever. */
static void a_signal_to_what_is_gone_ends_the_waits(void **state)
{
    cleanup_process compute_process *process = started();
    bool delivered = true;
    uint32_t code = 42;

    (void)state;
    service.signal_hr = HCS_INVALID_STATE;
    assert_ok(&err, compute_process_signal(process, "CtrlC", &delivered, &err));
    assert_false(delivered);
    assert_int_equal(compute_process_wait(process, COMPUTE_FOREVER, &code, &err),
                     WCOW_EXIT_UNKNOWN);
    assert_int_equal(code, 42);
}

static void a_kill_goes_through_a_second_handle(void **state)
{
    cleanup_process compute_process *process = started();
    size_t before = service.handles;
    uint32_t code;

    (void)state;
    service.properties = ended;
    assert_ok(&err, compute_process_kill(process, &err));
    assert_int_equal(service.kills, 1);
    assert_int_equal(service.handles, before);
    assert_string_equal(service.last_call, "close_system");
    assert_ok(&err, compute_process_wait(process, COMPUTE_FOREVER, &code, &err));
    assert_ok(&err, compute_process_kill(process, &err));
    assert_int_equal(service.kills, 1);
}

static void killing_what_has_just_ended_is_a_success(void **state)
{
    static const uint32_t codes[] = {0x80070005, 0x8037011F, 0xC0370110, 0x80070490, 0xC0370105};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        cleanup_process compute_process *process = started();

        service.terminate_hr = (int32_t)codes[i];
        assert_ok(&err, compute_process_kill(process, &err));
    }
    service.terminate_hr = 0;
}

static void a_kill_that_finds_no_second_handle_ends_the_container(void **state)
{
    cleanup_process compute_process *process = started();

    (void)state;
    service.fail_nth = 1;
    assert_ok(&err, compute_process_kill(process, &err));
    assert_true(service.failed);
    assert_int_equal(service.kills, 0);
    assert_true(service.exited);
}

static void a_missing_process_is_not_found(void **state)
{
    compute_process *process = NULL;

    (void)state;
    assert_fails(&err, WCOW_NOT_FOUND, "HcsOpenProcess: it was not found (0x80070490)",
                 compute_process_open(web, 1, &process, &err));
    assert_null(process);
}

static wcow_status whole_life(wcow_error *error)
{
    cleanup_process compute_process *process = NULL;
    hcs_process_io io = {0, NULL, NULL, NULL};
    uint32_t code = 42;
    wcow_status status = compute_process_create(web, "{}", &io, &process, error);

    if (!status)
        status = compute_process_close_input(process, error);
    if (!status)
        status = compute_process_resize(process, 1, 2, error);
    if (!status)
        status = compute_process_signal(process, "CtrlC", NULL, error);
    if (!status)
        status = compute_process_kill(process, error);
    if (!status && !service.exited)
        fake_process_exits(&service);
    if (!status)
        status = compute_process_wait(process, COMPUTE_FOREVER, &code, error);
    stream_free(io.out);
    return status;
}

static void any_failing_call_is_reported_and_cleaned_up_after(void **state)
{
    /* What has another way to go on, or nothing to go on with. */
    static const char *const harmless[] = {"unregister", "close_process", "close_system",
                                           "open_system"};
    uint32_t nth = 0;
    size_t before = service.handles;

    (void)state;
    service.properties = ended;
    do {
        wcow_status status;
        bool harm = true;

        service.failed = false;
        service.exited = false;
        service.exit_completed = false;
        service.fail_nth = ++nth;
        status = whole_life(&err);
        for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
            if (service.failed && strcmp(service.failed_call, harmless[i]) == 0)
                harm = false;
        }
        if (service.failed && strcmp(service.failed_call, "get_process_properties") == 0)
            assert_int_equal(status, WCOW_EXIT_UNKNOWN);
        else
            assert_int_equal(status, service.failed && harm ? WCOW_FAILED : WCOW_OK);
        if (service.failed && strcmp(service.failed_call, "unregister") == 0)
            before++; /* by its own refusal */
        assert_int_equal(service.handles, before);
    } while (service.failed);
    assert_true(nth > 10);
}

#define SERVICE_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, start_service, stop_service)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVICE_TEST(an_exit_code_has_32_bits),
        SERVICE_TEST(the_exit_code_is_asked_for_once),
        SERVICE_TEST(all_who_wait_learn_the_exit_code),
        SERVICE_TEST(a_process_that_goes_on_is_a_timeout),
        SERVICE_TEST(an_end_before_the_registration_is_not_missed),
        SERVICE_TEST(the_end_of_the_system_ends_the_wait),
        SERVICE_TEST(the_death_of_the_service_ends_the_wait),
        SERVICE_TEST(a_command_that_cannot_be_run_is_told_by_its_code),
        SERVICE_TEST(a_missing_command_or_folder_is_explained),
        SERVICE_TEST(a_process_that_nobody_can_wait_for_is_killed),
        SERVICE_TEST(input_and_console_are_changed_by_document),
        SERVICE_TEST(closing_the_input_of_what_has_ended_is_fine),
        SERVICE_TEST(a_signal_is_delivered),
        SERVICE_TEST(a_windows_without_signals_says_so),
        SERVICE_TEST(a_signal_to_what_is_gone_ends_the_waits),
        SERVICE_TEST(a_kill_goes_through_a_second_handle),
        SERVICE_TEST(killing_what_has_just_ended_is_a_success),
        SERVICE_TEST(a_kill_that_finds_no_second_handle_ends_the_container),
        SERVICE_TEST(a_missing_process_is_not_found),
        SERVICE_TEST(any_failing_call_is_reported_and_cleaned_up_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
