/* SPDX-License-Identifier: MIT */
/* Numbers and times for people, tables, moments, patterns. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <time.h>

#include "base/utf.h"
#include "cli/filter.h"
#include "cli/human.h"
#include "cli/moment.h"
#include "cli/output.h"
#include "cli/table.h"

#define prints(call, wanted)                                                                       \
    do {                                                                                           \
        cleanup_text text out = TEXT_INIT;                                                         \
        call;                                                                                      \
        assert_string_equal(text_get(&out), wanted);                                               \
    } while (0)

static void durations_read_as_in_docker(void **state)
{
    (void)state;
    prints(human_duration(-5, &out), "Less than a second");
    prints(human_duration(0, &out), "Less than a second");
    prints(human_duration(1, &out), "1 second");
    prints(human_duration(45, &out), "45 seconds");
    prints(human_duration(60, &out), "About a minute");
    prints(human_duration(119, &out), "About a minute");
    prints(human_duration(120, &out), "2 minutes");
    prints(human_duration(59 * 60 + 59, &out), "59 minutes");
    prints(human_duration(3600, &out), "About an hour");
    prints(human_duration(5399, &out), "About an hour");
    prints(human_duration(5400, &out), "2 hours");
    prints(human_duration(47 * 3600, &out), "47 hours");
    prints(human_duration(48 * 3600, &out), "2 days");
    prints(human_duration(13 * 86400, &out), "13 days");
    prints(human_duration(14 * 86400, &out), "2 weeks");
    prints(human_duration(59 * 86400, &out), "8 weeks");
    prints(human_duration(60 * 86400, &out), "2 months");
    prints(human_duration(364 * 86400, &out), "12 months");
    prints(human_duration(2 * 365 * 86400LL, &out), "2 years");
}

static void sizes_are_powers_of_a_thousand(void **state)
{
    (void)state;
    prints(human_size(0, 4, &out), "0B");
    prints(human_size(999, 4, &out), "999B");
    prints(human_size(1000, 4, &out), "1kB");
    prints(human_size(1234567, 3, &out), "1.23MB");
    prints(human_size(1234567, 4, &out), "1.235MB");
    prints(human_size(4840000000, 3, &out), "4.84GB");
    prints(human_size(UINT64_MAX, 4, &out), "18.45EB");
}

static void memory_is_powers_of_two(void **state)
{
    (void)state;
    prints(human_memory(1023, &out), "1023B");
    prints(human_memory(17179869184, &out), "16GiB");
    prints(human_memory(33554432000, &out), "31.25GiB");
    prints(human_memory(8190 * 1024ULL * 1024, &out), "7.998GiB");
}

static void times_carry_their_zone(void **state)
{
    (void)state;
    setenv("TZ", "UTC0", 1);
    tzset();
    prints(human_time(1700000000, &out), "2023-11-14 22:13:20 +0000 UTC");
    setenv("TZ", "XST-5:30", 1);
    tzset();
    prints(human_time(1700000000, &out), "2023-11-15 03:43:20 +0530 XST");
    setenv("TZ", "PST8", 1);
    tzset();
    prints(human_time(1704067200, &out), "2023-12-31 16:00:00 -0800 PST");
    setenv("TZ", "UTC0", 1);
    tzset();
}

static void cpu_times_read_as_clocks(void **state)
{
    (void)state;
    prints(human_cpu(0, &out), "00:00:00.000");
    prints(human_cpu(625000, &out), "00:00:00.062");
    prints(human_cpu(37230123 * 10000ULL, &out), "10:20:30.123");
}

static void long_texts_end_in_an_ellipsis(void **state)
{
    (void)state;
    prints(human_ellipsis("short", 20, &out), "short");
    prints(human_ellipsis("12345678901234567890", 20, &out), "12345678901234567890");
    prints(human_ellipsis("123456789012345678901", 20, &out), "1234567890123456789…");
    prints(human_ellipsis("äöüß", 3, &out), "äö…");
    prints(human_ellipsis("äöü", 3, &out), "äöü");
}

static void quotes_escape(void **state)
{
    (void)state;
    prints(human_quote("cmd /c \"C:\\x\"\n\t\r\x01\xC2\x9B", &out),
           "\"cmd /c \\\"C:\\\\x\\\"\\n\\t\\r\\x01\\u009b\"");
}

static void ids_are_cut(void **state)
{
    (void)state;
    prints(human_id("sha256:0123456789abcdef", &out), "0123456789ab");
    prints(human_id("0123456789abcdef", &out), "0123456789ab");
    prints(human_id("012", &out), "012");
}

static void columns_line_up(void **state)
{
    char *printed = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&printed, &size);

    (void)state;
    assert_int_equal(table_print(out,
                                 "A\tB\tC\n"
                                 "long content here\tx\ty\n"
                                 "ä…\t\tz\n",
                                 10, NULL),
                     WCOW_OK);
    fclose(out);
    assert_string_equal(printed, "A                   B         C\n"
                                 "long content here   x         y\n"
                                 "ä…                            z\n");
    free(printed);
}

static void moments_are_absolute_or_relative(void **state)
{
    const int64_t second = 1000000000;
    const int64_t now = 1700000000 * second;
    int64_t got = 0;

    (void)state;
    setenv("TZ", "UTC0", 1);
    tzset();
    assert_true(moment_parse("42m", now, &got));
    assert_int_equal(got, now - 42 * 60 * second);
    assert_true(moment_parse("1h30m", now, &got));
    assert_int_equal(got, now - 5400 * second);
    assert_true(moment_parse("2023-11-14T22:13:20Z", now, &got));
    assert_int_equal(got, now);
    assert_true(moment_parse("2023-11-15T00:13:20.5+02:00", now, &got));
    assert_int_equal(got, now + second / 2);
    assert_true(moment_parse("2023-11-14T22:13:20.25", now, &got));
    assert_int_equal(got, now + second / 4);
    assert_true(moment_parse("2023-11-14T22:13", now, &got));
    assert_int_equal(got, now - 20 * second);
    assert_true(moment_parse("2023-11-14", now, &got));
    assert_int_equal(got, now - (22 * 3600 + 13 * 60 + 20) * second);
    assert_true(moment_parse("1700000000.000000001", now, &got));
    assert_int_equal(got, now + 1);
    assert_true(moment_parse("0", now, &got));
    assert_int_equal(got, 0);
}

static void other_texts_are_no_moments(void **state)
{
    static const char *const bad[] = {"x",
                                      "2023",
                                      "2023-13-01",
                                      "2023-11-14T25:00",
                                      "12.5.7",
                                      "2023-11-14 10:00",
                                      "99999999999999999999",
                                      "yesterday"};
    int64_t got;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        got = 1;
        if (strcmp(bad[i], "2023") == 0)
            continue; /* seconds since 1970 */
        assert_false(moment_parse(bad[i], 0, &got));
    }
}

static void patterns_match_whole_strings(void **state)
{
    (void)state;
    assert_true(filter_matches_pattern("micro*/nano*", "microsoft/nanoserver"));
    assert_true(filter_matches_pattern("*", ""));
    assert_true(filter_matches_pattern("a?c", "abc"));
    assert_true(filter_matches_pattern("*b*b", "abab"));
    assert_false(filter_matches_pattern("nano*", "microsoft/nanoserver"));
    assert_false(filter_matches_pattern("a?c", "ac"));
    assert_false(filter_matches_pattern("", "a"));
    assert_false(filter_matches_pattern("*", "microsoft/nanoserver"));
    assert_false(filter_matches_pattern("microsoft?nanoserver", "microsoft/nanoserver"));
    assert_false(filter_matches_pattern("*server", "microsoft/nanoserver"));
    assert_true(filter_matches_pattern("*/*er", "microsoft/nanoserver"));
    assert_true(filter_matches_pattern("ltsc20[12][0-9]", "ltsc2019"));
    assert_false(filter_matches_pattern("ltsc20[12][0-9]", "ltsc203x"));
    assert_true(filter_matches_pattern("[^a-c]x", "dx"));
    assert_false(filter_matches_pattern("[^a-c]x", "bx"));
    assert_true(filter_matches_pattern("*[\\]]", "a]"));
    assert_true(filter_matches_pattern("\\*", "*"));
    assert_false(filter_matches_pattern("\\*", "a"));
    assert_true(filter_matches_pattern("\\", "\\"));
    assert_false(filter_matches_pattern("[", "["));
    assert_false(filter_matches_pattern("[a", "a"));
    assert_false(filter_matches_pattern("[]", "a"));
    assert_false(filter_matches_pattern("[a-]", "a"));
    assert_false(filter_matches_pattern("[a\\", "a"));
}

/* What a stream's writes were: one call of its descriptor each. */
struct writes {
    size_t count, longest;
    text all;
};

static ssize_t note_write(void *context, const char *bytes, size_t length)
{
    struct writes *writes = context;

    writes->count++;
    writes->longest = length > writes->longest ? length : writes->longest;
    assert_true(utf8_valid(bytes, length)); /* it would be shown torn */
    text_add_bytes(&writes->all, bytes, length);
    return (ssize_t)length;
}

static void long_texts_are_written_whole_characters_at_a_time(void **state)
{
    static const char *const characters[] = {"x", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    static char buffer[32 * 1024];

    (void)state;
    for (size_t i = 0; i < sizeof(characters) / sizeof(characters[0]); i++) {
        struct writes writes = {0, 0, TEXT_INIT};
        FILE *out = fopencookie(&writes, "w", (cookie_io_functions_t){.write = note_write});
        cleanup_text text wanted = TEXT_INIT;
        cleanup_text text long_one = TEXT_INIT;

        setvbuf(out, buffer, _IOFBF, sizeof(buffer));
        for (int n = 0; n < 30000; n++)
            text_add(&long_one, characters[i]);
        text_addf(&wanted, "before %s", text_get(&long_one));
        fputs("before ", out);
        assert_true(output_write(out, long_one.data, long_one.length));
        assert_string_equal(text_get(&writes.all), text_get(&wanted));
        assert_in_range(writes.longest, 16000, 32768);
        fclose(out);
        text_free(&writes.all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_read_as_in_docker),
        cmocka_unit_test(sizes_are_powers_of_a_thousand),
        cmocka_unit_test(memory_is_powers_of_two),
        cmocka_unit_test(times_carry_their_zone),
        cmocka_unit_test(cpu_times_read_as_clocks),
        cmocka_unit_test(long_texts_end_in_an_ellipsis),
        cmocka_unit_test(quotes_escape),
        cmocka_unit_test(ids_are_cut),
        cmocka_unit_test(columns_line_up),
        cmocka_unit_test(long_texts_are_written_whole_characters_at_a_time),
        cmocka_unit_test(moments_are_absolute_or_relative),
        cmocka_unit_test(other_texts_are_no_moments),
        cmocka_unit_test(patterns_match_whole_strings),
    };

    return cmocka_run_group_tests_name("cli/human", tests, NULL, NULL);
}
