/* SPDX-License-Identifier: MIT */
/* run and create: from the command line to what the library is asked for. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void run_attaches_output_and_returns_the_containers_code(void **state)
{
    (void)state;
    fake.outcome.exit_code = 0xC000013A;
    expect(0xC000013A, "", "", "run", "nano", "cmd", "/c", "-t");
    expect_calls("create nano command=cmd command=/c command=-t\n"
                 "start made-up attach out err\n");
}

static void run_detached_prints_the_id(void **state)
{
    (void)state;
    expect(0, ID "\n", "", "run", "-d", "--name", "web", "nano");
    expect_calls("create nano name=web\nstart web\n");
    expect(0, ID "\n", "", "run", "-itd", "--rm", "nano");
    expect_calls("create nano tty stdin rm\nstart made-up\n");
}

static void both_forms_are_the_same(void **state)
{
    (void)state;
    expect(0, ID "\n", "", "container", "run", "-d", "nano");
    expect_calls("create nano\nstart made-up\n");
    expect(0, ID "\n", "", "container", "create", "nano");
    expect_calls("create nano\n");
}

static void every_option_reaches_the_spec(void **state)
{
    (void)state;
    expect(0, ID "\n", "", "create", "-it", "--rm", "--name=web", "--isolation", "HyperV", "-e",
           "A=1", "-eB", "-w", "C:\\app", "-u", "ContainerUser", "-h", "host", "-l", "a=b",
           "--label", "c", "--entrypoint", "run.exe", "--stop-timeout", "5", "-m", "1g", "-v",
           "C:\\x:C:\\y:ro", "--network", "none", "nano", "arg");
    expect_calls("create nano name=web isolation=hyperv entrypoint=run.exe command=arg env=A=1 "
                 "env=B label=a=b label=c mount=C:\\x:C:\\y:ro workdir=C:\\app user=ContainerUser "
                 "hostname=host network=none memory=1073741824 stop=5 tty stdin rm\n");
}

static void limits_reach_the_spec(void **state)
{
    (void)state;
    expect(0, ID "\n", "", "create", "--cpus", "1.5", "--cpu-count=3", "--cpu-percent", "50", "-c",
           "500", "--io-maxbandwidth", "10mb", "--io-maxiops", "7", "nano");
    expect_calls("create nano cpus=1500000000 count=3 percent=50 shares=500 bandwidth=10485760 "
                 "operations=7\n");
    expect(125, "",
           "wcow: invalid argument \"x\" for \"--cpus\" flag: not a number like 1.5, with at "
           "most nine decimals (see 'wcow create --help')\n",
           "create", "--cpus", "x", "nano");
}

static void names_and_devices_reach_the_spec(void **state)
{
    (void)state;
    expect(0, ID "\n", "", "create", "--device", "class/1", "--device=class/2", "--dns-search", "a",
           "--domainname", "b", "--security-opt", "credentialspec=raw://{}", "--storage-opt",
           "size=30GB", "--stop-signal", "INT", "nano");
    expect_calls("create nano domain=b signal=INT device=class/1 device=class/2 search=a "
                 "security=credentialspec=raw://{} storage=size=30GB\n");
}

static void what_create_did_otherwise_is_warned_of(void **state)
{
    static const char *const warnings[] = {"CPU percent discarded", "and more", NULL};

    (void)state;
    fake.warnings = warnings;
    expect(0, ID "\n", "WARNING: CPU percent discarded\nWARNING: and more\n", "create", "nano");
    expect(0, ID "\n", "WARNING: CPU percent discarded\nWARNING: and more\n", "run", "-d", "nano");
    expect(0, ID "\n",
           "{\"warning\":\"CPU percent "
           "discarded\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n"
           "{\"warning\":\"and "
           "more\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n",
           "--errors=json", "run", "-d", "nano");
}

static void an_empty_entrypoint_clears_the_images(void **state)
{
    (void)state;
    expect(0, NULL, "", "create", "--entrypoint", "", "nano");
    expect_calls("create nano entrypoint=\n");
}

static void files_of_variables_come_before_the_options(void **state)
{
    (void)state;
    fake.file = "\xef\xbb\xbf# comment\n\n  A=1 \r\nB\nC=x=y\n";
    expect(0, NULL, "", "create", "--env-file", "vars", "-e", "A=2", "nano");
    expect_calls("read vars\ncreate nano env=A=1  env=B env=C=x=y env=A=2\n");
    expect(0, NULL, "", "create", "--label-file", "labels", "-l", "z", "nano");
    expect_calls("read labels\ncreate nano label=A=1  label=C=x=y label=z\n");
}

static void malformed_files_are_refused(void **state)
{
    (void)state;
    fake.file = "A B=1\n";
    expect(125, "", "wcow: invalid file 'vars': variable 'A B' contains whitespaces\n", "run",
           "--env-file", "vars", "nano");
    fake.file = "=1\n";
    expect(125, "", "wcow: invalid file 'vars': no variable name on line '=1'\n", "run",
           "--env-file", "vars", "nano");
    fake.file = "A=\xff\n";
    expect(125, "", "wcow: invalid file 'vars': it is not UTF-8 text\n", "run", "--env-file",
           "vars", "nano");
    fake.file = NULL;
    expect(1, "", "wcow: cannot read 'vars': no such file\n", "exec", "--env-file", "vars", "web",
           "cmd");
    expect_calls("read vars\nread vars\nread vars\nread vars\n");
}

static void the_id_file_is_written_after_create(void **state)
{
    (void)state;
    expect(0, ID "\n", "", "run", "-d", "--cidfile", "id", "nano");
    expect_calls("create nano\nwrite id " ID "\nstart made-up\n");
}

static void an_id_file_that_is_there_is_refused_before_anything(void **state)
{
    (void)state;
    fake.file = "";
    expect(125, "",
           "wcow: container ID file found, make sure the other container isn't running or delete "
           "id\n",
           "run", "-d", "--cidfile", "id", "nano");
    expect_calls("");
}

static void an_id_file_that_cannot_be_written_takes_the_container_with_it(void **state)
{
    (void)state;
    fake.failing = "write";
    fake.failure = WCOW_DENIED;
    fake.message = "access is denied";
    expect(125, "", "wcow: cannot write the container ID file 'id': access is denied\n", "run",
           "--cidfile", "id", "nano");
    expect_calls("create nano\nwrite id " ID "\nremove made-up force volumes\n");
}

static void interactive_forwards_input(void **state)
{
    (void)state;
    expect(0, "", "", "run", "-i", "nano");
    expect_calls("create nano stdin\nstart made-up attach in out err\n");
    fake.terminals[0] = true;
    expect(0, "", "", "run", "-it", "--detach-keys", "ctrl-a,x", "--sig-proxy=false", "nano");
    expect_calls("create nano tty stdin\n"
                 "start made-up attach in out err noproxy keys=ctrl-a,x\n");
}

static void the_detach_keys_are_those_that_the_user_has_set(void **state)
{
    static const char *const settings[] = {"detachKeys", "ctrl-q,x", NULL};
    static const char *const wrong[] = {"detachKeys", "ctrl-", NULL};

    (void)state;
    fake.settings = settings;
    expect(0, "", "", "run", "-i", "nano");
    expect_calls("create nano stdin\nstart made-up attach in out err keys=ctrl-q,x\n");
    expect(0, "", "", "run", "-i", "--detach-keys", "a", "nano");
    expect_calls("create nano stdin\nstart made-up attach in out err keys=a\n");
    fake.settings = wrong;
    expect(1, "", "wcow: invalid detach keys (ctrl-): unknown key: 'ctrl-'\n", "run", "-i", "nano");
    expect_calls("");
}

static void streams_are_chosen_with_attach(void **state)
{
    (void)state;
    expect(0, "", "", "run", "-a", "stderr", "nano");
    expect_calls("create nano\nstart made-up attach err\n");
    expect(0, "", "", "run", "-i", "-a", "STDIN", "-a", "stdout", "nano");
    expect_calls("create nano stdin\nstart made-up attach in out\n");
}

static void a_terminal_needs_a_terminal(void **state)
{
    (void)state;
    expect(1, "",
           "wcow: cannot attach stdin to a TTY-enabled container because stdin is not a terminal "
           "(leave out -t, or run it in a console; mintty needs winpty)\n",
           "run", "-it", "nano");
    expect_calls("");
    /* Without -i nothing is typed, so that output of a console can still be piped. */
    expect(0, "", "", "run", "-t", "nano");
}

static void detaching_is_no_failure(void **state)
{
    (void)state;
    fake.outcome = (wcow_outcome){.detached = true, .exit_code = 77};
    expect(0, "", "", "run", "nano");
}

static void what_failed_after_the_end_is_a_warning(void **state)
{
    (void)state;
    fake.outcome = (wcow_outcome){
        .exit_code = 7,
        .warning = {.status = WCOW_FAILED, .message = "cannot clean up after container 'web'"}};
    expect(7, "", "wcow: warning: cannot clean up after container 'web'\n", "run", "nano");
    expect(7, "", "wcow: warning: cannot clean up after container 'web'\n", "exec", "web", "dir");
}

static void bad_input_is_one_line_and_leaves_nothing(void **state)
{
    (void)state;
    expect(125, "", "wcow: unknown flag: --foo (see 'wcow run --help')\n", "run", "--foo", "nano");
    expect(125, "", "wcow: unknown flag: --foo (see 'wcow container run --help')\n", "container",
           "run", "--foo", "nano");
    expect(1, "", "wcow: 'wcow run' requires at least 1 argument (see 'wcow run --help')\n", "run");
    expect(125, "", "wcow: invalid isolation 'vm': it is default, process or hyperv\n", "run",
           "--isolation=vm", "nano");
    expect(1, "", "wcow: conflicting options: cannot specify both --attach and --detach\n", "run",
           "-d", "-a", "stdout", "nano");
    expect(
        125, "",
        "wcow: invalid argument \"x\" for \"-a, --attach\" flag: valid streams are STDIN, STDOUT "
        "and STDERR\n",
        "run", "-a", "x", "nano");
    expect(1, "", "wcow: invalid detach keys (ctrl-P): unknown key: 'ctrl-P'\n", "run",
           "--detach-keys", "ctrl-P", "nano");
    expect(125, "", "wcow: invalid environment variable: '=x'\n", "run", "-e", "=x", "nano");
    expect(125, "", "wcow: invalid label: ''\n", "run", "-l", "", "nano");
    expect(125, "",
           "wcow: invalid pull option: 'x': must be one of \"always\", \"missing\" or \"never\"\n",
           "create", "--pull", "x", "nano");
    expect(125, "", "wcow: invalid --schema: 0: it is 1 or 2\n", "run", "--schema=0", "nano");
    expect(125, "", "wcow: invalid --schema: -1: it is 1 or 2\n", "run", "--schema=-1", "nano");
    expect(125, "", "wcow: invalid --schema: 3: it is 1 or 2\n", "create", "--schema=3", "nano");
    expect(125, "", "wcow: invalid --stop-timeout: 2147483648\n", "run",
           "--stop-timeout=2147483648", "nano");
    expect_calls("");
}

static void networks_are_named_in_dockers_ways(void **state)
{
    (void)state;
    expect(0, NULL, "", "create", "--network=none", "nano");
    expect(0, NULL, "", "create", "--net", "nat", "nano");
    expect(0, NULL, "", "create", "--network", "name=none", "nano");
    expect(0, NULL, "", "create", "--network", "", "nano");
    expect_calls("create nano network=none\ncreate nano network=nat\ncreate nano network=none\n"
                 "create nano\n");
    expect(125, "", "wcow: network \"nat\" is specified multiple times\n", "create",
           "--network=nat", "--network=nat", "nano");
    expect(125, "",
           "wcow: conflicting options: cannot attach both user-defined and non-user-defined "
           "network-modes\n",
           "run", "--network", "none", "--net", "nat", "nano");
    expect(125, "", "wcow: network name/id is not specified\n", "run", "--network=alias=web",
           "nano");
    expect(125, "", "wcow: invalid field key colour\n", "run", "--network=name=x,colour=red",
           "nano");
    expect(125, "",
           "wcow: invalid --network: ip6 has no meaning on Windows: its container networks have "
           "no IPv6\n",
           "run", "--network=name=x,ip6=fd00::1", "nano");
    expect(125, "",
           "wcow: conflicting options: cannot specify both --ip and per-network IPv4 address\n",
           "run", "--network=name=x,ip=10.0.0.1", "--ip=10.0.0.2", "nano");
    expect(125, "",
           "wcow: conflicting options: addresses and aliases and the network mode 'none'\n", "run",
           "--network=none", "--ip=10.0.0.2", "nano");
    expect_calls("");
}

static void a_container_has_networks_and_ports(void **state)
{
    (void)state;
    expect(0, NULL, "", "create", "--network=name=back,alias=db,alias=sql,ip=10.0.0.2", "--net=nat",
           "-p", "80:80", "-P", "--expose=81", "--dns=1.1.1.1", "--add-host=a:10.0.0.5", "nano");
    expect(0, NULL, "", "create", "--ip=10.0.0.3", "--mac-address=x", "nano");
    expect(0, NULL, "", "create", "--network=back", "--network-alias=a", "--net-alias=b", "nano");
    expect_calls("create nano on=back ip=10.0.0.2 alias=db alias=sql on=nat publish=80:80 "
                 "expose=81 dns=1.1.1.1 host=a:10.0.0.5 all-ports\n"
                 "create nano on= ip=10.0.0.3 mac=x\n"
                 "create nano on=back alias=a alias=b\n");
}

static void networks_are_joined_and_left(void **state)
{
    (void)state;
    expect(0, "", "", "network", "connect", "--ip=10.0.0.2", "--alias=db", "back", "web");
    expect(0, "", "", "network", "disconnect", "-f", "back", "web");
    expect_calls("open web\nconnect web on=back ip=10.0.0.2 alias=db\nopen web\n"
                 "disconnect web back force\n");
}

static void ports_are_listed(void **state)
{
    (void)state;
    expect(0, "53/udp -> 0.0.0.0:49152\n80/tcp -> 0.0.0.0:8080\n80/tcp -> 0.0.0.0:81\n", "", "port",
           "web");
    expect(0, "0.0.0.0:8080\n0.0.0.0:81\n", "", "port", "web", "80");
    expect(0, "0.0.0.0:49152\n", "", "container", "port", "web", "53/udp");
    expect(1, "", "wcow: no public port '53/tcp' published for web\n", "port", "web", "53/tcp");
    expect(1, "", "wcow: invalid port 'x': it is like 80 or 80/udp\n", "port", "web", "x");
}

static void a_missing_image_is_one_line(void **state)
{
    (void)state;
    fake.failing = "create";
    fake.failure = WCOW_NOT_FOUND;
    fake.message = "no such image: nano";
    fake.hint = "load it\nsee: wcow load --help\n";
    expect(125, "", "wcow: no such image: nano; load it; see: wcow load --help\n", "run",
           "--pull=never", "nano");
}

static void failures_to_start_have_dockers_codes(void **state)
{
    (void)state;
    fake.failing = "start";
    fake.message = "cannot start container 'web': HcsCreateProcess";
    fake.failure = WCOW_COMMAND_NOT_FOUND;
    expect(127, "", NULL, "run", "nano", "nope");
    fake.failure = WCOW_COMMAND_NOT_RUNNABLE;
    expect(126, "", NULL, "run", "-d", "nano", "nope");
    fake.failure = WCOW_FAILED;
    expect(125, "", NULL, "run", "nano");
    expect_calls("create nano command=nope\nstart made-up attach out err\n"
                 "create nano command=nope\nstart made-up\n"
                 "create nano\nstart made-up attach out err\n");
}

static void the_hint_is_a_second_line_and_events_come_with_debug(void **state)
{
    (void)state;
    fake.failing = "start";
    fake.failure = WCOW_FAILED;
    fake.hint = "look\nsee: wcow explain 0xc0370106";
    fake.events = "the guest crashed";
    expect(125, "", "wcow: it failed\nhint: look\nhint: see: wcow explain 0xc0370106\n", "run",
           "nano");
    expect(125, "",
           "wcow: it failed\nhint: look\nhint: see: wcow explain 0xc0370106\nevents: the guest "
           "crashed\n",
           "--debug", "run", "nano");
    /* A code of Windows itself, say a full disk: the advice stays in the line. */
    fake.hresult = (int32_t)0x80070070;
    fake.hint = "make room";
    expect(125, "", "wcow: it failed; make room\n", "run", "nano");
    fake.hresult = (int32_t)0xC0370106;
    expect(125, "", "wcow: it failed\nhint: make room\n", "run", "nano");
}

static void a_program_is_told_of_a_failure_as_json(void **state)
{
    (void)state;
    fake.failing = "start";
    fake.failure = WCOW_CONFLICT;
    fake.hresult = (int32_t)0xC0370106;
    fake.message = "it says \"no\"";
    fake.hint = "look";
    fake.events = "the guest crashed";
    expect(125, "",
           "{\"error\":\"it says \\\"no\\\"\",\"status\":\"conflict\",\"hresult\":\"0xC0370106\","
           "\"hint\":\"look\",\"events\":\"the guest crashed\"}\n",
           "--errors", "json", "run", "nano");
    expect(125, "", "wcow: it says \"no\"; look\n", "--errors=text", "run", "nano");
    expect(125, "", "wcow: invalid --errors 'xml': it is text or json (see 'wcow --help')\n",
           "--errors=xml", "run", "nano");
    expect(
        125, "",
        "{\"error\":\"unknown flag: --frobnicate (see 'wcow run --help')\",\"status\":\"invalid\","
        "\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n",
        "--errors=json", "run", "--frobnicate");
}

static void debug_prints_steps_with_their_times(void **state)
{
    (void)state;
    fake.step = "the image is read";
    expect(0, "", "  1234.6 ms  the image is read\n", "--debug", "run", "nano");
    expect(0, "", "  1234.6 ms  the image is read\n", "-D", "run", "nano");
    expect(0, "", "", "run", "nano");
}

static void rm_holds_for_a_container_that_never_started(void **state)
{
    (void)state;
    fake.failing = "start";
    fake.failure = WCOW_FAILED;
    expect(125, "", NULL, "run", "--rm", "-d", "nano");
    expect_calls("create nano rm\nstart made-up\nremove made-up volumes\n");
}

static void a_dry_run_prints_the_plan_and_does_nothing(void **state)
{
    (void)state;
    fake.plan = "{\"calls\":[\"HcsCreateComputeSystem\"]}";
    expect(0, "{\n    \"calls\": [\n        \"HcsCreateComputeSystem\"\n    ]\n}\n", "", "run",
           "-it", "--dry-run", "nano");
    expect_calls("plan nano\n");
}

/* Nobody else would watch it when we are gone: so one that runs is ended. */
static void who_waits_for_the_end_of_one_with_rm_watches_it_here(void **state)
{
    (void)state;
    expect(0, "", "", "run", "--rm", "nano");
    expect_calls("within\ncreate nano rm\nstart made-up attach out err\n");
    fake.failing = "start";
    fake.failure = WCOW_CANCELLED;
    fake.message = "got 3 SIGTERM/SIGINTs, forcefully exiting";
    expect(125, "", NULL, "run", "--rm", "nano");
    expect_calls("within\ncreate nano rm\nstart made-up attach out err\n"
                 "remove made-up force volumes\n");
}

static void but_none_that_may_outlive_us(void **state)
{
    (void)state;
    fake.terminals[0] = true;
    expect(0, "", "", "run", "nano");
    expect(0, NULL, "", "run", "--rm", "-d", "nano");
    expect(0, "", "", "run", "--rm", "-t", "nano");
    expect(0, "", "", "run", "--rm", "--sig-proxy=false", "nano");
    assert_null(strstr(text_get(&fake.calls), "within"));
    assert_non_null(strstr(text_get(&fake.calls), "create nano"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(run_attaches_output_and_returns_the_containers_code),
        TEST(run_detached_prints_the_id),
        TEST(both_forms_are_the_same),
        TEST(every_option_reaches_the_spec),
        TEST(limits_reach_the_spec),
        TEST(names_and_devices_reach_the_spec),
        TEST(what_create_did_otherwise_is_warned_of),
        TEST(an_empty_entrypoint_clears_the_images),
        TEST(files_of_variables_come_before_the_options),
        TEST(malformed_files_are_refused),
        TEST(the_id_file_is_written_after_create),
        TEST(an_id_file_that_is_there_is_refused_before_anything),
        TEST(an_id_file_that_cannot_be_written_takes_the_container_with_it),
        TEST(interactive_forwards_input),
        TEST(the_detach_keys_are_those_that_the_user_has_set),
        TEST(streams_are_chosen_with_attach),
        TEST(a_terminal_needs_a_terminal),
        TEST(detaching_is_no_failure),
        TEST(what_failed_after_the_end_is_a_warning),
        TEST(bad_input_is_one_line_and_leaves_nothing),
        TEST(a_container_has_networks_and_ports),
        TEST(networks_are_joined_and_left),
        TEST(ports_are_listed),
        TEST(networks_are_named_in_dockers_ways),
        TEST(a_missing_image_is_one_line),
        TEST(failures_to_start_have_dockers_codes),
        TEST(a_program_is_told_of_a_failure_as_json),
        TEST(the_hint_is_a_second_line_and_events_come_with_debug),
        TEST(debug_prints_steps_with_their_times),
        TEST(rm_holds_for_a_container_that_never_started),
        TEST(who_waits_for_the_end_of_one_with_rm_watches_it_here),
        TEST(but_none_that_may_outlive_us),
        TEST(a_dry_run_prints_the_plan_and_does_nothing),
    };

    return cmocka_run_group_tests_name("cli/run", tests, NULL, NULL);
}
