/* SPDX-License-Identifier: MIT */
/*
 * Notifications. A completion waits on its handle until somebody registers there, since every
 * client registers only after Create returned; then it is delivered once, by the session's own
 * thread, with no lock held (facts §2.1, §12.2–12.4).
 */
#include "codes.h"
#include "faults.h"
#include "handles.h"
#include "journal.h"
#include "processes.h"
#include "sessions.h"
#include "systems.h"

#include <errno.h>
#include <stdio.h>

void notices_free(notice *list)
{
    while (list) {
        notice *next = list->next;

        free(list->data);
        free(list);
        list = next;
    }
}

static void delivery_free(delivery *d)
{
    free(d->what.data);
    free(d);
}

/* Earliest first; equal ones in the order they were sent. */
static void enqueue(session *client, delivery *d)
{
    delivery **at = &client->queue;

    while (*at && (*at)->due <= d->due)
        at = &(*at)->next;
    d->next = *at;
    *at = d;
    condition_broadcast(&client->wake);
}

void notify_registration(sim *s, handle *registration, uint32_t type, int32_t hr, const char *data)
{
    uint32_t delay = s->options.notify_delay_ms;
    delivery *d;

    if (registration->session->closing || fault_check_notice(s, type, &delay))
        return;

    d = calloc(1, sizeof(*d));
    if (!d)
        return;
    d->callback = registration->id;
    d->what.type = type;
    d->what.hr = hr;
    d->what.data = text_copy(data);
    d->due = delay ? ticks_after(delay) : 0;
    enqueue(registration->session, d);
}

static void latch(handle *on, uint32_t type, int32_t hr, const char *data)
{
    notice **at = &on->latched;
    notice *kept = calloc(1, sizeof(*kept));

    if (!kept)
        return;
    kept->type = type;
    kept->hr = hr;
    kept->data = text_copy(data);
    while (*at)
        at = &(*at)->next;
    *at = kept;
}

static bool notify_registrations(sim *s, const handle *on, uint32_t type, int32_t hr,
                                 const char *data)
{
    bool any = false;

    for (handle *h = s->handles; h; h = h->next)
        if (h->owner == on) {
            notify_registration(s, h, type, hr, data);
            any = true;
        }
    return any;
}

void notify_handle(sim *s, handle *on, uint32_t type, int32_t hr, const char *data)
{
    if (!notify_registrations(s, on, type, hr, data))
        latch(on, type, hr, data);
}

void notify_system(sim *s, compute_system *system, uint32_t type, int32_t hr, const char *data)
{
    for (handle *h = s->handles; h; h = h->next)
        if (h->kind == HANDLE_SYSTEM && h->system == system && !h->dead)
            notify_registrations(s, h, type, hr, data);
}

void notify_process(sim *s, compute_process *process, uint32_t type, int32_t hr, const char *data)
{
    for (handle *h = s->handles; h; h = h->next)
        if (h->kind == HANDLE_PROCESS && h->process == process && !h->dead)
            notify_registrations(s, h, type, hr, data);
}

/* Waits for the head of the queue to be due; false when the session ends. */
static bool wait_for_delivery(session *client)
{
    while (!client->closing) {
        const uint64_t due = client->queue ? client->queue->due : TICKS_NEVER;

        if (!condition_wait_until(&client->wake, &client->sim->lock, due))
            return true;
    }
    return false;
}

static void *deliver(void *argument)
{
    session *client = argument;
    sim *s = client->sim;

    sim_lock(s);
    while (wait_for_delivery(client)) {
        delivery *d = client->queue;

        client->queue = d->next;
        client->delivering = d->callback;
        sim_unlock(s);
        journal_notice(s, client, d->callback, &d->what);
        client->notify(client->context, d->callback, d->what.type, d->what.hr, d->what.data);
        delivery_free(d);
        sim_lock(s);
        client->delivering = 0;
        sim_changed(s);
    }
    sim_unlock(s);
    return NULL;
}

int session_start(session *client)
{
    int failed;

    if (!condition_init(&client->wake))
        return ENOMEM;
    failed = pthread_create(&client->thread, NULL, deliver, client);
    if (failed)
        condition_free(&client->wake);
    return failed;
}

void session_stop(session *client)
{
    pthread_join(client->thread, NULL);
    while (client->queue) {
        delivery *next = client->queue->next;

        delivery_free(client->queue);
        client->queue = next;
    }
    condition_free(&client->wake);
}

/* Hands a new registration what was kept for it. */
static void catch_up(sim *s, handle *registration)
{
    handle *on = registration->owner;
    notice *latched = TAKE(on->latched);

    for (const notice *kept = latched; kept; kept = kept->next)
        notify_registration(s, registration, kept->type, kept->hr, kept->data);
    notices_free(latched);
    if (on->kind == HANDLE_SYSTEM && on->system->status == SYSTEM_STOPPED)
        notify_registration(s, registration, SIM_SYSTEM_EXITED, on->system->exit_hr,
                            on->system->exit_data);
    if (on->kind == HANDLE_PROCESS && on->process->exited) {
        cleanup_free char *status = process_status(on->process);

        notify_registration(s, registration, SIM_PROCESS_EXITED, HR_OK, status);
    }
}

static int32_t register_on(sim_context *c, const char *member, handle_kind kind)
{
    sim *s = c->sim;
    handle *on = NULL;
    handle *made;
    int32_t hr;

    sim_lock(s);
    hr = handle_get(c, member, kind, &on);
    if (HR_SUCCEEDED(hr)) {
        made = handle_new(s, c->session, HANDLE_REGISTRATION);
        made->owner = on;
        c->made = made->id;
        json_add_integer(c->reply, "callback", (int64_t)made->id);
        catch_up(s, made);
    }
    sim_unlock(s);
    return hr;
}

int32_t call_register_system(sim_context *c)
{
    return register_on(c, "system", HANDLE_SYSTEM);
}

int32_t call_register_process(sim_context *c)
{
    return register_on(c, "process", HANDLE_PROCESS);
}

static void forget_deliveries(session *client, uint64_t callback)
{
    for (delivery **at = &client->queue; *at;) {
        delivery *d = *at;

        if (d->callback == callback) {
            *at = d->next;
            delivery_free(d);
        } else {
            at = &d->next;
        }
    }
}

/*
 * Returns when no callback of it runs any more. Within that callback the real service dead-locks,
 * and tests that hang say little: so it is said aloud.
 */
int32_t call_unregister(sim_context *c)
{
    sim *s = c->sim;
    handle *h = NULL;
    uint64_t id;
    int32_t hr;

    sim_lock(s);
    hr = handle_get(c, "callback", HANDLE_REGISTRATION, &h);
    if (h) {
        id = h->id;
        handle_close(s, h);
        forget_deliveries(c->session, id);
        if (c->session->delivering == id && pthread_equal(pthread_self(), c->session->thread)) {
            fputs("hcssim: a callback unregisters itself: the real service would hang here\n",
                  stderr);
            abort();
        }
        while (c->session->delivering == id)
            sim_wait(s);
    }
    sim_unlock(s);
    return hr;
}
