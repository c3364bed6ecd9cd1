/* SPDX-License-Identifier: MIT */
/* Sources that are read ahead: every byte, every hash, every failure, and an end at any time. */
#include "tests/unit/status.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/import/read_ahead.h"

#define TOTAL ((size_t)5 << 20) /* more than the ring: */
#define RING  ((size_t)2 << 20)

static wcow_error err;

/* Bytes that tell where they are, in pieces of many sizes; fails where it is told to. */
typedef struct pattern {
    byte_source source;
    size_t position;
    size_t fail_at; /* SIZE_MAX: never */
} pattern;

static unsigned char byte_at(size_t position)
{
    return (unsigned char)(position ^ position >> 8 ^ position >> 16);
}

static wcow_status read_pattern(void *context, void *buffer, size_t size, size_t *got,
                                wcow_error *failure)
{
    pattern *p = context;
    unsigned char *out = buffer;
    size_t piece = 1 + p->position * 7919 % 70000;
    size_t end = p->fail_at < TOTAL ? p->fail_at : TOTAL;

    if (p->position == p->fail_at)
        return error_set(failure, WCOW_CANCELLED, "enough at %zu", p->position);
    if (piece > size)
        piece = size;
    if (piece > end - p->position)
        piece = end - p->position;
    for (size_t i = 0; i < piece; i++)
        out[i] = byte_at(p->position + i);
    p->position += piece;
    *got = piece;
    return WCOW_OK;
}

static void pattern_init(pattern *p, size_t fail_at)
{
    *p = (pattern){{.read = read_pattern, .context = p}, 0, fail_at};
}

/* Reads until the end or a failure, in pieces of many sizes; how much came. */
static size_t read_all(const byte_source *source, size_t limit, wcow_status *status)
{
    static unsigned char buffer[100000];
    size_t total = 0;
    size_t got = 1;

    while (total < limit) {
        size_t size = 1 + total * 31 % sizeof(buffer);

        *status = source_read(source, buffer, size, &got, &err);
        if (*status || got == 0)
            break;
        for (size_t i = 0; i < got; i++)
            assert_int_equal(buffer[i], byte_at(total + i));
        total += got;
    }
    return total;
}

static void hash_of_pattern(size_t size, char hex[SHA256_HEX_SIZE])
{
    cleanup_sha256 sha256 *hash = sha256_new();

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = byte_at(i);

        sha256_update(hash, &byte, 1);
    }
    sha256_finish(hash, hex);
}

static void all_bytes_come_and_are_hashed(void **state)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    cleanup_read_ahead read_ahead *ahead = NULL;
    char found[SHA256_HEX_SIZE];
    char expected[SHA256_HEX_SIZE];
    wcow_status status = WCOW_OK;
    pattern p;
    size_t got;

    (void)state;
    pattern_init(&p, SIZE_MAX);
    assert_ok(&err,
              read_ahead_new(&p.source, &(read_ahead_options){RING, hash, true}, &ahead, &err));
    assert_int_equal(read_all(read_ahead_source(ahead), SIZE_MAX, &status), TOTAL);
    assert_int_equal(status, WCOW_OK);
    assert_ok(&err, source_read(read_ahead_source(ahead), found, 1, &got, &err));
    assert_int_equal(got, 0); /* the end stays the end */
    read_ahead_wait(ahead);
    sha256_finish(hash, found);
    hash_of_pattern(TOTAL, expected);
    assert_string_equal(found, expected);
}

static void what_is_lent_and_what_is_read_are_one(void **state)
{
    cleanup_read_ahead read_ahead *ahead = NULL;
    const byte_source *source;
    size_t total = 0;
    size_t got = 1;
    size_t lent = 0;
    pattern p;

    (void)state;
    pattern_init(&p, SIZE_MAX);
    assert_ok(&err, read_ahead_new(&p.source, &(read_ahead_options){.memory = RING}, &ahead, &err));
    source = read_ahead_source(ahead);
    for (size_t turn = 0; got > 0; turn++) {
        unsigned char buffer[777];
        const void *bytes = buffer;

        if (turn % 3 == 2)
            assert_ok(&err, source_next(source, NULL, 0, &bytes, &got, &err));
        else
            assert_ok(&err, source_read(source, buffer, sizeof(buffer), &got, &err));
        for (size_t i = 0; i < got; i++)
            assert_int_equal(((const unsigned char *)bytes)[i], byte_at(total + i));
        total += got;
        lent += turn % 3 == 2 ? got : 0;
    }
    assert_int_equal(total, TOTAL);
    assert_true(lent > TOTAL / 2);
    assert_ok(&err, source_next(source, NULL, 0, &(const void *){NULL}, &got, &err));
    assert_int_equal(got, 0);
}

static void a_failure_comes_after_what_came_before_it(void **state)
{
    static const size_t places[] = {0, 1, 262143, 262144, 262145, (size_t)4 << 20};

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        cleanup_read_ahead read_ahead *ahead = NULL;
        wcow_status status = WCOW_OK;
        pattern p;

        pattern_init(&p, places[i]);
        assert_ok(&err,
                  read_ahead_new(&p.source, &(read_ahead_options){.memory = RING}, &ahead, &err));
        assert_int_equal(read_all(read_ahead_source(ahead), SIZE_MAX, &status), places[i]);
        assert_int_equal(status, WCOW_CANCELLED);
        assert_non_null(strstr(err.message, "enough at "));
    }
}

static void it_can_be_left_anywhere(void **state)
{
    (void)state;
    for (size_t limit = 0; limit < TOTAL; limit += 300000) {
        cleanup_sha256 sha256 *hash = sha256_new();
        cleanup_read_ahead read_ahead *ahead = NULL;
        wcow_status status = WCOW_OK;
        pattern p;

        pattern_init(&p, SIZE_MAX);
        assert_ok(&err,
                  read_ahead_new(&p.source, &(read_ahead_options){RING, hash, true}, &ahead, &err));
        assert_true(read_all(read_ahead_source(ahead), limit, &status) >= limit);
    }
}

static void it_reads_no_further_than_its_ring(void **state)
{
    cleanup_read_ahead read_ahead *ahead = NULL;
    wcow_status status = WCOW_OK;
    size_t read;
    pattern p;

    (void)state;
    pattern_init(&p, SIZE_MAX);
    assert_ok(&err, read_ahead_new(&p.source, &(read_ahead_options){.memory = RING}, &ahead, &err));
    read = read_all(read_ahead_source(ahead), 1, &status);
    read_ahead_free(TAKE(ahead)); /* now p is ours */
    assert_true(p.position <= read + RING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_come_and_are_hashed),
        cmocka_unit_test(what_is_lent_and_what_is_read_are_one),
        cmocka_unit_test(a_failure_comes_after_what_came_before_it),
        cmocka_unit_test(it_can_be_left_anywhere),
        cmocka_unit_test(it_reads_no_further_than_its_ring),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
