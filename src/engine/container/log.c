/* SPDX-License-Identifier: MIT */
/* Writing a container's log. */
#include "engine/container/log.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/docker_time.h"
#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"
#include "engine/container/log_files.h"
#include "engine/container/log_pack.h"
#include "engine/container/log_trace.h"
#include "port/clock.h"

/* An unfinished line of one stream. */
typedef struct pending {
    char bytes[LOG_LINE_LIMIT];
    size_t length;
} pending;

struct log_writer {
    wcow_host *host;
    char *id;
    files_port *files;
    file *file; /* NULL: nothing is kept */
    log_config config;
    uint64_t size;   /* of the file */
    uint64_t try_at; /* the size at which it is put aside, or tried to be again */
    uint64_t newest; /* number of the file that was put aside last */
    bool aside;      /* that is the one which is still written: its successor cannot be made */
    bool packs;      /* a thread compresses those up to pack_to, or did */
    uint64_t pack_to;
    pthread_t packer;
    event_trace *trace; /* NULL: lines are no events */
    pthread_mutex_t lock;
    int32_t failure;
    pending streams[2]; /* output, error */
};

/* ---- files ---- */

static void log_free(log_writer *log)
{
    if (log->file)
        log->files->close(log->files, log->file);
    if (log->trace)
        log_trace_port.close(log->trace);
    log_config_free(&log->config);
    free(log->id);
    free(log);
}

DEFINE_CLEANUP(log_parts, log_writer *, log_free)

static wcow_status open_file(log_writer *log, wcow_error *err)
{
    cleanup_free char *path = log_path(log->host, log->id, 0);
    cleanup_log_numbers log_numbers numbers = {NULL, 0};
    file_info info;
    int32_t hr;
    wcow_status status = path ? host_files(log->host, &log->files, err) : error_no_memory(err);

    if (status || !log->config.kept)
        return status;
    hr = log->files->open(log->files, path, FILE_APPEND, &log->file);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "open"), "cannot open the log '%s'", path);
    if (!log->config.max_size)
        return WCOW_OK;
    log->try_at = log->config.max_size;
    if (!HR_FAILED(log->files->info(log->files, path, &info)))
        log->size = info.size;
    status = log_numbers_read(log->host, log->id, &numbers, err);
    log->newest = log_numbers_last(&numbers);
    return status;
}

/* In dockerd's words. */
static wcow_status open_trace(log_writer *log, wcow_error *err)
{
    const int32_t hr =
        log->config.trace_head ? log_trace_port.open(LOG_TRACE_PROVIDER, &log->trace) : HR_OK;

    if (HR_SUCCEEDED(hr))
        return WCOW_OK;
    return error_wrap(err, error_hresult(err, hr, "EventRegister"),
                      "failed to initialize logging driver: Failed to register ETW provider");
}

/* The caller keeps his. */
static bool take_config(log_writer *log, const log_config *config)
{
    log->config = config ? *config : (log_config){.kept = true};
    log->config.attributes = config ? text_copy(config->attributes) : NULL;
    log->config.trace_head = config ? text_copy(config->trace_head) : NULL;
    return !config || ((log->config.attributes || !config->attributes) &&
                       (log->config.trace_head || !config->trace_head));
}

wcow_status log_open(wcow_host *host, const char *id, const log_config *config, log_writer **out,
                     wcow_error *err)
{
    CLEANUP(log_parts) log_writer *log = calloc(1, sizeof *log);
    wcow_status status;

    if (!log)
        return error_no_memory(err);
    log->host = host;
    log->id = text_copy(id);
    if (!take_config(log, config) || !log->id)
        return error_no_memory(err);
    status = open_file(log, err);
    if (!status)
        status = open_trace(log, err);
    if (status)
        return status;
    if (pthread_mutex_init(&log->lock, NULL))
        return error_no_memory(err);
    *out = TAKE(log);
    return WCOW_OK;
}

/* As many stay as are wished for; what cannot be removed now is the next one's. */
static void remove_oldest(log_writer *log)
{
    cleanup_log_numbers log_numbers numbers = {NULL, 0};

    if (log_numbers_read(log->host, log->id, &numbers, NULL))
        return;
    for (size_t i = 0; i + (log->config.max_file - 1) < numbers.count; i++)
        log_remove(log->host, log->id, numbers.items[i]);
}

static void *pack_main(void *context)
{
    log_writer *log = context;

    log_pack(log->host, log->id, log->pack_to);
    return NULL;
}

static void await_packer(log_writer *log)
{
    if (log->packs)
        pthread_join(log->packer, NULL);
    log->packs = false;
}

/* On a thread of its own, so that the container goes on writing. One that fills files faster than
 * they are compressed waits for that, as with dockerd. */
static void begin_packing(log_writer *log)
{
    if (!log->config.compressed || log->config.max_file < 2)
        return;
    await_packer(log);
    log->pack_to = log->newest;
    log->packs = !pthread_create(&log->packer, NULL, pack_main, log);
}

/* Under its new name it is still open, and written, until its successor is there: so whatever
 * fails, or whoever dies, no line is without a file. */
static bool put_aside(log_writer *log)
{
    cleanup_free char *path = log_path(log->host, log->id, 0);
    cleanup_free char *aside = log_path(log->host, log->id, log->newest + 1);
    file *next = NULL;

    if (!path || !aside)
        return false;
    if (!log->aside) {
        if (HR_FAILED(log->files->rename(log->files, path, aside)))
            return false;
        log->newest++;
        log->aside = true;
    }
    if (HR_FAILED(log->files->open(log->files, path, FILE_APPEND, &next)))
        return false;
    log->files->close(log->files, log->file);
    log->file = next;
    log->aside = false;
    return true;
}

static void rotate(log_writer *log)
{
    if (!put_aside(log)) { /* not again at each line */
        log->try_at = log->size + log->config.max_size / 16 + 1;
        return;
    }
    log->size = 0;
    log->try_at = log->config.max_size;
    remove_oldest(log);
    begin_packing(log);
}

/* ---- lines ---- */

/* How many bytes the UTF-8 character at `at` has; 0 if it is none. */
static size_t character_length(const char *at, size_t left)
{
    for (size_t length = 1; length <= 4 && length <= left; length++) {
        if (utf8_valid(at, length))
            return length;
    }
    return 0;
}

static void add_escaped(text *line, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        const unsigned char c = (unsigned char)bytes[i];
        size_t size = c < 0x80 ? 1 : character_length(bytes + i, length - i);

        if (c == '"' || c == '\\')
            text_addf(line, "\\%c", c);
        else if (c == '\n')
            text_add(line, "\\n");
        else if (c == '\r')
            text_add(line, "\\r");
        else if (c == '\t')
            text_add(line, "\\t");
        else if (c < 0x20 || c == 0x7f)
            text_addf(line, "\\u%04x", c);
        else if (!size)
            text_add(line, "\\ufffd"); /* as Go's JSON encoder does: a log is text */
        else
            text_add_bytes(line, bytes + i, size);
        i += size ? size : 1;
    }
}

static void note_failure(log_writer *log, int32_t hr)
{
    if (HR_FAILED(hr) && !log->failure)
        log->failure = hr;
}

static void write_to_file(log_writer *log, bool is_error, const char *bytes, size_t length)
{
    cleanup_text text line = TEXT_INIT;
    char now[TIME_TEXT_SIZE];

    if (log->config.max_size && log->size >= log->try_at)
        rotate(log);
    docker_time_print(clock_now(), now);
    text_add(&line, "{\"log\":\"");
    add_escaped(&line, bytes, length);
    text_addf(&line, "\",\"stream\":\"%s\",", is_error ? "stderr" : "stdout");
    if (log->config.attributes)
        text_addf(&line, "\"attrs\":%s,", log->config.attributes);
    text_addf(&line, "\"time\":\"%s\"}\n", now);
    note_failure(log, line.failed
                          ? HR_OUT_OF_MEMORY
                          : log->files->write_all(log->files, log->file, line.data, line.length));
    log->size += line.length;
}

/*
 * Writes one entry. Called with the lock held. An event that a slow session drops, or that is too
 * long for one, is no lost log as long as the file has the line.
 */
static void write_entry(log_writer *log, bool is_error, const char *bytes, size_t length)
{
    int32_t traced = HR_OK;

    if (!length)
        return;
    if (log->trace)
        traced = log_trace_write(log->trace, log->config.trace_head, is_error, bytes, length);
    if (!log->file)
        note_failure(log, traced);
    else
        write_to_file(log, is_error, bytes, length);
}

/* Where a line that is too long may be cut: not inside a character. */
static size_t cut_length(const char *bytes, size_t length)
{
    size_t cut = length;

    while (cut > length - 4 && ((unsigned char)bytes[cut - 1] & 0xC0) == 0x80)
        cut--;
    /* bytes[cut - 1] begins the last character: keep it only if it is whole */
    if (((unsigned char)bytes[cut - 1] & 0xC0) == 0xC0 &&
        !character_length(bytes + cut - 1, length - (cut - 1)))
        return cut - 1;
    return length;
}

static void flush_full(log_writer *log, bool is_error)
{
    pending *rest = &log->streams[is_error];
    const size_t cut = cut_length(rest->bytes, rest->length);

    write_entry(log, is_error, rest->bytes, cut);
    memmove(rest->bytes, rest->bytes + cut, rest->length - cut);
    rest->length -= cut;
}

void log_write(log_writer *log, bool is_error, const void *bytes, size_t length)
{
    pending *rest = &log->streams[is_error];
    const char *from = bytes;

    pthread_mutex_lock(&log->lock);
    while (length) {
        const char *newline = memchr(from, '\n', length);
        const size_t room = sizeof rest->bytes - rest->length;
        size_t piece = newline ? (size_t)(newline - from) + 1 : length;
        const bool whole = newline && piece <= room;

        if (piece > room)
            piece = room;
        memcpy(rest->bytes + rest->length, from, piece);
        rest->length += piece;
        from += piece;
        length -= piece;
        if (whole) {
            write_entry(log, is_error, rest->bytes, rest->length);
            rest->length = 0;
        } else if (rest->length == sizeof rest->bytes) {
            flush_full(log, is_error);
        }
    }
    pthread_mutex_unlock(&log->lock);
}

void log_flush(log_writer *log)
{
    pthread_mutex_lock(&log->lock);
    for (unsigned i = 0; i < 2; i++) {
        write_entry(log, i == 1, log->streams[i].bytes, log->streams[i].length);
        log->streams[i].length = 0;
    }
    pthread_mutex_unlock(&log->lock);
}

int32_t log_failure(log_writer *log)
{
    int32_t failure;

    pthread_mutex_lock(&log->lock);
    failure = log->failure;
    pthread_mutex_unlock(&log->lock);
    return failure;
}

void log_close(log_writer *log)
{
    if (!log)
        return;
    log_flush(log);
    await_packer(log);
    pthread_mutex_destroy(&log->lock);
    log_free(log);
}
