/* SPDX-License-Identifier: MIT */
/* Reads an image archive, in one pass, into a stage. */
#include "image/archive/archive_contents.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"
#include "base/text.h"

#define READ_SIZE   (256u * 1024)
#define ENTRY_LIMIT 100000u /* 1000 layers of docker's old format are 3000 */
#define NAME_LIMIT  4096u
#define LINK_LIMIT  16 /* links that lead to links */

/* An archive being read; also the context of libarchive's callback. */
typedef struct reading {
    const byte_source *source;
    struct archive *archive;
    wcow_error source_error; /* what the source said when it failed */
    wcow_status source_status;
    char buffer[READ_SIZE];
} reading;

static la_ssize_t read_more(struct archive *archive, void *context, const void **bytes)
{
    reading *r = context;
    size_t got = 0;

    r->source_status = source_read(r->source, r->buffer, sizeof(r->buffer), &got, &r->source_error);
    if (r->source_status) {
        archive_set_error(archive, EIO, "the source failed");
        return -1;
    }
    *bytes = r->buffer;
    return (la_ssize_t)got;
}

static void reading_free(reading *r)
{
    archive_read_free(r->archive);
    free(r);
}

DEFINE_CLEANUP(reading, reading *, reading_free)

static wcow_status reading_error(const reading *r, wcow_error *err)
{
    const char *said = archive_error_string(r->archive);

    if (r->source_status) {
        if (err)
            *err = r->source_error;
        return r->source_status;
    }
    return error_set(err, WCOW_CORRUPT, "%s", said ? said : "it is damaged");
}

/* The formats are named one by one: "all" would run other programs for some. */
static wcow_status reading_open(const byte_source *source, reading **out, wcow_error *err)
{
    CLEANUP(reading) reading *r = calloc(1, sizeof(*r));

    if (!r)
        return error_no_memory(err);
    r->source = source;
    r->archive = archive_read_new();
    if (!r->archive)
        return error_no_memory(err);
    archive_read_support_format_tar(r->archive);
    archive_read_support_filter_gzip(r->archive);
    archive_read_support_filter_zstd(r->archive);
    if (archive_read_open(r->archive, r, NULL, read_more, NULL) != ARCHIVE_OK)
        return reading_error(r, err);
    *out = TAKE(r);
    return WCOW_OK;
}

/* The content of the entry at hand as a source. */
static wcow_status read_entry(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    reading *r = context;
    la_ssize_t n = archive_read_data(r->archive, buffer, size);

    if (n < 0)
        return reading_error(r, err);
    *got = (size_t)n;
    return WCOW_OK;
}

/* "./a//b" → "a/b", and a link's target relative to its folder; NULL: out of memory, or it leaves
 * the archive ("..": *outside). */
static char *clean_path(const char *folder, size_t folder_length, const char *name, bool *outside)
{
    cleanup_text text path = TEXT_INIT;

    if (*name != '/')
        text_add_bytes(&path, folder, folder_length);
    while (*name && !path.failed) {
        size_t length = strcspn(name, "/");

        if (length == 2 && name[0] == '.' && name[1] == '.') {
            const char *last = strrchr(text_get(&path), '/');

            if (path.length == 0) {
                *outside = true;
                return NULL;
            }
            text_cut(&path, last ? (size_t)(last - path.data) : 0);
        } else if (length > 0 && !(length == 1 && name[0] == '.')) {
            if (path.length)
                text_add_char(&path, '/');
            text_add_bytes(&path, name, length);
        }
        name += length + (name[length] == '/');
    }
    text_add_bytes(&path, "", 0);
    return text_take(&path);
}

static archive_file *append(archive_contents *contents)
{
    if (contents->count == contents->capacity) {
        size_t capacity = contents->capacity ? contents->capacity * 2 : 64;
        archive_file *items = realloc(contents->items, capacity * sizeof(*items));

        if (!items)
            return NULL;
        contents->items = items;
        contents->capacity = capacity;
    }
    contents->items[contents->count] = (archive_file){0};
    return &contents->items[contents->count++];
}

/* A hard link's target is a name in the archive, a symbolic link's is relative to its folder. */
static wcow_status take_link(archive_file *item, struct archive_entry *entry, wcow_error *err)
{
    const char *hard = archive_entry_hardlink_utf8(entry);
    const char *symbolic = archive_entry_symlink_utf8(entry);
    const char *slash = strrchr(item->name, '/');
    bool outside = false;

    if (hard)
        item->link = clean_path("", 0, hard, &outside);
    else if (symbolic)
        item->link =
            clean_path(item->name, slash ? (size_t)(slash - item->name) : 0, symbolic, &outside);
    else
        return error_set(err, WCOW_CORRUPT, "the target of the link '%s' is not UTF-8", item->name);
    if (outside)
        return error_set(err, WCOW_CORRUPT, "the link '%s' leads out of the archive", item->name);
    return item->link ? WCOW_OK : error_no_memory(err);
}

static wcow_status take_name(struct archive_entry *entry, char **out, wcow_error *err)
{
    const char *name = archive_entry_pathname_utf8(entry);
    bool outside = false;

    if (!name)
        return error_set(err, WCOW_CORRUPT, "an entry's name is not UTF-8");
    if (strlen(name) > NAME_LIMIT)
        return error_set(err, WCOW_CORRUPT, "the name of an entry is too long ('%.40s…')", name);
    *out = clean_path("", 0, name, &outside);
    if (outside)
        return error_set(err, WCOW_CORRUPT, "the entry '%s' lies outside of the archive", name);
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status take_entry(archive_contents *contents, reading *r, struct archive_entry *entry,
                              wcow_error *err)
{
    byte_source source = {.read = read_entry, .context = r};
    bool link = archive_entry_hardlink(entry) || archive_entry_filetype(entry) == AE_IFLNK;
    archive_file *item;
    wcow_status status;

    if (!link && archive_entry_filetype(entry) != AE_IFREG)
        return WCOW_OK;
    if (contents->count == ENTRY_LIMIT)
        return error_set(err, WCOW_CORRUPT, "it has more than %u entries", ENTRY_LIMIT);
    item = append(contents);
    if (!item)
        return error_no_memory(err);
    status = take_name(entry, &item->name, err);
    if (status)
        return status;
    if (link)
        return take_link(item, entry, err);
    status = stage_add(contents->stage, &source, &item->blob, err);
    return status ? error_wrap(err, status, "entry '%s'", item->name) : WCOW_OK;
}

/* Libarchive stops at the archive's end; the source wants to be read to its own. */
static wcow_status drain(reading *r, wcow_error *err)
{
    size_t got = 1;

    while (got > 0) {
        wcow_status status = source_read(r->source, r->buffer, sizeof(r->buffer), &got, err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

wcow_status contents_read(const byte_source *archive, archive_contents *out, wcow_error *err)
{
    CLEANUP(reading) reading *r = NULL;
    wcow_status status = reading_open(archive, &r, err);

    while (!status) {
        struct archive_entry *entry = NULL;
        int result = archive_read_next_header(r->archive, &entry);

        if (result == ARCHIVE_EOF)
            return drain(r, err);
        /* Warnings are about names that the locale cannot express: we ask for UTF-8. */
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
            return reading_error(r, err);
        status = take_entry(out, r, entry, err);
    }
    return status;
}

void contents_free(archive_contents *contents)
{
    for (size_t i = 0; i < contents->count; i++) {
        free(contents->items[i].name);
        free(contents->items[i].link);
    }
    free(contents->items);
    *contents = (archive_contents){0};
}

/* Of several entries of a name the last one counts, as tar unpacks them. */
static const archive_file *find(const archive_contents *contents, const char *name)
{
    for (size_t i = contents->count; i-- > 0;) {
        if (strcmp(contents->items[i].name, name) == 0)
            return &contents->items[i];
    }
    return NULL;
}

const staged_blob *contents_find(const archive_contents *contents, const char *name)
{
    const archive_file *item = NULL;
    bool outside = false;
    cleanup_free char *clean = clean_path("", 0, name, &outside);

    if (clean)
        item = find(contents, clean);
    for (int links = 0; item && item->link; links++) {
        if (links == LINK_LIMIT)
            return NULL;
        item = find(contents, item->link);
    }
    return item ? &item->blob : NULL;
}

const staged_blob *contents_find_digest(const archive_contents *contents, const char *digest)
{
    for (size_t i = 0; i < contents->count; i++) {
        const archive_file *item = &contents->items[i];

        if (!item->link && strcmp(item->blob.digest, digest) == 0)
            return &item->blob;
    }
    return NULL;
}

wcow_status contents_json(const archive_contents *contents, const staged_blob *blob,
                          const char *name, char **out, size_t *size, wcow_error *err)
{
    wcow_status status;

    if (blob->size > IMAGE_JSON_LIMIT)
        return error_set(err, WCOW_CORRUPT, "'%s' is too large (%llu bytes)", name,
                         (unsigned long long)blob->size);
    status = stage_read(contents->stage, blob, IMAGE_JSON_LIMIT, out, size, err);
    return status ? error_wrap(err, status, "'%s'", name) : WCOW_OK;
}
