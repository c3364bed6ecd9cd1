/* SPDX-License-Identifier: MIT */
/* Names and numbers of signals. */
#include "hcs/signals.h"

#include "base/error.h"
#include "tests/unit/status.h"

static wcow_error err;

static void signals_have_names_and_numbers(void **test)
{
    const char *signal = "";

    (void)test;
    assert_ok(&err, signal_find("sigkill", &signal, &err));
    assert_null(signal);
    assert_ok(&err, signal_find("15", &signal, &err));
    assert_string_equal(signal, "CtrlShutdown");
    assert_ok(&err, signal_find("SIGINT", &signal, &err));
    assert_string_equal(signal, "CtrlC");
    assert_fails(&err, WCOW_INVALID, "Invalid signal: USR9", signal_find("USR9", &signal, &err));
    assert_int_equal(signal_find("", &signal, NULL), WCOW_INVALID);
    assert_int_equal(signal_find("0", &signal, NULL), WCOW_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_have_names_and_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
