/* SPDX-License-Identifier: MIT */
/* wcow stats. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

#define ID_WEB  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_DONE "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const wcow_container_info containers[] = {
    {.id = ID_WEB, .name = "web", .running = true},
    {.id = ID_DONE, .name = "done"},
};

static const wcow_stats sample = {.cpu_percent = 12.345,
                                  .private_working_set = 2543616,
                                  .read_bytes = 1500,
                                  .write_bytes = 0,
                                  .network_known = true,
                                  .received_bytes = 2000000,
                                  .sent_bytes = 999};

#define HEADER "CONTAINER ID   NAME      CPU %     PRIV WORKING SET   NET I/O      BLOCK I/O\n"

static int set_up(void **state)
{
    const int failed = fake_setup(state);

    fake.containers = containers;
    fake.container_count = 2;
    fake.stats = &sample;
    fake.ids_are_names = true;
    return failed;
}

static void the_running_ones_are_shown_as_docker_shows_them(void **state)
{
    (void)state;
    expect(0,
           HEADER "aaaaaaaaaaaa   web       12.35%    2.426MiB           2MB / 999B   1.5kB / 0B\n",
           "", "stats", "--no-stream");
    expect_calls("list\nopen " ID_WEB "\nwatch " ID_WEB "\nlatest " ID_WEB " 2\n");
}

static void all_of_them_are_shown_with_zeros_for_those_that_rest(void **state)
{
    (void)state;
    expect(0, ID_WEB " web 12.35% 2.426MiB -- --\n" ID_DONE " done 0.00% 0B -- --\n", "",
           "container", "stats", "-a", "--no-stream", "--no-trunc", "--format",
           "{{.ID}} {{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.MemPerc}} {{.PIDs}}");
    expect(0,
           "{\"BlockIO\":\"1.5kB / 0B\",\"CPUPerc\":\"12.35%\",\"Container\":\"aaaaaaaaaaaa\","
           "\"ID\":\"aaaaaaaaaaaa\",\"MemPerc\":\"--\",\"MemUsage\":\"2.426MiB\",\"Name\":\"web\","
           "\"NetIO\":\"2MB / 999B\",\"PIDs\":\"--\"}\n",
           "", "stats", "--no-stream", "--format", "json");
    expect(0, "2543616 2000000 / 999 1500 / 0\n", "", "stats", "--no-stream", "--human=false",
           "--format", "{{.MemUsage}} {{.NetIO}} {{.BlockIO}}");
}

static void one_that_does_not_answer_is_told_of_and_the_others_are_shown(void **state)
{
    static const wcow_container_info two[] = {
        {.id = "one", .name = "one", .running = true},
        {.id = "two", .name = "two", .running = true},
    };

    (void)state;
    fake.containers = two;
    fake.failing = "latest one";
    fake.failure = WCOW_TIMEOUT;
    expect(1, "one -- -- / -- -- --\ntwo 12.35% 2.426MiB 2MB / 999B 1.5kB / 0B\n",
           "wcow: container 'one': it failed\n", "stats", "--no-stream", "--format",
           "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.NetIO}} {{.BlockIO}}");
    fake.failure = WCOW_CONFLICT; /* it has just ended */
    expect(0, "one 0.00%\ntwo 12.35%\n", "", "stats", "--no-stream", "--format",
           "{{.Name}} {{.CPUPerc}}");
}

static void a_network_service_that_is_away_hides_nothing_else(void **state)
{
    wcow_stats away = sample;

    (void)state;
    away.network_known = false;
    fake.stats = &away;
    expect(0, "web 12.35% --\n", "", "stats", "--no-stream", "--format",
           "{{.Name}} {{.CPUPerc}} {{.NetIO}}");
}

static void those_named_are_looked_for_first(void **state)
{
    (void)state;
    expect(1, "", "wcow: no such container: no-b\nwcow: no such container: no-a\n", "stats",
           "--no-stream", "no-a", "no-b");
    expect_calls("");
}

static void those_named_are_shown_whether_they_run_or_not(void **state)
{
    static const wcow_container_info named[] = {
        {.id = "other", .name = "other", .running = true},
        {.id = "web", .name = "renamed", .running = true},
        {.id = "done", .name = "done"},
    };

    (void)state;
    fake.containers = named;
    fake.container_count = 3;
    expect(0, "done done 0.00%\nweb renamed 12.35%\n", "", "stats", "--no-stream", "--format",
           "{{.Container}} {{.Name}} {{.CPUPerc}}", "done", "web", "web");
}

static void the_picture_is_drawn_over_until_all_that_were_named_are_gone(void **state)
{
    static const wcow_container_info one[] = {{.id = "web", .name = "web", .running = true}};

    (void)state;
    fake.containers = one;
    fake.container_count = 1;
    fake.last_listing = 1;
    expect(0, "\033[Hweb 12.35%\033[K\n\033[J\033[Hweb 12.35%\033[K\n\033[J", "", "stats",
           "--format", "{{.Name}} {{.CPUPerc}}", "web");
    expect_calls("open web\nlist\nopen web\nwatch web\nlatest web 1\nlatest web 1\nlist\n");
}

static void another_run_of_a_container_gets_another_watch(void **state)
{
    static const wcow_container_info one[] = {{.id = "web", .name = "web", .running = true}};

    (void)state;
    fake.containers = one;
    fake.container_count = 1;
    fake.last_listing = 2;
    fake.failing = "latest";
    fake.failure = WCOW_CONFLICT;
    expect(0, NULL, "", "stats", "web");
    expect_calls("open web\nlist\nopen web\nwatch web\nlatest web 1\nlatest web 1\n"
                 "list\nopen web\nwatch web\nlatest web 1\nlatest web 1\nlist\n");
}

static void a_wrong_format_ends_it_at_once(void **state)
{
    (void)state;
    expect(1, "", NULL, "stats", "--format", "{{.Nothing}}");
    expect(1, "", NULL, "stats", "--format", "{{");
}

static void the_format_may_stand_in_the_user_s_settings(void **state)
{
    static const char *const settings[] = {"statsFormat", "{{.Name}}!", NULL};

    (void)state;
    fake.settings = settings;
    expect(0, "web!\n", "", "stats", "--no-stream");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fake_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(the_running_ones_are_shown_as_docker_shows_them),
        TEST(all_of_them_are_shown_with_zeros_for_those_that_rest),
        TEST(one_that_does_not_answer_is_told_of_and_the_others_are_shown),
        TEST(a_network_service_that_is_away_hides_nothing_else),
        TEST(those_named_are_looked_for_first),
        TEST(those_named_are_shown_whether_they_run_or_not),
        TEST(the_picture_is_drawn_over_until_all_that_were_named_are_gone),
        TEST(another_run_of_a_container_gets_another_watch),
        TEST(a_wrong_format_ends_it_at_once),
        TEST(the_format_may_stand_in_the_user_s_settings),
    };

    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
