/* SPDX-License-Identifier: MIT */
/* Spans of time in words. */
#include "docker/span.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void durations_are_said_as_docker_says_them(void **test)
{
    static const struct {
        int64_t seconds;
        const char *words;
    } cases[] = {{0, "Less than a second"}, {1, "1 second"},         {59, "59 seconds"},
                 {60, "About a minute"},    {120, "2 minutes"},      {3600, "About an hour"},
                 {47 * 3600, "47 hours"},   {48 * 3600, "2 days"},   {14 * 86400, "2 weeks"},
                 {60 * 86400, "2 months"},  {730 * 86400, "2 years"}};
    char words[SPAN_SIZE];

    (void)test;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        span_print(cases[i].seconds * 1000000000, words);
        assert_string_equal(words, cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_said_as_docker_says_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
