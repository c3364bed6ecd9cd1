/* SPDX-License-Identifier: MIT */
/* wcow update. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

static void what_is_not_given_stays(void **state)
{
    (void)state;
    expect(0, "a\nb\n", "", "update", "-m", "256m", "--cpus", "1.5", "a", "b");
    expect_calls("open a\nupdate a memory=268435456 cpus=1500000000\n"
                 "open b\nupdate b memory=268435456 cpus=1500000000\n");
    expect(0, "a\n", "", "container", "update", "--cpu-count", "2", "--cpu-percent=0", "-c", "500",
           "--io-maxbandwidth", "1m", "--io-maxiops", "0", "--restart", "on-failure:3", "a");
    expect_calls("open a\nupdate a count=2 percent=0 shares=500 bandwidth=1048576 operations=0 "
                 "restart=on-failure:3\n");
}

static void a_negative_number_is_none_that_stays(void **state)
{
    (void)state;
    expect(0, "a\n", "", "update", "--cpu-count=-1", "a");
    expect_calls("open a\nupdate a count=9223372036854775808\n");
}

static void without_a_flag_there_is_nothing_to_do(void **state)
{
    (void)state;
    expect(1, "", "wcow: you must provide one or more flags when using this command\n", "update",
           "a");
    expect_calls("");
}

static void one_that_fails_does_not_stop_the_others(void **state)
{
    (void)state;
    expect(1, "b\n", "wcow: no such container: no-a\n", "update", "-m", "1g", "no-a", "b");
    expect_calls("open b\nupdate b memory=1073741824\n");
}

static void warnings_follow_on_the_standard_error(void **state)
{
    static const char *const warnings[] = {"later", NULL};

    (void)state;
    fake.warnings = warnings;
    expect(0, "a\n", "WARNING: later\n", "update", "-m", "1g", "a");
    expect(0, "a\n",
           "{\"warning\":\"later\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":"
           "\"\"}\n",
           "--errors", "json", "update", "-m", "1g", "a");
    expect(0, "a\nb\n",
           "{\"warning\":\"later\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":"
           "\"\"}\n",
           "--errors=json", "stop", "a", "b");
}

static void what_is_linux_s_is_refused(void **state)
{
    (void)state;
    expect(125, "", NULL, "update", "--memory-swap", "1g", "a");
    expect(125, "", NULL, "update", "--cpuset-cpus", "0", "a");
    expect(125, "", NULL, "update", "--pids-limit", "10", "a");
    expect(0, "a\n", "", "update", "--pids-limit", "0", "-m", "1g", "a"); /* its default */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
    static const struct CMUnitTest tests[] = {
        TEST(what_is_not_given_stays),
        TEST(a_negative_number_is_none_that_stays),
        TEST(without_a_flag_there_is_nothing_to_do),
        TEST(one_that_fails_does_not_stop_the_others),
        TEST(warnings_follow_on_the_standard_error),
        TEST(what_is_linux_s_is_refused),
    };

    return cmocka_run_group_tests_name("update", tests, NULL, NULL);
}
