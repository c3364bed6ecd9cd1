/* SPDX-License-Identifier: MIT */
/**
 * Asserting on statuses: a failure of assert_ok() shows the error's message. Both hold the rules of
 * errors: a success writes no error, a failure writes its own status.
 */
#ifndef WCOW_TESTS_UNIT_STATUS_H
#define WCOW_TESTS_UNIT_STATUS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <wcow/error.h>

/* The error that the calls within assert_ok() and assert_fails() are to be given. */
#define assert_ok(err, call)                                                                       \
    do {                                                                                           \
        const wcow_error before_ = *(err);                                                         \
        wcow_status got_ = (call);                                                                 \
        if (got_ != WCOW_OK)                                                                       \
            fail_msg("%s: %s: %s", #call, wcow_status_name(got_), (err)->message);                 \
        if ((err)->status && memcmp(&before_, (err), sizeof(before_)) != 0)                        \
            fail_msg("%s: succeeded, and wrote an error: %s", #call, (err)->message);              \
    } while (0)

#define assert_fails(err, expected, text, call)                                                    \
    do {                                                                                           \
        wcow_status got_ = (call);                                                                 \
        if (got_ != (expected))                                                                    \
            fail_msg("%s: %s instead of %s", #call, wcow_status_name(got_),                        \
                     wcow_status_name(expected));                                                  \
        assert_int_equal((err)->status, (expected));                                               \
        assert_string_equal((err)->message, (text));                                               \
    } while (0)

#endif
