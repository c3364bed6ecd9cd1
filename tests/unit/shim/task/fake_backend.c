/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/task/fake_backend.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "tests/unit/status.h"

/* Under the lock. */
static void note(fake_backend *f, const char *call, const fake_process *p)
{
    text_addf(&f->calls, "%s %s%s%s|", call, p->id, p->exec_id[0] ? "/" : "", p->exec_id);
    condition_broadcast(&f->changed);
}

/* Notes a call; then it may be held, or fail. */
static wcow_status enter(fake_backend *f, const char *call, const fake_process *p, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    pthread_mutex_lock(&f->lock);
    note(f, call, p);
    if (text_equal(f->held, call)) {
        f->inside++;
        condition_broadcast(&f->changed);
        while (f->held)
            condition_wait(&f->changed, &f->lock);
        f->inside--;
    }
    if (text_equal(f->fails, call)) {
        f->fails = NULL;
        status = error_set(err, f->failure, "%s failed", call);
    }
    condition_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    return status;
}

static wcow_status create(void *context, void *container, const task_wish *wish,
                          task_process *owner, void **handle, wcow_error *err)
{
    fake_backend *f = context;
    fake_process *p;
    wcow_status status;

    assert_true(!container == !wish->exec_id[0]);
    pthread_mutex_lock(&f->lock);
    p = &f->processes[f->count++];
    pthread_mutex_unlock(&f->lock);
    snprintf(p->id, sizeof(p->id), "%s", wish->id);
    snprintf(p->exec_id, sizeof(p->exec_id), "%s", wish->exec_id);
    status = enter(f, "create", p, err);
    if (status)
        return status;
    pthread_mutex_lock(&f->lock);
    p->owner = owner;
    pthread_mutex_unlock(&f->lock);
    *handle = p;
    return WCOW_OK;
}

static wcow_status start(void *context, void *handle, uint32_t *pid, wcow_error *err)
{
    fake_backend *f = context;
    fake_process *p = handle;
    wcow_status status = enter(f, "start", p, err);

    if (status)
        return status;
    if (f->exits_early) {
        task_process_ended(p->owner, 3, 1000);
        task_process_finished(p->owner);
    }
    pthread_mutex_lock(&f->lock);
    p->pid = *pid = f->next_pid;
    f->next_pid += 4;
    p->started = true;
    condition_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    return WCOW_OK;
}

static void discard(void *context, void *handle)
{
    ignore(enter(context, "discard", handle, NULL));
}

static void release(void *context, void *handle)
{
    fake_backend *f = context;
    fake_process *p = handle;

    pthread_mutex_lock(&f->lock);
    assert_non_null(p->owner); /* once */
    p->owner = NULL;
    pthread_mutex_unlock(&f->lock);
}

/* Whoever does not wait is not held. */
static wcow_status signal_process(void *context, void *handle, uint32_t number, bool wait,
                                  wcow_error *err)
{
    fake_backend *f = context;
    char call[16];

    snprintf(call, sizeof(call), "signal%u", number);
    if (wait)
        return enter(f, call, handle, err);
    pthread_mutex_lock(&f->lock);
    note(f, call, handle);
    pthread_mutex_unlock(&f->lock);
    return WCOW_OK;
}

static wcow_status resize(void *context, void *handle, uint32_t width, uint32_t height,
                          wcow_error *err)
{
    assert_true(width == 80 && height == 25);
    return enter(context, "resize", handle, err);
}

static wcow_status close_input(void *context, void *handle, wcow_error *err)
{
    return enter(context, "close", handle, err);
}

static wcow_status processes(void *context, void *handle, task_add_facts *add, void *to,
                             wcow_error *err)
{
    const fake_backend *f = context;
    const fake_process *p = handle;
    const task_process_facts first = {.pid = p->pid, .image_name = "ping.exe", .commit = 7};
    const task_process_facts other = {.pid = 999, .image_name = "conhost.exe"};
    wcow_status status = enter(context, "processes", handle, err);

    if (status)
        return status;
    add(to, f->facts ? f->facts : &first);
    if (!f->facts && !f->alone)
        add(to, &other);
    return WCOW_OK;
}

static wcow_status statistics(void *context, void *handle, task_statistics *out, wcow_error *err)
{
    const fake_backend *f = context;
    wcow_status status = enter(context, "statistics", handle, err);

    if (!status)
        *out = f->measured;
    return status;
}

static wcow_status update(void *context, void *handle, const task_change *change, wcow_error *err)
{
    fake_backend *f = context;

    assert_true(change->value[0] == '{' && change->value[change->size - 1] == '}');
    pthread_mutex_lock(&f->lock);
    snprintf(f->changed_by, sizeof(f->changed_by), "%s", change->type);
    pthread_mutex_unlock(&f->lock);
    return enter(context, "update", handle, err);
}

static void event(void *context, const task_event *e)
{
    static const char *const names[] = {"create", "start", "exit", "delete", "added", "started"};
    fake_backend *f = context;

    pthread_mutex_lock(&f->lock);
    text_addf(&f->events, "%s %s%s%s", names[e->kind], e->id, e->exec_id[0] ? "/" : "", e->exec_id);
    if (e->kind == TASK_EVENT_EXIT || e->kind == TASK_EVENT_DELETE)
        text_addf(&f->events, " %u", e->exit_status);
    text_add(&f->events, "|");
    pthread_mutex_unlock(&f->lock);
}

static void shut_down(void *context)
{
    fake_backend *f = context;

    pthread_mutex_lock(&f->lock);
    f->shut_downs++;
    condition_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    if (f->at_end)
        f->at_end(f->at_end_context);
}

void fake_backend_init(fake_backend *f)
{
    memset(f, 0, sizeof(*f));
    f->table =
        (task_backend){f,           create,    start,      discard, release, signal_process, resize,
                       close_input, processes, statistics, update,  event,   shut_down};
    pthread_mutex_init(&f->lock, NULL);
    assert_true(condition_init(&f->changed));
    f->next_pid = 100;
}

void fake_backend_free(fake_backend *f)
{
    for (size_t i = 0; i < f->count; i++)
        assert_null(f->processes[i].owner);
    text_free(&f->calls);
    text_free(&f->events);
    condition_free(&f->changed);
    pthread_mutex_destroy(&f->lock);
}

void fake_hold(fake_backend *f, const char *call)
{
    pthread_mutex_lock(&f->lock);
    f->held = call;
    pthread_mutex_unlock(&f->lock);
}

void fake_await_held(fake_backend *f, size_t count)
{
    const uint64_t deadline = ticks_after(20000);
    bool there;

    pthread_mutex_lock(&f->lock);
    while (f->inside < count && condition_wait_until(&f->changed, &f->lock, deadline))
        continue;
    there = f->inside >= count;
    pthread_mutex_unlock(&f->lock);
    assert_true(there);
}

void fake_let_go(fake_backend *f)
{
    pthread_mutex_lock(&f->lock);
    f->held = NULL;
    condition_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
}

/* Under the lock; NULL: it is not there, or not started. */
static fake_process *started(fake_backend *f, const char *id, const char *exec_id)
{
    for (size_t i = 0; i < f->count; i++) {
        fake_process *p = &f->processes[i];

        if (p->owner && p->started && text_equal(p->id, id) && text_equal(p->exec_id, exec_id))
            return p;
    }
    return NULL;
}

void fake_await_calls(fake_backend *f, const char *expected)
{
    const uint64_t deadline = ticks_after(20000);

    pthread_mutex_lock(&f->lock);
    while (!text_equal(text_get(&f->calls), expected) &&
           condition_wait_until(&f->changed, &f->lock, deadline))
        continue;
    assert_string_equal(text_get(&f->calls), expected);
    pthread_mutex_unlock(&f->lock);
}

static fake_process *await_started(fake_backend *f, const char *id, const char *exec_id)
{
    const uint64_t deadline = ticks_after(20000);
    fake_process *p;

    pthread_mutex_lock(&f->lock);
    while (!(p = started(f, id, exec_id)) && condition_wait_until(&f->changed, &f->lock, deadline))
        continue;
    pthread_mutex_unlock(&f->lock);
    if (!p)
        fail_msg("'%s' '%s' was never started", id, exec_id);
    return p;
}

void fake_end(fake_backend *f, const char *id, const char *exec_id, uint32_t exit_status)
{
    fake_process *p = await_started(f, id, exec_id);

    p->ended = true;
    task_process_ended(p->owner, exit_status, 1000);
}

void fake_finish(fake_backend *f, const char *id, const char *exec_id)
{
    fake_process *p = await_started(f, id, exec_id);

    p->finished = true;
    task_process_finished(p->owner);
}

void fake_finish_ended(fake_backend *f, const char *id, const char *exec_id)
{
    fake_process *p;

    pthread_mutex_lock(&f->lock);
    p = started(f, id, exec_id);
    pthread_mutex_unlock(&f->lock);
    if (p && p->ended && !p->finished)
        fake_finish(f, id, exec_id);
}

static char *take(fake_backend *f, text *from)
{
    char *taken;

    pthread_mutex_lock(&f->lock);
    taken = from->length ? text_take(from) : text_copy("");
    pthread_mutex_unlock(&f->lock);
    assert_non_null(taken);
    return taken;
}

char *fake_take_calls(fake_backend *f)
{
    return take(f, &f->calls);
}

char *fake_take_events(fake_backend *f)
{
    return take(f, &f->events);
}
