/* SPDX-License-Identifier: MIT */
/* Small files gathered for a thread that writes: all of them, in order, in blocks that are kept. */
#include "tests/unit/status.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/import/file_batch.h"

static wcow_error err;
static text written;

static wcow_status begin(layer_writer *writer, const layer_entry *entry, layer_output *out,
                         wcow_error *failure)
{
    (void)writer;
    (void)out;
    if (strcmp(entry->name, "bad") == 0)
        return error_set(failure, WCOW_CORRUPT, "no");
    text_addf(&written, "%s=", entry->name);
    return WCOW_OK;
}

static wcow_status take(layer_writer *writer, layer_output *out, const void *bytes, size_t size,
                        wcow_error *failure)
{
    (void)writer;
    (void)out;
    (void)failure;
    text_add_bytes(&written, bytes, size);
    return WCOW_OK;
}

static wcow_status end(layer_writer *writer, layer_output *out, wcow_error *failure)
{
    (void)writer;
    (void)out;
    (void)failure;
    text_add(&written, ";");
    return WCOW_OK;
}

static layer_writer writer = {.begin = begin, .write = take, .end = end};

static bool add(file_batch *batch, const char *name, const char *stream)
{
    char copy[16]; /* names are copied */
    layer_entry entry = {.name = copy};
    file_room room;

    strcpy(copy, name);
    assert_ok(&err, file_batch_begin(batch, &entry, copy, &room, &err));
    if (room.size == 0)
        return false;
    memcpy(room.bytes, stream, strlen(stream));
    file_batch_add(batch, strlen(stream));
    return true;
}

static wcow_status run(file_batch *batch)
{
    work *base = file_batch_work(batch);
    wcow_status status = base->run(base, &err);

    base->release(base);
    return status;
}

static void files_are_written_in_order(void **state)
{
    cleanup_file_batch_pool file_batch_pool *pool = file_batch_pool_new(&writer);
    file_batch *batch = file_batch_new(pool);

    (void)state;
    assert_true(file_batch_is_empty(batch));
    assert_true(add(batch, "a", "one"));
    assert_true(add(batch, "b", ""));
    assert_true(add(batch, "c", "three"));
    assert_ok(&err, run(batch));
    assert_string_equal(text_get(&written), "a=one;b=;c=three;");
}

static void none_is_written_after_a_failure(void **state)
{
    cleanup_file_batch_pool file_batch_pool *pool = file_batch_pool_new(&writer);
    file_batch *batch = file_batch_new(pool);

    (void)state;
    assert_true(add(batch, "a", "one"));
    assert_true(add(batch, "bad", "two"));
    assert_true(add(batch, "c", "three"));
    assert_int_equal(run(batch), WCOW_CORRUPT);
    assert_string_equal(err.message, "entry 'bad': no");
    assert_string_equal(text_get(&written), "a=one;");
}

static void a_batch_is_full_some_time_and_never_when_empty(void **state)
{
    cleanup_file_batch_pool file_batch_pool *pool = file_batch_pool_new(&writer);
    file_batch *batch = file_batch_new(pool);
    int count = 0;

    (void)state;
    while (add(batch, "name", "stream"))
        count++;
    assert_in_range(count, 2, 1000);
    assert_ok(&err, run(batch));
}

/* Whatever the reader of the tar lets through: a batch does not rely on it. */
static void names_that_leave_no_room_are_refused(void **state)
{
    static const struct {
        size_t name, raw_name;
        bool fits;
    } cases[] = {
        {98304, 98304, true},    {1, 200000, true},   {114687, 114687, true},
        {1, 270000, false},      {270000, 1, false},  {150000, 150000, false},
        {1, 1048576, false},     {1048576, 1, false}, {114687, 114688, false},
        {114688, 114687, false},
    };
    static char name[(1 << 20) + 1];
    static char raw_name[(1 << 20) + 1];

    (void)state;
    memset(name, 'n', sizeof(name) - 1);
    memset(raw_name, '/', sizeof(raw_name) - 1);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cleanup_file_batch_pool file_batch_pool *pool = file_batch_pool_new(&writer);
        file_batch *batch = file_batch_new(pool);
        const layer_entry entry = {.name = name + sizeof(name) - 1 - cases[i].name};
        file_room room = {NULL, 0};
        wcow_status status = file_batch_begin(
            batch, &entry, raw_name + sizeof(raw_name) - 1 - cases[i].raw_name, &room, &err);

        assert_int_equal(status, cases[i].fits ? WCOW_OK : WCOW_CORRUPT);
        assert_int_equal(room.size > 0, cases[i].fits);
        if (cases[i].fits)
            memset(room.bytes, 'x', room.size);
        file_batch_free(batch);
    }
}

/* What is given back is given out again, and empty: memory does not depend on the layer's size. */
static void blocks_are_used_again(void **state)
{
    cleanup_file_batch_pool file_batch_pool *pool = file_batch_pool_new(&writer);
    file_batch *first = file_batch_new(pool);
    file_batch *second = file_batch_new(pool);
    file_batch *again;

    (void)state;
    assert_ptr_not_equal(first, second);
    assert_true(add(first, "a", "one"));
    assert_ok(&err, run(first));
    again = file_batch_new(pool);
    assert_ptr_equal(again, first);
    assert_true(file_batch_is_empty(again));
    assert_ok(&err, run(again));
    assert_ok(&err, run(second));
    assert_string_equal(text_get(&written), "a=one;");
}

static int forget(void **state)
{
    (void)state;
    text_free(&written);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(files_are_written_in_order, forget),
        cmocka_unit_test_teardown(none_is_written_after_a_failure, forget),
        cmocka_unit_test_teardown(a_batch_is_full_some_time_and_never_when_empty, forget),
        cmocka_unit_test_teardown(names_that_leave_no_room_are_refused, forget),
        cmocka_unit_test_teardown(blocks_are_used_again, forget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
