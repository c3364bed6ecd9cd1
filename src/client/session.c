/* SPDX-License-Identifier: MIT */
/* The user's side of an attached container. */
#include "client/session.h"

#include <stdlib.h>

#include "base/error.h"

#define BLOCK_SIZE          4096
#define RESIZE_MILLISECONDS 250 /* Windows has no signal for it; docker's client polls as often */
#define INTERRUPT_LIMIT     2000

wcow_status session_init(session *s, const session_options *options, const session_target *target,
                         wcow_error *err)
{
    *s = (session){.options = *options, .target = *target};
    wcow_status status = detach_keys_parse(options->detach_keys, &s->keys, err);

    if (status)
        return status;
    if (pthread_mutex_init(&s->lock, NULL) || pthread_mutex_init(&s->sending, NULL) ||
        !condition_init(&s->changed))
        return error_no_memory(err);
    return WCOW_OK;
}

static void read_size(const session *s, uint16_t *columns, uint16_t *rows)
{
    user_streams *u = s->options.streams;

    if (!s->options.tty || HR_FAILED(u->size(u, columns, rows))) {
        *columns = 0;
        *rows = 0;
    }
}

void session_size(session *s, uint16_t *columns, uint16_t *rows)
{
    read_size(s, &s->columns, &s->rows);
    *columns = s->columns;
    *rows = s->rows;
}

static void set_flag(session *s, bool *flag)
{
    pthread_mutex_lock(&s->lock);
    *flag = true;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
}

static bool get_flag(session *s, const bool *flag)
{
    bool value;

    pthread_mutex_lock(&s->lock);
    value = *flag;
    pthread_mutex_unlock(&s->lock);
    return value;
}

bool session_detached(session *s)
{
    return get_flag(s, &s->detached);
}

bool session_given_up(session *s)
{
    return get_flag(s, &s->given_up);
}

/* ---- input ---- */

static void begin_call(session *s)
{
    if (!s->target.may_hang)
        pthread_mutex_lock(&s->sending);
}

static void end_call(session *s)
{
    if (!s->target.may_hang)
        pthread_mutex_unlock(&s->sending);
}

static bool send_input(session *s, const void *bytes, size_t length)
{
    bool wanted = true;

    begin_call(s);
    if (length)
        wanted = s->target.input(s->target.context, bytes, length);
    end_call(s);
    return wanted;
}

static void *input_main(void *context)
{
    session *s = context;
    user_streams *u = s->options.streams;
    uint8_t typed[BLOCK_SIZE];
    uint8_t kept[BLOCK_SIZE + DETACH_KEYS_LIMIT];
    size_t got = 0;
    size_t made = 0;

    for (;;) {
        int32_t hr = u->read(u, typed, sizeof typed, &got);

        if (hr == HR_OPERATION_ABORTED)
            return NULL;
        if (HR_FAILED(hr) || !got)
            break;
        if (!s->options.tty) {
            if (!send_input(s, typed, got))
                return NULL;
            continue;
        }
        const bool detach = detach_keys_filter(&s->keys, typed, got, kept, &made);

        if (!send_input(s, kept, made))
            return NULL;
        if (detach) {
            set_flag(s, &s->detached);
            s->target.wake(s->target.context);
            return NULL;
        }
    }
    begin_call(s);
    s->target.input_end(s->target.context);
    end_call(s);
    return NULL;
}

/* ---- the window's size ---- */

/* Sleeps for a while; false when the session has ended. */
static bool rest(session *s)
{
    const uint64_t deadline = ticks_after(RESIZE_MILLISECONDS);
    bool goes_on;

    pthread_mutex_lock(&s->lock);
    while (!s->ended && condition_wait_until(&s->changed, &s->lock, deadline))
        continue;
    goes_on = !s->ended;
    pthread_mutex_unlock(&s->lock);
    return goes_on;
}

static void *size_main(void *context)
{
    session *s = context;

    while (rest(s)) {
        uint16_t columns;
        uint16_t rows;

        read_size(s, &columns, &rows);
        if (!columns || (columns == s->columns && rows == s->rows))
            continue;
        s->columns = columns;
        s->rows = rows;
        begin_call(s);
        s->target.resize(s->target.context, columns, rows);
        end_call(s);
    }
    return NULL;
}

/* ---- Ctrl-C ---- */

/* Passes them on, in turn. */
static void *interrupt_main(void *context)
{
    session *s = context;
    unsigned passed = 0;

    pthread_mutex_lock(&s->lock);
    while (!s->ended) {
        if (passed == s->interrupts) {
            condition_wait(&s->changed, &s->lock);
            continue;
        }
        const int event = s->events[passed++];

        pthread_mutex_unlock(&s->lock);
        begin_call(s);
        s->target.interrupt(s->target.context, event);
        end_call(s);
        pthread_mutex_lock(&s->lock);
    }
    s->interrupts_over = true;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/*
 * Only notes it. Windows calls handlers one at a time, under a lock of the process's: while one
 * waited for the service (HcsSignalProcess, where the process does not end) the next Ctrl-C, and
 * with it the user's way out, would not arrive.
 */
static void interrupted(void *context, int event)
{
    session *s = context;
    bool patient;

    pthread_mutex_lock(&s->lock);
    patient = event != CONSOLE_CLOSE && s->interrupts < SESSION_PATIENCE - 1;
    if (patient)
        s->events[s->interrupts++] = event;
    else
        s->given_up = true;
    condition_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    if (!patient)
        s->target.wake(s->target.context);
}

wcow_status session_take_interrupts(session *s, wcow_error *err)
{
    user_streams *u = s->options.streams;

    if (s->options.tty || !s->options.interrupts || s->has_interrupt_thread)
        return WCOW_OK;
    s->has_interrupt_thread = !pthread_create(&s->interrupt_thread, NULL, interrupt_main, s);
    if (!s->has_interrupt_thread)
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    u->on_interrupt(u, interrupted, s);
    return WCOW_OK;
}

/* A call that never returns must not keep a user who has given up. */
static bool end_interrupts(session *s)
{
    const uint64_t deadline = ticks_after(s->target.may_hang ? INTERRUPT_LIMIT : UINT32_MAX);
    bool over;

    if (!s->has_interrupt_thread)
        return true;
    pthread_mutex_lock(&s->lock);
    while (!s->interrupts_over && condition_wait_until(&s->changed, &s->lock, deadline))
        continue;
    over = s->interrupts_over;
    pthread_mutex_unlock(&s->lock);
    if (over)
        pthread_join(s->interrupt_thread, NULL);
    return over;
}

/* ---- begin and end ---- */

wcow_status session_begin(session *s, wcow_error *err)
{
    const session_options *o = &s->options;
    user_streams *u = o->streams;
    wcow_status status;

    if (s->begun)
        return WCOW_OK;
    s->begun = true;
    status =
        error_check(err, u->open(u, o->input, o->output, o->error), "open the standard streams");
    if (status)
        return status;
    s->opened = true;
    /* Raw as soon as the container's console echoes; a failure only means that it looks worse. */
    if (o->tty && o->input && u->is_console(u, STANDARD_INPUT))
        (void)u->raw(u);
    status = session_take_interrupts(s, err);
    if (status)
        return status;
    s->has_input_thread = o->input && !pthread_create(&s->input_thread, NULL, input_main, s);
    if (o->input && !s->has_input_thread)
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    if (o->tty && o->output && u->is_console(u, STANDARD_OUTPUT))
        s->has_size_thread = !pthread_create(&s->size_thread, NULL, size_main, s);
    return WCOW_OK;
}

wcow_status session_output(session *s, bool is_error, const void *bytes, size_t length,
                           wcow_error *err)
{
    user_streams *u = s->options.streams;
    const bool wanted = is_error ? s->options.error : s->options.output;
    int32_t hr;

    if (!s->opened || !wanted || !length)
        return WCOW_OK;
    hr = u->write(u, is_error ? STANDARD_ERROR : STANDARD_OUTPUT, bytes, length);
    if (HR_SUCCEEDED(hr))
        return WCOW_OK;
    error_hresult(err, hr, "write to standard output");
    return error_wrap(err, WCOW_CANCELLED, "nobody reads the output any more");
}

bool session_end(session *s)
{
    user_streams *u = s->options.streams;
    bool over;

    set_flag(s, &s->ended);
    if (s->has_interrupt_thread) /* what it calls uses the session, and returns at once */
        u->default_interrupts(u);
    s->target.wake(s->target.context);
    if (s->has_input_thread) {
        u->cancel_read(u);
        pthread_join(s->input_thread, NULL);
    }
    if (s->has_size_thread)
        pthread_join(s->size_thread, NULL);
    over = end_interrupts(s);
    u->restore(u);
    u->close(u);
    if (!over)
        return false;
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->sending);
    condition_free(&s->changed);
    return true;
}
