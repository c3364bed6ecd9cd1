/* SPDX-License-Identifier: MIT */
/* Compression: what comes out is gzip of what went in, whatever the pieces. */
#include "tests/unit/status.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/codec/compress.h"
#include "layer/codec/decompress.h"
#include "tests/unit/support/tar_builder.h"

static wcow_error err;
static size_t room; /* of the sink that fills up; 0: it does not */

static wcow_status take(void *context, const void *bytes, size_t size, wcow_error *error)
{
    text *out = context;

    if (room && out->length + size > room)
        return error_set(error, WCOW_FAILED, "full");
    text_add_bytes(out, bytes, size);
    return WCOW_OK;
}

static wcow_status compress(const char *bytes, size_t size, size_t piece, text *out)
{
    const byte_sink to = {take, out};
    cleanup_compressor compressor *c = NULL;
    wcow_status status = compressor_new(&to, &c, &err);

    for (size_t at = 0; !status && at < size; at += piece)
        status =
            sink_write(compressor_sink(c), bytes + at, size - at < piece ? size - at : piece, &err);
    return status ? status : compressor_finish(c, &err);
}

static void assert_gives_back(const text *compressed, const char *bytes, size_t size)
{
    cleanup_decompressor decompressor *d = NULL;
    cleanup_text text out = TEXT_INIT;
    char buffer[4096];
    memory_source source;
    size_t got = 1;

    assert_memory_equal(compressed->data, "\x1f\x8b", 2);
    memory_source_init(&source, compressed->data, compressed->length, 0);
    assert_ok(&err, decompressor_new(&source.source, &d, &err));
    while (got > 0) {
        assert_ok(&err, source_read(decompressor_source(d), buffer, sizeof(buffer), &got, &err));
        text_add_bytes(&out, buffer, got);
    }
    assert_int_equal(out.length, size);
    assert_true(!size || memcmp(out.data, bytes, size) == 0);
}

/* Some of it compresses well, some not at all. */
static char *example(size_t size)
{
    char *bytes = malloc(size);
    uint32_t state = 1;

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        bytes[i] = (char)(i / 10000 % 2 ? state >> 24 : i % 7);
    }
    return bytes;
}

static void what_goes_in_comes_back(void **state)
{
    static const size_t sizes[] = {0, 1, 511, 70000, 3000000};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        cleanup_free char *bytes = example(sizes[i] + 1);
        cleanup_text text whole = TEXT_INIT;

        assert_ok(&err, compress(bytes, sizes[i], sizes[i] + 1, &whole));
        assert_gives_back(&whole, bytes, sizes[i]);
        assert_true(sizes[i] < 70000 || whole.length < sizes[i] * 6 / 10);
    }
}

static void pieces_may_be_of_any_size(void **state)
{
    static const size_t pieces[] = {1, 13, 512, 65536};
    const size_t size = 100000;
    cleanup_free char *bytes = example(size);

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        cleanup_text text out = TEXT_INIT;

        assert_ok(&err, compress(bytes, size, pieces[i], &out));
        assert_gives_back(&out, bytes, size);
    }
}

static void a_sink_that_is_full_ends_it(void **state)
{
    const size_t size = 3000000;
    cleanup_free char *bytes = example(size);

    (void)state;
    for (room = 1; room < 2000000; room += 300000) {
        cleanup_text text out = TEXT_INIT;
        wcow_status status = compress(bytes, size, 100000, &out);

        assert_true(status == WCOW_OK || strcmp(err.message, "full") == 0);
        assert_true(out.length <= room);
        assert_true(status || room > 1000000);
    }
    room = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_in_comes_back),
        cmocka_unit_test(pieces_may_be_of_any_size),
        cmocka_unit_test(a_sink_that_is_full_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
