/* SPDX-License-Identifier: MIT */
/** The records of PAX extended headers: "LENGTH KEY=VALUE\n". */
#ifndef WCOW_LAYER_TAR_PAX_H
#define WCOW_LAYER_TAR_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

/** A time of a tar header: seconds since 1970 and nanoseconds in the same direction. */
typedef struct tar_time {
    bool present;
    int64_t seconds;
    int32_t nanoseconds; /* negative before 1970: -1.25 s is {-1, -250000000} */
} tar_time;

typedef struct pax_record {
    char *key;   /* one block with the value */
    char *value; /* NUL-terminated; may hold NULs before that */
    size_t length;
} pax_record;

typedef struct pax_records {
    pax_record *items;
    size_t count;
    size_t capacity;
    size_t bytes; /* of keys and values */
} pax_records;

#define PAX_RECORDS_INIT                                                                           \
    {                                                                                              \
        NULL, 0, 0, 0                                                                              \
    }

#define PAX_SPARSE_MAP "GNU.sparse.map"

/** Most bytes of one extended header. */
#define PAX_HEADER_LIMIT ((size_t)1 << 20)
/** Most bytes of all global records. They add up, and each entry gets a copy of them: a few bytes
 * of headers after them would cost as much as large ones. */
#define PAX_GLOBAL_LIMIT ((size_t)64 << 10)
/** Most records of one entry. Windows layers have a dozen; searching them all is linear. */
#define PAX_RECORD_LIMIT 512

/**
 * Adds the records of one header; a later one replaces an earlier one of the same key. The map of a
 * sparse file in version 0.0 of GNU's format, many records of two keys, becomes that of 0.1, one
 * record PAX_SPARSE_MAP.
 */
WCOW_CHECKED wcow_status pax_parse(const char *bytes, size_t length, pax_records *out,
                                   wcow_error *err);
/** Adds copies of those records of `from` that `out` does not have; false when out of memory. */
bool pax_inherit(pax_records *out, const pax_records *from);
/** The record of that key; NULL if there is none or its value is empty (which means "unset"). */
const pax_record *pax_find(const pax_records *records, const char *key);
/** The record of that key, even an empty one: what Windows layers' own records go by. */
const pax_record *pax_find_any(const pax_records *records, const char *key);
void pax_clear(pax_records *records);

/** "-1.25" → {-1, -250000000}. Digits beyond the ninth are dropped. */
bool pax_time_parse(const char *string, tar_time *out);
/** Decimal digits only, up to `limit`. */
bool pax_number_parse(const char *string, uint64_t limit, uint64_t *out);
/** The first `length` characters: decimal digits, perhaps after a sign. */
bool pax_integer_parse(const char *string, size_t length, int64_t *out);

#endif
