/* SPDX-License-Identifier: MIT */
/* Memory as a source: read in pieces, lent at once, and over at its end. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/source.h"

static wcow_error err;

static void memory_is_read_in_pieces(void **state)
{
    memory_bytes memory;
    char buffer[4];
    size_t got;

    (void)state;
    memory_bytes_init(&memory, "abcdef", 6);
    assert_ok(&err, source_read(&memory.source, buffer, 4, &got, &err));
    assert_int_equal(got, 4);
    assert_memory_equal(buffer, "abcd", 4);
    assert_ok(&err, source_read(&memory.source, buffer, 4, &got, &err));
    assert_int_equal(got, 2);
    assert_memory_equal(buffer, "ef", 2);
    for (int i = 0; i < 2; i++) {
        assert_ok(&err, source_read(&memory.source, buffer, 4, &got, &err));
        assert_int_equal(got, 0);
    }
}

static void what_is_left_of_it_is_lent(void **state)
{
    static const char bytes[] = "abcdef";
    memory_bytes memory;
    char buffer[2];
    const void *lent;
    size_t got;

    (void)state;
    memory_bytes_init(&memory, bytes, 6);
    assert_ok(&err, source_read(&memory.source, buffer, 2, &got, &err));
    assert_ok(&err, source_next(&memory.source, buffer, 2, &lent, &got, &err));
    assert_int_equal(got, 4);
    assert_ptr_equal(lent, bytes + 2);
    assert_ok(&err, source_next(&memory.source, buffer, 2, &lent, &got, &err));
    assert_int_equal(got, 0);
}

static void no_memory_is_an_empty_source(void **state)
{
    memory_bytes memory;
    char buffer[2];
    size_t got = 1;

    (void)state;
    memory_bytes_init(&memory, NULL, 0);
    assert_ok(&err, source_read(&memory.source, buffer, 2, &got, &err));
    assert_int_equal(got, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_read_in_pieces),
        cmocka_unit_test(what_is_left_of_it_is_lent),
        cmocka_unit_test(no_memory_is_an_empty_source),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
