/* SPDX-License-Identifier: MIT */
/* The list of containers: `ps`. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rows.h"
#include "docker/container_status.h"
#include "engine/container/catalog.h"
#include "engine/container/container.h"
#include "engine/container/mount_spec.h"
#include "engine/container/network_wish.h"
#include "engine/container/ports.h"
#include "engine/container/reconcile.h"
#include "engine/container/remove.h"
#include "port/clock.h"

#define SECOND INT64_C(1000000000)

/* The texts of a row, in the order of add_row(). */
static const size_t texts[] = {
    offsetof(wcow_container_info, id),        offsetof(wcow_container_info, name),
    offsetof(wcow_container_info, image),     offsetof(wcow_container_info, image_id),
    offsetof(wcow_container_info, command),   offsetof(wcow_container_info, state),
    offsetof(wcow_container_info, status),    offsetof(wcow_container_info, labels),
    offsetof(wcow_container_info, networks),  offsetof(wcow_container_info, error),
    offsetof(wcow_container_info, mounts),    offsetof(wcow_container_info, os_version),
    offsetof(wcow_container_info, ports),     offsetof(wcow_container_info, exposed),
    offsetof(wcow_container_info, published), offsetof(wcow_container_info, health),
};

static void add_joined(row_builder *b, const string_list *items, char separator)
{
    rows_begin_text(b);
    for (size_t i = 0; i < items->count; i++) {
        if (i)
            text_add_char(&b->texts, separator);
        text_add(&b->texts, items->items[i]);
    }
    text_add_bytes(&b->texts, "", 1);
}

/* Volumes by their names, as Docker's ps does. */
static void add_mounts(row_builder *b, const mount_list *mounts)
{
    rows_begin_text(b);
    for (size_t i = 0; i < mounts->count; i++) {
        const mount_spec *mount = &mounts->items[i];

        text_add(&b->texts, i ? "," : "");
        text_add(&b->texts, mount->type == MOUNT_VOLUME ? mount->name : mount->source);
    }
    text_add_bytes(&b->texts, "", 1);
}

/* One that is on none has a mode that says so, and one that shares another's. */
static void add_networks(row_builder *b, const record *r)
{
    rows_begin_text(b);
    for (size_t i = 0; i < r->networks.count; i++)
        text_addf(&b->texts, "%s%s", i ? "," : "", attachment_name(&r->networks.items[i]));
    if (!r->networks.count && !network_mode_container(r->network))
        text_add(&b->texts, r->network);
    text_add_bytes(&b->texts, "", 1);
}

/* "0.0.0.0:8080->80/tcp, 81/tcp": what is published while it runs, and what else is exposed. */
static void add_ports(row_builder *b, const record *r, const state *s)
{
    cleanup_text text words = TEXT_INIT;

    if (state_is_running(s))
        ports_print(&s->endpoints, &r->exposed, &words);
    b->texts.failed = b->texts.failed || words.failed;
    rows_add_text(b, text_get(&words));
}

static void add_wished_ports(row_builder *b, const port_list *ports)
{
    rows_begin_text(b);
    for (size_t i = 0; i < ports->count; i++)
        text_addf(&b->texts, "%s%u/%s", i ? "," : "", ports->items[i].container,
                  hns_protocols[ports->items[i].protocol]);
    text_add_bytes(&b->texts, "", 1);
}

static size_t count_volumes(const mount_list *mounts)
{
    size_t count = 0;

    for (size_t i = 0; i < mounts->count; i++)
        count += mounts->items[i].type == MOUNT_VOLUME;
    return count;
}

static void add_row(row_builder *b, const record *r, const state *s)
{
    const bool runs = state_is_running(s);
    const bool has_ended = s->phase == PHASE_EXITED || s->phase == PHASE_REMOVING;
    const wcow_container_info row = {
        .isolation = isolation_name(r->isolation),
        .created = r->created / SECOND,
        .started = s->started / SECOND,
        .finished = runs ? 0 : s->finished / SECOND,
        .exit_code = s->exit_code,
        .exit_known = has_ended && s->started && !s->unknown && !s->lost,
        .running = runs,
        .paused = s->phase == PHASE_PAUSED,
        .pid = runs ? s->pid : 0,
        .tty = r->tty,
        .open_stdin = r->open_stdin,
        .auto_remove = r->auto_remove,
        .local_volumes = count_volumes(&r->points),
    };
    const container_status status = {
        .state = state_name(s),
        .unreadable = s->unknown,
        .started = s->started,
        .finished = s->finished,
        .now = clock_now(),
        .exit_code = s->exit_code,
        .health = s->health ? health_states[s->health] : "",
    };
    char words[STATUS_SIZE];

    container_status_print(&status, words);
    rows_add(b, &row);
    rows_add_text(b, r->id);
    rows_add_text(b, r->name);
    rows_add_text(b, r->image);
    rows_add_text(b, r->image_id);
    add_joined(b, &r->command, ' ');
    rows_add_text(b, status.state);
    rows_add_text(b, words);
    add_joined(b, &r->labels, ',');
    add_networks(b, r);
    rows_add_text(b, s->error ? s->error : "");
    add_mounts(b, &r->points);
    rows_add_text(b, r->os_version ? r->os_version : "");
    add_ports(b, r, s);
    add_joined(b, &r->exposed, ',');
    add_wished_ports(b, &r->ports);
    rows_add_text(b, health_states[s->health]);
}

/* One whose monitor died is brought to rest before it is shown. */
static wcow_status look_at(wcow_host *host, entry *e)
{
    cleanup_container wcow_container *container = NULL;
    state *now = NULL;
    wcow_status status;

    if (e->unreadable || !state_is_busy(e->state) || container_watched(host, e->record->id))
        return WCOW_OK;
    container = container_new(host, e->record->id, e->record->name);
    status = container ? container_settle(container, &now, NULL) : WCOW_NO_MEMORY;
    if (status == WCOW_NOT_FOUND || status == WCOW_NO_MEMORY)
        return status;
    if (!status) {
        state_free(e->state);
        e->state = now;
        if (removal_of_lost(container, now))
            return WCOW_NOT_FOUND;
    }
    return WCOW_OK; /* what was read before will do */
}

static row_builder rows_new(void)
{
    return (row_builder){.row_size = sizeof(wcow_container_info),
                         .members = texts,
                         .member_count = sizeof(texts) / sizeof(texts[0])};
}

wcow_status wcow_container_list(wcow_host *host, wcow_container_info **out, size_t *count,
                                wcow_error *err)
{
    cleanup_catalog catalog found = CATALOG_INIT;
    cleanup_rows row_builder b = rows_new();
    wcow_container_info *block;
    wcow_status status = catalog_read(host, &found, err);

    if (status)
        return status;
    for (size_t i = 0; i < found.count; i++) {
        status = look_at(host, &found.items[i]);
        if (status == WCOW_NO_MEMORY)
            return error_no_memory(err);
        if (!status)
            add_row(&b, found.items[i].record, found.items[i].state);
    }
    block = rows_take(&b);
    if (!block)
        return error_no_memory(err);
    *out = block;
    *count = b.count;
    return WCOW_OK;
}

wcow_status wcow_container_get_info(wcow_container *container, wcow_container_info **out,
                                    wcow_error *err)
{
    cleanup_rows row_builder b = rows_new();
    CLEANUP(entry) entry e = {NULL, NULL, WCOW_OK};
    wcow_container_info *block;
    wcow_status status = catalog_entry(container->host, container->id, &e, err);

    if (!status)
        status = look_at(container->host, &e);
    if (status == WCOW_NO_MEMORY)
        return error_no_memory(err);
    if (status)
        return error_set(err, status, "No such container: %s", container->name);
    add_row(&b, e.record, e.state);
    block = rows_take(&b);
    if (!block)
        return error_no_memory(err);
    *out = block;
    return WCOW_OK;
}
