/* SPDX-License-Identifier: MIT */
/* The names a layer's tar brought so far: an open-addressing table of 64-bit hashes. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/store/name.h"
#include "port/hash.h"

struct name_slot {
    uint64_t hash;
    name_kind kind; /* NAME_NONE: free */
};

#define FIRST_CAPACITY 1024 /* a power of two, as all */

/* FNV-1a, from one end to another. A clash makes an honest layer fail with 1 chance in 2^32 at
 * 65,000 names; nothing worse. */
static uint64_t hash_on(uint64_t hash, const char *from, const char *to)
{
    for (; from < to; from++) {
        unsigned char c = (unsigned char)*from;

        if (c >= 'A' && c <= 'Z')
            c = (unsigned char)(c - 'A' + 'a');
        hash = (hash ^ c) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static uint64_t hash_start(const name_set *set)
{
    return UINT64_C(0xcbf29ce484222325) ^ set->seed;
}

static uint64_t hash_of(const name_set *set, const char *name)
{
    return hash_on(hash_start(set), name, name + strlen(name));
}

/* Where the hash is, or would be. */
static struct name_slot *locate(const name_set *set, uint64_t hash)
{
    size_t i = (size_t)(hash ^ hash >> 32) & (set->capacity - 1);

    while (set->slots[i].kind != NAME_NONE && set->slots[i].hash != hash)
        i = (i + 1) & (set->capacity - 1);
    return &set->slots[i];
}

static bool grow(name_set *set)
{
    name_set larger = {NULL, set->count, set->capacity * 2, set->seed};

    if (larger.capacity == 0) {
        larger.capacity = FIRST_CAPACITY;
        (void)random_bytes(&larger.seed, sizeof(larger.seed));
    }
    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i].kind != NAME_NONE)
            *locate(&larger, set->slots[i].hash) = set->slots[i];
    }
    free(set->slots);
    *set = larger;
    return true;
}

static name_kind find(const name_set *set, uint64_t hash)
{
    return set->capacity ? locate(set, hash)->kind : NAME_NONE;
}

name_kind name_set_find(const name_set *set, const char *name)
{
    return find(set, hash_of(set, name));
}

/* Every folder on the way must be a folder, as far as this layer brought it. */
wcow_status name_set_check_way(const name_set *set, const char *name, wcow_error *err)
{
    uint64_t hash = hash_start(set);
    const char *hashed = name;

    for (const char *end = strchr(name, '\\'); end; end = strchr(end + 1, '\\')) {
        int length = (int)(end - name);
        name_kind kind;

        hash = hash_on(hash, hashed, end);
        hashed = end;
        kind = find(set, hash);
        if (kind == NAME_REPARSE)
            return error_set(err, WCOW_CORRUPT, "it lies behind the link '%.*s'", length, name);
        if (kind == NAME_FILE || kind == NAME_HARD_LINK)
            return error_set(err, WCOW_CORRUPT, "it lies within '%.*s', which is a file", length,
                             name);
    }
    return WCOW_OK;
}

wcow_status name_set_claim(name_set *set, const char *name, name_kind kind, wcow_error *err)
{
    struct name_slot *slot;
    uint64_t hash;
    wcow_status status = name_set_check_way(set, name, err);

    if (status)
        return status;
    if (set->count >= set->capacity / 2 && !grow(set))
        return error_no_memory(err);
    hash = hash_of(set, name);
    slot = locate(set, hash);
    if (slot->kind != NAME_NONE)
        return error_set(err, WCOW_CORRUPT, "the archive has it twice");
    *slot = (struct name_slot){hash, kind};
    set->count++;
    return WCOW_OK;
}

void name_set_free(name_set *set)
{
    free(set->slots);
    *set = (name_set)NAME_SET_INIT;
}
