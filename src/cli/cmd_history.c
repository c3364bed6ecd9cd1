/* SPDX-License-Identifier: MIT */
/* wcow history: how an image came to be. */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/number.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"

#define CREATED_BY_WIDTH 45

struct history {
    bool human, whole, quiet;
    const char *format, *platform;
};

static const struct history defaults = {.human = true};

static const struct option options[] = {
    {0, "format", OPTION_STRING, offsetof(struct history, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {'H', "human", OPTION_FLAG, offsetof(struct history, human), NULL,
     "Print sizes and dates in human readable format (the default; --human=false: exact ones)"},
    {0, "no-trunc", OPTION_FLAG, offsetof(struct history, whole), NULL, "Don't truncate output"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct history, quiet), NULL, "Only show image IDs"},
    {0, "platform", OPTION_STRING, offsetof(struct history, platform), "string",
     "Show the history of an image of this platform only: windows[(BUILD)][/amd64]"},
    {0},
};

static const struct column columns[] = {
    {"Comment", "COMMENT"},
    {"CreatedAt", "CREATED AT"},
    {"CreatedBy", "CREATED BY"},
    {"CreatedSince", "CREATED"},
    {"ID", "IMAGE"},
    {"Size", "SIZE"},
    {NULL, NULL},
};

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static bool add_moment(cJSON *row, int64_t created, text *value)
{
    char moment[TIME_TEXT_SIZE];

    if (!created)
        return json_add_text(row, "CreatedAt", "N/A");
    time_print(created * 1000000000, moment);
    text_add(value, moment);
    return add(row, "CreatedAt", value);
}

static bool add_age(cJSON *row, int64_t created, text *value)
{
    if (!created)
        return json_add_text(row, "CreatedSince", "N/A");
    human_duration((int64_t)time(NULL) - created, value);
    text_add(value, " ago");
    return add(row, "CreatedSince", value);
}

static void add_created_by(const char *command, bool whole, text *value)
{
    cleanup_text text flat = TEXT_INIT;

    for (; *command; command++)
        text_add_char(&flat, *command == '\t' || *command == '\n' ? ' ' : *command);
    value->failed = value->failed || flat.failed;
    if (whole)
        text_add(value, text_get(&flat));
    else
        human_ellipsis(text_get(&flat), CREATED_BY_WIDTH, value);
}

/* Members stand in the order of their names, as in Docker's JSON. */
static cJSON *row_new(const cJSON *step, const struct history *history)
{
    const char *id = json_text(step, "Id", "");
    uint64_t size = (uint64_t)json_integer(step, "Size", 0);
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    int64_t created = json_integer(step, "Created", 0);
    bool fine = row && json_add_text(row, "Comment", json_text(step, "Comment", "")) &&
                add_moment(row, created, &value);

    add_created_by(json_text(step, "CreatedBy", ""), history->whole, &value);
    fine = fine && add(row, "CreatedBy", &value) && add_age(row, created, &value);
    if (history->whole || strncmp(id, "sha256:", 7) != 0)
        text_add(&value, id);
    else
        human_id(id, &value);
    fine = fine && add(row, "ID", &value);
    human_size_or_bytes(history->human, size, 3, &value);
    fine = fine && add(row, "Size", &value);
    return fine ? TAKE(row) : NULL;
}

static wcow_status print(struct session *session, const struct history *history, const cJSON *steps,
                         wcow_error *err)
{
    const struct listing listing = {
        .format = history->format,
        .standard = history->human
                        ? "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}"
                        : "{{.ID}}\t{{.CreatedAt}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
        .columns = columns,
        .quiet = history->quiet && listing_is_table(history->format),
    };
    cleanup_json cJSON *rows = cJSON_CreateArray();
    const cJSON *step;

    if (!rows)
        return error_no_memory(err);
    cJSON_ArrayForEach (step, steps) {
        if (!json_append(rows, row_new(step, history)))
            return error_no_memory(err);
    }
    return listing_print(session->out, &listing, rows, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    cleanup_wcow char *json = NULL;
    cleanup_json cJSON *steps = NULL;
    wcow_host *host = NULL;
    const struct history *history = values;
    wcow_status status = session_host(session, &host, err);

    if (!status && history->platform && *history->platform)
        status = wcow_image_check_platform(host, session->arguments[0], history->platform, err);
    if (!status)
        status = wcow_image_history(host, session->arguments[0], &json, err);
    if (!status)
        status = json_parse_with_nul(json, strlen(json), "the history", &steps, err);
    return status ? status : print(session, history, steps, err);
}

const struct command cmd_history = {
    .name = "history",
    .also = {"image history"},
    .section = SECTION_OTHER,
    .summary = "Show the history of an image",
    .arguments = "IMAGE",
    .options = options,
    .size = sizeof(struct history),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
