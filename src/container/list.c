/* SPDX-License-Identifier: MIT */
/* The list of containers: `ps`. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "container/catalog.h"
#include "container/container.h"
#include "container/host/times.h"
#include "container/reconcile.h"
#include "container/status.h"
#include "port/clock.h"

#define SECOND INT64_C(1000000000)

void status_print(const state *s, char words[STATUS_SIZE])
{
    const int64_t now = clock_now();
    char time[TIME_TEXT_SIZE];

    if (s->phase == PHASE_RUNNING || s->phase == PHASE_PAUSED) {
        span_print(now - s->started, time);
        snprintf(words, STATUS_SIZE, "Up %s%s", time, s->phase == PHASE_PAUSED ? " (Paused)" : "");
    } else if (s->phase == PHASE_REMOVING) {
        snprintf(words, STATUS_SIZE, "Removal In Progress");
    } else if (s->phase == PHASE_DEAD) {
        snprintf(words, STATUS_SIZE, "Dead");
    } else if (!s->started) {
        snprintf(words, STATUS_SIZE, "Created");
    } else if (s->phase == PHASE_EXITED) {
        span_print(now - s->finished, time);
        snprintf(words, STATUS_SIZE, "Exited (%" PRIu32 ") %s ago", s->exit_code, time);
    } else {
        snprintf(words, STATUS_SIZE, "Starting");
    }
}

/* Texts are collected behind each other; rows point into them when nothing moves any more. */
typedef struct builder {
    text texts;
    wcow_container_info *rows;
    size_t (*offsets)[9]; /* of each row's texts, in the order of add_row() */
    size_t count;
} builder;

static void builder_free(builder *b)
{
    text_free(&b->texts);
    free(b->rows);
    free(b->offsets);
}

DEFINE_CLEANUP_VALUE(builder, builder, builder_free)

static size_t add_text(builder *b, const char *value)
{
    const size_t at = b->texts.length;

    text_add_bytes(&b->texts, value, strlen(value) + 1);
    return at;
}

static size_t add_joined(builder *b, const string_list *items, char separator)
{
    const size_t at = b->texts.length;

    for (size_t i = 0; i < items->count; i++) {
        if (i)
            text_add_char(&b->texts, separator);
        text_add(&b->texts, items->items[i]);
    }
    text_add_bytes(&b->texts, "", 1);
    return at;
}

static void add_row(builder *b, const record *r, const state *s)
{
    wcow_container_info *row = &b->rows[b->count];
    size_t *at = b->offsets[b->count++];
    char words[STATUS_SIZE];

    status_print(s, words);
    at[0] = add_text(b, r->id);
    at[1] = add_text(b, r->name);
    at[2] = add_text(b, r->image);
    at[3] = add_text(b, r->image_id);
    at[4] = add_joined(b, &r->command, ' ');
    at[5] = add_text(b, phase_name(s->phase));
    at[6] = add_text(b, words);
    at[7] = add_joined(b, &r->labels, ',');
    at[8] = add_text(b, r->network);
    row->isolation = isolation_name(r->isolation);
    row->created = r->created / SECOND;
    row->started = s->started / SECOND;
    row->exit_code = s->exit_code;
    row->running = s->phase == PHASE_RUNNING || s->phase == PHASE_PAUSED;
}

static wcow_container_info *one_block(const builder *b)
{
    const size_t rows = b->count * sizeof(wcow_container_info);
    char *block = malloc(rows + b->texts.length + 1);
    wcow_container_info *row = (wcow_container_info *)(void *)block;

    if (!block || b->texts.failed) {
        free(block);
        return NULL;
    }
    if (rows)
        memcpy(block, b->rows, rows);
    memcpy(block + rows, text_get(&b->texts), b->texts.length);
    for (size_t i = 0; i < b->count; i++, row++) {
        const size_t *at = b->offsets[i];
        const char *texts = block + rows;

        row->id = texts + at[0];
        row->name = texts + at[1];
        row->image = texts + at[2];
        row->image_id = texts + at[3];
        row->command = texts + at[4];
        row->state = texts + at[5];
        row->status = texts + at[6];
        row->labels = texts + at[7];
        row->networks = texts + at[8];
    }
    return (wcow_container_info *)(void *)block;
}

/* One whose monitor died is brought to rest before it is shown. */
static wcow_status look_at(wcow_host *host, entry *e)
{
    cleanup_container wcow_container *container =
        container_new(host, e->record->id, e->record->name);
    state *now = NULL;
    wcow_status status = container ? container_look(container, &now, NULL) : WCOW_NO_MEMORY;

    if (status == WCOW_NOT_FOUND || status == WCOW_NO_MEMORY)
        return status;
    if (!status) {
        state_free(e->state);
        e->state = now;
    }
    return WCOW_OK; /* what was read before will do */
}

wcow_status wcow_container_list(wcow_host *host, wcow_container_info **out, size_t *count,
                                wcow_error *err)
{
    cleanup_catalog catalog found = CATALOG_INIT;
    CLEANUP(builder) builder b = {.texts = TEXT_INIT};
    wcow_container_info *block;
    wcow_status status = catalog_read(host, &found, err);

    if (status)
        return status;
    b.rows = calloc(found.count + 1, sizeof *b.rows);
    b.offsets = calloc(found.count + 1, sizeof *b.offsets);
    if (!b.rows || !b.offsets)
        return error_no_memory(err);
    for (size_t i = 0; i < found.count; i++) {
        status = look_at(host, &found.items[i]);
        if (status == WCOW_NO_MEMORY)
            return error_no_memory(err);
        if (!status)
            add_row(&b, found.items[i].record, found.items[i].state);
    }
    block = one_block(&b);
    if (!block)
        return error_no_memory(err);
    *out = block;
    *count = b.count;
    return WCOW_OK;
}
