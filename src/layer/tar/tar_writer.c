/* SPDX-License-Identifier: MIT */
/* Writes layer tars. */
#include "layer/tar/tar_writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/tar/tar_header.h"

#define UNITS_PER_SECOND INT64_C(10000000)
#define EPOCH_1970       INT64_C(11644473600) /* in seconds since 1601 */
#define USTAR_LIMIT      UINT64_C(077777777777)
#define MODE_HARD_LINK   0644u

/* ---- records ---- */

/* "LENGTH KEY=value\n", where LENGTH counts itself. */
static void add_record(const char *record, text *out)
{
    size_t rest = strlen(record) + 2; /* blank and newline */
    size_t length = rest + 1;

    for (size_t limit = 10; length >= limit; limit *= 10)
        if (rest + (size_t)snprintf(NULL, 0, "%zu", length) > length)
            length++;
    text_addf(out, "%zu %s\n", length, record);
}

static bool is_ascii(const char *string)
{
    for (; *string; string++)
        if ((unsigned char)*string >= 0x80)
            return false;
    return true;
}

/* FILETIME → "seconds[.fraction]" since 1970, without trailing zeros; before 1970 with a '-'. */
static void add_time(const char *key, uint64_t time, string_list *records, bool *failed)
{
    int64_t seconds = (int64_t)(time / (uint64_t)UNITS_PER_SECOND) - EPOCH_1970;
    int64_t units = (int64_t)(time % (uint64_t)UNITS_PER_SECOND);
    bool negative = seconds < 0;
    char *record;

    if (negative && units) {
        seconds++;
        units = UNITS_PER_SECOND - units;
    }
    record = text_format("%s=%s%" PRId64, key, negative ? "-" : "", negative ? -seconds : seconds);
    if (record && units) {
        char *longer = text_format("%s.%07" PRId64, record, units);
        size_t length = longer ? strlen(longer) : 0;

        while (length && longer[length - 1] == '0')
            longer[--length] = '\0';
        free(record);
        record = longer;
    }
    *failed = !string_list_own(records, record) || *failed;
}

/* A header says the time of the last write, too, but whole seconds only. */
static bool fits_header(uint64_t time)
{
    uint64_t seconds = time / (uint64_t)UNITS_PER_SECOND;

    return time % (uint64_t)UNITS_PER_SECOND == 0 && seconds >= (uint64_t)EPOCH_1970 &&
           seconds - (uint64_t)EPOCH_1970 <= USTAR_LIMIT;
}

static void add_text(const char *key, const char *value, string_list *records, bool *failed)
{
    *failed = !string_list_own(records, text_format("%s=%s", key, value)) || *failed;
}

static wcow_status collect(const tar_item *item, string_list *records, wcow_error *err)
{
    bool failed = false;

    if (item->info && !item->write_only) {
        add_time("atime", item->info->access, records, &failed);
        add_time("ctime", item->info->change, records, &failed);
        if (!fits_header(item->info->write))
            add_time("mtime", item->info->write, records, &failed);
    }
    if (item->info && !item->write_only && !item->plain_info) {
        char number[24];

        add_time("LIBARCHIVE.creationtime", item->info->creation, records, &failed);
        snprintf(number, sizeof(number), "%u", (unsigned)item->info->attributes);
        add_text("MSWINDOWS.fileattr", number, records, &failed);
    }
    if (!is_ascii(item->name) || strlen(item->name) > sizeof(((tar_header *)0)->name))
        add_text("path", item->name, records, &failed);
    if (item->link &&
        (!is_ascii(item->link) || strlen(item->link) > sizeof(((tar_header *)0)->link)))
        add_text("linkpath", item->link, records, &failed);
    if (item->size > USTAR_LIMIT) {
        char number[24];

        snprintf(number, sizeof(number), "%" PRIu64, item->size);
        add_text("size", number, records, &failed);
    }
    for (size_t i = 0; item->extra && i < item->extra->count; i++)
        failed = failed || !string_list_add(records, item->extra->items[i]);
    if (failed)
        return error_no_memory(err);
    string_list_sort(records);
    return WCOW_OK;
}

/* ---- headers ---- */

/* Octal digits and a NUL; what does not fit stands in a record, and 0 here. */
static void put_number(char *field, size_t size, uint64_t number)
{
    char digits[32];

    snprintf(digits, sizeof(digits), "%0*" PRIo64, (int)size - 1, number);
    if (strlen(digits) > size - 1)
        snprintf(digits, sizeof(digits), "%0*d", (int)size - 1, 0);
    memcpy(field, digits, size - 1);
}

/* The first bytes of a name, without what is not ASCII; the whole is in a record where it is more.
 * It must not look like a folder's because it is cut behind a '/'. */
static void put_name(char *field, size_t size, const char *name)
{
    size_t length = 0;

    for (; *name && length < size; name++)
        if ((unsigned char)*name < 0x80)
            field[length++] = *name;
    while (*name && length && field[length - 1] == '/')
        field[--length] = '\0';
}

static void put_checksum(tar_header *h)
{
    const unsigned char *bytes = (const unsigned char *)h;
    unsigned sum = 0;

    memset(h->checksum, ' ', sizeof(h->checksum));
    for (size_t i = 0; i < sizeof(*h); i++)
        sum += bytes[i];
    snprintf(h->checksum, sizeof(h->checksum) - 1, "%06o", sum);
}

static void fill_header(tar_header *h, const char *name, char type, unsigned mode, uint64_t size,
                        uint64_t seconds)
{
    memset(h, 0, sizeof(*h));
    put_name(h->name, sizeof(h->name), name);
    put_number(h->mode, sizeof(h->mode), mode);
    put_number(h->uid, sizeof(h->uid), 0);
    put_number(h->gid, sizeof(h->gid), 0);
    put_number(h->size, sizeof(h->size), size);
    put_number(h->mtime, sizeof(h->mtime), seconds);
    h->type[0] = type;
    memcpy(h->magic, "ustar", sizeof(h->magic));
    memcpy(h->version, "00", sizeof(h->version));
}

/* Where the records of an entry pretend to be: "folder/PaxHeaders.0/name". */
static char *records_name(const char *name)
{
    const char *slash = strrchr(name, '/');
    int folder = slash ? (int)(slash + 1 - name) : 0;

    return text_format("%.*sPaxHeaders.0/%s", folder, name, name + folder);
}

static wcow_status write_records(const byte_sink *sink, const tar_item *item, wcow_error *err)
{
    cleanup_strings string_list records = STRING_LIST_INIT;
    cleanup_text text body = TEXT_INIT;
    cleanup_free char *name = NULL;
    tar_header h;
    wcow_status status = collect(item, &records, err);

    if (status || !records.count)
        return status;
    for (size_t i = 0; i < records.count; i++)
        add_record(records.items[i], &body);
    name = records_name(item->name);
    if (body.failed || !name)
        return error_no_memory(err);
    fill_header(&h, name, 'x', 0, body.length, 0);
    put_checksum(&h);
    status = sink_write(sink, &h, sizeof(h), err);
    if (!status)
        status = sink_write(sink, body.data, body.length, err);
    return status ? status : tar_write_padding(sink, body.length, err);
}

wcow_status tar_write_header(const byte_sink *sink, const tar_item *item, wcow_error *err)
{
    static const struct {
        char type;
        unsigned mode;
    } kinds[] = {
        [TAR_FILE] = {'0', MODE_FILE},
        [TAR_HARD_LINK] = {'1', MODE_HARD_LINK},
        [TAR_SYMBOLIC_LINK] = {'2', MODE_LINK},
        [TAR_DIRECTORY] = {'5', MODE_DIRECTORY},
    };
    int64_t seconds = 0;
    uint32_t mode = 0;
    tar_header h;
    wcow_status status = write_records(sink, item, err);

    if (status)
        return status;
    if (item->info)
        seconds = (int64_t)(item->info->write / (uint64_t)UNITS_PER_SECOND) - EPOCH_1970;
    if (item->has_mode)
        mode = item->mode;
    else if (item->info)
        mode = kinds[item->kind].mode;
    fill_header(&h, item->name, kinds[item->kind].type, mode, item->size,
                seconds > 0 ? (uint64_t)seconds : 0);
    if (item->link)
        put_name(h.link, sizeof(h.link), item->link);
    put_number(h.major, sizeof(h.major), 0);
    put_number(h.minor, sizeof(h.minor), 0);
    put_checksum(&h);
    return sink_write(sink, &h, sizeof(h), err);
}

wcow_status tar_write_padding(const byte_sink *sink, uint64_t size, wcow_error *err)
{
    static const char zeros[TAR_BLOCK_SIZE];
    size_t rest = (size_t)(size % TAR_BLOCK_SIZE);

    return rest ? sink_write(sink, zeros, TAR_BLOCK_SIZE - rest, err) : WCOW_OK;
}

wcow_status tar_write_end(const byte_sink *sink, wcow_error *err)
{
    static const char zeros[2 * TAR_BLOCK_SIZE];

    return sink_write(sink, zeros, sizeof(zeros), err);
}
