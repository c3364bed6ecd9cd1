/* SPDX-License-Identifier: MIT */
/* What a session makes of the options of a public call. */
#include "engine/container/own_session.h"

#include <string.h>

#include "tests/unit/status.h"

static wcow_error err;

static void without_options_output_and_error_are_attached(void **state)
{
    own_session own;

    (void)state;
    assert_ok(&err, own_session_init(&own, NULL, &err));
    assert_ptr_equal(own.options.streams, &own.streams.table);
    assert_false(own.options.input);
    assert_true(own.options.output);
    assert_true(own.options.error);
    assert_true(own.options.interrupts);
    assert_false(own.options.tty);
    assert_null(own.options.detach_keys);
}

/* Each option is one of the session's, and of no other. */
static void each_option_is_one_of_the_sessions(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        wcow_attach_options given = WCOW_ATTACH_OPTIONS_INIT;
        own_session own;

        given.standard_input = i == 0;
        given.standard_output = i == 1;
        given.standard_error = i == 2;
        given.sig_proxy = i == 3;
        given.detach_keys = "a";
        assert_ok(&err, own_session_init(&own, &given, &err));
        assert_int_equal(own.options.input, i == 0);
        assert_int_equal(own.options.output, i == 1);
        assert_int_equal(own.options.error, i == 2);
        assert_int_equal(own.options.interrupts, i == 3);
        assert_string_equal(own.options.detach_keys, "a");
    }
}

static void a_struct_that_was_not_initialised_is_refused(void **state)
{
    wcow_attach_options given;
    own_session own;

    (void)state;
    memset(&given, 0, sizeof given);
    assert_int_equal(own_session_init(&own, &given, NULL), WCOW_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_options_output_and_error_are_attached),
        cmocka_unit_test(each_option_is_one_of_the_sessions),
        cmocka_unit_test(a_struct_that_was_not_initialised_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
