/* SPDX-License-Identifier: MIT */
/* Asking a user who is a script. */
#include "client/terminal.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/client/fake_user.h"
#include "tests/unit/status.h"

static wcow_error err;

/* What a user who types this and goes is taken to have said. */
static void assert_line(const char *typed, bool hidden, const char *line, const char *calls)
{
    fake_user user;
    user_streams *streams = fake_user_init(&user);
    char *got = NULL;

    fake_user_type(&user, typed);
    fake_user_hang_up(&user);
    assert_ok(&err, terminal_ask(streams, hidden, &got, &err));
    if (line)
        assert_string_equal(got, line);
    else
        assert_null(got);
    assert_string_equal(text_get(&user.calls), calls);
    free(got);
    fake_user_free(&user);
}

static void a_line_ends_where_its_user_ends_it(void **state)
{
    (void)state;
    assert_line("me\nmore\n", false, "me", "open in|restore|close|");
    assert_line("me\r\n", false, "me", "open in|restore|close|");
    assert_line("me", false, "me", "open in|restore|close|");
    assert_line("\n", false, "", "open in|restore|close|");
    assert_line("", false, NULL, "open in|restore|close|");
}

static void a_password_is_hidden_until_it_is_typed(void **state)
{
    (void)state;
    assert_line("secret\n", true, "secret", "open in|hide|restore|close|");
}

static void a_failure_leaves_the_terminal_as_it_was(void **state)
{
    fake_user user;
    char *line = NULL;

    (void)state;
    for (int hiding = 0; hiding < 2; hiding++) {
        user_streams *streams = fake_user_init(&user);

        if (hiding)
            user.raw_hr = HR_FROM_WIN32(6);
        else
            user.open_hr = HR_FROM_WIN32(6);
        fake_user_type(&user, "secret\n");
        assert_int_not_equal(terminal_ask(streams, true, &line, &err), WCOW_OK);
        assert_null(line);
        assert_string_equal(text_get(&user.calls),
                            hiding ? "open in|hide|restore|close|" : "open in|restore|close|");
        fake_user_free(&user);
    }
}

static void a_read_that_fails_is_told(void **state)
{
    fake_user user;
    user_streams *streams = fake_user_init(&user);
    char *line = NULL;

    (void)state;
    user.cancelled = true;
    assert_int_not_equal(terminal_ask(streams, false, &line, &err), WCOW_OK);
    assert_memory_equal(err.message, "read what was typed", 19);
    assert_string_equal(text_get(&user.calls), "open in|restore|close|");
    fake_user_free(&user);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_ends_where_its_user_ends_it),
        cmocka_unit_test(a_password_is_hidden_until_it_is_typed),
        cmocka_unit_test(a_failure_leaves_the_terminal_as_it_was),
        cmocka_unit_test(a_read_that_fails_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
