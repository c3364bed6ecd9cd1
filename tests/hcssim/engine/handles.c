/* SPDX-License-Identifier: MIT */
/* Handles of the clients: numbers, each tied to the session that was given it. */
#include "handles.h"
#include "codes.h"
#include "processes.h"
#include "sessions.h"
#include "systems.h"

handle *handle_new(sim *s, session *client, handle_kind kind)
{
    handle *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;

    h->id = ++s->last_id;
    h->kind = kind;
    h->session = client;
    h->next = s->handles;
    s->handles = h;
    return h;
}

handle *handle_find(sim *s, uint64_t id)
{
    handle *h = s->handles;

    while (h && h->id != id)
        h = h->next;
    return h;
}

int32_t handle_get(sim_context *c, const char *member, handle_kind kind, handle **out)
{
    int64_t id = json_integer(c->request, member, 0);
    handle *h = id > 0 ? handle_find(c->sim, (uint64_t)id) : NULL;

    if (!h || h->kind != kind || h->session != c->session)
        return refuse(&c->why, SIM_E_INVALID_HANDLE, "The handle is invalid.");
    *out = h;
    if (h->dead)
        return refuse(&c->why, SIM_E_DISCONNECTED, "The service was restarted.");
    return HR_OK;
}

static void unlink_handle(sim *s, const handle *h)
{
    for (handle **at = &s->handles; *at; at = &(*at)->next)
        if (*at == h) {
            *at = h->next;
            return;
        }
}

/* The list is searched anew after each: closing one may close others. */
static void close_registrations(sim *s, const handle *owner)
{
    handle *h = s->handles;

    while (h) {
        if (h->owner == owner) {
            handle_close(s, h);
            h = s->handles;
        } else {
            h = h->next;
        }
    }
}

void handle_close(sim *s, handle *h)
{
    if (h->kind != HANDLE_REGISTRATION)
        close_registrations(s, h);
    unlink_handle(s, h);
    notices_free(h->latched);
    if (h->kind == HANDLE_SYSTEM && !h->dead)
        system_handle_closed(s, h->system);
    if (h->kind == HANDLE_SYSTEM)
        system_unref(h->system);
    if (h->kind == HANDLE_PROCESS)
        process_unref(s, h->process);
    free(h);
}

size_t handle_count(sim *s, const session *client)
{
    size_t count = 0;

    for (const handle *h = s->handles; h; h = h->next)
        if (!client || h->session == client)
            count++;
    return count;
}
