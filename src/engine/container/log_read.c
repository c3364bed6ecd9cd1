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
#include "engine/container/log_files.h"
#include "engine/container/log_input.h"
#include "engine/container/reconcile.h"
#include "engine/container/state.h"
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
    wcow_container *container;
    log_input *file; /* NULL: there is none just now */
    uint64_t offset; /* how much of it was read */
    uint64_t before; /* number of the file that was put aside last when it was begun */
    char *block;
    text line;        /* of the file, not yet complete */
    int64_t skip;     /* lines still to be skipped for --tail */
    bool too_long;    /* the line is longer than any of ours: drop it */
    bool ended;       /* the caller has enough */
    bool mid_line[2]; /* the last piece of this stream had no newline: no second timestamp */
    text held;        /* what the caller has yet to get: many lines at once */
    bool held_error;  /* of which stream */
} log_reader;

static void log_reader_free(log_reader *reader)
{
    log_input_free(reader->file);
    text_free(&reader->line);
    text_free(&reader->held);
    free(reader->block);
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

/* What stands before a line: its time, and of --details those and a blank. */
static void hand_prefix(log_reader *reader, const log_entry *entry)
{
    const bool is_error = entry->is_error;
    const int64_t when = entry->when;
    char stamp[TIME_TEXT_SIZE + 2] = "";

    if (reader->options->timestamps) {
        time_print_fixed(when, stamp);
        strcat(stamp, " ");
    }
    if (*stamp)
        hand_piece(reader, is_error, stamp, strlen(stamp));
    if (!reader->options->details)
        return;
    hand_piece(reader, is_error, text_get(&entry->details), entry->details.length);
    hand_piece(reader, is_error, " ", 1);
}

static void hand_out(log_reader *reader, const log_entry *entry)
{
    const size_t length = entry->log.length;

    if (!reader->mid_line[entry->is_error])
        hand_prefix(reader, entry);
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
    /* A clock that was set back lets earlier ones come after later ones: all are looked at. */
    if (entry.when >= reader->options->since &&
        (!reader->options->until || entry.when <= reader->options->until))
        hand_out(reader, &entry);
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
static wcow_status read_on(log_reader *reader, bool *progress, wcow_error *err)
{
    size_t got = 1;

    while (reader->file && got && !reader->ended) {
        wcow_status status = log_input_read(reader->file, reader->block, BLOCK_SIZE, &got, err);

        if (!status)
            status = take_bytes(reader, reader->block, got, err);
        if (status)
            return status;
        *progress = *progress || got;
        reader->offset += got;
    }
    hand_held(reader);
    return WCOW_OK;
}

/* ---- files ---- */

static void close_file(log_reader *reader)
{
    log_input_free(TAKE(reader->file));
    reader->offset = 0;
    reader->too_long = false; /* no line goes on in another file */
    text_cut(&reader->line, 0);
}

/* 0: the one that is written. One that is not there, or no more, has nothing to tell. */
static wcow_status open_file(log_reader *reader, uint64_t number, wcow_error *err)
{
    close_file(reader);
    return log_input_open(reader->container->host, reader->container->id, number, &reader->file,
                          err);
}

/*
 * Opens the one that is written, and lists those before it. Whether another was put aside between
 * the two, the list tells before and after.
 */
static wcow_status open_newest(log_reader *reader, log_numbers *before, wcow_error *err)
{
    wcow_container *container = reader->container;

    for (;;) {
        cleanup_log_numbers log_numbers after = {NULL, 0};
        wcow_status status = log_numbers_read(container->host, container->id, before, err);

        if (!status)
            status = open_file(reader, 0, err);
        if (!status)
            status = log_numbers_read(container->host, container->id, &after, err);
        if (status)
            return status;
        reader->before = log_numbers_last(before);
        if (log_numbers_last(&after) == reader->before)
            return WCOW_OK;
        log_numbers_free(before);
    }
}

/* Those that were put aside, from a number on; the one that is open waits. */
static wcow_status read_older(log_reader *reader, const log_numbers *numbers, uint64_t from,
                              bool *progress, wcow_error *err)
{
    log_input *newest = TAKE(reader->file);
    wcow_status status = WCOW_OK;

    for (size_t i = 0; i < numbers->count && !status; i++) {
        if (numbers->items[i] < from)
            continue;
        status = open_file(reader, numbers->items[i], err);
        if (!status)
            status = read_on(reader, progress, err);
    }
    close_file(reader);
    reader->file = newest;
    return status;
}

static wcow_status count_lines(log_reader *reader, int64_t *lines, wcow_error *err)
{
    size_t got = 1;

    while (reader->file && got) {
        wcow_status status = log_input_read(reader->file, reader->block, BLOCK_SIZE, &got, err);

        if (status)
            return status;
        for (const char *at = reader->block;
             (at = memchr(at, '\n', got - (size_t)(at - reader->block))); at++)
            ++*lines;
    }
    return WCOW_OK;
}

/* --tail: counts the lines first, then starts again. */
static wcow_status skip_head(log_reader *reader, const log_numbers *older, wcow_error *err)
{
    log_input *newest = NULL;
    int64_t lines = 0;
    wcow_status status;

    if (reader->options->tail < 0)
        return WCOW_OK;
    status = count_lines(reader, &lines, err);
    newest = TAKE(reader->file);
    for (size_t i = 0; i < older->count && !status; i++) {
        status = open_file(reader, older->items[i], err);
        if (!status)
            status = count_lines(reader, &lines, err);
    }
    close_file(reader);
    reader->file = newest;
    if (lines > reader->options->tail)
        reader->skip = lines - reader->options->tail;
    return status || !newest ? status : log_input_rewind(newest, err);
}

/* All that there is now. */
static wcow_status read_all(log_reader *reader, wcow_error *err)
{
    cleanup_log_numbers log_numbers older = {NULL, 0};
    bool progress = false;
    wcow_status status = open_newest(reader, &older, err);

    if (!status)
        status = skip_head(reader, &older, err);
    if (!status)
        status = read_older(reader, &older, 0, &progress, err);
    return status ? status : read_on(reader, &progress, err);
}

/*
 * Whether something else has the name of what is read: its size differs from what was read of it.
 * While nothing has that name, its writer has not got a new one, and goes on with the old.
 */
static bool is_aside(const log_reader *reader)
{
    const wcow_container *container = reader->container;
    cleanup_free char *path = log_path(container->host, container->id, 0);
    file_info info;
    files_port *files;

    if (!reader->file)
        return true;
    return path && !host_files(container->host, &files, NULL) &&
           !HR_FAILED(files->info(files, path, &info)) && info.size != reader->offset;
}

/*
 * Goes on with what follows the file that is read to its end, if it was put aside. Its number is
 * the one after those that were there when it was begun; those behind that came and were put aside
 * meanwhile.
 */
static wcow_status read_newer(log_reader *reader, bool *progress, wcow_error *err)
{
    cleanup_log_numbers log_numbers older = {NULL, 0};
    const uint64_t before = reader->before;
    const bool had = reader->file != NULL;
    wcow_status status;

    if (!is_aside(reader))
        return WCOW_OK;
    status = log_numbers_read(reader->container->host, reader->container->id, &older, err);
    if (status || (had && log_numbers_last(&older) == before))
        return status;
    log_numbers_free(&older);
    status = read_on(reader, progress, err); /* what came before it was put aside */
    if (!status)
        status = open_newest(reader, &older, err);
    if (!status)
        status = read_older(reader, &older, before + (had ? 2 : 1), progress, err);
    return status ? status : read_on(reader, progress, err);
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

static wcow_status follow(log_reader *reader, wcow_error *err)
{
    const int64_t until = reader->options->until;
    bool progress = true;
    bool runs = true;
    bool over = false;
    unsigned round = 0;

    /* Looks once more after the end: what was written last must come out, too. After --until one
     * who goes on writing is waited for no more. */
    while (!reader->ended && !over && (runs || progress)) {
        wcow_status status;

        progress = false;
        over = until && clock_now() >= until;
        runs = still_runs(reader->container, round++) && !over;
        status = read_on(reader, &progress, err);
        /* In the last round what was put aside comes out, too. */
        if (!status && (!progress || over))
            status = read_newer(reader, &progress, err);
        if (status)
            return status;
        if (runs && !progress)
            clock_sleep(FOLLOW_MILLISECONDS);
    }
    return WCOW_OK;
}

/* One without a record is damaged, and its log is worth reading all the same. */
static wcow_status check_driver(wcow_container *container, wcow_error *err)
{
    cleanup_record record *r = NULL;

    if (record_read(container->host, container->id, &r, NULL) || log_is_kept(r))
        return WCOW_OK;
    return error_set(err, WCOW_UNSUPPORTED, "configured logging driver does not support reading");
}

wcow_status wcow_container_logs(wcow_container *container, const wcow_log_options *options,
                                wcow_log_fn *each, void *context, wcow_error *err)
{
    wcow_log_options wish = WCOW_LOG_OPTIONS_INIT;
    CLEANUP(log_reader)
    log_reader reader = {.options = &wish,
                         .each = each,
                         .context = context,
                         .container = container,
                         .line = TEXT_INIT,
                         .held = TEXT_INIT};
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_log_options", err);

    if (!status)
        status = check_driver(container, err);
    if (status)
        return status;
    reader.block = malloc(BLOCK_SIZE);
    if (!reader.block)
        return error_no_memory(err);
    status = read_all(&reader, err);
    if (!status && wish.follow)
        status = follow(&reader, err);
    if (status)
        return error_wrap(err, status, "cannot read the logs of container '%s'", container->name);
    return WCOW_OK;
}
