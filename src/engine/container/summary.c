/* SPDX-License-Identifier: MIT */
/* containers/summary.json */
#include "engine/container/summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json_scan.h"
#include "base/number.h"
#include "base/path.h"
#include "base/text.h"
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
    cJSON *content; /* NULL: none */
    bool fresh;     /* it is not in the summary on disk */
    bool dropped;   /* what is there does not count */
} copy;

/* Its copies are those of its text only while it is the one that is looked at: a thousand trees at
 * once would take more time for their memory than for all else. */
typedef struct summarised {
    char *id;
    bool seen;       /* its container is there */
    json_piece text; /* in the summary on disk; nothing: it is not there */
    copy copies[NAMES];
} summarised;

struct summary {
    wcow_host *host;
    char *bytes;        /* of the file */
    const char *opened; /* id of the one whose text is parsed; NULL: none's */
    summarised *items;  /* by id */
    size_t count;
    size_t capacity;
    size_t seen;
    bool foreign; /* a newer wcow's, in its own way */
};

void summary_free(summary *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        free(s->items[i].id);
        for (size_t n = 0; n < NAMES; n++)
            cJSON_Delete(s->items[i].copies[n].content);
    }
    free(s->items);
    free(s->bytes);
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

/* NULL: out of memory. */
static summarised *item_of(summary *s, const char *id)
{
    bool found;
    const size_t place = place_of(s, id, &found);
    char *own;

    if (found)
        return &s->items[place];
    if (!s->items || s->count == s->capacity) {
        const size_t capacity = 2 * s->capacity + 16;
        summarised *items = realloc(s->items, capacity * sizeof *items);

        if (!items)
            return NULL;
        s->items = items;
        s->capacity = capacity;
    }
    own = text_copy(id);
    if (!own)
        return NULL;
    memmove(&s->items[place + 1], &s->items[place], (s->count - place) * sizeof *s->items);
    s->items[place] = (summarised){.id = own};
    s->count++;
    return &s->items[place];
}

static void put_copy(copy *c, uint64_t size, int64_t modified, cJSON *content)
{
    cJSON_Delete(c->content);
    *c = (copy){.size = size, .modified = modified, .content = content};
}

static void drop_copy(copy *c)
{
    put_copy(c, 0, 0, NULL);
    c->dropped = true;
}

/* ---- reading ---- */

static char *path_of_summary(const wcow_host *host)
{
    cleanup_free char *folder = path_of_containers(host);

    return folder ? path_join(folder, LEAF) : NULL;
}

/* A member that is no copy is left out. */
static void take_copy(cJSON *member, copy *out)
{
    cJSON *content = cJSON_DetachItemFromObjectCaseSensitive(member, "content");
    const int64_t size = json_integer(member, "size", -1);
    int64_t modified;

    if (cJSON_IsObject(content) && size >= 0 &&
        number_parse_signed(json_text(member, "modified", ""), &modified))
        put_copy(out, (uint64_t)size, modified, content);
    else
        cJSON_Delete(content);
}

/* One that is damaged has no copies. */
static void open_item(summary *s, summarised *item)
{
    cleanup_json cJSON *json = NULL;
    bool found = false;
    const size_t place = s->opened ? place_of(s, s->opened, &found) : 0;

    if (s->opened == item->id)
        return;
    for (size_t n = 0; found && n < NAMES; n++) {
        if (!s->items[place].copies[n].fresh && !s->items[place].copies[n].dropped)
            put_copy(&s->items[place].copies[n], 0, 0, NULL);
    }
    s->opened = item->id;
    if (!item->text.length || json_parse(item->text.at, item->text.length, "a copy", &json, NULL))
        return;
    for (size_t n = 0; n < NAMES; n++) {
        if (!item->copies[n].fresh && !item->copies[n].dropped)
            take_copy(cJSON_GetObjectItemCaseSensitive(json, names[n]), &item->copies[n]);
    }
}

static void take_items(summary *s, const json_piece *containers)
{
    json_scan scan = json_scan_begin(containers->at, containers->length);
    json_member_piece member;

    while (json_scan_next(&scan, &member)) {
        cleanup_free char *id = text_copy_bytes(member.name.at, member.name.length);
        summarised *item = id ? item_of(s, id) : NULL;

        if (item)
            item->text = member.value;
    }
}

/* Of a torn one nothing counts: its end has not been seen. */
static void take_whole(summary *s, const char *bytes, size_t length)
{
    json_scan scan = json_scan_begin(bytes, length);
    json_piece containers = {"", 0};
    json_member_piece member;
    uint64_t version = 1;

    while (json_scan_next(&scan, &member)) {
        cleanup_free char *value = text_copy_bytes(member.value.at, member.value.length);

        if (json_piece_is(&member.name, "containers"))
            containers = member.value;
        else if (json_piece_is(&member.name, "version") &&
                 (!value || !number_parse(value, INT32_MAX, &version) || !version))
            return;
    }
    if (scan.failed)
        return;
    s->foreign = version > VERSION;
    if (!s->foreign)
        take_items(s, &containers);
}

summary *summary_open(wcow_host *host)
{
    cleanup_summary summary *s = calloc(1, sizeof *s);
    cleanup_free char *path = path_of_summary(host);
    files_port *files;
    size_t size = 0;

    if (!s || !path)
        return NULL;
    s->host = host;
    if (!host_files(host, &files, NULL) &&
        HR_SUCCEEDED(files->read(files, path, SIZE_LIMIT, &s->bytes, &size)))
        take_whole(s, s->bytes, size);
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
static void keep(copy *c, const file_info *info, const cJSON *json)
{
    cJSON *content;

    if (info->modified > clock_now() - SETTLED)
        return;
    content = cJSON_Duplicate(json, true);
    if (!content)
        return;
    put_copy(c, info->size, info->modified, content);
    c->fresh = true;
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
    open_item(s, item);
    c = &item->copies[number_of(name)];
    if (c->content && (c->size != info->size || c->modified != info->modified))
        drop_copy(c);
    *out = c;
    return WCOW_OK;
}

const cJSON *summary_peek(summary *s, const char *id, const char *name)
{
    cleanup_free char *path = path_in_container(s->host, id, name);
    copy *c;
    file_info info;

    return path && !find_copy(s, id, name, path, &c, &info, NULL) ? c->content : NULL;
}

/* The file is looked at before it is read: if it is replaced meanwhile, its copy does not count. */
static wcow_status read_known(summary *s, const char *id, const char *name, const char *path,
                              int version, const cJSON **out, cJSON **own, wcow_error *err)
{
    copy *c;
    file_info info;
    wcow_status status = find_copy(s, id, name, path, &c, &info, err);

    if (status)
        return status;
    if (c->content) {
        *out = c->content;
        return WCOW_OK;
    }
    status = store_read_version(s->host, path, version, own, err);
    if (status)
        return status;
    keep(c, &info, *own);
    *out = *own;
    return WCOW_OK;
}

wcow_status summary_read(summary *s, wcow_host *host, const char *id, const char *name, int version,
                         const cJSON **out, cJSON **own, wcow_error *err)
{
    cleanup_free char *path = path_in_container(host, id, name);
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    if (s)
        return read_known(s, id, name, path, version, out, own, err);
    status = store_read_version(host, path, version, own, err);
    if (!status)
        *out = *own;
    return status;
}

void summary_drop(summary *s, const char *id, const char *name)
{
    bool found;
    const size_t place = place_of(s, id, &found);

    if (found)
        drop_copy(&s->items[place].copies[number_of(name)]);
}

/* ---- writing ---- */

static bool add_copy(cJSON *item, const char *name, const copy *c)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_free char *modified = text_format("%" PRId64, c->modified);

    return json && modified && json_add_integer(json, "size", (int64_t)c->size) &&
           json_add_text(json, "modified", modified) &&
           json_add(json, "content", cJSON_Duplicate(c->content, true)) &&
           json_add(item, name, TAKE(json));
}

static cJSON *make_item(const summarised *item)
{
    cleanup_json cJSON *json = cJSON_CreateObject();

    for (size_t n = 0; json && n < NAMES; n++) {
        if (item->copies[n].content && !add_copy(json, names[n], &item->copies[n]))
            return NULL;
    }
    return TAKE(json);
}

static char *print(summary *s)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    cleanup_json cJSON *containers = cJSON_CreateObject();

    if (!json || !containers || !json_add_integer(json, "version", VERSION))
        return NULL;
    for (size_t i = 0; i < s->count; i++) {
        if (!s->items[i].seen)
            continue;
        open_item(s, &s->items[i]);
        if (!json_add(containers, s->items[i].id, make_item(&s->items[i])))
            return NULL;
    }
    return json_add(json, "containers", TAKE(containers)) ? json_print(json) : NULL;
}

/* Temporary files of writers that died: with the lock held, there is no other one. */
static void sweep(wcow_host *host, files_port *files)
{
    cleanup_strings string_list found = STRING_LIST_INIT;
    cleanup_free char *folder = path_of_containers(host);

    if (!folder || store_list(host, folder, &found, NULL))
        return;
    for (size_t i = 0; i < found.count; i++) {
        if (text_starts_with(found.items[i], LEAF ".")) {
            cleanup_free char *path = path_join(folder, found.items[i]);

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
            fresh += s->items[i].copies[n].fresh;
    }
    return !s->foreign && (fresh >= WORTH || s->count - s->seen >= s->seen + WORTH);
}

void summary_write(summary *s)
{
    cleanup_free char *path = path_of_summary(s->host);
    cleanup_free char *printed = print(s);
    files_port *files;

    if (!path || !printed || strlen(printed) > SIZE_LIMIT || host_files(s->host, &files, NULL))
        return;
    sweep(s->host, files);
    ignore(files->replace(files, path, printed, strlen(printed)));
}
