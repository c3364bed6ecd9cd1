/* SPDX-License-Identifier: MIT */
/* Pipes of a process: pumps, silence, input. The pipes are real, the process has no substance. */
#include "runtime/streams.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "port/clock.h"
#include "tests/unit/hcs/fake_service.h"
#include "tests/unit/status.h"

#define SILENCE 100u

/* What a sink was given. */
typedef struct heard {
    pthread_mutex_t lock;
    condition changed;
    text output, errors;
    unsigned ended;
    uint32_t slow; /* milliseconds for each piece */
    streams *freed_at_end;
} heard;

/* A process whose pipes a test holds the other ends of. */
typedef struct scene {
    streams *streams;
    heard heard;
    streams_sink sink;
    hcs_process_io io;
    int in, out, err; /* ours; -1: closed */
} scene;

static wcow_error err;
static unsigned threads_left; /* so many may be started; see below */

/* The linker hands the code under test this one. */
bool __real_thread_start_detached(void *(*run)(void *), void *context);
bool __wrap_thread_start_detached(void *(*run)(void *), void *context);

bool __wrap_thread_start_detached(void *(*run)(void *), void *context)
{
    if (!threads_left)
        return false;
    threads_left--;
    return __real_thread_start_detached(run, context);
}

static void keep(void *context, bool is_error, const void *bytes, size_t length)
{
    heard *h = context;

    clock_sleep(h->slow);
    pthread_mutex_lock(&h->lock);
    text_add_bytes(is_error ? &h->errors : &h->output, bytes, length);
    condition_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

static void note_end(void *context)
{
    heard *h = context;

    streams_free(h->freed_at_end);
    pthread_mutex_lock(&h->lock);
    h->ended++;
    condition_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

static stream *of_descriptor(int descriptor)
{
    stream *s = NULL;

    assert_int_equal(stream_from_native(descriptor, &s), 0);
    return s;
}

static void scene_open(scene *s)
{
    int in[2];
    int out[2];
    int errors[2];

    err = (wcow_error)WCOW_ERROR_INIT;
    threads_left = 100;
    *s = (scene){.heard = {.output = TEXT_INIT, .errors = TEXT_INIT}};
    pthread_mutex_init(&s->heard.lock, NULL);
    assert_true(condition_init(&s->heard.changed));
    assert_int_equal(pipe(in) | pipe(out) | pipe(errors), 0);
    s->in = in[0];
    s->out = out[1];
    s->err = errors[1];
    s->io =
        (hcs_process_io){1, of_descriptor(in[1]), of_descriptor(out[0]), of_descriptor(errors[0])};
    s->sink = (streams_sink){.context = &s->heard, .output = keep, .ended = note_end};
    s->streams = streams_new();
    assert_non_null(s->streams);
    streams_attach(s->streams, NULL, &s->io);
}

static void hang_up(int *descriptor)
{
    if (*descriptor >= 0)
        close(*descriptor);
    *descriptor = -1;
}

static void scene_close(scene *s)
{
    hang_up(&s->in);
    hang_up(&s->out);
    hang_up(&s->err);
    streams_free(s->streams);
    text_free(&s->heard.output);
    text_free(&s->heard.errors);
    pthread_mutex_destroy(&s->heard.lock);
    condition_free(&s->heard.changed);
}

static void say(int descriptor, const char *words)
{
    assert_int_equal(write(descriptor, words, strlen(words)), strlen(words));
}

static unsigned ends(heard *h)
{
    unsigned ended;

    pthread_mutex_lock(&h->lock);
    ended = h->ended;
    pthread_mutex_unlock(&h->lock);
    return ended;
}

/* Waits until so much was heard on the first stream. */
static void await_output(heard *h, size_t length)
{
    const uint64_t end = ticks_after(20000);
    size_t got;

    pthread_mutex_lock(&h->lock);
    while (h->output.length < length && condition_wait_until(&h->changed, &h->lock, end))
        continue;
    got = h->output.length;
    pthread_mutex_unlock(&h->lock);
    assert_int_equal(got, length);
}

static void await_end(heard *h)
{
    const uint64_t end = ticks_after(20000);
    unsigned ended;

    pthread_mutex_lock(&h->lock);
    while (!h->ended && condition_wait_until(&h->changed, &h->lock, end))
        continue;
    ended = h->ended;
    pthread_mutex_unlock(&h->lock);
    assert_int_equal(ended, 1);
}

/* ---- output ---- */

static void both_streams_reach_the_sink_and_their_end_is_told_once(void **state)
{
    scene s;

    (void)state;
    scene_open(&s);
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    say(s.out, "good");
    say(s.err, "bad");
    hang_up(&s.out);
    hang_up(&s.err);
    assert_true(streams_drain(s.streams, 20000, TICKS_NEVER));
    await_end(&s.heard);
    assert_string_equal(s.heard.output.data, "good");
    assert_string_equal(s.heard.errors.data, "bad");
    scene_close(&s);
}

static void what_nobody_wants_is_read_all_the_same(void **state)
{
    scene s;
    char block[4096] = {0};

    (void)state;
    scene_open(&s);
    s.sink.output = NULL;
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    for (unsigned i = 0; i < 64; i++) /* more than a pipe holds */
        assert_int_equal(write(s.out, block, sizeof block), sizeof block);
    hang_up(&s.out);
    hang_up(&s.err);
    await_end(&s.heard);
    scene_close(&s);
}

static void the_last_reader_may_free_them(void **state)
{
    scene s;

    (void)state;
    scene_open(&s);
    s.heard.freed_at_end = s.streams;
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    hang_up(&s.err);
    say(s.out, "late");
    hang_up(&s.out);
    await_end(&s.heard);
    s.streams = NULL;
    scene_close(&s);
}

static void without_pipes_the_end_is_at_once(void **state)
{
    const hcs_process_io none = {1, NULL, NULL, NULL};
    scene s;

    (void)state;
    scene_open(&s);
    streams_free(s.streams);
    s.streams = streams_new();
    streams_attach(s.streams, NULL, &none);
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    assert_int_equal(ends(&s.heard), 1);
    assert_true(streams_drain(s.streams, 20000, TICKS_NEVER));
    assert_false(streams_write(s.streams, "x", 1));
    scene_close(&s);
}

/* A monitor has it for as long as its container lives. */
static void one_thread_reads_both_pipes(void **state)
{
    char flood[4096];
    scene s;

    (void)state;
    memset(flood, 'x', sizeof(flood) - 1);
    flood[sizeof(flood) - 1] = '\0';
    scene_open(&s);
    threads_left = 1;
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    say(s.err, "words");
    for (int i = 0; i < 20; i++)
        say(s.out, flood);
    await_output(&s.heard, 20 * (sizeof(flood) - 1));
    assert_string_equal(text_get(&s.heard.errors), "words");
    streams_finish(s.streams);
    await_end(&s.heard);
    scene_close(&s);
}

static void nothing_is_read_if_not_all_can_be(void **state)
{
    scene s;

    (void)state;
    scene_open(&s);
    say(s.out, "unread");
    threads_left = 0;
    assert_fails(&err, WCOW_NO_MEMORY, "cannot start a thread",
                 streams_begin(s.streams, &s.sink, &err));
    assert_int_equal(s.heard.output.length, 0);
    assert_int_equal(ends(&s.heard), 0);
    scene_close(&s);
}

/* ---- silence ---- */

static void silence_counts_as_the_end(void **state)
{
    scene s;
    const uint64_t begun = clock_ticks();

    (void)state;
    scene_open(&s);
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    say(s.out, "words");
    assert_false(streams_drain(s.streams, SILENCE, TICKS_NEVER));
    assert_true(clock_ticks() - begun >= SILENCE);
    await_output(&s.heard, 5);
    assert_int_equal(ends(&s.heard), 0);
    streams_finish(s.streams);
    await_end(&s.heard);
    scene_close(&s);
}

/* What the sink has in its hands is output, however long it takes. */
static void a_slow_sink_is_no_silence(void **state)
{
    scene s;

    (void)state;
    scene_open(&s);
    s.heard.slow = 4 * SILENCE;
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    say(s.out, "slow");
    clock_sleep(SILENCE / 2); /* it has been taken */
    assert_false(streams_drain(s.streams, SILENCE, TICKS_NEVER));
    assert_string_equal(s.heard.output.data, "slow");
    streams_finish(s.streams);
    await_end(&s.heard); /* which is told a moment later */
    scene_close(&s);
}

/* ---- a sink that does not return ---- */

/* What it is called by, and told when nobody is in it any more. */
typedef struct trap {
    pthread_mutex_t lock;
    condition changed;
    unsigned calls, left;
    bool open;
} trap;

static void walk_in(void *context, bool is_error, const void *bytes, size_t length)
{
    trap *t = context;

    (void)is_error;
    (void)bytes;
    (void)length;
    pthread_mutex_lock(&t->lock);
    t->calls++;
    condition_broadcast(&t->changed);
    while (!t->open)
        condition_wait(&t->changed, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

static void note_left(void *context)
{
    trap *t = context;

    pthread_mutex_lock(&t->lock);
    t->left++;
    condition_broadcast(&t->changed);
    pthread_mutex_unlock(&t->lock);
}

static void await_count(trap *t, const unsigned *count)
{
    const uint64_t end = ticks_after(20000);

    pthread_mutex_lock(&t->lock);
    while (!*count && condition_wait_until(&t->changed, &t->lock, end))
        continue;
    assert_int_equal(*count, 1);
    pthread_mutex_unlock(&t->lock);
}

/* Whoever is in it frees the streams when he comes out, and what he has left to read is lost. */
static void a_sink_that_does_not_return_is_left_behind(void **state)
{
    trap t = {.lock = PTHREAD_MUTEX_INITIALIZER};
    scene s;

    (void)state;
    assert_true(condition_init(&t.changed));
    scene_open(&s);
    s.sink = (streams_sink){.context = &t, .output = walk_in};
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    say(s.out, "words");
    await_count(&t, &t.calls);
    say(s.out, "more");
    say(s.err, "errors");
    assert_false(streams_drain(s.streams, SILENCE, ticks_after(SILENCE)));
    assert_false(streams_finish_within(s.streams, ticks_after(SILENCE)));
    streams_abandon(TAKE(s.streams), note_left, &t);
    assert_int_equal(t.left, 0);
    pthread_mutex_lock(&t.lock);
    t.open = true;
    condition_broadcast(&t.changed);
    pthread_mutex_unlock(&t.lock);
    await_count(&t, &t.left);
    assert_int_equal(t.calls, 1);
    scene_close(&s);
    condition_free(&t.changed);
}

static void one_that_has_returned_by_then_is_freed_at_once(void **state)
{
    trap t = {.lock = PTHREAD_MUTEX_INITIALIZER, .open = true};
    scene s;

    (void)state;
    assert_true(condition_init(&t.changed));
    scene_open(&s);
    s.sink = (streams_sink){.context = &t, .output = walk_in};
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    assert_true(streams_finish_within(s.streams, ticks_after(20000)));
    streams_abandon(TAKE(s.streams), note_left, &t);
    assert_int_equal(t.left, 1);
    scene_close(&s);
    condition_free(&t.changed);
}

typedef struct chatter {
    int to;
    pthread_mutex_t lock;
    bool stop;
} chatter;

static void *chatter_main(void *context)
{
    chatter *c = context;
    bool stop = false;

    while (!stop) {
        if (write(c->to, ".", 1) != 1)
            return NULL;
        clock_sleep(SILENCE / 10);
        pthread_mutex_lock(&c->lock);
        stop = c->stop;
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

static void one_that_never_falls_silent_is_given_up_on(void **state)
{
    scene s;
    chatter c = {.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;
    const uint64_t begun = clock_ticks();

    (void)state;
    scene_open(&s);
    c.to = s.out;
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    assert_int_equal(pthread_create(&thread, NULL, chatter_main, &c), 0);
    assert_false(streams_drain(s.streams, SILENCE, ticks_now() + 5 * SILENCE));
    assert_true(clock_ticks() - begun >= 5 * SILENCE);
    pthread_mutex_lock(&c.lock);
    c.stop = true;
    pthread_mutex_unlock(&c.lock);
    pthread_join(thread, NULL);
    streams_finish(s.streams);
    await_end(&s.heard); /* which is told a moment later */
    scene_close(&s);
}

static void what_is_cancelled_before_it_begins_ends_at_once(void **state)
{
    scene s;

    (void)state;
    scene_open(&s);
    streams_cancel(s.streams);
    assert_ok(&err, streams_begin(s.streams, &s.sink, &err));
    await_end(&s.heard);
    scene_close(&s);
}

/* ---- input ---- */

static void what_is_written_reaches_the_process(void **state)
{
    scene s;
    char got[8] = "";

    (void)state;
    scene_open(&s);
    assert_true(streams_write(s.streams, "typed", 5));
    assert_int_equal(read(s.in, got, sizeof got), 5);
    assert_string_equal(got, "typed");
    scene_close(&s);
}

typedef struct writer {
    streams *to;
    bool taken;
} writer;

static void *write_much(void *context)
{
    writer *w = context;
    char *much = calloc(1, 1 << 20);

    w->taken = streams_write(w->to, much, 1 << 20);
    free(much);
    return NULL;
}

static void who_writes_to_one_that_does_not_read_is_let_go_of(void **state)
{
    scene s;
    writer w;
    pthread_t thread;

    (void)state;
    scene_open(&s);
    w = (writer){s.streams, true};
    assert_int_equal(pthread_create(&thread, NULL, write_much, &w), 0);
    clock_sleep(50);
    streams_cancel_input(s.streams);
    pthread_join(thread, NULL);
    assert_false(w.taken);
    scene_close(&s);
}

static fake_service service;
static int watched_input; /* the process's end of its input */
static bool open_when_told;
static unsigned told;

static int32_t modify_process(hcs_port *port, hcs_process *process, const char *settings,
                              char **result)
{
    struct pollfd ended = {watched_input, POLLIN, 0};

    (void)port;
    (void)process;
    (void)result;
    told += strstr(settings, "StdIn") != NULL;
    open_when_told = poll(&ended, 1, 0) == 0;
    return 0;
}

static void the_service_learns_first_that_input_has_ended(void **state)
{
    compute_system *system = NULL;
    compute_process *process = NULL;
    hcs_process_io unused = {0, NULL, NULL, NULL};
    scene s;
    char got;

    (void)state;
    scene_open(&s);
    fake_start(&service);
    service.port.modify_process = modify_process;
    assert_ok(&err, compute_system_create(&service.port, "web", "{}", NULL, &system, &err));
    assert_ok(&err, compute_process_create(system, "{}", &unused, &process, &err));
    watched_input = s.in;
    told = 0;
    streams_attach(s.streams, process, &s.io);
    streams_close_input(s.streams);
    streams_close_input(s.streams); /* by another, who came later */
    assert_int_equal(told, 1);
    assert_true(open_when_told);
    assert_int_equal(read(s.in, &got, 1), 0);
    assert_false(streams_write(s.streams, "late", 4));
    stream_free(unused.in);
    stream_free(unused.out);
    stream_free(unused.err);
    compute_process_close(process);
    compute_system_close(system);
    fake_stop(&service);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_streams_reach_the_sink_and_their_end_is_told_once),
        cmocka_unit_test(what_nobody_wants_is_read_all_the_same),
        cmocka_unit_test(the_last_reader_may_free_them),
        cmocka_unit_test(without_pipes_the_end_is_at_once),
        cmocka_unit_test(one_thread_reads_both_pipes),
        cmocka_unit_test(nothing_is_read_if_not_all_can_be),
        cmocka_unit_test(silence_counts_as_the_end),
        cmocka_unit_test(a_slow_sink_is_no_silence),
        cmocka_unit_test(a_sink_that_does_not_return_is_left_behind),
        cmocka_unit_test(one_that_has_returned_by_then_is_freed_at_once),
        cmocka_unit_test(one_that_never_falls_silent_is_given_up_on),
        cmocka_unit_test(what_is_cancelled_before_it_begins_ends_at_once),
        cmocka_unit_test(what_is_written_reaches_the_process),
        cmocka_unit_test(who_writes_to_one_that_does_not_read_is_let_go_of),
        cmocka_unit_test(the_service_learns_first_that_input_has_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
