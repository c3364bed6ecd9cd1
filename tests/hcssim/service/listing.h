/* SPDX-License-Identifier: MIT */
/** What was in a folder at some time, to find later what has changed in it. */
#ifndef HCSSIM_SERVICE_LISTING_H
#define HCSSIM_SERVICE_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wchar.h>

typedef struct listing_entry {
    wchar_t *path; /* relative to the folder */
    uint64_t size; /* LISTING_FOLDER: a folder */
    uint64_t written;
} listing_entry;

#define LISTING_FOLDER UINT64_MAX

typedef struct listing {
    listing_entry *entries; /* sorted by path without regard to case */
    size_t count, capacity;
} listing;

#define LISTING_INIT                                                                               \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/** Everything below a folder. */
int32_t listing_take(const wchar_t *folder, listing *out);
int32_t listing_save(const listing *l, const wchar_t *file);
int32_t listing_load(const wchar_t *file, listing *out);
const listing_entry *listing_find(const listing *l, const wchar_t *path);
void listing_free(listing *l);

#endif
