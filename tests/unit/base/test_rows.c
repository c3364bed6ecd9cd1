/* SPDX-License-Identifier: MIT */
/* Rows and their texts in one block. */
#include "tests/unit/status.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rows.h"

typedef struct animal {
    const char *name;
    int legs;
    const char *sound;
} animal;

static const size_t texts[] = {offsetof(animal, name), offsetof(animal, sound)};

static row_builder new_builder(void)
{
    return (row_builder){.row_size = sizeof(animal), .members = texts, .member_count = 2};
}

static void rows_point_to_their_texts(void **state)
{
    cleanup_rows row_builder b = new_builder();
    char name[16];
    animal *block;

    (void)state;
    for (int i = 0; i < 100; i++) { /* enough to move several times */
        snprintf(name, sizeof(name), "cow %d", i);
        rows_add(&b, &(animal){.legs = i});
        rows_add_text(&b, name);
        rows_begin_text(&b);
        text_add(&b.texts, "mo");
        text_add_bytes(&b.texts, "o", 2);
    }
    block = rows_take(&b);
    assert_non_null(block);
    assert_int_equal(b.count, 100);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "cow %d", i);
        assert_string_equal(block[i].name, name);
        assert_int_equal(block[i].legs, i);
        assert_string_equal(block[i].sound, "moo");
    }
    free(block);
}

static void no_rows_are_a_block_too(void **state)
{
    cleanup_rows row_builder b = new_builder();
    void *block = rows_take(&b);

    (void)state;
    assert_non_null(block);
    assert_int_equal(b.count, 0);
    free(block);
}

static void a_text_that_found_no_memory_leaves_no_block(void **state)
{
    cleanup_rows row_builder b = new_builder();

    (void)state;
    rows_add(&b, &(animal){.legs = 4});
    rows_add_text(&b, "cow");
    rows_add_text(&b, "moo");
    b.texts.failed = true;
    assert_null(rows_take(&b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_point_to_their_texts),
        cmocka_unit_test(no_rows_are_a_block_too),
        cmocka_unit_test(a_text_that_found_no_memory_leaves_no_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
