/* SPDX-License-Identifier: MIT */
/* Decompression: formats told by their first bytes, members one after another, damage named. */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "layer/codec/decompress.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;

static wcow_status decompress_from(memory_source *source, size_t room, text *out)
{
    cleanup_decompressor decompressor *d = NULL;
    cleanup_free char *buffer = malloc(room);
    size_t got = 1;
    wcow_status status;

    status = decompressor_new(&source->source, &d, &err);
    while (!status && got > 0) {
        status = source_read(decompressor_source(d), buffer, room, &got, &err);
        if (!status)
            text_add_bytes(out, buffer, got);
    }
    memory_source_free(source);
    return status;
}

/* Twice: from a source that lends as from one that does not. */
static wcow_status decompress(const char *bytes, size_t size, size_t piece, size_t room, text *out)
{
    cleanup_text text lent = TEXT_INIT;
    size_t before = out->length;
    memory_source source;
    wcow_status status;
    wcow_status again;

    memory_source_init_lending(&source, bytes, size, piece);
    status = decompress_from(&source, room, &lent);
    memory_source_init(&source, bytes, size, piece);
    again = decompress_from(&source, room, out);
    assert_int_equal(status, again);
    assert_int_equal(lent.length, out->length - before);
    if (lent.length > 0)
        assert_memory_equal(lent.data, out->data + before, lent.length);
    return status;
}

static void assert_decompresses(const char *path, size_t piece, size_t room)
{
    size_t size;
    size_t expected_size;
    cleanup_free char *bytes = data_file(path, &size);
    cleanup_free char *expected = data_file("data/text.plain", &expected_size);
    cleanup_text text out = TEXT_INIT;

    assert_ok(&err, decompress(bytes, size, piece, room, &out));
    assert_int_equal(out.length, expected_size);
    assert_memory_equal(out.data, expected, expected_size);
}

static void every_format_is_recognised(void **state)
{
    (void)state;
    assert_decompresses("data/text.plain", 0, 4096);
    assert_decompresses("data/text.gz", 0, 4096);
    assert_decompresses("data/text.zst", 0, 4096);
}

/* Notes in front, between and behind: zstd:chunked of podman, tools that add a table. */
static void zstd_may_begin_with_notes(void **state)
{
    size_t size;
    size_t plain_size;
    cleanup_free char *bytes = data_file("data/text.zst", &size);
    cleanup_free char *plain = data_file("data/text.plain", &plain_size);

    (void)state;
    for (unsigned kind = 0x50; kind <= 0x5f; kind++) {
        const char notes[] = {(char)kind, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 0, 'b'};
        cleanup_text text all = TEXT_INIT;
        cleanup_text text out = TEXT_INIT;

        text_add_bytes(&all, notes, sizeof(notes));
        text_add_bytes(&all, notes, sizeof(notes));
        text_add_bytes(&all, bytes, size);
        text_add_bytes(&all, notes, sizeof(notes));
        assert_ok(&err, decompress(all.data, all.length, kind % 3, 4096, &out));
        assert_int_equal(out.length, plain_size);
        assert_memory_equal(out.data, plain, plain_size);
    }
}

static void pieces_may_be_of_any_size(void **state)
{
    static const char *const paths[] = {"data/text.plain", "data/text.gz", "data/text.zst"};
    static const size_t sizes[] = {1, 2, 3, 7, 511};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        for (size_t j = 0; j < 5; j++) {
            assert_decompresses(paths[i], sizes[j], 4096);
            assert_decompresses(paths[i], 0, sizes[j]);
            assert_decompresses(paths[i], sizes[j], sizes[4 - j]);
        }
    }
}

static void data_cut_anywhere_is_refused(void **state)
{
    static const struct {
        const char *path;
        const char *message;
        size_t members_end; /* after the first of two members the data may end */
    } cases[] = {{"data/text.gz", "the gzip data is cut off", 1},
                 {"data/text.zst", "the zstd data is cut off", 1}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        size_t size;
        cleanup_free char *bytes = data_file(cases[i].path, &size);
        size_t ends = 0;

        for (size_t length = 4; length < size; length++) {
            cleanup_text text out = TEXT_INIT;
            cleanup_free char *exact = text_copy_bytes(bytes, length);

            if (decompress(exact, length, 0, 4096, &out) == WCOW_OK) {
                assert_int_equal(out.length, 1000);
                ends++;
            } else {
                assert_int_equal(err.status, WCOW_CORRUPT);
                assert_string_equal(err.message, cases[i].message);
            }
        }
        assert_int_equal(ends, cases[i].members_end);
    }
}

static void damage_is_refused(void **state)
{
    size_t size;
    cleanup_free char *bytes = data_file("data/text.gz", &size);
    cleanup_text text out = TEXT_INIT;

    (void)state;
    bytes[size - 5] ^= 1; /* in the checksum */
    assert_fails(&err, WCOW_CORRUPT, "the gzip data is damaged",
                 decompress(bytes, size, 0, 4096, &out));
}

static void rubbish_after_the_end_is_refused(void **state)
{
    size_t size;
    cleanup_free char *bytes = data_file("data/text.gz", &size);
    cleanup_text text with_rubbish = TEXT_INIT;
    cleanup_text text with_zeros = TEXT_INIT;
    cleanup_text text out = TEXT_INIT;

    (void)state;
    text_add_bytes(&with_rubbish, bytes, size);
    text_add(&with_rubbish, "rubbish after the end");
    assert_fails(&err, WCOW_CORRUPT, "the gzip data is damaged",
                 decompress(with_rubbish.data, with_rubbish.length, 0, 4096, &out));
    text_add_bytes(&with_zeros, bytes, size);
    text_add_bytes(&with_zeros, "\0\0\0\0\0", 5);
    assert_ok(&err, decompress(with_zeros.data, with_zeros.length, 3, 4096, &out));
}

static void an_empty_source_is_empty(void **state)
{
    cleanup_text text out = TEXT_INIT;

    (void)state;
    assert_ok(&err, decompress("", 0, 0, 16, &out));
    assert_int_equal(out.length, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_format_is_recognised),
        cmocka_unit_test(zstd_may_begin_with_notes),
        cmocka_unit_test(pieces_may_be_of_any_size),
        cmocka_unit_test(data_cut_anywhere_is_refused),
        cmocka_unit_test(damage_is_refused),
        cmocka_unit_test(rubbish_after_the_end_is_refused),
        cmocka_unit_test(an_empty_source_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
