/* SPDX-License-Identifier: MIT */
/* The keys that leave a container: how they are written, and found in what is typed. */
#include "client/detach_keys.h"

#include <stdio.h>

#include "tests/unit/status.h"

static wcow_error err;

static void detach_keys_are_held_back_until_they_are_others(void **test)
{
    detach_keys keys;
    uint8_t out[64];
    size_t made = 0;

    (void)test;
    assert_ok(&err, detach_keys_parse(NULL, &keys, &err));
    assert_int_equal(keys.count, 2);
    assert_false(detach_keys_filter(&keys, (const uint8_t *)"ab\x10", 3, out, &made));
    assert_int_equal(made, 2);
    assert_false(detach_keys_filter(&keys, (const uint8_t *)"c", 1, out, &made));
    assert_int_equal(made, 2);
    assert_memory_equal(out,
                        "\x10"
                        "c",
                        2);
    assert_false(detach_keys_filter(&keys, (const uint8_t *)"\x10\x10", 2, out, &made));
    assert_int_equal(made, 1);
    assert_true(detach_keys_filter(&keys, (const uint8_t *)"\x11zzz", 4, out, &made));
    assert_int_equal(made, 0);
    assert_ok(&err, detach_keys_parse("a,ctrl-@", &keys, &err));
    assert_int_equal(keys.keys[1], 0);
}

/* What the keys of a text are; a comma can be one. */
static void keys_are_characters_and_control_characters(void **test)
{
    static const struct {
        const char *written;
        size_t count;
        uint8_t keys[3];
    } rows[] = {
        {"", 2, {16, 17}},
        {"a", 1, {'a'}},
        {"ctrl-a,ctrl-z", 2, {1, 26}},
        {"ctrl-[,ctrl-\\,ctrl-]", 3, {27, 28, 29}},
        {"ctrl-^,ctrl-_", 2, {30, 31}},
        {",", 1, {','}},
        {"a,,", 2, {'a', ','}},
        {",,a", 2, {',', 'a'}},
        {"P", 1, {'P'}},
    };
    detach_keys keys;

    (void)test;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_ok(&err, detach_keys_parse(rows[i].written, &keys, &err));
        assert_ok(&err, detach_keys_check(rows[i].written, &err));
        assert_int_equal(keys.count, rows[i].count);
        assert_memory_equal(keys.keys, rows[i].keys, rows[i].count);
    }
}

static void what_is_no_key_is_named(void **test)
{
    static const struct {
        const char *written, *key;
    } rows[] = {
        {"ctrl-1", "ctrl-1"}, {"a,ctrl-", "ctrl-"}, {"ctrl-A,b", "ctrl-A"},   {"ctrl-p,", ""},
        {"a,,,", ""},         {",a", ","},          {"\xc3\xa4", "\xc3\xa4"},
    };
    detach_keys keys = {.count = 7};

    (void)test;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char said[80];

        snprintf(said, sizeof said, "invalid detach keys (%s): unknown key: '%s'", rows[i].written,
                 rows[i].key);
        assert_fails(&err, WCOW_INVALID, said, detach_keys_parse(rows[i].written, &keys, &err));
        assert_fails(&err, WCOW_INVALID, said, detach_keys_check(rows[i].written, &err));
    }
    assert_fails(&err, WCOW_INVALID,
                 "invalid detach keys (1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h): more than 16",
                 detach_keys_parse("1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,g,h", &keys, &err));
    assert_int_equal(keys.count, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(detach_keys_are_held_back_until_they_are_others),
        cmocka_unit_test(keys_are_characters_and_control_characters),
        cmocka_unit_test(what_is_no_key_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
