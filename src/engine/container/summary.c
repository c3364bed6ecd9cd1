/* SPDX-License-Identifier: MIT */
/* containers/summary.json */
#include "engine/container/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/path.h"
#include "base/text.h"
#include "base/utf.h"
#include "engine/container/id.h"
#include "engine/host/paths.h"
#include "port/clock.h"

#define VERSION 1
#define LEAF    "summary.json"
/* Beyond it the file is not written: reading it would cost more than it saves. */
#define SIZE_LIMIT ((size_t)8 << 20)
/* A tick of the clock is 16 ms at most; FAT counts in two seconds. */
#define SETTLED INT64_C(3000000000)
/* So many files read in vain, or so many more dead copies than live ones, are worth a new summary.
 */
#define WORTH 8u

static const char *const names[] = {FILE_RECORD, FILE_STATE};

#define NAMES (sizeof names / sizeof names[0])

typedef struct copy {
    uint64_t size;
    int64_t modified;
    json_piece content; /* in the summary on disk, or `own`; nothing: none */
    char *own;          /* it is not in the summary on disk */
} copy;

typedef struct summarised {
    char id[ID_LENGTH + 1];
    bool seen; /* its container is there */
    copy copies[NAMES];
} summarised;

struct summary {
    wcow_host *host;
    char *folder;      /* of containers */
    char *bytes;       /* of the file */
    summarised *items; /* by id */
    size_t count;
    size_t capacity;
    size_t seen;
    bool foreign; /* a newer wcow's, in its own way */
};

static void put_copy(copy *c, copy value)
{
    free(c->own);
    *c = value;
}

static void forget(summary *s)
{
    for (size_t i = 0; i < s->count; i++) {
        for (size_t n = 0; n < NAMES; n++)
            put_copy(&s->items[i].copies[n], (copy){.size = 0});
    }
    s->count = 0;
}

void summary_free(summary *s)
{
    if (!s)
        return;
    forget(s);
    free(s->items);
    free(s->bytes);
    free(s->folder);
    free(s);
}

/* ---- its items ---- */

/* The place of an id: where it is, or where it belongs. */
static size_t place_of(const summary *s, const char *id, bool *found)
{
    size_t low = 0;
    size_t high = s->count;

    *found = false;
    while (low < high && !*found) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(s->items[middle].id, id);

        *found = order == 0;
        if (*found)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* NULL: out of memory, or no id. */
static summarised *item_of(summary *s, const char *id)
{
    bool found;
    const size_t place = place_of(s, id, &found);

    if (found)
        return &s->items[place];
    if (strlen(id) > ID_LENGTH)
        return NULL;
    if (!s->items || s->count == s->capacity) {
        const size_t capacity = 2 * s->capacity + 16;
        summarised *items = realloc(s->items, capacity * sizeof *items);

        if (!items)
            return NULL;
        s->items = items;
        s->capacity = capacity;
    }
    memmove(&s->items[place + 1], &s->items[place], (s->count - place) * sizeof *s->items);
    s->items[place] = (summarised){.seen = false};
    strcpy(s->items[place].id, id);
    s->count++;
    return &s->items[place];
}

/* ---- reading ---- */

/* Pieces of a text are words for a moment. False: too long for any that stands here. */
typedef char word[ID_LENGTH + 1];

static bool take_word(const json_piece *piece, word out)
{
    if (piece->length > ID_LENGTH)
        return false;
    memcpy(out, piece->at, piece->length);
    out[piece->length] = '\0';
    return true;
}

/* A copy that is none is left out. */
static void take_copy(json_scan *scan, copy *out)
{
    json_member_piece member;
    json_piece inside;
    copy found = {.modified = -1};
    bool sized = false;
    word number;

    while (json_scan_next(scan, &member)) {
        if (json_piece_is(&member.name, "size"))
            sized =
                take_word(&member.value, number) && number_parse(number, INT64_MAX, &found.size);
        else if (json_piece_is(&member.name, "modified") &&
                 json_piece_plain(&member.value, &inside))
            sized =
                sized && take_word(&inside, number) && number_parse_signed(number, &found.modified);
        else if (json_piece_is(&member.name, "content") && member.value.at[0] == '{')
            found.content = member.value;
    }
    if (sized && found.content.length)
        put_copy(out, found);
}

static size_t number_of_piece(const json_piece *name)
{
    size_t n = 0;

    while (n < NAMES && !json_piece_is(name, names[n]))
        n++;
    return n;
}

static void take_item(json_scan *scan, summarised *item)
{
    json_piece name;
    json_piece other;

    while (json_scan_name(scan, &name)) {
        const size_t n = number_of_piece(&name);
        json_scan inner = json_scan_enter(scan);

        if (n < NAMES) {
            take_copy(&inner, &item->copies[n]);
            json_scan_leave(scan, &inner);
        } else {
            json_scan_value(scan, &other);
        }
    }
}

static void take_items(summary *s, json_scan *scan)
{
    json_piece name;
    json_piece other;
    word id;

    while (json_scan_name(scan, &name)) {
        summarised *item = take_word(&name, id) && id_valid(id) ? item_of(s, id) : NULL;
        json_scan inner = json_scan_enter(scan);

        if (item) {
            take_item(&inner, item);
            json_scan_leave(scan, &inner);
        } else {
            json_scan_value(scan, &other);
        }
    }
}

/* Everything stands between brackets that are passed over once: of a torn one nothing counts, for
 * its end has not been seen. */
static void take_whole(summary *s, size_t length)
{
    json_scan scan = json_scan_begin(s->bytes, length);
    json_piece name;
    json_piece value;
    uint64_t version = 1;
    bool fine = utf8_valid(s->bytes, length);
    word number;

    while (fine && json_scan_name(&scan, &name)) {
        if (json_piece_is(&name, "containers")) {
            json_scan inner = json_scan_enter(&scan);

            take_items(s, &inner);
            json_scan_leave(&scan, &inner);
        } else if (json_scan_value(&scan, &value) && json_piece_is(&name, "version")) {
            fine =
                take_word(&value, number) && number_parse(number, INT32_MAX, &version) && version;
        }
    }
    s->foreign = fine && !scan.failed && version > VERSION;
    if (!fine || scan.failed || s->foreign)
        forget(s);
}

summary *summary_open(wcow_host *host)
{
    cleanup_summary summary *s = calloc(1, sizeof *s);
    cleanup_free char *path = NULL;
    files_port *files;
    size_t size = 0;

    if (!s)
        return NULL;
    s->host = host;
    s->folder = path_of_containers(host);
    path = s->folder ? path_join(s->folder, LEAF) : NULL;
    if (!path)
        return NULL;
    if (!host_files(host, &files, NULL) &&
        HR_SUCCEEDED(files->read(files, path, SIZE_LIMIT, &s->bytes, &size)))
        take_whole(s, size);
    return TAKE(s);
}

static size_t number_of(const char *name)
{
    size_t n = 0;

    while (n + 1 < NAMES && !text_equal(names[n], name))
        n++;
    return n;
}

/* What was just read, for the next summary. */
static void keep(copy *c, const file_info *info, const field *fields, const cJSON *json)
{
    cleanup_json cJSON *brief = NULL;
    char *printed;

    if (info->modified > clock_now() - SETTLED)
        return;
    brief = fields_brief(fields, json);
    printed = brief ? json_print(brief) : NULL;
    if (printed)
        put_copy(c, (copy){info->size, info->modified, {printed, strlen(printed)}, printed});
}

static wcow_status look(wcow_host *host, const char *path, file_info *out, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    files_port *files;
    wcow_status status = host_files(host, &files, err);
    int32_t hr;

    if (status)
        return status;
    hr = files->info(files, path, out);
    if (HR_SUCCEEDED(hr))
        return WCOW_OK;
    status = error_wrap(&problem, error_hresult(&problem, hr, "read"), "cannot read '%s'", path);
    if (status != WCOW_NO_MEMORY)
        status = error_kind(&problem, WCOW_NOT_FOUND);
    return error_pass(err, status, &problem);
}

/* The place of a file's copy, which is emptied if it does not count any more. */
static wcow_status find_copy(summary *s, const char *id, const char *name, const char *path,
                             copy **out, file_info *info, wcow_error *err)
{
    summarised *item;
    copy *c;
    wcow_status status = look(s->host, path, info, err);

    if (status)
        return status;
    item = item_of(s, id);
    if (!item)
        return error_no_memory(err);
    s->seen += !item->seen;
    item->seen = true;
    c = &item->copies[number_of(name)];
    if (c->size != info->size || c->modified != info->modified)
        put_copy(c, (copy){.size = 0});
    *out = c;
    return WCOW_OK;
}

bool summary_peek(summary *s, const char *id, const char *name, json_piece *out)
{
    cleanup_free char *path = path_in_container(s->host, id, name);
    copy *c;
    file_info info;

    if (!path || find_copy(s, id, name, path, &c, &info, NULL) || !c->content.length)
        return false;
    *out = c->content;
    return true;
}

/* A newer wcow may have copied what it alone can read: its file says so in words. */
static bool is_known(const json_piece *content, int version)
{
    json_piece value;
    uint64_t number;
    word digits;

    return !json_piece_member(content, "version", &value) ||
           (take_word(&value, digits) && number_parse(digits, (uint64_t)version, &number));
}

/* The file is looked at before it is read: if it is replaced meanwhile, its copy does not count. */
static wcow_status read_known(summary *s, const char *id, const summary_file *which,
                              const char *path, json_piece *out, cJSON **own, wcow_error *err)
{
    copy *c;
    file_info info;
    wcow_status status = find_copy(s, id, which->name, path, &c, &info, err);

    if (status)
        return status;
    if (c->content.length && is_known(&c->content, which->version)) {
        *out = c->content;
        return WCOW_OK;
    }
    status = store_read_version(s->host, path, which->version, own, err);
    if (!status)
        keep(c, &info, which->fields, *own);
    return status;
}

wcow_status summary_read(summary *s, wcow_host *host, const char *id, const summary_file *which,
                         json_piece *out, cJSON **own, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, which->name);

    if (!path)
        return error_no_memory(err);
    if (s)
        return read_known(s, id, which, path, out, own, err);
    return store_read_version(host, path, which->version, own, err);
}

const char *summary_recall(const summary *s, const char *member, const char *value)
{
    const size_t record = number_of(FILE_RECORD);
    json_piece found;
    json_piece inside;

    for (size_t i = 0; i < s->count; i++) {
        if (json_piece_member(&s->items[i].copies[record].content, member, &found) &&
            json_piece_plain(&found, &inside) && json_piece_is(&inside, value))
            return s->items[i].id;
    }
    return NULL;
}

void summary_drop(summary *s, const char *id, const char *name)
{
    bool found;
    const size_t place = place_of(s, id, &found);

    if (found)
        put_copy(&s->items[place].copies[number_of(name)], (copy){.size = 0});
}

/* ---- writing ---- */

static void add_copies(text *t, const summarised *item)
{
    const char *separator = "";

    for (size_t n = 0; n < NAMES; n++) {
        const copy *c = &item->copies[n];

        if (!c->content.length)
            continue;
        text_addf(t, "%s\"%s\":{\"size\":%" PRIu64 ",\"modified\":\"%" PRId64 "\",\"content\":",
                  separator, names[n], c->size, c->modified);
        text_add_bytes(t, c->content.at, c->content.length);
        text_add_char(t, '}');
        separator = ",";
    }
}

/* NULL: out of memory. */
static char *print(const summary *s)
{
    const char *separator = "";
    text t = TEXT_INIT;

    text_addf(&t, "{\"version\":%d,\"containers\":{", VERSION);
    for (size_t i = 0; i < s->count; i++) {
        if (!s->items[i].seen)
            continue;
        text_addf(&t, "%s\"%s\":{", separator, s->items[i].id);
        add_copies(&t, &s->items[i]);
        text_add_char(&t, '}');
        separator = ",";
    }
    text_add(&t, "}}");
    return text_take(&t);
}

/* Temporary files of writers that died: with the lock held, there is no other one. */
static void sweep(const summary *s, files_port *files)
{
    cleanup_strings string_list found = STRING_LIST_INIT;

    if (store_list(s->host, s->folder, &found, NULL))
        return;
    for (size_t i = 0; i < found.count; i++) {
        if (text_starts_with(found.items[i], LEAF ".")) {
            cleanup_free char *path = path_join(s->folder, found.items[i]);

            if (path)
                ignore(files->remove_file(files, path));
        }
    }
}

bool summary_is_due(const summary *s)
{
    size_t fresh = 0;

    for (size_t i = 0; i < s->count; i++) {
        for (size_t n = 0; n < NAMES; n++)
            fresh += s->items[i].copies[n].own != NULL;
    }
    return !s->foreign && (fresh >= WORTH || s->count - s->seen >= s->seen + WORTH);
}

void summary_write(summary *s)
{
    cleanup_free char *path = path_join(s->folder, LEAF);
    cleanup_free char *printed = print(s);
    files_port *files;

    if (!path || !printed || strlen(printed) > SIZE_LIMIT || host_files(s->host, &files, NULL))
        return;
    sweep(s, files);
    ignore(files->replace(files, path, printed, strlen(printed)));
}
