/* SPDX-License-Identifier: MIT */
/* Files with several names: an open-addressing table by file id. WinSxS has 10,000s of them. */
#include "layer/export/link_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct link_slot {
    uint64_t volume;
    uint8_t id[16];
    char *name; /* NULL: free */
};

#define FIRST_CAPACITY 256 /* a power of two, as all */

/* Where the file is, or would be. Ids are numbers that count up: any mixing will do. */
static struct link_slot *locate(const link_set *set, uint64_t volume, const uint8_t *id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ volume;
    size_t i;

    for (size_t n = 0; n < 16; n++)
        hash = (hash ^ id[n]) * UINT64_C(0x100000001b3);
    i = (size_t)(hash ^ hash >> 32) & (set->capacity - 1);
    while (set->slots[i].name &&
           (set->slots[i].volume != volume || memcmp(set->slots[i].id, id, 16) != 0))
        i = (i + 1) & (set->capacity - 1);
    return &set->slots[i];
}

static bool grow(link_set *set)
{
    link_set larger = {NULL, set->count, set->capacity ? set->capacity * 2 : FIRST_CAPACITY};

    larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < set->capacity; i++)
        if (set->slots[i].name)
            *locate(&larger, set->slots[i].volume, set->slots[i].id) = set->slots[i];
    free(set->slots);
    *set = larger;
    return true;
}

bool link_set_meet(link_set *set, const file_identity *identity, const char *name,
                   const char **first)
{
    struct link_slot *slot;

    *first = NULL;
    if (identity->links < 2)
        return true;
    if (set->count >= set->capacity / 2 && !grow(set))
        return false;
    slot = locate(set, identity->volume, identity->id);
    *first = slot->name;
    if (slot->name)
        return true;
    slot->name = text_copy(name);
    if (!slot->name)
        return false;
    slot->volume = identity->volume;
    memcpy(slot->id, identity->id, sizeof(slot->id));
    set->count++;
    return true;
}

void link_set_free(link_set *set)
{
    for (size_t i = 0; i < set->capacity; i++)
        free(set->slots[i].name);
    free(set->slots);
    *set = (link_set)LINK_SET_INIT;
}
