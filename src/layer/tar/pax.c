/* SPDX-License-Identifier: MIT */
/* The records of PAX extended headers. */
#include "layer/tar/pax.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static pax_record *find(const pax_records *records, const char *key)
{
    for (size_t i = 0; i < records->count; i++) {
        if (strcmp(records->items[i].key, key) == 0)
            return &records->items[i];
    }
    return NULL;
}

const pax_record *pax_find_any(const pax_records *records, const char *key)
{
    return find(records, key);
}

const pax_record *pax_find(const pax_records *records, const char *key)
{
    const pax_record *record = find(records, key);

    return record && record->length > 0 ? record : NULL;
}

static bool grow(pax_records *records)
{
    size_t capacity = records->capacity ? records->capacity * 2 : 8;
    pax_record *items = realloc(records->items, capacity * sizeof(*items));

    if (!items)
        return false;
    records->items = items;
    records->capacity = capacity;
    return true;
}

/* Key and value in one block; NULL when out of memory. */
static char *make_block(const char *key, size_t key_length, const char *value, size_t length)
{
    char *block = malloc(key_length + length + 2);

    if (!block)
        return NULL;
    memcpy(block, key, key_length);
    block[key_length] = '\0';
    memcpy(block + key_length + 1, value, length);
    block[key_length + 1 + length] = '\0';
    return block;
}

static bool append(pax_records *records, const char *key, size_t key_length, const char *value,
                   size_t length)
{
    char *block;

    if (records->count == records->capacity && !grow(records))
        return false;
    block = make_block(key, key_length, value, length);
    if (!block)
        return false;
    records->items[records->count++] = (pax_record){block, block + key_length + 1, length};
    records->bytes += key_length + length;
    return true;
}

/* Adds a record, or replaces the one of its key. */
static bool set(pax_records *records, const char *key, size_t key_length, const char *value,
                size_t length)
{
    char *block = make_block(key, key_length, value, length);
    pax_record *record;

    if (!block)
        return false;
    record = find(records, block);
    if (record) {
        records->bytes = records->bytes - record->length + length;
        free(record->key);
        *record = (pax_record){block, block + key_length + 1, length};
        return true;
    }
    free(block);
    return append(records, key, key_length, value, length);
}

bool pax_inherit(pax_records *out, const pax_records *from)
{
    const size_t own = out->count; /* those inherited differ from each other */

    for (size_t i = 0; i < from->count; i++) {
        const pax_record *record = &from->items[i];
        pax_records mine = {out->items, own, own, 0};

        if (!find(&mine, record->key) &&
            !append(out, record->key, strlen(record->key), record->value, record->length))
            return false;
    }
    return true;
}

void pax_clear(pax_records *records)
{
    for (size_t i = 0; i < records->count; i++)
        free(records->items[i].key);
    free(records->items);
    *records = (pax_records)PAX_RECORDS_INIT;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The parts of one record; they lie in the header's bytes. */
typedef struct parts {
    const char *key, *value;
    size_t key_length, value_length;
} parts;

static bool has_key(const parts *p, const char *key)
{
    return p->key_length == strlen(key) && memcmp(p->key, key, p->key_length) == 0;
}

/* A NUL in a key, or in a value that is read as text: what comes after it would be lost. */
static bool has_nul(const parts *p)
{
    static const char *const text_keys[] = {
        "path=",  "linkpath=", "uname=", "gname=",     "uid=",        "gid=",        "size=",
        "mtime=", "atime=",    "ctime=", "MSWINDOWS.", "LIBARCHIVE.", "GNU.sparse.",
    };

    if (memchr(p->key, '\0', p->key_length))
        return true;
    if (!memchr(p->value, '\0', p->value_length))
        return false;
    for (size_t i = 0; i < sizeof(text_keys) / sizeof(text_keys[0]); i++)
        if (strncmp(p->key, text_keys[i], strlen(text_keys[i])) == 0)
            return true;
    return false;
}

/* Finds the parts of the record at the start of bytes; 0 if it is malformed, else its length. */
static size_t split(const char *bytes, size_t length, parts *out)
{
    const char *blank = memchr(bytes, ' ', length);
    const char *equals;
    int64_t size;
    size_t start;

    if (!blank || !pax_integer_parse(bytes, (size_t)(blank - bytes), &size))
        return 0;
    start = (size_t)(blank - bytes) + 1;
    if (size < 5 || (uint64_t)size > length || (size_t)size <= start || bytes[size - 1] != '\n')
        return 0;

    out->key = bytes + start;
    equals = memchr(out->key, '=', (size_t)size - 1 - start);
    if (!equals || equals == out->key)
        return 0;
    out->key_length = (size_t)(equals - out->key);
    out->value = equals + 1;
    out->value_length = (size_t)(bytes + size - 1 - out->value);
    return has_nul(out) ? 0 : (size_t)size;
}

/* Offset and length in turn, one record each: the only records whose order counts. */
static bool add_sparse(const parts *p, bool offset, size_t *count, text *map)
{
    if ((*count % 2 == 0) != offset || memchr(p->value, ',', p->value_length))
        return false;
    if ((*count)++)
        text_add_char(map, ',');
    text_add_bytes(map, p->value, p->value_length);
    return true;
}

static wcow_status add_parts(const parts *p, pax_records *out, wcow_error *err)
{
    if (out->count == PAX_RECORD_LIMIT)
        return error_set(err, WCOW_CORRUPT, "more than %d PAX records", PAX_RECORD_LIMIT);
    if (!set(out, p->key, p->key_length, p->value, p->value_length))
        return error_no_memory(err);
    return WCOW_OK;
}

wcow_status pax_parse(const char *bytes, size_t length, pax_records *out, wcow_error *err)
{
    static const char map_key[] = PAX_SPARSE_MAP;
    cleanup_text text map = TEXT_INIT;
    size_t pieces = 0;
    wcow_status status = WCOW_OK;

    while (length > 0 && !status) {
        parts p;
        size_t size = split(bytes, length, &p);
        bool offset = size && has_key(&p, "GNU.sparse.offset");

        if (offset || (size && has_key(&p, "GNU.sparse.numbytes")))
            size = add_sparse(&p, offset, &pieces, &map) ? size : 0;
        else if (size)
            status = add_parts(&p, out, err);
        if (size == 0)
            return error_set(err, WCOW_CORRUPT, "malformed PAX record");
        bytes += size;
        length -= size;
    }
    if (status || pieces == 0)
        return status;
    if (map.failed || !set(out, map_key, sizeof(map_key) - 1, text_get(&map), map.length))
        return error_no_memory(err);
    return WCOW_OK;
}

bool pax_integer_parse(const char *string, size_t length, int64_t *out)
{
    bool negative = length > 0 && *string == '-';
    uint64_t limit = (uint64_t)INT64_MAX + negative;
    uint64_t number = 0;
    size_t i = length > 0 && (*string == '-' || *string == '+');

    if (i == length)
        return false;
    for (; i < length; i++) {
        uint64_t digit = (uint64_t)(string[i] - '0');

        if (!is_digit(string[i]) || number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = negative ? (int64_t)(0 - number) : (int64_t)number;
    return true;
}

bool pax_number_parse(const char *string, uint64_t limit, uint64_t *out)
{
    uint64_t number = 0;

    if (!is_digit(*string))
        return false;
    for (; is_digit(*string); string++) {
        uint64_t digit = (uint64_t)(*string - '0');

        if (number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (*string)
        return false;
    *out = number;
    return true;
}

/* The digits after the point, as nanoseconds. */
static bool parse_fraction(const char *string, int32_t *out)
{
    int32_t nanoseconds = 0;
    int digits = 0;

    for (; is_digit(*string); string++) {
        if (digits < 9) {
            nanoseconds = nanoseconds * 10 + (*string - '0');
            digits++;
        }
    }
    for (; digits < 9; digits++)
        nanoseconds *= 10;
    *out = nanoseconds;
    return *string == '\0';
}

bool pax_time_parse(const char *string, tar_time *out)
{
    size_t length = strcspn(string, ".");
    int64_t seconds;
    int32_t nanoseconds = 0;

    if (!pax_integer_parse(string, length, &seconds))
        return false;
    if (string[length] && !parse_fraction(string + length + 1, &nanoseconds))
        return false;
    *out = (tar_time){true, seconds, *string == '-' ? -nanoseconds : nanoseconds};
    return true;
}
