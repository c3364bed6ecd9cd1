/* SPDX-License-Identifier: MIT */
/* Sessions: a client process each; what it had open is closed when it goes. */
#include "sessions.h"
#include "handles.h"

uint64_t sim_session_open(sim *s, uint32_t pid, sim_notify *notify, void *context)
{
    session *client = calloc(1, sizeof(*client));

    if (!client)
        return 0;

    client->sim = s;
    client->pid = pid;
    client->notify = notify;
    client->context = context;
    sim_lock(s);
    client->id = ++s->last_id;
    client->next = s->sessions;
    s->sessions = client;
    sim_unlock(s);
    session_start(client);
    return client->id;
}

session *session_find(sim *s, uint64_t id)
{
    session *client = s->sessions;

    while (client && client->id != id)
        client = client->next;
    return client;
}

void sim_session_close(sim *s, uint64_t id)
{
    session *client;

    sim_lock(s);
    client = session_find(s, id);
    if (!client || client->closing) {
        sim_unlock(s);
        return;
    }
    client->closing = true;
    condition_broadcast(&client->wake);
    while (client->calls)
        sim_wait(s);
    s->left_open += handle_count(s, client);
    for (handle *h = s->handles, *next; h; h = next) {
        next = h->next;
        if (h->session == client && h->kind == HANDLE_REGISTRATION)
            handle_close(s, h);
    }
    for (handle *h = s->handles, *next; h; h = next) {
        next = h->next;
        if (h->session == client)
            handle_close(s, h);
    }
    for (session **at = &s->sessions; *at; at = &(*at)->next)
        if (*at == client) {
            *at = client->next;
            break;
        }
    sim_unlock(s);
    session_stop(client);
    free(client);
}

size_t sim_session_handles(sim *s, uint64_t id)
{
    session *client;
    size_t count;

    sim_lock(s);
    client = session_find(s, id);
    count = client ? handle_count(s, client) : 0;
    sim_unlock(s);
    return count;
}
