/* SPDX-License-Identifier: MIT */
/* The records of PAX extended headers. */
#include "layer/pax.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static pax_record *find(const pax_records *records, const char *key)
{
    for (size_t i = 0; i < records->count; i++) {
        if (strcmp(records->items[i].key, key) == 0)
            return &records->items[i];
    }
    return NULL;
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
        pax_records mine = {out->items, own, own};

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

/* Finds the parts of the record at the start of bytes; 0 if it is malformed, else its length. */
static size_t split(const char *bytes, size_t length, const char **key, size_t *key_length,
                    const char **value, size_t *value_length)
{
    const char *equals;
    size_t size = 0;
    size_t i = 0;

    while (i < length && i < 8 && is_digit(bytes[i]))
        size = size * 10 + (size_t)(bytes[i++] - '0');
    if (i == 0 || i >= length || bytes[i] != ' ')
        return 0;
    i++;
    if (size <= i || size > length || bytes[size - 1] != '\n')
        return 0;

    *key = bytes + i;
    equals = memchr(*key, '=', size - i);
    if (!equals || equals == *key)
        return 0;
    *key_length = (size_t)(equals - *key);
    if (memchr(*key, '\0', *key_length))
        return 0;
    *value = equals + 1;
    *value_length = (size_t)(bytes + size - 1 - *value);
    return size;
}

wcow_status pax_parse(const char *bytes, size_t length, pax_records *out, wcow_error *err)
{
    while (length > 0) {
        const char *key = NULL;
        const char *value = NULL;
        size_t key_length = 0;
        size_t value_length = 0;
        size_t size = split(bytes, length, &key, &key_length, &value, &value_length);

        if (size == 0)
            return error_set(err, WCOW_CORRUPT, "malformed PAX record");
        if (out->count == PAX_RECORD_LIMIT)
            return error_set(err, WCOW_CORRUPT, "more than %d PAX records", PAX_RECORD_LIMIT);
        if (!set(out, key, key_length, value, value_length))
            return error_no_memory(err);
        bytes += size;
        length -= size;
    }
    return WCOW_OK;
}

bool pax_number_parse(const char *text, uint64_t limit, uint64_t *out)
{
    uint64_t number = 0;

    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); text++) {
        uint64_t digit = (uint64_t)(*text - '0');

        if (number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    if (*text)
        return false;
    *out = number;
    return true;
}

/* The digits after the point, as nanoseconds. */
static bool parse_fraction(const char *text, int32_t *out)
{
    int32_t nanoseconds = 0;
    int digits = 0;

    for (; is_digit(*text); text++) {
        if (digits < 9) {
            nanoseconds = nanoseconds * 10 + (*text - '0');
            digits++;
        }
    }
    for (; digits < 9; digits++)
        nanoseconds *= 10;
    *out = nanoseconds;
    return *text == '\0';
}

bool pax_time_parse(const char *text, tar_time *out)
{
    bool negative = *text == '-';
    int64_t seconds = 0;
    int32_t nanoseconds = 0;

    if (*text == '-' || *text == '+')
        text++;
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); text++) {
        if (seconds > (INT64_MAX - 9) / 10)
            return false;
        seconds = seconds * 10 + (*text - '0');
    }
    if (*text == '.' ? !parse_fraction(text + 1, &nanoseconds) : *text != '\0')
        return false;
    *out = (tar_time){true, negative ? -seconds : seconds, negative ? -nanoseconds : nanoseconds};
    return true;
}
