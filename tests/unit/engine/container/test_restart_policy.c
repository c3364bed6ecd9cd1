/* SPDX-License-Identifier: MIT */
/* Docker's rules of --restart. */
#include "engine/container/restart_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/container/record.h"
#include "tests/unit/engine/fixture.h"

static void what_can_be_said_is_read(void **state)
{
    static const struct {
        const char *given;
        restart_policy policy;
    } cases[] = {
        {NULL, {RESTART_NO, 0}},
        {"", {RESTART_NO, 0}},
        {"no", {RESTART_NO, 0}},
        {"no:0", {RESTART_NO, 0}},
        {"always", {RESTART_ALWAYS, 0}},
        {"always:", {RESTART_ALWAYS, 0}},
        {"unless-stopped", {RESTART_UNLESS_STOPPED, 0}},
        {"on-failure", {RESTART_ON_FAILURE, 0}},
        {"on-failure:3", {RESTART_ON_FAILURE, 3}},
    };
    wcow_error err = WCOW_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        restart_policy policy = {RESTART_ALWAYS, 77};

        assert_ok(&err, restart_policy_parse(cases[i].given, &policy, &err));
        assert_int_equal(policy.mode, cases[i].policy.mode);
        assert_int_equal(policy.maximum, cases[i].policy.maximum);
    }
}

static void what_cannot_be_said_is_refused_in_dockers_words(void **state)
{
    static const struct {
        const char *given, *said;
    } cases[] = {
        {":3", "invalid restart policy format: no policy provided before colon"},
        {"on-failure:x", "invalid restart policy format: maximum retry count must be an integer"},
        {"on-failure:1:2", "invalid restart policy format: maximum retry count must be an integer"},
        {"on-failure:-1", "invalid restart policy: maximum retry count cannot be negative"},
        {"always:3", "invalid restart policy: maximum retry count can only be used with "
                     "'on-failure'"},
        {"no:-3", "invalid restart policy: maximum retry count can only be used with "
                  "'on-failure' and cannot be negative"},
        {"sometimes", "invalid restart policy: unknown policy 'sometimes'; use one of 'no', "
                      "'always', 'on-failure', or 'unless-stopped'"},
    };
    wcow_error err = WCOW_ERROR_INIT;
    restart_policy policy;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_fails(&err, WCOW_INVALID, cases[i].said,
                     restart_policy_parse(cases[i].given, &policy, &err));
}

/* Each policy and each end. */
static void what_follows_an_end_is_dockers_table(void **state)
{
    static const struct {
        restart_policy policy;
        restart_facts how;
        bool follows;
    } cases[] = {
        {{RESTART_NO, 0}, {0, 0, false}, false},
        {{RESTART_NO, 0}, {1, 0, false}, false},
        {{RESTART_NO, 0}, {1, 0, true}, false},
        {{RESTART_ALWAYS, 0}, {0, 0, false}, true},
        {{RESTART_ALWAYS, 0}, {1, 1000, false}, true},
        {{RESTART_ALWAYS, 0}, {0, 0, true}, true},
        {{RESTART_ALWAYS, 0}, {1, 0, true}, true},
        {{RESTART_UNLESS_STOPPED, 0}, {0, 0, false}, true},
        {{RESTART_UNLESS_STOPPED, 0}, {1, 5, false}, true},
        {{RESTART_UNLESS_STOPPED, 0}, {0, 0, true}, false},
        {{RESTART_UNLESS_STOPPED, 0}, {1, 0, true}, false},
        {{RESTART_ON_FAILURE, 0}, {0, 0, false}, false},
        {{RESTART_ON_FAILURE, 0}, {1, 1000, false}, true},
        {{RESTART_ON_FAILURE, 0}, {0xC000013A, 0, false}, true},
        {{RESTART_ON_FAILURE, 0}, {1, 0, true}, true}, /* as it is in Docker's source */
        {{RESTART_ON_FAILURE, 3}, {1, 2, false}, true},
        {{RESTART_ON_FAILURE, 3}, {1, 3, false}, false},
        {{RESTART_ON_FAILURE, 3}, {0, 0, false}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(restart_follows(&cases[i].policy, &cases[i].how), cases[i].follows);
}

static void the_pause_is_doubled_up_to_a_minute_and_begins_again_after_a_good_run(void **state)
{
    static const uint32_t pauses[] = {100,  200,   400,   800,   1600,  3200,
                                      6400, 12800, 25600, 51200, 60000, 60000};
    uint32_t pause = 0;

    (void)state;
    for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
        pause = restart_pause(pause, 9999);
        assert_int_equal(pause, pauses[i]);
    }
    assert_int_equal(restart_pause(pause, 10000), 100);
    assert_int_equal(restart_pause(0, 0), 100);
}

/* The words of the user are kept, and are seen again. */
static void a_container_remembers_its_policy(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    cleanup_free char *name = NULL;
    cleanup_free char *maximum = NULL;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.restart = "on-failure:3";
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    name = fixture_inspect(f, web, "HostConfig.RestartPolicy.Name");
    maximum = fixture_inspect(f, web, "HostConfig.RestartPolicy.MaximumRetryCount");
    assert_string_equal(name, "on-failure");
    assert_string_equal(maximum, "3");
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static void one_that_is_removed_at_its_end_has_no_policy(void **test)
{
    fixture *f = *test;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.auto_remove = true;
    spec.restart = "always";
    assert_fails(&f->err, WCOW_INVALID, "can't create 'AutoRemove' container with restart policy",
                 wcow_container_create(f->host, &spec, &web, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_said_is_read),
        cmocka_unit_test(what_cannot_be_said_is_refused_in_dockers_words),
        cmocka_unit_test(what_follows_an_end_is_dockers_table),
        cmocka_unit_test(the_pause_is_doubled_up_to_a_minute_and_begins_again_after_a_good_run),
        cmocka_unit_test_setup_teardown(a_container_remembers_its_policy, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(one_that_is_removed_at_its_end_has_no_policy,
                                        fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
