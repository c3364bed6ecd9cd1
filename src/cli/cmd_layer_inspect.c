/* SPDX-License-Identifier: MIT */
/* wcow layer inspect: what a layer's tar carries, entry by entry. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"

#define EPOCH_1970       INT64_C(11644473600) /* in seconds since 1601 */
#define UNITS_PER_SECOND 10000000

struct inspect {
    const char *format;
};

static const struct option options[] = {
    {0, "format", OPTION_STRING, offsetof(struct inspect, format), "string",
     "Format output: table, table TEMPLATE, json (an array), or TEMPLATE"},
    {0},
};

static const struct column columns[] = {
    {"Attributes", "ATTRIBUTES"},
    {"Carries", "CARRIES"},
    {"Modified", "MODIFIED"},
    {"Name", "NAME"},
    {"Size", "SIZE"},
    {"Type", "TYPE"},
    {NULL, NULL},
};

/* ---- json: an array, printed as it is read ---- */

struct printer {
    FILE *out;
    bool started, failed;
};

/* A cJSON number is a double, which FILETIMEs do not fit in. */
static bool add_number(cJSON *object, const char *name, uint64_t value)
{
    char digits[24];

    snprintf(digits, sizeof(digits), "%" PRIu64, value);
    return cJSON_AddRawToObject(object, name, digits) != NULL;
}

static cJSON *entry_json(const wcow_layer_entry *e)
{
    cleanup_json cJSON *object = cJSON_CreateObject();
    bool fine = object && json_add_text(object, "name", e->name) &&
                json_add_text(object, "hardLink", e->hard_link);

    if (fine && e->whiteout)
        fine = json_add_bool(object, "whiteout", true);
    fine = fine && add_number(object, "size", e->size) &&
           add_number(object, "fileAttributes", e->attributes) &&
           add_number(object, "creationTime", e->creation_time) &&
           add_number(object, "lastAccessTime", e->access_time) &&
           add_number(object, "lastWriteTime", e->write_time) &&
           add_number(object, "changeTime", e->change_time) &&
           add_number(object, "backupStreamLength", e->stream_length) &&
           json_add_text(object, "backupStreamSha256", e->stream_sha256);
    return fine ? TAKE(object) : NULL;
}

static bool print_entry(void *context, const wcow_layer_entry *e)
{
    struct printer *printer = context;
    cleanup_json cJSON *object = entry_json(e);
    cleanup_free char *line = object ? json_print(object) : NULL;

    printer->failed = !line;
    if (!line)
        return false;
    fprintf(printer->out, "%s%s", printer->started ? ",\n" : "", line);
    printer->started = true;
    return true;
}

static wcow_status print_json(struct session *session, wcow_host *host, wcow_error *err)
{
    struct printer printer = {.out = session->out};
    wcow_status status;

    fputs("[\n", session->out);
    status = wcow_layer_inspect(host, session->arguments[0], print_entry, &printer, err);
    if (printer.failed)
        return error_no_memory(err);
    if (!status)
        fputs("\n]\n", session->out);
    return status;
}

/* ---- table ---- */

struct gatherer {
    cJSON *rows;
    bool failed;
};

/* The letters of `attrib` and PowerShell. */
static void add_attributes(uint32_t attributes, text *out)
{
    static const struct {
        uint32_t bit;
        char letter;
    } letters[] = {{0x10, 'D'},   {0x20, 'A'},   {0x1, 'R'},    {0x2, 'H'},    {0x4, 'S'},
                   {0x400, 'L'},  {0x200, 'P'},  {0x800, 'C'},  {0x1000, 'O'}, {0x2000, 'I'},
                   {0x4000, 'E'}, {0x8000, 'V'}, {0x20000, 'X'}};

    for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
        if (attributes & letters[i].bit)
            text_add_char(out, letters[i].letter);
    if (!out->length)
        text_add_char(out, '-');
}

static const char *type_of(const wcow_layer_entry *e)
{
    if (e->whiteout)
        return "whiteout";
    if (e->hard_link)
        return "hard link";
    if (e->target)
        return e->junction ? "junction" : "symlink";
    return e->attributes & 0x10u ? "directory" : "file";
}

/* Whoever made the tar chose the names: nothing in them may drive the terminal. */
static void add_printable(const char *string, text *out)
{
    while (*string) {
        size_t length = text_control_length(string);

        if (length) /* the last byte of one of two is its code */
            text_addf(out, "\\x%02x", (unsigned char)string[length - 1]);
        else
            text_add_char(out, *string);
        string += length ? length : 1;
    }
}

static void add_item(text *out, const char *format, const char *thing)
{
    if (out->length)
        text_add(out, ", ");
    text_add(out, format);
    add_printable(thing, out);
}

static void add_count(text *out, size_t count, const char *what)
{
    if (!count)
        return;
    if (out->length)
        text_add(out, ", ");
    text_addf(out, "%zu %s%s", count, what, count == 1 ? "" : "s");
}

static void add_carried(const wcow_layer_entry *e, text *out)
{
    if (e->security)
        text_add(out, "security");
    add_count(out, e->attribute_count, "extended attribute");
    add_count(out, e->stream_count, "stream");
    if (e->hard_link)
        add_item(out, "of ", e->hard_link);
    if (e->target)
        add_item(out, "to ", e->target);
    if (!out->length)
        text_add_char(out, '-');
}

static bool add_cell(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static cJSON *entry_row(const wcow_layer_entry *e)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text cell = TEXT_INIT;
    bool bare = e->whiteout || e->hard_link;
    bool fine;

    add_attributes(e->attributes, &cell);
    fine = row && add_cell(row, "Attributes", &cell);
    add_carried(e, &cell);
    fine = fine && add_cell(row, "Carries", &cell);
    if (bare)
        text_add_char(&cell, '-');
    else
        human_time((int64_t)(e->write_time / UNITS_PER_SECOND) - EPOCH_1970, &cell);
    fine = fine && add_cell(row, "Modified", &cell);
    add_printable(e->name, &cell);
    fine = fine && add_cell(row, "Name", &cell);
    human_size(e->size, 4, &cell);
    fine = fine && add_cell(row, "Size", &cell) && json_add_text(row, "Type", type_of(e));
    return fine ? TAKE(row) : NULL;
}

static bool gather(void *context, const wcow_layer_entry *e)
{
    struct gatherer *gatherer = context;

    gatherer->failed = !json_append(gatherer->rows, entry_row(e));
    return !gatherer->failed;
}

static wcow_status print_rows(struct session *session, const char *format, wcow_host *host,
                              wcow_error *err)
{
    const struct listing listing = {
        .format = format,
        .standard = "{{.Name}}\t{{.Type}}\t{{.Attributes}}\t{{.Size}}\t{{.Modified}}\t{{.Carries}}",
        .columns = columns,
    };
    cleanup_json cJSON *rows = cJSON_CreateArray();
    struct gatherer gatherer = {.rows = rows};
    wcow_status status;

    if (!rows)
        return error_no_memory(err);
    status = wcow_layer_inspect(host, session->arguments[0], gather, &gatherer, err);
    if (gatherer.failed)
        return error_no_memory(err);
    return status ? status : listing_print(session->out, &listing, rows, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct inspect *inspect = values;
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    if (status)
        return status;
    if (inspect->format && strcmp(inspect->format, "json") == 0)
        return print_json(session, host, err);
    return print_rows(session, inspect->format, host, err);
}

const struct command cmd_layer_inspect = {
    .name = "layer inspect",
    .section = SECTION_OTHER,
    .summary = "Show what a layer's tar carries, entry by entry",
    .arguments = "FILE|-",
    .notes = "FILE is plain, or compressed with gzip or zstd. Nothing is imported.",
    .options = options,
    .size = sizeof(struct inspect),
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
