/* SPDX-License-Identifier: MIT */
/* The commands that work on containers that are there. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

static void commands_go_through_all_their_containers(void **state)
{
    (void)state;
    expect(0, "a\nb\n", "", "start", "a", "b");
    expect_calls("open a\nstart a\nopen b\nstart b\n");
    expect(0, "a\nb\n", "", "stop", "a", "b");
    expect_calls("open a\nstop a -1\nopen b\nstop b -1\n");
    expect(0, "a\n", "", "restart", "-t", "3", "a");
    expect_calls("open a\nrestart a 3\n");
    expect(0, "a\n", "", "container", "stop", "--time=0", "a");
    expect_calls("open a\nstop a 0\n");
    expect(0, "a\n", "", "kill", "a");
    expect_calls("open a\nkill a KILL\n");
    expect(0, "a\n", "", "kill", "-s", "INT", "a");
    expect_calls("open a\nkill a INT\n");
    expect(0, "a\nb\n", "", "pause", "a", "b");
    expect_calls("open a\npause a\nopen b\npause b\n");
    expect(0, "a\n", "", "unpause", "a");
    expect_calls("open a\nunpause a\n");
    expect(0, "a\n", "", "rm", "-fv", "a");
    expect_calls("open a\nremove a force volumes\n");
    expect(0, "a\n", "", "container", "remove", "a");
    expect_calls("open a\nremove a\n");
}

static void an_unknown_one_does_not_stop_the_others(void **state)
{
    static const char *const verbs[] = {"start", "stop",    "restart", "kill",
                                        "pause", "unpause", "rm"};

    (void)state;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        expect(1, "b\n", "wcow: no such container: no-a\n", verbs[i], "no-a", "b");
}

static void whatever_keeps_stop_from_it_is_1(void **state)
{
    (void)state;
    fake.failing = "stop";
    fake.failure = WCOW_CONFLICT;
    expect(1, "", "wcow: it failed\n", "stop", "a");
    fake.failure = WCOW_TIMEOUT;
    expect(1, "", "wcow: it failed\n", "stop", "a");
    fake.failure = WCOW_UNAVAILABLE;
    expect(1, "", "wcow: it failed\n", "stop", "a");
    fake.failure = WCOW_DENIED;
    expect(1, "", "wcow: it failed\n", "stop", "a");
    fake.failure = WCOW_INVALID;
    expect(1, "", "wcow: it failed\n", "stop", "a");
}

/* docker/cli: FlagErrorFunc, parse() and toStatusError(); the rest is 1. */
static void exit_codes_are_dockers(void **state)
{
    static const struct {
        const char *failing;
        wcow_status failure;
        uint32_t code;
        const char *words[5];
    } cases[] = {
        {"create", WCOW_DENIED, 125, {"run", "nano"}},
        {"create", WCOW_ALREADY_EXISTS, 125, {"run", "nano"}},
        {"create", WCOW_DENIED, 1, {"create", "nano"}},
        {"create", WCOW_NOT_FOUND, 1, {"create", "--pull=never", "nano"}},
        {"start", WCOW_COMMAND_NOT_FOUND, 127, {"run", "nano", "nope"}},
        {"start", WCOW_COMMAND_NOT_RUNNABLE, 126, {"run", "-d", "nano", "nope"}},
        {"start", WCOW_UNAVAILABLE, 125, {"run", "nano"}},
        {"start", WCOW_COMMAND_NOT_FOUND, 1, {"start", "web"}},
        {"start", WCOW_COMMAND_NOT_FOUND, 1, {"start", "-a", "web"}},
        {"start", WCOW_EXIT_UNKNOWN, 125, {"start", "-a", "web"}},
        {"exec", WCOW_COMMAND_NOT_FOUND, 127, {"exec", "web", "nope"}},
        {"exec", WCOW_COMMAND_NOT_RUNNABLE, 126, {"exec", "web", "nope"}},
        {"exec", WCOW_DENIED, 1, {"exec", "web", "cmd"}},
        {"wait", WCOW_EXIT_UNKNOWN, 125, {"wait", "web"}},
        {"rename", WCOW_INVALID, 1, {"rename", "web", "?"}},
        {"restart", WCOW_UNAVAILABLE, 1, {"restart", "web"}},
        {"images", WCOW_CORRUPT, 1, {"images"}},
        {"load", WCOW_CORRUPT, 1, {"load", "-i", "x"}},
        {"list", WCOW_NO_MEMORY, 1, {"ps"}},
        {"", WCOW_OK, 125, {"ps", "--nosuch"}},
        {"", WCOW_OK, 125, {"--nosuch", "ps"}},
        {"", WCOW_OK, 125, {"run", "--isolation", "vm", "nano"}},
        {"", WCOW_OK, 125, {"create", "--isolation", "vm", "nano"}},
        {"", WCOW_OK, 1, {"nosuch"}},
        {"", WCOW_OK, 1, {"system", "nosuch"}},
        {"", WCOW_OK, 1, {"run"}},
        {"", WCOW_OK, 1, {"ps", "x"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct printed printed;
        bool failing = cases[i].failure != WCOW_OK;

        fake.failing = failing ? cases[i].failing : NULL;
        fake.failure = cases[i].failure;
        program_with_input(&printed, "", cases[i].words);
        if (printed.code != cases[i].code)
            fprintf(stderr, "%s %s: %s", cases[i].words[0], cases[i].failing, printed.err);
        assert_int_equal(printed.code, cases[i].code);
        free(printed.out);
        free(printed.err);
    }
}

static void stop_and_restart_take_a_signal(void **state)
{
    (void)state;
    expect(0, "a\n", "", "stop", "-s", "INT", "-t", "3", "a");
    expect(0, "a\n", "", "restart", "--signal=BREAK", "a");
    expect(0, "a\n", "", "stop", "-s", "", "a");
    expect_calls("open a\nstop a INT 3\nopen a\nrestart a BREAK -1\nopen a\nstop a -1\n");
}

static void a_negative_time_to_stop_never_comes(void **state)
{
    (void)state;
    expect(0, "a\n", "", "stop", "-t", "-1", "a");
    expect(0, "a\n", "", "restart", "--timeout=-7", "a");
    expect_calls("open a\nstop a 2147483647\nopen a\nrestart a 2147483647\n");
}

static void a_restart_that_fails_is_told(void **state)
{
    (void)state;
    fake.failing = "restart";
    fake.failure = WCOW_TIMEOUT;
    expect(1, "", "wcow: it failed\n", "restart", "a");
    expect_calls("open a\nrestart a -1\n");
}

static void removing_by_force_what_is_gone_is_no_failure(void **state)
{
    (void)state;
    expect(0, "b\n", "wcow: no such container: no-a\n", "rm", "-f", "no-a", "b");
    expect(1, "", "wcow: no such container: no-a\n", "rm", "no-a");
}

static void start_can_attach_to_one(void **state)
{
    (void)state;
    fake.outcome.exit_code = 3;
    expect(3, "", "", "start", "-a", "web");
    expect_calls("open web\nstart web attach out err\n");
    expect(3, "", "", "start", "-ai", "--detach-keys=a", "web");
    expect_calls("open web\nstart web attach in out err keys=a\n");
    expect(1, "", "wcow: you cannot start and attach multiple containers at once\n", "start", "-a",
           "a", "b");
}

static void wait_prints_codes(void **state)
{
    (void)state;
    fake.exit_code = 0xC000013A;
    expect(0, "3221225786\n3221225786\n", "", "wait", "a", "b");
    expect(1, "3221225786\n", "wcow: no such container: no-a\n", "wait", "no-a", "b");
}

static void rename_takes_two_names(void **state)
{
    (void)state;
    expect(0, "", "", "rename", "a", "b");
    expect_calls("open a\nrename a b\n");
    expect(1, "", "wcow: 'wcow rename' requires 2 arguments (see 'wcow rename --help')\n", "rename",
           "a");
    fake.failing = "rename";
    fake.failure = WCOW_ALREADY_EXISTS;
    expect(1, "", "wcow: it failed\n", "rename", "a", "b");
}

static void exec_runs_a_command(void **state)
{
    (void)state;
    fake.outcome.exit_code = 255;
    expect(255, "", "", "exec", "web", "cmd", "/c", "-d");
    expect_calls("open web\nexec command=cmd command=/c command=-d in web attach out err\n");
    expect(0, "", "", "exec", "-d", "-e", "A=1", "-w", "C:\\", "-u", "me", "web", "cmd");
    expect_calls("open web\nexec command=cmd env=A=1 workdir=C:\\ user=me in web\n");
    fake.terminals[0] = true;
    expect(255, "", "", "container", "exec", "-it", "web", "cmd");
    expect_calls("open web\nexec command=cmd tty in web attach in out err\n");
}

static void exec_fails_as_in_docker(void **state)
{
    (void)state;
    expect(1, "", "wcow: no such container: no-a\n", "exec", "-it", "no-a", "cmd");
    expect(1, "", NULL, "exec", "-it", "web", "cmd");
    expect(1, "", "wcow: 'wcow exec' requires at least 2 arguments (see 'wcow exec --help')\n",
           "exec", "web");
    fake.failing = "exec";
    fake.failure = WCOW_COMMAND_NOT_FOUND;
    expect(127, "", "wcow: it failed\n", "exec", "web", "nope");
    fake.failure = WCOW_COMMAND_NOT_RUNNABLE;
    expect(126, "", "wcow: it failed\n", "exec", "-d", "web", "nope");
    fake.failure = WCOW_CONFLICT;
    expect(1, "", "wcow: it failed\n", "exec", "web", "cmd");
}

static void attach_follows_what_the_container_is(void **state)
{
    (void)state;
    fake.outcome.exit_code = 5;
    expect(5, "", "", "attach", "web");
    expect_calls("open web\ninfo web\nattach web attach in out err\n");
    expect(5, "", "", "attach", "--no-stdin", "--sig-proxy=0", "--detach-keys", "x", "web");
    expect_calls("open web\ninfo web\nattach web attach out err noproxy keys=x\n");
    fake.container = (wcow_container_info){.running = true, .tty = true};
    expect(5, "", "", "attach", "--no-stdin", "web");
    expect(1, "", NULL, "attach", "web");
    fake.terminals[0] = true;
    expect_calls("open web\ninfo web\nattach web attach out err\nopen web\ninfo web\n");
    expect(5, "", "", "attach", "web");
    expect_calls("open web\ninfo web\nattach web attach out err\n");
}

static void attach_wants_a_running_container(void **state)
{
    (void)state;
    fake.container = (wcow_container_info){.running = false};
    expect(1, "", "wcow: cannot attach to a stopped container, start it first\n", "attach", "web");
    fake.container = (wcow_container_info){.running = true, .paused = true};
    expect(1, "", "wcow: cannot attach to a paused container, unpause it first\n", "attach", "web");
}

static void top_has_dockers_columns(void **state)
{
    const wcow_process_info processes[] = {
        {1044, "smss.exe", 625000, 229376},
        {4242, "ping.exe", 36000000000 + 1500000, 1234567},
        {1,
         "\xC2\x9B"
         "2J.exe",
         0, 1}, /* obeyed by terminals */
    };

    (void)state;
    fake.processes = processes;
    fake.process_count = 3;
    expect(0,
           "Name                PID                 CPU                 Private Working Set\n"
           "smss.exe            1044                00:00:00.062        229.4kB\n"
           "ping.exe            4242                01:00:00.150        1.235MB\n"
           "  2J.exe            1                   00:00:00.000        1B\n",
           "", "top", "web");
    expect(0,
           "{\"CPU\":\"00:00:00.062\",\"Name\":\"smss.exe\",\"PID\":\"1044\","
           "\"PrivateWorkingSet\":\"229.4kB\"}\n"
           "{\"CPU\":\"01:00:00.150\",\"Name\":\"ping.exe\",\"PID\":\"4242\","
           "\"PrivateWorkingSet\":\"1.235MB\"}\n"
           "{\"CPU\":\"00:00:00.000\",\"Name\":\"\xC2\x9B"
           "2J.exe\",\"PID\":\"1\",\"PrivateWorkingSet\":\"1B\"}\n",
           "", "top", "--format=json", "web");
    expect(0, "229376\n1234567\n1\n", "", "container", "top", "--human=false", "--format",
           "{{.PrivateWorkingSet}}", "web");
    fake.process_count = 1;
    expect(0,
           "Name                PID                 CPU                 Private Working Set\n"
           "smss.exe            1044                00:00:00.062        229376\n",
           "", "top", "--human=false", "web");
    fake.process_count = 0;
    expect(0, "", "", "top", "--format=json", "web");
    expect(1, "", "wcow: Windows does not support arguments to top\n", "top", "web", "ef");
    expect(1, "",
           "wcow: Windows does not support arguments to top; options of wcow stand before the "
           "container: wcow top -ef web\n",
           "top", "web", "-ef");
    expect(1, "",
           "wcow: Windows does not support arguments to top; options of wcow stand before the "
           "container: wcow top --format json web\n",
           "top", "web", "--format", "json");
}

static void logs_go_where_they_came_from(void **state)
{
    (void)state;
    fake.log = "line\r\n\x01\xff";
    expect(0, "line\r\n\x01\xff", "oops\n", "logs", "web");
    expect_calls("open web\nlogs web follow=0 timestamps=0 tail=-1 since=0 until=0\n");
    expect(0, NULL, NULL, "logs", "-ft", "-n", "5", "--since", "1.5", "--until", "2", "web");
    expect_calls("open web\nlogs web follow=1 timestamps=1 tail=5 since=1500000000 "
                 "until=2000000000\n");
    expect(0, NULL, NULL, "logs", "--tail=all", "--details", "web");
    expect_calls("open web\nlogs web follow=0 timestamps=0 details=1 tail=-1 since=0 until=0\n");
    expect(1, "",
           "wcow: invalid argument \"x\" for \"-n, --tail\" flag: neither a number nor all\n",
           "logs", "--tail", "x", "web");
    expect(1, "", "wcow: invalid value for \"since\": 'soon' is no time and no duration\n", "logs",
           "--since", "soon", "web");
}

/* Each call to the library fails in turn; teardown and the sanitizers watch that nothing leaks. */
static void any_failing_call_is_told_in_one_line(void **state)
{
    static const char *const lines[][8] = {
        {"--root=R", "run", "--cidfile", "id", "nano", NULL},
        {"--root=R", "run", "-d", "--rm", "nano", NULL},
        {"--root=R", "run", "--dry-run", "nano", NULL},
        {"--root=R", "create", "nano", NULL},
        {"--root=R", "start", "-a", "web", NULL},
        {"--root=R", "restart", "a", "b", NULL},
        {"--root=R", "exec", "web", "cmd", NULL},
        {"--root=R", "attach", "web", NULL},
        {"--root=R", "rm", "-f", "a", "b", NULL},
        {"--root=R", "kill", "a", NULL},
        {"--root=R", "wait", "a", NULL},
        {"--root=R", "rename", "a", "b", NULL},
        {"--root=R", "logs", "web", NULL},
        {"--root=R", "top", "web", NULL},
        {"--root=R", "inspect", "web", NULL},
        {"--root=R", "ps", "-a", NULL},
        {"--root=R", "images", NULL},
        {"--root=R", "rmi", "nano", NULL},
        {"--root=R", "load", "-i", "x", NULL},
        {"--root=R", "info", NULL},
        {"--root=R", "system", "prune", "-f", NULL},
        {"--root=R", "doctor", "--self-test", NULL},
        {"--root=R", "container", "prune", "-f", NULL},
        {"--root=R", "monitor", "abc", NULL},
        {"--root=R", "deaf", "stays", NULL},
    };
    unsigned points = 0;

    (void)state;
    fake.failure = WCOW_TIMEOUT;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        for (fake.nth = 1;; fake.nth++, points++) {
            struct printed printed;
            const char *end;
            bool reached;

            fake.called = 0;
            program_with_input(&printed, "", lines[i]);
            reached = fake.called >= fake.nth;
            end = strchr(printed.err, '\n');
            assert_int_equal(reached, printed.code != 0);
            assert_true(!reached || printed.code == (strcmp(lines[i][1], "run") == 0 ? 125 : 1));
            assert_true(!reached || (end && !end[1]));
            assert_int_equal(fake.open_containers + fake.open_hosts, 0);
            free(printed.out);
            free(printed.err);
            if (!reached)
                break;
        }
    }
    assert_true(points > 55);
    print_message("%u points of failure tried\n", points);
}

static void the_root_is_handed_on(void **state)
{
    (void)state;
    expect(0, "a\n", "", "--root", "R:\\state", "rm", "a");
    expect_calls("host R:\\state\nopen a\nremove a\n");
    expect(0, "", "", "--root=R", "monitor", "abc");
    expect_calls("host R\nmonitor abc\n");
    expect(0, "", "", "deaf", "returns");
    expect_calls("deaf returns\n");
    expect(1, "", "wcow: what is it to do? returns or stays\n", "deaf", "x");
    fake.failing = "host";
    fake.failure = WCOW_INVALID;
    expect(1, "", "wcow: it failed\n", "--root=R", "rm", "a", "b");
}

static void a_self_test_shows_each_step_and_prints_its_report(void **state)
{
    (void)state;
    expect(0, "{}\n", "host                        passed\n0 passed, 0 differ, 0 left out\n",
           "doctor", "--self-test", "--image", "nano", "--no-hyperv");
    expect_calls("self-test nano no-hyperv\n");
    fake.exit_code = 1;
    expect(1, "{}\n", "host                        DIFFERS\n0 passed, 0 differ, 0 left out\n",
           "doctor", "--self-test");
    expect_calls("self-test -\n");
    expect(1, "", "wcow: --self-test goes with --image, --no-hyperv and --output alone\n", "doctor",
           "--self-test", "--fix");
    expect_calls("");
}

static void a_self_test_without_an_image_is_no_success(void **state)
{
    static const char report[] = "{\"passed\":14,\"differs\":0,\"leftOut\":39,\"steps\":[{\"name\":"
                                 "\"take-image\",\"leftOut\":\"nobody answers\"}]}";

    (void)state;
    fake.findings = report;
    expect(2, "",
           "host                        passed\n"
           "order                       left out: there is no image\n"
           "14 passed, 0 differ, 39 left out: no image: nobody answers\n"
           "The report is in 'new.json'.\n",
           "doctor", "--self-test", "-o", "new.json");
    fake.findings = NULL;
}

static void a_report_that_cannot_be_written_is_told_before_the_test(void **state)
{
    (void)state;
    fake.failing = "try";
    fake.failure = WCOW_NOT_FOUND;
    expect(1, "", "wcow: cannot write the report 'nodir/new.json': it failed\n", "doctor",
           "--self-test", "-o", "nodir/new.json");
    expect_calls("try nodir/new.json\n");
}

#define ROW(verdict, fixable)                                                                      \
    "[{\"ID\":\"disk\",\"Question\":\"?\",\"Verdict\":\"" verdict "\",\"Found\":\"little\","       \
    "\"Remedy\":\"make room\",\"Fixable\":" fixable ",\"Fixed\":false}]"

static void a_doctor_tells_what_it_found_and_ends_with_how_bad_it_is(void **state)
{
    (void)state;
    expect(0, "\n0 broken, 0 warnings, 0 unknown, 0 fine.\n", "", "doctor");
    fake.findings = ROW("warning", "false");
    fake.verdict = WCOW_VERDICT_WARNING;
    expect(1,
           "warning   disk        little\n                      -> make room\n\n"
           "0 broken, 1 warning, 0 unknown, 0 fine.\n",
           "", "doctor");
    expect_calls("examine\nexamine\n");
    fake.findings = ROW("warning", "true");
    expect(1,
           "warning   disk        little\n                      -> make room\n\n"
           "0 broken, 1 warning, 0 unknown, 0 fine. Some of it can be mended: wcow doctor --fix\n",
           "", "doctor");
    fake.findings = ROW("fine", "true");
    fake.verdict = WCOW_VERDICT_FINE;
    expect(0,
           "fine      disk        little\n                      -> make room\n\n"
           "0 broken, 0 warnings, 0 unknown, 1 fine.\n",
           "", "doctor");
    expect_calls("examine\nexamine\n");
    fake.verdict = WCOW_VERDICT_BROKEN;
    expect(2, "disk little\n", "", "doctor", "--format", "{{.ID}} {{.Found}}");
    fake.verdict = WCOW_VERDICT_UNKNOWN;
    expect(0, "make room\n", "", "doctor", "--format", "{{.Remedy}}");
    expect(1, "", "wcow: --force belongs to --fix\n", "doctor", "-f");
    expect(1, "", "wcow: --image, --no-hyperv and --output belong to --self-test\n", "doctor",
           "--no-hyperv");
}

static void the_event_log_is_asked_for_a_container(void **state)
{
    (void)state;
    fake.findings = "[{\"Time\":\"T\",\"Level\":\"error\",\"Source\":\"S\",\"ID\":7,\"Channel\":"
                    "\"C\",\"Message\":\"no\"}]";
    expect(0, "7 error no\n", "", "system", "events-log", "--since", "5m", "-n", "3", "--format",
           "{{.ID}} {{.Level}} {{.Message}}", "web");
    expect_calls("events-log web 3 1\n");
    expect(0, NULL, "", "system", "events-log");
    expect_calls("events-log - 50 0\n");
    expect(1, "", "wcow: --tail is a number from 1 to 2000\n", "system", "events-log", "-n", "0");
    expect_calls("");
}

/* What --fix asks, where nobody reads findings. */
#define QUESTION "This will mend:\n  - disk: little\n\nAre you sure you want to continue? [y/N] "

static void a_doctor_mends_only_what_it_may(void **state)
{
    (void)state;
    fake.findings = ROW("warning", "false");
    expect(0, NULL, "", "doctor", "--fix"); /* there is nothing to ask for */
    expect_calls("examine\n");
    fake.findings = ROW("warning", "true");
    expect_with_input("n\n", 0, NULL, NULL, "doctor", "--fix");
    expect_calls("examine\n");
    expect_with_input("y\n", 0, NULL, NULL, "doctor", "--fix");
    expect_calls("examine\nexamine fix\n");
    expect(0, NULL, "", "doctor", "--fix", "-f");
    expect_calls("examine fix\n");
    /* Who says no, or nothing as a script does, is told how bad it is all the same. */
    fake.verdict = WCOW_VERDICT_BROKEN;
    expect_with_input("n\n", 2, "", QUESTION, "doctor", "--fix");
    expect_with_input("", 2, "", QUESTION, "doctor", "--fix", "--format", "json");
    expect_with_input("y\n", 2, "disk\n", QUESTION, "doctor", "--fix", "--format", "{{.ID}}");
    expect_calls("examine\nexamine\nexamine\nexamine fix\n");
    fake.verdict = WCOW_VERDICT_WARNING;
    expect_with_input("", 1, "", QUESTION, "doctor", "--fix");
    expect_calls("examine\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(commands_go_through_all_their_containers),
        TEST(a_self_test_shows_each_step_and_prints_its_report),
        TEST(a_self_test_without_an_image_is_no_success),
        TEST(a_report_that_cannot_be_written_is_told_before_the_test),
        TEST(a_doctor_tells_what_it_found_and_ends_with_how_bad_it_is),
        TEST(a_doctor_mends_only_what_it_may),
        TEST(the_event_log_is_asked_for_a_container),
        TEST(an_unknown_one_does_not_stop_the_others),
        TEST(whatever_keeps_stop_from_it_is_1),
        TEST(exit_codes_are_dockers),
        TEST(stop_and_restart_take_a_signal),
        TEST(a_negative_time_to_stop_never_comes),
        TEST(a_restart_that_fails_is_told),
        TEST(removing_by_force_what_is_gone_is_no_failure),
        TEST(start_can_attach_to_one),
        TEST(wait_prints_codes),
        TEST(rename_takes_two_names),
        TEST(exec_runs_a_command),
        TEST(exec_fails_as_in_docker),
        TEST(attach_follows_what_the_container_is),
        TEST(attach_wants_a_running_container),
        TEST(top_has_dockers_columns),
        TEST(logs_go_where_they_came_from),
        TEST(any_failing_call_is_told_in_one_line),
        TEST(the_root_is_handed_on),
    };

    return cmocka_run_group_tests_name("cli/containers", tests, NULL, NULL);
}
