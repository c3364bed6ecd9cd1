/* SPDX-License-Identifier: MIT */
/* Tar entries as Windows files. */
#include "layer/backup/entry.h"

#include "base/error.h"

#define NANOSECONDS_PER_SECOND UINT64_C(1000000000)
#define UNIT_NANOSECONDS       100
#define EPOCH_1970             INT64_C(116444736000000000) /* in 100 ns since 1601 */
#define YEAR_1                 INT64_C(-62135596800)       /* in seconds since 1970 */

/* Everyone counts nanoseconds since 1970 in 64 bits, which reach from 1677 to 2262, and wraps
 * around: so times beyond, and times that are not there, become others. Layers must compare equal.
 */
static uint64_t filetime(const tar_time *time)
{
    uint64_t seconds = (uint64_t)(time->present ? time->seconds : YEAR_1);
    int64_t nanoseconds =
        (int64_t)(seconds * NANOSECONDS_PER_SECOND + (uint64_t)(int64_t)time->nanoseconds);

    return (uint64_t)(nanoseconds / UNIT_NANOSECONDS + EPOCH_1970);
}

static wcow_status attributes_of(const tar_entry *entry, uint32_t *out, wcow_error *err)
{
    const pax_record *record = pax_find_any(&entry->pax, "MSWINDOWS.fileattr");
    uint64_t attributes = entry->kind == TAR_DIRECTORY ? FILE_ATTRIBUTE_DIRECTORY_BIT : 0;

    if (record && !pax_number_parse(record->value, UINT32_MAX, &attributes))
        return error_set(err, WCOW_CORRUPT, "malformed MSWINDOWS.fileattr '%s'", record->value);
    *out = (uint32_t)attributes;
    return WCOW_OK;
}

wcow_status entry_basic_info(const tar_entry *entry, basic_info *out, wcow_error *err)
{
    const pax_record *record = pax_find_any(&entry->pax, "LIBARCHIVE.creationtime");
    tar_time creation = entry->write;
    uint32_t attributes = 0;
    wcow_status status = attributes_of(entry, &attributes, err);

    if (status)
        return status;
    if (record && !pax_time_parse(record->value, &creation))
        return error_set(err, WCOW_CORRUPT, "malformed LIBARCHIVE.creationtime '%s'",
                         record->value);
    *out = (basic_info){filetime(&creation), filetime(&entry->access), filetime(&entry->write),
                        filetime(&entry->change), attributes};
    return WCOW_OK;
}

bool entry_is_reparse(const tar_entry *entry)
{
    return entry->kind == TAR_SYMBOLIC_LINK;
}

bool entry_is_junction(const tar_entry *entry)
{
    return entry_is_reparse(entry) && pax_find_any(&entry->pax, "MSWINDOWS.mountpoint") != NULL;
}
