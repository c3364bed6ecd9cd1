/* SPDX-License-Identifier: MIT */
/* Entries of tars. */
#include "layer/tar/tar_entry.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf.h"

#define PERMISSIONS 07777u
#define NAME_SHOWN  64 /* of one that is too long */

void tar_extension_clear(tar_extension *e)
{
    free(e->name);
    free(e->link);
    pax_clear(&e->pax);
    *e = (tar_extension){0};
}

bool tar_is_extension(char type)
{
    return type == 'x' || type == 'g' || type == 'L' || type == 'K';
}

wcow_status tar_extension_add(tar_extension *e, char type, char *bytes, size_t size,
                              pax_records *global, wcow_error *err)
{
    cleanup_free char *taken = bytes;
    char **longer = type == 'L' ? &e->name : &e->link;

    if (type == 'x') /* of two in a row the second counts */
        pax_clear(&e->pax);
    if (type == 'x')
        return pax_parse(taken, size, &e->pax, err);
    if (type == 'g') {
        wcow_status status = pax_parse(taken, size, global, err);

        return status || global->bytes <= PAX_GLOBAL_LIMIT
                   ? status
                   : error_set(err, WCOW_CORRUPT, "more than %zu bytes of global PAX records",
                               PAX_GLOBAL_LIMIT);
    }
    free(*longer);
    *longer = TAKE(taken);
    return WCOW_OK;
}

bool tar_has_content(char type)
{
    return type < '1' || type > '6';
}

static bool take_time(const pax_records *pax, const char *key, tar_time *out)
{
    const pax_record *record = pax_find(pax, key);

    return !record || pax_time_parse(record->value, out);
}

/* Times: the header's, where PAX has no better ones. */
static bool take_times(const tar_header *h, tar_entry *entry)
{
    return tar_header_times(h, entry) && take_time(&entry->pax, "mtime", &entry->write) &&
           take_time(&entry->pax, "atime", &entry->access) &&
           take_time(&entry->pax, "ctime", &entry->change);
}

/* The beginning is told, up to the last whole character. */
static wcow_status too_long(const char *name, size_t length, wcow_error *err)
{
    int shown = NAME_SHOWN;

    while (((unsigned char)name[shown] & 0xC0) == 0x80)
        shown--;
    return error_set(err, WCOW_CORRUPT, "the name '%.*s...' of %zu bytes is too long", shown, name,
                     length);
}

wcow_status tar_entry_text(const char *chosen, char **out, wcow_error *err)
{
    cleanup_free char *mended = utf8_mended(chosen, strlen(chosen));

    if (!mended)
        return error_no_memory(err);
    if (strlen(mended) > TAR_NAME_LIMIT)
        return too_long(mended, strlen(mended), err);
    free(*out);
    *out = TAKE(mended);
    return WCOW_OK;
}

/* GNU's, PAX's, the header's. */
static const char *choose(const pax_records *pax, const char *key, const char *longer,
                          const char *plain)
{
    const pax_record *record = pax_find(pax, key);

    if (longer && *longer)
        return longer;
    return record ? record->value : plain;
}

static wcow_status take_names(const tar_header *h, const tar_extension *e, tar_entry *entry,
                              wcow_error *err)
{
    cleanup_free char *name = tar_header_name(h);
    cleanup_free char *link = tar_field_text(h->link, sizeof(h->link));
    wcow_status status;

    if (!name || !link)
        return error_no_memory(err);
    status = tar_entry_text(choose(&entry->pax, "path", e->name, name), &entry->name, err);
    if (status)
        return status;
    return tar_entry_text(choose(&entry->pax, "linkpath", e->link, link), &entry->link, err);
}

/* "dir/" of old tars is a directory. */
static void settle_kind(tar_entry *entry, char type)
{
    size_t length = strlen(entry->name);

    entry->type = type == '\0' ? '0' : type;
    if (type == '\0' && length > 0 && entry->name[length - 1] == '/')
        entry->type = '5';
    entry->kind = tar_kind_of(entry->type);
}

static wcow_status take_size(tar_entry *entry, uint64_t *stored, wcow_error *err)
{
    const pax_record *record = pax_find(&entry->pax, "size");
    int64_t size = (int64_t)*stored;

    if (record && (!pax_integer_parse(record->value, record->length, &size) || size < 0))
        return error_set(err, WCOW_CORRUPT, "malformed size of '%s'", entry->name);
    *stored = tar_has_content(entry->type) ? (uint64_t)size : 0;
    entry->size = entry->kind == TAR_FILE ? *stored : 0;
    return WCOW_OK;
}

/* Owners that nobody uses must be numbers nevertheless. */
static bool has_owner(const pax_records *pax)
{
    static const char *const keys[] = {"uid", "gid"};
    int64_t number;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const pax_record *record = pax_find(pax, keys[i]);

        if (record && !pax_integer_parse(record->value, record->length, &number))
            return false;
    }
    return true;
}

wcow_status tar_entry_make(const tar_header *h, tar_extension *e, const pax_records *global,
                           uint64_t *stored, tar_entry *entry, wcow_error *err)
{
    int64_t mode = 0;
    wcow_status status;

    entry->pax = e->pax;
    e->pax = (pax_records)PAX_RECORDS_INIT;
    if (!pax_inherit(&entry->pax, global))
        return error_no_memory(err);
    status = take_names(h, e, entry, err);
    if (status)
        return status;
    settle_kind(entry, h->type[0]);
    (void)tar_number(h->mode, sizeof(h->mode), &mode); /* that it is one was seen before */
    entry->mode = (uint32_t)mode & PERMISSIONS;
    if (!take_times(h, entry))
        return error_set(err, WCOW_CORRUPT, "malformed time of '%s'", entry->name);
    if (!has_owner(&entry->pax))
        return error_set(err, WCOW_CORRUPT, "malformed owner of '%s'", entry->name);
    return take_size(entry, stored, err);
}

void tar_entry_clear(tar_entry *entry)
{
    free(entry->name);
    free(entry->link);
    pax_clear(&entry->pax);
    *entry = (tar_entry){0};
}
