/* SPDX-License-Identifier: MIT */
/* The rules of health checks, by a clock of the test's own. */
#include "engine/container/health_check.h"

#include "tests/unit/status.h"

#define SECOND      INT64_C(1000000000)
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static health_config config_of(const char *const *test)
{
    health_config config = {0};

    for (; *test; test++)
        assert_true(string_list_add(&config.test, *test));
    return config;
}

static void assert_list(const string_list *list, const char *const *expected)
{
    size_t count = 0;

    for (; expected[count]; count++) {
        assert_true(count < list->count);
        assert_string_equal(list->items[count], expected[count]);
    }
    assert_int_equal(list->count, count);
}

static void what_the_user_does_not_say_is_the_image_s(void **state)
{
    static const char *const test[] = {"CMD", "probe.exe", NULL};
    static const char *const line[] = {"CMD-SHELL", "ver & exit 3", NULL};
    static const char *const none[] = {"NONE", NULL};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_health_config health_config image = config_of(test);
    cleanup_health_config health_config merged = {0};

    (void)state;
    image.interval = 7;
    image.retries = 5;
    spec.health_interval = 9;
    assert_ok(&err, health_merge(&spec, &image, &merged, &err));
    assert_list(&merged.test, test);
    assert_int_equal(merged.interval, 9);
    assert_int_equal(merged.retries, 5);
    health_config_free(&merged);
    spec.health_command = line[1];
    assert_ok(&err, health_merge(&spec, &image, &merged, &err));
    assert_list(&merged.test, line);
    assert_true(health_is_checked(&merged));
    health_config_free(&merged);
    spec.no_health_check = true;
    assert_ok(&err, health_merge(&spec, &image, &merged, &err));
    assert_list(&merged.test, none);
    assert_false(health_is_checked(&merged));
}

static void what_makes_no_sense_is_refused_in_docker_s_words(void **state)
{
    wcow_error err = WCOW_ERROR_INIT;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    (void)state;
    assert_ok(&err, health_wishes_check(&spec, &err));
    spec.health_interval = 999999;
    assert_fails(&err, WCOW_INVALID, "interval in healthcheck cannot be less than 1ms",
                 health_wishes_check(&spec, &err));
    spec.health_interval = 1000000;
    spec.health_retries = -1;
    assert_fails(&err, WCOW_INVALID, "retries in healthcheck cannot be negative",
                 health_wishes_check(&spec, &err));
    spec.health_retries = 0;
    spec.health_start_period = -5;
    assert_fails(&err, WCOW_INVALID, "start period in healthcheck cannot be less than 1ms",
                 health_wishes_check(&spec, &err));
}

static void a_line_goes_to_the_shell_and_words_do_not(void **state)
{
    static const char *const words[] = {"CMD", "probe.exe", "-q", NULL};
    static const char *const line[] = {"CMD-SHELL", "ver & exit 3", NULL};
    static const char *const unknown[] = {"CMD-BASH", "true", NULL};
    static const char *const empty[] = {"CMD", NULL};
    static const char *const windows[] = {"cmd", "/S", "/C", "ver & exit 3", NULL};
    static const char *const own[] = {"powershell", "-Command", "ver & exit 3", NULL};
    wcow_error err = WCOW_ERROR_INIT;
    cleanup_health_config health_config by_words = config_of(words);
    cleanup_health_config health_config by_line = config_of(line);
    cleanup_health_config health_config of_none = config_of(unknown);
    cleanup_health_config health_config of_nothing = config_of(empty);
    cleanup_strings string_list shell = STRING_LIST_INIT;
    cleanup_strings string_list command = STRING_LIST_INIT;

    (void)state;
    assert_ok(&err, health_command(&by_words, &shell, &command, &err));
    assert_list(&command, words + 1);
    string_list_free(&command);
    assert_ok(&err, health_command(&by_line, &shell, &command, &err));
    assert_list(&command, windows);
    string_list_free(&command);
    assert_true(string_list_add(&shell, "powershell") && string_list_add(&shell, "-Command"));
    assert_ok(&err, health_command(&by_line, &shell, &command, &err));
    assert_list(&command, own);
    assert_false(health_is_checked(&of_none));
    assert_false(health_is_checked(&of_nothing));
}

static void so_many_failures_in_a_row_make_it_unhealthy(void **state)
{
    const health_config config = {.retries = 2};
    health_status now = {HEALTH_STARTING, 0};

    (void)state;
    now = health_judge(&config, now, 1, SECOND);
    assert_int_equal(now.state, HEALTH_STARTING);
    assert_int_equal(now.streak, 1);
    now = health_judge(&config, now, 0, SECOND);
    assert_int_equal(now.state, HEALTH_HEALTHY);
    assert_int_equal(now.streak, 0);
    now = health_judge(&config, now, 7, SECOND);
    assert_int_equal(now.state, HEALTH_HEALTHY);
    now = health_judge(&config, now, HEALTH_NO_CODE, SECOND);
    assert_int_equal(now.state, HEALTH_UNHEALTHY);
    assert_int_equal(now.streak, 2);
    now = health_judge(&config, now, 0, SECOND);
    assert_int_equal(now.state, HEALTH_HEALTHY);
}

static void without_a_number_it_is_three(void **state)
{
    const health_config config = {0};
    health_status now = {HEALTH_STARTING, 0};

    (void)state;
    for (unsigned i = 1; i <= 3; i++) {
        now = health_judge(&config, now, 1, SECOND);
        assert_int_equal(now.state, i < 3 ? HEALTH_STARTING : HEALTH_UNHEALTHY);
    }
}

static void a_failure_in_the_start_period_does_not_count_before_the_first_success(void **state)
{
    const health_config config = {.start_period = 10 * SECOND, .retries = 1};
    health_status now = {HEALTH_STARTING, 0};

    (void)state;
    now = health_judge(&config, now, 1, 10 * SECOND - 1);
    assert_int_equal(now.state, HEALTH_STARTING);
    assert_int_equal(now.streak, 0);
    assert_int_equal(health_judge(&config, now, 1, 10 * SECOND).state, HEALTH_UNHEALTHY);
    now = health_judge(&config, now, 0, SECOND);
    assert_int_equal(health_judge(&config, now, 1, 2 * SECOND).state, HEALTH_UNHEALTHY);
}

static void probes_are_closer_while_it_starts(void **state)
{
    health_config config = {.start_period = 10 * SECOND};

    (void)state;
    assert_int_equal(health_pause(&config, HEALTH_STARTING, 0), 5 * SECOND);
    assert_int_equal(health_pause(&config, HEALTH_STARTING, 10 * SECOND), 30 * SECOND);
    assert_int_equal(health_pause(&config, HEALTH_HEALTHY, 0), 30 * SECOND);
    config.start_interval = SECOND;
    config.interval = 2 * SECOND;
    assert_int_equal(health_pause(&config, HEALTH_STARTING, 0), SECOND);
    assert_int_equal(health_pause(&config, HEALTH_UNHEALTHY, 0), 2 * SECOND);
    config.start_period = 0;
    assert_int_equal(health_pause(&config, HEALTH_STARTING, 0), 2 * SECOND);
    assert_int_equal(health_timeout(&config), 30 * SECOND);
    config.timeout = 3;
    assert_int_equal(health_timeout(&config), 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_user_does_not_say_is_the_image_s),
        cmocka_unit_test(what_makes_no_sense_is_refused_in_docker_s_words),
        cmocka_unit_test(a_line_goes_to_the_shell_and_words_do_not),
        cmocka_unit_test(so_many_failures_in_a_row_make_it_unhealthy),
        cmocka_unit_test(without_a_number_it_is_three),
        cmocka_unit_test(a_failure_in_the_start_period_does_not_count_before_the_first_success),
        cmocka_unit_test(probes_are_closer_while_it_starts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
