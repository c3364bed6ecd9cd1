/* SPDX-License-Identifier: MIT */
/* Tar entries as Windows files. */
#include "layer/entry.h"

#include "base/error.h"

#define UNITS_PER_SECOND 10000000
#define UNIT_NANOSECONDS 100
#define EPOCH_1970       116444736000000000 /* in 100 ns since 1601 */
#define MISSING_TIME     UINT64_C(48491090211286549)

/* Beyond what a FILETIME can say, its ends. */
static uint64_t filetime(const tar_time *time)
{
    int64_t units;

    if (!time->present)
        return MISSING_TIME;
    if (time->seconds < -EPOCH_1970 / UNITS_PER_SECOND)
        return 0;
    if (time->seconds > (INT64_MAX - EPOCH_1970) / UNITS_PER_SECOND - 1)
        return INT64_MAX;
    units = time->seconds * UNITS_PER_SECOND + time->nanoseconds / UNIT_NANOSECONDS + EPOCH_1970;
    return units > 0 ? (uint64_t)units : 0;
}

static wcow_status attributes_of(const tar_entry *entry, uint32_t *out, wcow_error *err)
{
    const pax_record *record = pax_find(&entry->pax, "MSWINDOWS.fileattr");
    uint64_t attributes = entry->kind == TAR_DIRECTORY ? FILE_ATTRIBUTE_DIRECTORY_BIT : 0;

    if (record && !pax_number_parse(record->value, UINT32_MAX, &attributes))
        return error_set(err, WCOW_CORRUPT, "malformed MSWINDOWS.fileattr '%s'", record->value);
    *out = (uint32_t)attributes;
    return WCOW_OK;
}

wcow_status entry_basic_info(const tar_entry *entry, basic_info *out, wcow_error *err)
{
    const pax_record *record = pax_find(&entry->pax, "LIBARCHIVE.creationtime");
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
