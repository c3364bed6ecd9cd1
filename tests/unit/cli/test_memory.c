/* SPDX-License-Identifier: MIT */
/* Out of memory, at every single allocation: a failure is told, and success is the whole truth. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"
#include "tests/unit/memory.h"

static const wcow_container_info container = {
    .id = "aaaabbbbccccdddd",
    .name = "web",
    .image = "nano:latest",
    .image_id = "sha256:1111222233334444",
    .command = "ping -t localhost and more",
    .state = "running",
    .status = "Up",
    .labels = "tier=front,x",
    .networks = "nat",
    .ports = "",
    .exposed = "",
    .published = "",
    .mounts = "C:\\a,C:\\b",
    .os_version = "",
    .isolation = "process",
    .created = 1,
    .running = true,
};
static const wcow_image_info image = {"sha256:1111", "nano", "latest", "sha256:2", "", 1, 1234, ""};
static const wcow_process_info process = {7, "ping.exe", 625000, 1000};

/* A template that needs each kind of memory. */
static const char everything[] =
    "{{range $k, $v := .Config.Labels}}{{printf \"%s=%q;\" $k $v}}{{end}}{{json .State}}"
    "{{with $x := split \"a,b\" \",\"}}{{join $x \"-\"}}{{end}}{{len .id}}{{pad .Id 1 1}}"
    "{{if eq .Id \"abc\"}}{{println 1 \"x\"}}{{end}}{{truncate .Id 2}}{{slice .Id 1}}";

static int setup(void **state)
{
    fake_setup(state);
    fake.info = "{\"Containers\":3,\"MemTotal\":1024,\"ServerErrors\":[\"none\"]}";
    fake.plan = "{\"calls\":[\"a\",{\"b\":1}]}";
    fake.inspected = "{\"Id\":\"abc\",\"Config\":{\"Labels\":{\"b\":\"1\",\"a\":\"2\"}},"
                     "\"State\":{\"Running\":true}}";
    fake.image = "{\"Id\":\"img\"}";
    fake.containers = &container;
    fake.container_count = 1;
    fake.images = &image;
    fake.image_count = 1;
    fake.processes = &process;
    fake.process_count = 1;
    fake.log = "line\n";
    return 0;
}

/* Every allocation of the command fails in turn, until it gets through. */
static size_t starve(const char *const *words)
{
    struct printed whole;
    size_t nth = 0;

    program_with_input(&whole, "y\n", words);
    assert_int_equal(whole.code, 0);
    for (bool starved = true; starved;) {
        struct printed printed;

        text_free(&fake.calls);
        memory_fail_nth(++nth);
        program_with_input(&printed, "y\n", words);
        starved = memory_failed();
        if (printed.code == 0) {
            assert_string_equal(printed.out, whole.out);
            assert_string_equal(printed.err, whole.err);
        } else {
            assert_true(starved);
            assert_memory_equal(printed.err, "wcow: ", 6);
        }
        assert_int_equal(fake.open_containers + fake.open_hosts, 0);
        free(printed.out);
        free(printed.err);
    }
    free(whole.out);
    free(whole.err);
    return nth - 1;
}

static void no_lack_of_memory_goes_unnoticed(void **state)
{
    static const char *const lines[][16] = {
        {"ps", NULL},
        {"ps", "-a", "--format", "json", NULL},
        {"ps", "-f", "name=^web$", "-f", "label=tier", "--format",
         "table {{.Names}}\\t{{.Label \"tier\"}}\\t{{upper .State}}", NULL},
        {"images", "--digests", NULL},
        {"images", "-f", "reference=na*:l*", "-f", "before=x", "-q", NULL},
        {"commit", "-m", "why", "web", "new", NULL},
        {"history", "nano", NULL},
        {"image", "prune", "-a", NULL},
        {"layer", "inspect", "l.tar", NULL},
        {"layer", "inspect", "l.tar", "--format", "json", NULL},
        {"layer", "ls", NULL},
        {"layer", "rm", "a", NULL},
        {"layer", "zap", "C:/x", NULL},
        {"save", "-o", "x.tar", "nano", NULL},
        {"system", "df", NULL},
        {"system", "df", "-v", NULL},
        {"system", "df", "-v", "--format", "json", NULL},
        {"inspect", "web", NULL},
        {"inspect", "-f", everything, "web", NULL},
        {"image", "inspect", "nano", NULL},
        {"run", "--dry-run", "nano", NULL},
        {"run", "-d", "-e", "A=1", "-l", "b", "-v", "x:y", "--entrypoint", "e", "nano", "c", NULL},
        {"create", "--name", "web", "nano", NULL},
        {"exec", "-d", "-e", "A=1", "web", "cmd", NULL},
        {"attach", "--no-stdin", "web", NULL},
        {"start", "a", "b", NULL},
        {"rm", "-f", "a", NULL},
        {"top", "web", NULL},
        {"top", "--human=false", "--format=json", "web", NULL},
        {"logs", "web", NULL},
        {"load", "-i", "x", NULL},
        {"rmi", "nano", NULL},
        {"info", NULL},
        {"info", "-f", "{{.Containers}}", NULL},
        {"version", "--format", "{{.Client.Version}}", NULL},
        {"explain", "--list", NULL},
        {"system", "prune", NULL},
        {"container", "prune", NULL},
        {"run", "--help", NULL},
        {"completion", "bash", NULL},
        {"complete", "=", "inspect", NULL},
    };
    size_t points = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        points += starve(lines[i]);
    print_message("%zu allocations failed in turn\n", points);
    assert_true(points > 500);
}

static void files_of_variables_are_read_whole_or_not_at_all(void **state)
{
    static const char *const line[] = {"exec", "-d", "--env-file", "vars", "web", "cmd", NULL};

    (void)state;
    fake.file = "A=1\nB=2\n";
    assert_true(starve(line) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_lack_of_memory_goes_unnoticed, setup, fake_teardown),
        cmocka_unit_test_setup_teardown(files_of_variables_are_read_whole_or_not_at_all, setup,
                                        fake_teardown),
    };

    memory_hook();
    return cmocka_run_group_tests_name("cli/memory", tests, NULL, NULL);
}
