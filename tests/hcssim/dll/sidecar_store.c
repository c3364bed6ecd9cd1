/* SPDX-License-Identifier: MIT */
/*
 * Records are appended and never changed. A table leads from a key to its newest record: what makes
 * a record seen is the exchange of one 64-bit number. The file has holes where nothing was written.
 */
#include "sidecar_store.h"

#include <string.h>

#define FOLDER     L"C:\\hcssim"
#define STORE      FOLDER L"\\sidecar.store"
#define STORE_SIZE (1ull << 30)
#define SLOT_COUNT (1u << 20)

typedef struct slot {
    volatile LONG64 key;    /* 0: free; a key never leaves its slot */
    volatile LONG64 record; /* its offset; 0: none */
} slot;

/* All zero is a store without records. */
typedef struct store {
    volatile LONG64 used; /* of the records' room */
    volatile LONG marked;
    BYTE unused[52];
    slot slots[SLOT_COUNT];
    BYTE records[];
} store;

static store *volatile mapped; /* as long as the process lives */

static store *map(DWORD how)
{
    HANDLE file =
        CreateFileW(STORE, GENERIC_READ | GENERIC_WRITE,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL, how, 0, NULL);
    HANDLE section;
    store *s;

    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    section = CreateFileMappingW(file, NULL, PAGE_READWRITE, (DWORD)(STORE_SIZE >> 32),
                                 (DWORD)STORE_SIZE, NULL);
    CloseHandle(file);
    if (!section)
        return NULL;
    s = MapViewOfFile(section, FILE_MAP_WRITE, 0, 0, 0);
    CloseHandle(section);
    return s;
}

/* To look something up, what is not there need not be made. */
static store *open_store(bool make)
{
    store *found = mapped;
    store *earlier;

    if (found)
        return found;
    if (make)
        CreateDirectoryW(FOLDER, NULL);
    found = map(make ? OPEN_ALWAYS : OPEN_EXISTING);
    if (!found)
        return NULL;
    earlier = InterlockedCompareExchangePointer((void *volatile *)&mapped, found, NULL);
    if (earlier)
        UnmapViewOfFile(found);
    return earlier ? earlier : found;
}

/* The key's slot; without one, NULL or, if it is to be taken, a free one. */
static slot *find_slot(store *s, uint64_t key, bool take)
{
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 44);

    for (size_t tried = 0; tried < SLOT_COUNT; tried++, i++) {
        slot *at = &s->slots[i % SLOT_COUNT];
        LONG64 found = at->key;

        if (!found && take)
            found = InterlockedCompareExchange64(&at->key, (LONG64)key, 0);
        if ((!found && take) || found == (LONG64)key)
            return at;
        if (!found)
            return NULL;
    }
    return NULL;
}

bool store_put(uint64_t key, const void *head, size_t head_size, const void *rest, size_t rest_size)
{
    store *s = open_store(true);
    slot *at = s ? find_slot(s, key, true) : NULL;
    uint64_t size = head_size + rest_size;
    uint64_t room = (sizeof(size) + size + 7) & ~7ull;
    uint64_t offset;

    if (!at || size > STORE_SIZE / 2)
        return false;
    offset = sizeof(*s) + (uint64_t)InterlockedExchangeAdd64(&s->used, (LONG64)room);
    if (offset > STORE_SIZE - room)
        return false;
    memcpy((BYTE *)s + offset, &size, sizeof(size));
    memcpy((BYTE *)s + offset + sizeof(size), head, head_size);
    memcpy((BYTE *)s + offset + sizeof(size) + head_size, rest, rest_size);
    InterlockedExchange64(&at->record, (LONG64)offset);
    return true;
}

const BYTE *store_find(uint64_t key, size_t *size)
{
    store *s = open_store(false);
    const slot *at = s ? find_slot(s, key, false) : NULL;
    uint64_t offset = at ? (uint64_t)at->record : 0;
    uint64_t length;

    if (!offset)
        return NULL;
    memcpy(&length, (const BYTE *)s + offset, sizeof(length));
    *size = (size_t)length;
    return (const BYTE *)s + offset + sizeof(length);
}

void store_drop(uint64_t key)
{
    store *s = open_store(false);
    slot *at = s ? find_slot(s, key, false) : NULL;

    if (at && at->record)
        InterlockedExchange64(&at->record, 0);
}

void store_mark(void)
{
    store *s = open_store(true);

    if (s)
        InterlockedExchange(&s->marked, 1);
}

bool store_is_marked(void)
{
    const store *s = open_store(false);

    return s && s->marked;
}
