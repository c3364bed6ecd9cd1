/* SPDX-License-Identifier: MIT */
/* What random bytes cost. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "platform.h"
#include "port/hash.h"

static bool is_loaded(void)
{
    return GetModuleHandleW(L"bcrypt.dll") != NULL;
}

/* Every container begins with an id, and CNG costs as much as a quarter of a program's start. */
static void random_bytes_are_made_without_cng(void **state)
{
    unsigned char bytes[33];

    (void)state;
    assert_false(is_loaded());
    assert_int_equal(random_bytes(bytes, sizeof(bytes)), HR_OK);
    assert_false(is_loaded());
    sha256_free(sha256_new());
    assert_true(is_loaded());
}

/* None is left as it was: of 64 tries, one that leaves the last byte 0 each time would be noticed.
 */
static void odd_lengths_are_filled_to_their_end(void **state)
{
    (void)state;
    for (size_t length = 1; length < 12; length++) {
        unsigned char seen[16] = {0};

        for (int i = 0; i < 64; i++) {
            unsigned char bytes[16] = {0};

            assert_int_equal(random_bytes(bytes, length), HR_OK);
            for (size_t k = 0; k < sizeof(seen); k++)
                seen[k] |= bytes[k];
        }
        for (size_t k = 0; k < sizeof(seen); k++)
            assert_int_equal(seen[k] != 0, k < length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes_are_made_without_cng),
        cmocka_unit_test(odd_lengths_are_filled_to_their_end),
    };

    return cmocka_run_group_tests_name("port/random", tests, NULL, NULL);
}
