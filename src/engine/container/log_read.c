/* SPDX-License-Identifier: MIT */
/* Reading a container's log: `logs`. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/options.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "engine/container/log.h"
#include "engine/container/log_entry.h"
#include "engine/container/reconcile.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "port/clock.h"

#define BLOCK_SIZE          ((size_t)64 * 1024)
#define FOLLOW_MILLISECONDS 100u
#define ROUNDS_PER_LOOK     10u /* how seldom the monitor itself is looked after */
/* A line is at most a piece of 16 KiB, each byte escaped to six. */
#define ENTRY_LIMIT ((size_t)128 * 1024)

typedef struct log_reader {
    const wcow_log_options *options;
    wcow_log_fn *each;
    void *context;
    files_port *files;
    file *file;
    text line;        /* of the file, not yet complete */
    int64_t skip;     /* lines still to be skipped for --tail */
    bool too_long;    /* the line is longer than any of ours: drop it */
    bool ended;       /* the caller has enough, or --until is reached */
    bool mid_line[2]; /* the last piece of this stream had no newline: no second timestamp */
    text held;        /* what the caller has yet to get: many lines at once */
    bool held_error;  /* of which stream */
} log_reader;

static void log_reader_free(log_reader *reader)
{
    if (reader->file)
        reader->files->close(reader->files, reader->file);
    text_free(&reader->line);
    text_free(&reader->held);
}

DEFINE_CLEANUP_VALUE(log_reader, log_reader, log_reader_free)

/* A call for each line would cost more than all the rest where each ends in a write to a console.
 */
static void hand_held(log_reader *reader)
{
    if (reader->held.length && !reader->ended &&
        !reader->each(reader->context, reader->held_error, reader->held.data, reader->held.length))
        reader->ended = true;
    text_cut(&reader->held, 0);
}

static void hand_piece(log_reader *reader, bool is_error, const char *bytes, size_t length)
{
    if (reader->held.length > BLOCK_SIZE || reader->held_error != is_error)
        hand_held(reader);
    reader->held_error = is_error;
    text_add_bytes(&reader->held, bytes, length);
}

/* What stands before a line: its time, and of --details, of which no entry of ours has any, the
 * blank that parts them from the line. */
static void hand_prefix(log_reader *reader, bool is_error, int64_t when)
{
    char stamp[TIME_TEXT_SIZE + 2] = "";

    if (reader->options->timestamps) {
        time_print_fixed(when, stamp);
        strcat(stamp, " ");
    }
    if (reader->options->details)
        strcat(stamp, " ");
    if (*stamp)
        hand_piece(reader, is_error, stamp, strlen(stamp));
}

static void hand_out(log_reader *reader, const log_entry *entry)
{
    const size_t length = entry->log.length;

    if (!reader->mid_line[entry->is_error])
        hand_prefix(reader, entry->is_error, entry->when);
    reader->mid_line[entry->is_error] = length && entry->log.data[length - 1] != '\n';
    hand_piece(reader, entry->is_error, text_get(&entry->log), length);
}

static wcow_status read_entry(log_reader *reader, wcow_error *err)
{
    cleanup_log_entry log_entry entry = LOG_ENTRY_INIT;

    if (reader->skip > 0) {
        reader->skip--;
        return WCOW_OK;
    }
    if (!log_entry_read(text_get(&reader->line), reader->line.length, &entry)) {
        if (entry.log.failed)
            return error_no_memory(err);
        return WCOW_OK; /* a line that a crash tore apart is not worth refusing the rest for */
    }
    if (reader->options->until && entry.when > reader->options->until) {
        hand_held(reader);
        reader->ended = true;
    } else if (entry.when >= reader->options->since) {
        hand_out(reader, &entry);
    }
    return reader->held.failed ? error_no_memory(err) : WCOW_OK;
}

static wcow_status take_bytes(log_reader *reader, const char *bytes, size_t length, wcow_error *err)
{
    while (length && !reader->ended) {
        const char *newline = memchr(bytes, '\n', length);
        const size_t piece = newline ? (size_t)(newline - bytes) : length;

        if (reader->line.length + piece > ENTRY_LIMIT)
            reader->too_long = true;
        if (!reader->too_long)
            text_add_bytes(&reader->line, bytes, piece);
        if (reader->line.failed)
            return error_no_memory(err);
        if (!newline)
            return WCOW_OK;
        if (!reader->too_long && reader->line.length) {
            wcow_status status = read_entry(reader, err);

            if (status)
                return status;
        }
        reader->too_long = false;
        text_cut(&reader->line, 0);
        bytes += piece + 1;
        length -= piece + 1;
    }
    return WCOW_OK;
}

/* Reads on to the end of what is there now. */
static wcow_status read_on(log_reader *reader, char *block, bool *progress, wcow_error *err)
{
    *progress = false;
    while (!reader->ended) {
        size_t got = 0;
        int32_t hr = reader->files->read_some(reader->files, reader->file, block, BLOCK_SIZE, &got);
        wcow_status status;

        if (HR_FAILED(hr))
            return error_hresult(err, hr, "read the log");
        if (!got)
            break;
        *progress = true;
        status = take_bytes(reader, block, got, err);
        if (status)
            return status;
    }
    hand_held(reader);
    return WCOW_OK;
}

/* --tail: counts the lines first, then starts again. */
static wcow_status skip_head(log_reader *reader, char *block, wcow_error *err)
{
    int64_t lines = 0;
    size_t got = 0;
    int32_t hr;

    if (reader->options->tail < 0)
        return WCOW_OK;
    do {
        hr = reader->files->read_some(reader->files, reader->file, block, BLOCK_SIZE, &got);
        if (HR_FAILED(hr))
            return error_hresult(err, hr, "read the log");
        for (const char *at = block; (at = memchr(at, '\n', got - (size_t)(at - block))); at++)
            lines++;
    } while (got);
    if (lines > reader->options->tail)
        reader->skip = lines - reader->options->tail;
    return error_check(err, reader->files->seek(reader->files, reader->file, 0), "read the log");
}

/* Reading the state is cheap; whether its monitor still lives is asked now and then only. */
static bool still_runs(wcow_container *container, unsigned round)
{
    cleanup_state state *now = NULL;
    const wcow_status status = round % ROUNDS_PER_LOOK
                                   ? state_read(container->host, container->id, &now, NULL)
                                   : container_settle(container, &now, NULL);

    return !status && state_is_active(now);
}

static wcow_status follow(wcow_container *container, log_reader *reader, char *block,
                          wcow_error *err)
{
    const int64_t until = reader->options->until;
    bool progress = true;
    bool runs = true;
    unsigned round = 0;

    /* Looks once more after the end: what was written last must come out, too. */
    while (!reader->ended && (runs || progress)) {
        wcow_status status;

        runs = still_runs(container, round++) && (!until || clock_now() < until);
        status = read_on(reader, block, &progress, err);
        if (status)
            return status;
        if (runs && !progress)
            clock_sleep(FOLLOW_MILLISECONDS);
    }
    return WCOW_OK;
}

static wcow_status open_log(wcow_container *container, log_reader *reader, bool *absent,
                            wcow_error *err)
{
    cleanup_free char *path = path_in_container(container->host, container->id, FILE_LOG);
    int32_t hr;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = host_files(container->host, &reader->files, err);
    if (status)
        return status;
    hr = reader->files->open(reader->files, path, FILE_READ, &reader->file);
    *absent = hr == HR_FILE_NOT_FOUND;
    if (*absent)
        return WCOW_OK;
    return error_check(err, hr, "open the log");
}

/* A container that never ran has no log yet. */
static wcow_status wait_for_log(wcow_container *container, log_reader *reader, wcow_error *err)
{
    bool absent = true;
    unsigned round = 0;
    wcow_status status = open_log(container, reader, &absent, err);

    while (!status && absent && reader->options->follow && still_runs(container, round++)) {
        clock_sleep(FOLLOW_MILLISECONDS);
        status = open_log(container, reader, &absent, err);
    }
    return status;
}

wcow_status wcow_container_logs(wcow_container *container, const wcow_log_options *options,
                                wcow_log_fn *each, void *context, wcow_error *err)
{
    wcow_log_options wish = WCOW_LOG_OPTIONS_INIT;
    CLEANUP(log_reader)
    log_reader reader = {
        .options = &wish, .each = each, .context = context, .line = TEXT_INIT, .held = TEXT_INIT};
    cleanup_free char *block = malloc(BLOCK_SIZE);
    bool progress;
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_log_options", err);

    if (status)
        return status;
    if (!block)
        return error_no_memory(err);
    status = wait_for_log(container, &reader, err);
    if (!status && reader.file) {
        status = skip_head(&reader, block, err);
        if (!status && reader.options->follow)
            status = follow(container, &reader, block, err);
        else if (!status)
            status = read_on(&reader, block, &progress, err);
    }
    if (status)
        return error_wrap(err, status, "cannot read the logs of container '%s'", container->name);
    return WCOW_OK;
}
