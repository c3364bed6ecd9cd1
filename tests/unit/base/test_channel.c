/* SPDX-License-Identifier: MIT */
/* Bytes from one thread to another. */
#include "base/channel.h"

#include "tests/unit/status.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"

#define TOTAL ((size_t)100000)

static wcow_error err;

typedef struct writer {
    channel *channel;
    wcow_status ends; /* with this */
    wcow_status got;
} writer;

/* Cmocka's asserts stay out of it. */
static void *write_all(void *context)
{
    writer *w = context;
    wcow_error why = WCOW_ERROR_INIT;
    unsigned char piece[333];

    for (size_t done = 0; done < TOTAL && !w->got;) {
        const size_t size = TOTAL - done < sizeof(piece) ? TOTAL - done : sizeof(piece);

        for (size_t i = 0; i < size; i++)
            piece[i] = (unsigned char)((done + i) % 251);
        w->got = sink_write(&w->channel->sink, piece, size, NULL);
        done += size;
    }
    if (w->ends)
        error_set(&why, w->ends, "the disk is gone");
    channel_end(w->channel, w->ends, &why);
    return NULL;
}

/* Reads to the end and checks each byte; how many there were. */
static size_t read_all(channel *c, wcow_status *status)
{
    unsigned char bytes[500];
    size_t total = 0;
    size_t got = 1;

    while (got > 0) {
        *status = source_read(&c->source, bytes, sizeof(bytes), &got, &err);
        if (*status)
            return total;
        for (size_t i = 0; i < got; i++)
            assert_int_equal(bytes[i], (total + i) % 251);
        total += got;
    }
    return total;
}

static void all_bytes_arrive_in_order(void **state)
{
    static const size_t capacities[] = {1, 7, 4096, 1 << 20};

    (void)state;
    for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++) {
        channel c;
        writer w = {&c, WCOW_OK, WCOW_OK};
        wcow_status status = WCOW_FAILED;
        pthread_t thread;

        assert_ok(&err, channel_open(&c, capacities[i], &err));
        assert_int_equal(pthread_create(&thread, NULL, write_all, &w), 0);
        assert_int_equal(read_all(&c, &status), TOTAL);
        assert_int_equal(status, WCOW_OK);
        pthread_join(thread, NULL);
        assert_int_equal(w.got, WCOW_OK);
        channel_close(&c);
    }
}

static void a_writer_s_failure_comes_after_his_bytes(void **state)
{
    channel c;
    writer w = {&c, WCOW_CORRUPT, WCOW_OK};
    wcow_status status = WCOW_OK;
    pthread_t thread;

    (void)state;
    assert_ok(&err, channel_open(&c, 100, &err));
    assert_int_equal(pthread_create(&thread, NULL, write_all, &w), 0);
    assert_int_equal(read_all(&c, &status), TOTAL);
    assert_int_equal(status, WCOW_CORRUPT);
    assert_string_equal(err.message, "the disk is gone");
    pthread_join(thread, NULL);
    channel_close(&c);
}

static void who_reads_no_more_lets_the_writer_go(void **state)
{
    channel c;
    writer w = {&c, WCOW_OK, WCOW_OK};
    pthread_t thread;

    (void)state;
    assert_ok(&err, channel_open(&c, 100, &err));
    assert_int_equal(pthread_create(&thread, NULL, write_all, &w), 0);
    channel_abandon(&c);
    pthread_join(thread, NULL);
    assert_int_equal(w.got, WCOW_CANCELLED);
    channel_close(&c);
}

/* Neither is waited for longer than was said. */
static void who_does_nothing_is_given_up(void **state)
{
    channel c;
    char bytes[200] = {0};
    size_t got = 0;

    (void)state;
    assert_ok(&err, channel_open(&c, 100, &err));
    c.source_patience = 20;
    c.sink_patience = 20;
    assert_int_equal(source_read(&c.source, bytes, sizeof(bytes), &got, &err), WCOW_TIMEOUT);
    assert_string_equal(err.message, "nothing came for 1 s");
    assert_int_equal(sink_write(&c.sink, bytes, sizeof(bytes), &err), WCOW_TIMEOUT);
    assert_string_equal(err.message, "nothing was read for 1 s");
    channel_close(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_arrive_in_order),
        cmocka_unit_test(a_writer_s_failure_comes_after_his_bytes),
        cmocka_unit_test(who_reads_no_more_lets_the_writer_go),
        cmocka_unit_test(who_does_nothing_is_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
