/* SPDX-License-Identifier: MIT */
/*
 * Win32 backup streams, made from tar entries. A stream's header is u32 id, u32 attributes, u64
 * size, u32 size of the name in bytes, then the name in UTF-16.
 */
#include "layer/backup/backup_stream.h"

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/utf.h"
#include "layer/backup/bytes.h"
#include "layer/backup/entry.h"
#include "layer/backup/reparse.h"
#include "layer/backup/sddl.h"

#define RAW_SECURITY  "MSWINDOWS.rawsd"
#define TEXT_SECURITY "MSWINDOWS.sd"

#define EA_PREFIX      "MSWINDOWS.xattr."
#define EA_NAME_LIMIT  UINT8_MAX
#define EA_VALUE_LIMIT UINT16_MAX
#define EA_HEADER_SIZE 8u
/* NTFS keeps 64 KiB of them for a file; here each has an offset and padding, too. */
#define EA_LIST_LIMIT ((size_t)128 << 10)
/* A header, two SIDs of the greatest size, two ACLs: an ACL's size has 16 bits. */
#define SECURITY_LIMIT ((size_t)20 + 2 * 68 + 2 * UINT16_MAX)

static void add_header(text *out, uint32_t id, uint64_t size)
{
    bytes_add_u32(out, id);
    bytes_add_u32(out, 0);
    bytes_add_u64(out, size);
    bytes_add_u32(out, 0);
}

bool backup_has_security(const tar_entry *entry)
{
    const pax_record *raw = pax_find_any(&entry->pax, RAW_SECURITY);

    return raw ? raw->length > 0 : pax_find_any(&entry->pax, TEXT_SECURITY) != NULL;
}

/* Images from before 2016 carry SDDL. What is there in both forms counts in the newer one. */
static wcow_status make_security(const tar_entry *entry, unsigned char **out, size_t *size,
                                 wcow_error *err)
{
    const pax_record *raw = pax_find_any(&entry->pax, RAW_SECURITY);
    const pax_record *sddl = pax_find_any(&entry->pax, TEXT_SECURITY);
    wcow_status status;

    if (raw)
        return base64_decode(raw->value, raw->length, out, size)
                   ? WCOW_OK
                   : error_set(err, WCOW_CORRUPT, "malformed " RAW_SECURITY);
    status = sddl_encode(sddl->value, out, size, err);
    return status ? error_wrap(err, status, TEXT_SECURITY) : WCOW_OK;
}

static wcow_status add_security(const tar_entry *entry, text *out, wcow_error *err)
{
    cleanup_free unsigned char *descriptor = NULL;
    size_t size = 0;
    wcow_status status;

    if (!backup_has_security(entry))
        return WCOW_OK;
    status = make_security(entry, &descriptor, &size, err);
    if (status || size == 0)
        return status;
    if (size > SECURITY_LIMIT)
        return error_set(err, WCOW_CORRUPT, "a security descriptor of %zu bytes is too long", size);
    add_header(out, BACKUP_SECURITY_DATA, size);
    text_add_bytes(out, descriptor, size);
    return WCOW_OK;
}

/* One FILE_FULL_EA_INFORMATION: u32 offset of the next, u8 flags, u8 and u16 lengths, name, value.
 */
static wcow_status add_attribute(const pax_record *record, text *out, size_t *last, wcow_error *err)
{
    const char *name = record->key + strlen(EA_PREFIX);
    size_t name_length = strlen(name);
    cleanup_free unsigned char *value = NULL;
    size_t size = 0;

    if (!base64_decode(record->value, record->length, &value, &size))
        return error_set(err, WCOW_CORRUPT, "malformed %s", record->key);
    if (name_length > EA_NAME_LIMIT || size > EA_VALUE_LIMIT)
        return error_set(err, WCOW_CORRUPT, "%s is too long", record->key);

    *last = out->length;
    bytes_add_u32(out, (uint32_t)((EA_HEADER_SIZE + name_length + 1 + size + 3) & ~(size_t)3));
    text_add_char(out, 0);
    text_add_char(out, (char)name_length);
    bytes_add_u16(out, (uint16_t)size);
    text_add_bytes(out, name, name_length + 1);
    text_add_bytes(out, value, size);
    while (!out->failed && out->length % 4 != 0)
        text_add_char(out, 0);
    return WCOW_OK;
}

static wcow_status add_attributes(const tar_entry *entry, text *out, wcow_error *err)
{
    cleanup_text text list = TEXT_INIT;
    size_t last = 0;

    for (size_t i = 0; i < entry->pax.count; i++) {
        const pax_record *record = &entry->pax.items[i];
        wcow_status status;

        if (!text_starts_with(record->key, EA_PREFIX))
            continue;
        status = add_attribute(record, &list, &last, err);
        if (status)
            return status;
        if (list.length > EA_LIST_LIMIT)
            return error_set(err, WCOW_CORRUPT, "more than %zu bytes of extended attributes",
                             EA_LIST_LIMIT);
    }
    if (list.failed)
        return error_no_memory(err);
    if (list.length == 0)
        return WCOW_OK;
    memset(list.data + last, 0, sizeof(uint32_t)); /* the last one has no next */
    add_header(out, BACKUP_EA_DATA, list.length);
    text_add_bytes(out, list.data, list.length);
    return WCOW_OK;
}

static wcow_status add_reparse(const tar_entry *entry, text *out, wcow_error *err)
{
    cleanup_text text buffer = TEXT_INIT;
    wcow_status status;

    if (!entry_is_reparse(entry))
        return WCOW_OK;
    status = reparse_encode(entry->link, entry_is_junction(entry), &buffer, err);
    if (status)
        return status;
    if (buffer.failed)
        return error_no_memory(err);
    add_header(out, BACKUP_REPARSE_DATA, buffer.length);
    text_add_bytes(out, buffer.data, buffer.length);
    return WCOW_OK;
}

wcow_status backup_encode(const tar_entry *entry, text *out, wcow_error *err)
{
    wcow_status status = add_security(entry, out, err);

    if (!status)
        status = add_attributes(entry, out, err);
    if (!status)
        status = add_reparse(entry, out, err);
    if (status)
        return status;
    if (entry->kind == TAR_FILE)
        add_header(out, BACKUP_DATA, entry->size);
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

wcow_status backup_encode_alternate(const char *name, uint64_t size, text *out, wcow_error *err)
{
    cleanup_free char *full = text_format(":%s:$DATA", name);
    cleanup_free uint16_t *wide = NULL;
    size_t units = 0;

    if (full)
        wide = utf16_from_utf8(full, strlen(full), &units);
    if (!wide)
        return error_no_memory(err);
    bytes_add_u32(out, BACKUP_ALTERNATE_DATA);
    bytes_add_u32(out, 0);
    bytes_add_u64(out, size);
    bytes_add_u32(out, (uint32_t)(2 * units));
    for (size_t i = 0; i < units; i++)
        bytes_add_u16(out, wide[i]);
    return out->failed ? error_no_memory(err) : WCOW_OK;
}
