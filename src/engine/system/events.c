/* SPDX-License-Identifier: MIT */
/*
 * Reading events.log, and following it. A reader keeps the file open that it reads, under whatever
 * name it is by then: writers put it aside and begin a new one (host/event_log.c). The reader sees
 * that by the size of what has the name now, which is less than what it has read; it reads the rest
 * of the old one, for a moment longer, since who opened that before it was put aside may still
 * append to it, and goes on with the new one from its beginning.
 */
#include <wcow/event.h>

#include <stdlib.h>
#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/json.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/host/event_log.h"
#include "engine/host/paths.h"
#include "port/clock.h"

#define BLOCK_SIZE         ((size_t)64 * 1024)
#define ROUND_MILLISECONDS 100u
/* How long a file that was put aside is looked at for lines of who was late. */
#define LATE_ROUNDS 3u

typedef struct event_reader {
    const wcow_event_options *options;
    wcow_event_fn *each;
    void *context;
    files_port *files;
    const char *path; /* of events.log */
    file *file;       /* NULL: there is none yet */
    uint64_t offset;  /* how much of it was read */
    unsigned late;    /* rounds since it was put aside; 0: it was not */
    text line;        /* not yet complete */
    bool too_long;    /* and no line of ours */
    bool ended;
    char *block;
} event_reader;

static void close_file(event_reader *r)
{
    if (r->file)
        r->files->close(r->files, TAKE(r->file));
    r->offset = 0;
    r->late = 0;
    r->too_long = false;
    text_cut(&r->line, 0);
}

static void reader_free(event_reader *r)
{
    close_file(r);
    text_free(&r->line);
    free(r->block);
}

DEFINE_CLEANUP_VALUE(event_reader, event_reader, reader_free)

/* ---- lines ---- */

/* In the raw text: it has more digits than a double holds. 0: it has none, and is none of ours. */
static int64_t time_of(const char *line)
{
    static const char name[] = "\"timeNano\":";
    const char *last = NULL;

    for (const char *at = line; (at = strstr(at, name)); at += sizeof name - 1)
        last = at + sizeof name - 1;
    return last ? strtoll(last, NULL, 10) : 0;
}

/* What a crash tore apart is left out. */
static void hand_out(event_reader *r, const char *line)
{
    cleanup_json cJSON *event = NULL;
    const int64_t when = time_of(line);

    if (!when || when < r->options->since ||
        json_parse(line, strlen(line), "an event", &event, NULL))
        return;
    if (r->options->until && when > r->options->until)
        return;
    if (!r->each(r->context, line))
        r->ended = true;
}

static wcow_status take_bytes(event_reader *r, const char *bytes, size_t length, wcow_error *err)
{
    while (length && !r->ended) {
        const char *newline = memchr(bytes, '\n', length);
        const size_t piece = newline ? (size_t)(newline - bytes) : length;

        r->too_long = r->too_long || r->line.length + piece > EVENT_LINE_LIMIT;
        if (!r->too_long)
            text_add_bytes(&r->line, bytes, piece);
        if (r->line.failed)
            return error_no_memory(err);
        if (!newline)
            return WCOW_OK;
        if (!r->too_long && r->line.length)
            hand_out(r, text_get(&r->line));
        r->too_long = false;
        text_cut(&r->line, 0);
        bytes += piece + 1;
        length -= piece + 1;
    }
    return WCOW_OK;
}

/* To the end of what is there now. */
static wcow_status read_on(event_reader *r, wcow_error *err)
{
    size_t got = 1;

    while (r->file && got && !r->ended) {
        int32_t hr = r->files->read_some(r->files, r->file, r->block, BLOCK_SIZE, &got);
        wcow_status status =
            HR_FAILED(hr) ? error_hresult(err, hr, "read") : take_bytes(r, r->block, got, err);

        if (status)
            return status;
        r->offset += got;
    }
    return WCOW_OK;
}

/* ---- files ---- */

/* Before the first event there is none. */
static wcow_status open_file(event_reader *r, const char *path, wcow_error *err)
{
    int32_t hr = r->files->open(r->files, path, FILE_READ, &r->file);

    if (hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND)
        return WCOW_OK;
    return error_check(err, hr, "open");
}

/* The size of what has the name now; 0: nothing has. */
static uint64_t size_now(const event_reader *r)
{
    file_info info;

    return HR_FAILED(r->files->info(r->files, r->path, &info)) ? 0 : info.size;
}

/*
 * Past events: those of the file before, then the newer. The newer one is opened first, so that
 * nothing is lost between them; if it was put aside meanwhile, it is the one before, and all is
 * begun again.
 */
static wcow_status read_past(event_reader *r, const char *older, wcow_error *err)
{
    for (;;) {
        const uint64_t size = size_now(r);
        file *newer = NULL;
        file *before = NULL;
        wcow_status status = open_file(r, r->path, err);

        newer = TAKE(r->file);
        if (!status)
            status = open_file(r, older, err);
        before = TAKE(r->file);
        if (!status && size_now(r) < size) {
            if (newer)
                r->files->close(r->files, newer);
            if (before)
                r->files->close(r->files, before);
            continue;
        }
        r->file = before;
        if (!status)
            status = read_on(r, err);
        close_file(r);
        r->file = newer;
        return status ? status : read_on(r, err);
    }
}

/* Only what comes from now on. */
static wcow_status skip_past(event_reader *r, wcow_error *err)
{
    wcow_status status = open_file(r, r->path, err);
    const uint64_t size = r->file ? size_now(r) : 0;

    if (status || !r->file)
        return status;
    r->offset = size;
    return error_check(err, r->files->seek(r->files, r->file, size), "seek");
}

/* Another file may have the name by now. */
static wcow_status look_for_newer(event_reader *r, wcow_error *err)
{
    if (r->file && size_now(r) >= r->offset)
        return WCOW_OK;
    if (r->file && ++r->late < LATE_ROUNDS)
        return WCOW_OK;
    close_file(r);
    return open_file(r, r->path, err);
}

static bool is_over(const event_reader *r)
{
    return r->ended || (r->options->until && clock_now() > r->options->until);
}

static wcow_status follow(event_reader *r, wcow_error *err)
{
    bool over = false;
    wcow_status status = WCOW_OK;

    while (!status && !over) {
        over = is_over(r); /* looked at before: what came until then is read once more */
        status = look_for_newer(r, err);
        if (!status)
            status = read_on(r, err);
        if (!status && !r->ended && !r->each(r->context, NULL))
            r->ended = true;
        if (!status && !over && !r->ended)
            clock_sleep(ROUND_MILLISECONDS);
    }
    return status;
}

wcow_status wcow_host_events(wcow_host *host, const wcow_event_options *options,
                             wcow_event_fn *each, void *context, wcow_error *err)
{
    wcow_event_options wish = WCOW_EVENT_OPTIONS_INIT;
    cleanup_free char *path = path_of_events(host);
    cleanup_free char *older = path_of_older_events(host);
    CLEANUP(event_reader)
    event_reader r = {
        .options = &wish, .each = each, .context = context, .path = path, .line = TEXT_INIT};
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_event_options", err);

    if (!status)
        status = host_files(host, &r.files, err);
    if (status)
        return status;
    r.block = malloc(BLOCK_SIZE);
    if (!path || !older || !r.block)
        return error_no_memory(err);
    status = wish.since || wish.until ? read_past(&r, older, err) : skip_past(&r, err);
    if (!status)
        status = follow(&r, err);
    return status ? error_wrap(err, status, "cannot read '%s'", path) : WCOW_OK;
}
