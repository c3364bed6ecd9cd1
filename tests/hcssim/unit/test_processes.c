/* SPDX-License-Identifier: MIT */
/* Processes: streams, exit codes, signals, handles. */
#include "support.h"

#include <time.h>

#include <stdlib.h>

static void output_and_exit_code_come_through(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process_io io = {0};
    hcs_process *process = NULL;
    cleanup_free char *out = NULL;

    assert_int_equal(run_process(f, system, "cmd /c echo hi", &io, &process), HR_OK);
    assert_int_not_equal(io.pid, 0);
    out = read_all(TAKE(io.out));
    assert_string_equal(out, "hi\n");
    assert_int_equal(exit_code(f, process), 0);
    io_free(&io);
    assert_int_equal(f->hcs->close_process(f->hcs, process), HR_OK);
    end_system(f, system);
}

static void exit_codes_keep_all_their_bits(void **state)
{
    static const struct {
        const char *command;
        uint32_t code;
    } cases[] = {
        {"exit 3", 3}, {"exit 255", 255}, {"exit 0xC000013A", 0xC000013A}, {"crash", 0xC0000005}};
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hcs_process_io io = {0};
        hcs_process *process = NULL;

        assert_int_equal(run_process(f, system, cases[i].command, &io, &process), HR_OK);
        assert_int_equal(exit_code(f, process), cases[i].code);
        io_free(&io);
        f->hcs->close_process(f->hcs, process);
    }
    end_system(f, system);
}

static void input_ends_when_its_handle_is_closed(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process_io io = {0};
    hcs_process *process = NULL;
    cleanup_free char *out = NULL;

    assert_int_equal(run_process(f, system, "cat", &io, &process), HR_OK);
    assert_int_equal(stream_write(io.in, "abc", 3), HR_OK);
    assert_int_equal(f->hcs->modify_process(
                         f->hcs, process,
                         "{\"Operation\":\"CloseHandle\",\"CloseHandle\":{\"Handle\":\"StdIn\"}}",
                         NULL),
                     HR_OK);
    out = read_all(TAKE(io.out));
    assert_string_equal(out, "abc");
    assert_int_equal(exit_code(f, process), 0);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void no_byte_of_a_flood_is_lost(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process_io io = {0};
    hcs_process *process = NULL;
    char buffer[8192];
    size_t total = 0;
    size_t got;

    assert_int_equal(run_process(f, system, "flood 3000000", &io, &process), HR_OK);
    while (HR_SUCCEEDED(stream_read(io.out, buffer, sizeof(buffer), &got)) && got)
        for (size_t i = 0; i < got; i++, total++)
            assert_int_equal((uint8_t)buffer[i], total % (251 * 16) % 251);
    assert_int_equal(total, 3000000);
    assert_int_equal(exit_code(f, process), 0);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void programs_that_cannot_start_say_why(void **state)
{
    static const struct {
        const char *command;
        int32_t hr;
    } cases[] = {{"nothing.exe", HR_FROM_WIN32(2)},
                 {"denied", HR_FROM_WIN32(5)},
                 {"notexe", HR_FROM_WIN32(193)}};
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hcs_process_io io = {0};
        hcs_process *process = NULL;

        assert_int_equal(run_process(f, system, cases[i].command, &io, &process), cases[i].hr);
        assert_null(process);
        assert_non_null(strstr(f->result, cases[i].command));
    }
    end_system(f, system);
}

static void a_process_needs_a_running_system(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = process_document(f, "web", "");
    hcs_system *system = NULL;
    hcs_process *process = NULL;
    hcs_process_io io = {0};

    assert_int_equal(create(f, "web", document, &system), PENDING);
    assert_int_equal(run_process(f, system, "echo", &io, &process), (int32_t)0xC0370105);
    end_system(f, system);
}

static void a_killed_process_ends_and_stays_dead(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_system *second = NULL;
    hcs_process *process = NULL;
    hcs_process *again = NULL;
    hcs_process_io io = {0};

    assert_int_equal(run_process(f, system, "stuck", &io, &process), HR_OK);
    assert_int_equal(f->hcs->open_system(f->hcs, "web", &second, NULL), HR_OK);
    assert_int_equal(f->hcs->open_process(f->hcs, second, io.pid, &again, NULL), HR_OK);
    assert_int_equal(f->hcs->terminate_process(f->hcs, again, NULL), HR_OK);
    assert_int_equal(exit_code(f, process), 1);
    assert_int_equal(f->hcs->terminate_process(f->hcs, again, NULL), (int32_t)0x8037011F);
    assert_int_equal(f->hcs->open_process(f->hcs, second, io.pid, &again, NULL),
                     (int32_t)0x8037011F);
    assert_int_equal(f->hcs->open_process(f->hcs, second, 4, &again, NULL), HR_FROM_WIN32(1168));
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    f->hcs->close_process(f->hcs, again);
    f->hcs->close_system(f->hcs, second);
    end_system(f, system);
}

static void signals_reach_who_listens_and_end_who_does_not(void **state)
{
    static const char shutdown[] = "{\"Signal\":\"CtrlShutdown\"}";
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *listens = NULL;
    hcs_process *sleeps = NULL;
    hcs_process_io first = {0};
    hcs_process_io second = {0};
    cleanup_free char *out = NULL;

    assert_int_equal(run_process(f, system, "wait 7", &first, &listens), HR_OK);
    assert_int_equal(run_process(f, system, "sleep 60000", &second, &sleeps), HR_OK);
    assert_int_equal(f->hcs->signal_process(f->hcs, listens, shutdown, NULL), HR_OK);
    assert_int_equal(f->hcs->signal_process(f->hcs, sleeps, shutdown, NULL), HR_OK);
    assert_int_equal(exit_code(f, listens), 7);
    assert_int_equal(exit_code(f, sleeps), 0xC000013A);
    out = read_all(TAKE(first.out));
    assert_string_equal(out, "CtrlShutdown\n");
    io_free(&first);
    io_free(&second);
    f->hcs->close_process(f->hcs, listens);
    f->hcs->close_process(f->hcs, sleeps);
    end_system(f, system);
}

static void old_builds_have_no_signals(void **state)
{
    fixture *f = *state;
    sim_options old = {.build = 14393};
    hcs_system *system;
    hcs_process *process = NULL;
    hcs_process_io io = {0};

    fixture_restart(f, &old);
    system = run_system(f, "web");
    assert_int_equal(run_process(f, system, "wait", &io, &process), HR_OK);
    assert_int_equal(f->hcs->signal_process(f->hcs, process, "{\"Signal\":\"CtrlC\"}", NULL),
                     HR_FROM_WIN32(127));
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void a_console_has_one_stream_out_and_can_be_resized(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    char buffer[16] = {0};
    size_t got = 0;

    assert_int_equal(f->hcs->create_process(
                         f->hcs, system,
                         "{\"CommandLine\":\"tty\",\"EmulateConsole\":true,\"CreateStdInPipe\""
                         ":true,\"CreateStdOutPipe\":true,\"CreateStdErrPipe\":true,"
                         "\"ConsoleSize\":[40,120]}",
                         &io, &process, NULL),
                     HR_OK);
    assert_null(io.err);
    assert_int_equal(stream_read(io.out, buffer, sizeof(buffer) - 1, &got), HR_OK);
    assert_string_equal(buffer, "120x40\n");
    assert_int_equal(
        f->hcs->modify_process(f->hcs, process,
                               "{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":24,"
                               "\"Width\":80}}",
                               NULL),
        HR_OK);
    memset(buffer, 0, sizeof(buffer));
    assert_int_equal(stream_read(io.out, buffer, sizeof(buffer) - 1, &got), HR_OK);
    assert_string_equal(buffer, "80x24\n");
    io_free(&io);
    assert_int_equal(exit_code(f, process), 0);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void without_a_console_there_is_nothing_to_resize(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};

    assert_int_equal(run_process(f, system, "wait", &io, &process), HR_OK);
    assert_int_equal(
        f->hcs->modify_process(f->hcs, process,
                               "{\"Operation\":\"ConsoleSize\",\"ConsoleSize\":{\"Height\":24,"
                               "\"Width\":80}}",
                               NULL),
        HR_FROM_WIN32(87));
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void output_lasts_as_long_as_a_child_holds_it(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    cleanup_free char *out = NULL;

    assert_int_equal(run_process(f, system, "linger 100", &io, &process), HR_OK);
    assert_int_equal(exit_code(f, process), 0);
    out = read_all(TAKE(io.out));
    assert_string_equal(out, "the child is done\n");
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void the_process_list_names_what_runs(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    cJSON *answer;
    const cJSON *row;

    assert_int_equal(run_process(f, system, "ping -t localhost", &io, &process), HR_OK);
    answer = properties(f, system, "{\"PropertyTypes\":[\"ProcessList\",\"Statistics\"]}");
    row = cJSON_GetArrayItem(json_member(answer, "ProcessList"), 0);
    assert_string_equal(json_text(row, "ImageName", ""), "ping.exe");
    assert_int_equal(json_integer(row, "ProcessId", 0), io.pid);
    assert_int_equal(json_integer(json_path(answer, "Statistics.Memory"),
                                  "MemoryUsagePrivateWorkingSetBytes", 0),
                     1 << 20);
    cJSON_Delete(answer);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void processes_end_before_their_system(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    hcs_registration *first = NULL;
    hcs_registration *second = NULL;

    assert_int_equal(run_process(f, system, "stuck", &io, &process), HR_OK);
    f->hcs->register_system(f->hcs, system, heard_callback, &f->heard, &first);
    f->hcs->register_process(f->hcs, process, heard_callback, &f->heard, &second);
    assert_int_equal(f->hcs->shutdown_system(f->hcs, system, "", NULL), PENDING);
    heard_wait(&f->heard, 2);
    assert_int_equal(f->heard.items[0].type, HCS_PROCESS_EXITED);
    assert_int_equal(f->heard.items[1].type, HCS_SYSTEM_EXITED);
    assert_non_null(strstr(f->heard.items[1].data, "GracefulExit"));
    f->hcs->unregister_process(f->hcs, second);
    f->hcs->unregister_system(f->hcs, first);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    f->hcs->close_system(f->hcs, system);
}

static void wait_until_gone(fixture *f, const char *id)
{
    static const struct timespec moment = {0, 5000000};
    hcs_system *system = NULL;

    for (int tries = 0; tries < 1000; tries++) {
        if (f->hcs->open_system(f->hcs, id, &system, NULL) != HR_OK)
            return;
        f->hcs->close_system(f->hcs, system);
        nanosleep(&moment, NULL);
    }
    fail_msg("'%s' does not go", id);
}

/* What a process in a system ends with when the system is shut down or terminated. */
static uint32_t code_after(fixture *f, const char *command, bool shutdown, char **out)
{
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    uint32_t code;

    assert_int_equal(run_process(f, system, command, &io, &process), HR_OK);
    if (shutdown)
        assert_int_equal(f->hcs->shutdown_system(f->hcs, system, "", NULL), PENDING);
    else
        assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), PENDING);
    code = exit_code(f, process);
    *out = read_all(TAKE(io.out));
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    f->hcs->close_system(f->hcs, system);
    wait_until_gone(f, "web");
    return code;
}

static void a_shutdown_tells_programs_before_it_kills_them(void **state)
{
    static const struct {
        const char *command;
        bool shutdown;
        uint32_t code;
        const char *out;
    } cases[] = {
        {"wait 7", true, 7, "CtrlShutdown\n"}, {"sleep 60000", true, 0xC000013A, ""},
        {"stuck", true, 0xC000013A, ""},       {"wait 7", false, 1067, ""},
        {"sleep 60000", false, 1067, ""},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        cleanup_free char *out = NULL;

        assert_int_equal(code_after(f, cases[i].command, cases[i].shutdown, &out), cases[i].code);
        assert_string_equal(out, cases[i].out);
    }
}

static void terminate_cuts_a_shutdown_short(void **state)
{
    sim_options patient = {.shutdown_ms = 600000};
    fixture *f = *state;
    hcs_system *system;
    hcs_process *process = NULL;
    hcs_process_io io = {0};

    fixture_restart(f, &patient);
    system = run_system(f, "web");
    assert_int_equal(run_process(f, system, "stuck", &io, &process), HR_OK);
    assert_int_equal(f->hcs->shutdown_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(exit_code(f, process), 1067);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    f->hcs->close_system(f->hcs, system);
    wait_until_gone(f, "web");
}

static void a_process_gets_what_its_document_says(void **state)
{
    static const struct {
        const char *command;
        const char *out;
    } cases[] = {
        {"env", "A=1\nB=two words\n"},
        {"cwd", "C:\\app\n"},
        {"user", "ContainerUser\n"},
        {"args \\\"a b\\\" c", "[a b]\n[c]\n"},
    };
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *document =
            text_format("{\"CommandLine\":\"%s\",\"WorkingDirectory\":\"C:\\\\app\",\"User\":"
                        "\"ContainerUser\",\"Environment\":{\"A\":\"1\",\"B\":\"two words\"},"
                        "\"CreateStdOutPipe\":true}",
                        cases[i].command);
        cleanup_free char *out = NULL;
        hcs_process *process = NULL;
        hcs_process_io io = {0};

        assert_int_equal(f->hcs->create_process(f->hcs, system, document, &io, &process, NULL),
                         HR_OK);
        assert_null(io.in);
        assert_null(io.err);
        out = read_all(TAKE(io.out));
        assert_string_equal(out, cases[i].out);
        f->hcs->close_process(f->hcs, process);
    }
    end_system(f, system);
}

static void a_shell_runs_lines_until_exit(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    cleanup_free char *out = NULL;
    cleanup_free char *err = NULL;

    assert_int_equal(run_process(f, system, "cmd", &io, &process), HR_OK);
    assert_int_equal(stream_write(io.in, "echo one\r\nnonsense\nexit 4\n", 26), HR_OK);
    out = read_all(TAKE(io.out));
    err = read_all(TAKE(io.err));
    assert_string_equal(out, "one\n");
    assert_non_null(strstr(err, "'nonsense' is not recognized"));
    assert_int_equal(exit_code(f, process), 4);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void unknown_members_of_a_process_are_named(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    static const struct {
        const char *document;
        const char *named;
    } cases[] = {
        {"{\"CommandLine\":\"echo\",\"Foo\":1}", "'Foo'"},
        {"{\"CommandLine\":7}", "'CommandLine'"},
        {"{\"CommandLine\":\"echo\",\"ConsoleSize\":[1]}", "'ConsoleSize'"},
        {"{\"CommandLine\":\"echo\",\"Environment\":{\"A\":1}}", "'A'"},
        {"{\"CommandLine\":\"echo\"", "Invalid JSON"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_free char *result = NULL;

        assert_int_equal(
            f->hcs->create_process(f->hcs, system, cases[i].document, &io, &process, &result),
            (int32_t)0xC037010D);
        assert_non_null(strstr(result, cases[i].named));
        assert_non_null(strstr(result, "ErrorEvents"));
    }
    end_system(f, system);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(output_and_exit_code_come_through),
        TEST(exit_codes_keep_all_their_bits),
        TEST(input_ends_when_its_handle_is_closed),
        TEST(no_byte_of_a_flood_is_lost),
        TEST(programs_that_cannot_start_say_why),
        TEST(a_process_needs_a_running_system),
        TEST(a_killed_process_ends_and_stays_dead),
        TEST(signals_reach_who_listens_and_end_who_does_not),
        TEST(old_builds_have_no_signals),
        TEST(a_console_has_one_stream_out_and_can_be_resized),
        TEST(without_a_console_there_is_nothing_to_resize),
        TEST(output_lasts_as_long_as_a_child_holds_it),
        TEST(the_process_list_names_what_runs),
        TEST(processes_end_before_their_system),
        TEST(a_shutdown_tells_programs_before_it_kills_them),
        TEST(terminate_cuts_a_shutdown_short),
        TEST(a_process_gets_what_its_document_says),
        TEST(a_shell_runs_lines_until_exit),
        TEST(unknown_members_of_a_process_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
