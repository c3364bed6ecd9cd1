/* SPDX-License-Identifier: MIT */
/* Numbers, sizes, durations and times. */
#include "tests/unit/status.h"

#include "base/number.h"

static void whole_numbers_are_read_exactly(void **state)
{
    uint64_t value = 7;
    int64_t number = 7;

    (void)state;
    assert_true(number_parse("0", 10, &value));
    assert_int_equal(value, 0);
    assert_true(number_parse("18446744073709551615", UINT64_MAX, &value));
    assert_true(value == UINT64_MAX);
    assert_true(number_parse("65535", 65535, &value));
    assert_int_equal(value, 65535);
    assert_true(number_parse_signed("-9223372036854775808", &number));
    assert_true(number == INT64_MIN);
    assert_true(number_parse_signed("9223372036854775807", &number));
    assert_true(number == INT64_MAX);
}

static void malformed_numbers_leave_the_result_alone(void **state)
{
    static const char *const bad[] = {"",    " 1",  "1 ",    "+1",          "-1",
                                      "0x1", "1.0", "65536", "999999999999"};
    uint64_t value = 7;
    int64_t number = 7;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(number_parse(bad[i], 65535, &value));
    assert_false(number_parse("5", 4, &value));
    assert_false(number_parse("18446744073709551616", UINT64_MAX, &value));
    assert_false(number_parse_signed("-", &number));
    assert_false(number_parse_signed("9223372036854775808", &number));
    assert_int_equal(value, 7);
    assert_int_equal(number, 7);
}

static void sizes_are_powers_of_1024(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {
        {"0", 0},
        {"1024", 1024},
        {"32b", 32},
        {"512m", 536870912},
        {"512M", 536870912},
        {"1g", 1073741824},
        {"1.5g", 1610612736},
        {"64KiB", 65536},
        {"64 KB", 65536},
        {"2t", UINT64_C(2199023255552)},
        {"0.5k", 512},
    };
    static const char *const bad[] = {"",          "m",     "1x",  "1mm",
                                      "-1m",       "1..5g", ".5g", "1.g",
                                      "1ki",       "1  m",  "g1",  "9999999999999999999",
                                      "99999999p", "1i"};
    uint64_t bytes;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        bytes = 1;
        if (!size_parse(sizes[i].text, &bytes) || bytes != sizes[i].bytes)
            fail_msg("%s: %llu", sizes[i].text, (unsigned long long)bytes);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (size_parse(bad[i], &bytes) || size_parse_decimal(bad[i], &bytes))
            fail_msg("'%s' was taken", bad[i]);
    }
}

/* go-units' FromHumanSize: "KiB" counts no more there than "k". */
static void decimal_sizes_are_read_as_docker_does(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } sizes[] = {{"0", 0},          {"7", 7},         {"1k", 1000},
                 {"20m", 20000000}, {"1.5KiB", 1500}, {"2g", 2000000000}};
    uint64_t bytes;

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        bytes = 1;
        if (!size_parse_decimal(sizes[i].text, &bytes) || bytes != sizes[i].bytes)
            fail_msg("%s: %llu", sizes[i].text, (unsigned long long)bytes);
    }
}

static void durations_are_read_as_go_does(void **state)
{
    static const struct {
        const char *text;
        int64_t nanoseconds;
    } durations[] = {
        {"0", 0},
        {"10s", INT64_C(10000000000)},
        {"1h30m", INT64_C(5400000000000)},
        {"1.5s", INT64_C(1500000000)},
        {"500ms", INT64_C(500000000)},
        {"250us", 250000},
        {"250\xC2\xB5s", 250000},
        {"7ns", 7},
        {"-2m", INT64_C(-120000000000)},
        {"2h45m30.5s", INT64_C(9930500000000)},
    };
    static const char *const bad[] = {"",       "10",   "s",        "1x", "1h 30m",
                                      "1.2.3s", "--1s", "9999999h", "1s1"};
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
        value = 1;
        if (!duration_parse(durations[i].text, &value) || value != durations[i].nanoseconds)
            fail_msg("%s: %lld", durations[i].text, (long long)value);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (duration_parse(bad[i], &value))
            fail_msg("'%s' was taken", bad[i]);
    }
}

static const struct {
    int64_t nanoseconds;
    const char *text;
    const char *fixed;
} times[] = {
    {0, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000000000Z"},
    {INT64_C(1763919222123456789), "2025-11-23T17:33:42.123456789Z",
     "2025-11-23T17:33:42.123456789Z"},
    {INT64_C(951782400500000000), "2000-02-29T00:00:00.5Z", "2000-02-29T00:00:00.500000000Z"},
    {INT64_C(4107542399000000000), "2100-02-28T23:59:59Z", "2100-02-28T23:59:59.000000000Z"},
    {-1, "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z"},
    {INT64_C(1709251199000001000), "2024-02-29T23:59:59.000001Z", "2024-02-29T23:59:59.000001000Z"},
};

static void times_are_printed_and_read_back(void **state)
{
    char text[TIME_TEXT_SIZE];
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        time_print(times[i].nanoseconds, text);
        assert_string_equal(text, times[i].text);
        time_print_fixed(times[i].nanoseconds, text);
        assert_string_equal(text, times[i].fixed);
        assert_true(time_parse(times[i].text, &value));
        assert_true(value == times[i].nanoseconds);
        assert_true(time_parse(times[i].fixed, &value));
        assert_true(value == times[i].nanoseconds);
    }
}

static void offsets_and_long_fractions_are_understood(void **state)
{
    int64_t value;

    (void)state;
    assert_true(time_parse("1970-01-01T01:00:00+01:00", &value));
    assert_true(value == 0);
    assert_true(time_parse("1969-12-31T16:30:00-07:30", &value));
    assert_true(value == 0);
    assert_true(time_parse("1970-01-01t00:00:00.1234567899z", &value));
    assert_true(value == 123456789);
}

static void malformed_times_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "2025-11-23",
        "2025-11-23T17:33:42",
        "2025-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2025-11-31T00:00:00Z",
        "2025-11-00T00:00:00Z",
        "2025-11-23T24:00:00Z",
        "2025-11-23T00:60:00Z",
        "2025-11-23T00:00:00.Z",
        "2025-11-23T00:00:00+1:00",
        "2025-11-23T00:00:00+24:00",
        "2025-11-23T00:00:00Zx",
        "1600-01-01T00:00:00Z",
        "9999-01-01T00:00:00Z",
    };
    int64_t value;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (time_parse(bad[i], &value))
            fail_msg("'%s' was taken", bad[i]);
    }
}

static void billionths_are_exact(void **state)
{
    static const struct {
        const char *text;
        uint64_t billionths;
    } good[] = {
        {"0", 0},
        {"1", 1000000000},
        {"1.5", 1500000000},
        {".5", 500000000},
        {"0.333", 333000000},
        {"0.00001", 10000},
        {"0.000000001", 1},
        {"0.1234567890000", 123456789},
        {"18446744072", UINT64_C(18446744072000000000)},
    };
    static const char *const bad[] = {"",    ".",  "1.",           "-1",          "1x", "1e3",
                                      "1,5", "+1", "0.0000000001", "18446744073", " 1"};
    uint64_t value = 7;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(billionths_parse(bad[i], &value));
    assert_int_equal(value, 7);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(billionths_parse(good[i].text, &value));
        assert_true(value == good[i].billionths);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_read_exactly),
        cmocka_unit_test(malformed_numbers_leave_the_result_alone),
        cmocka_unit_test(sizes_are_powers_of_1024),
        cmocka_unit_test(billionths_are_exact),
        cmocka_unit_test(decimal_sizes_are_read_as_docker_does),
        cmocka_unit_test(durations_are_read_as_go_does),
        cmocka_unit_test(times_are_printed_and_read_back),
        cmocka_unit_test(offsets_and_long_fractions_are_understood),
        cmocka_unit_test(malformed_times_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
