/* SPDX-License-Identifier: MIT */
/*
 * One lock for all processes guards the file; it is held for the copying of a
 * record. Records have rooms of 64 bytes, 128, 256…; a room that is given back
 * is used again, and a key that has no record leaves the table (what came
 * behind it moves up), so that the file is as large as what is kept, and a look
 * into the table as short. Who dies with the lock loses it: the next one takes
 * it over.
 */
#include "sidecar_store.h"

#include <stdlib.h>
#include <string.h>

#define FOLDER     L"C:\\hcssim"
#define STORE      FOLDER L"\\sidecar.store"
#define STORE_SIZE (1ull << 30)
#define SLOT_COUNT (1u << 20)
#define SLOTS_USED (SLOT_COUNT / 4 * 3) /* more would make looking slow */
#define CLASSES    24u
#define SMALLEST   64u
#define SPINS      4000u
#define PATIENCE   2000u /* ms, until the owner of the lock is looked at */

typedef struct slot {
    uint64_t key; /* 0: free */
    uint64_t record;
} slot;

/* All zero is a store without records. */
typedef struct store {
    volatile LONG owner; /* id of the process that has the lock, 0: none */
    volatile LONG marked;
    uint64_t used; /* of the records' room */
    uint64_t taken;
    uint64_t given_back[CLASSES]; /* the first room of each size that nobody has;
                                     0: none */
    slot slots[SLOT_COUNT];
    BYTE records[];
} store;

/* Before a record: how long it is, and in a room that nobody has, where the
 * next one is. */
typedef struct record {
    uint64_t size;
    BYTE bytes[];
} record;

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

/* ---- the lock ---- */

static bool is_alive(DWORD pid)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, pid);
    bool alive = process && WaitForSingleObject(process, 0) == WAIT_TIMEOUT;

    if (process)
        CloseHandle(process);
    return alive;
}

static void lock(store *s)
{
    const LONG self = (LONG)GetCurrentProcessId();
    unsigned tried = 0;
    LONG owner;

    while ((owner = InterlockedCompareExchange(&s->owner, self, 0)) != 0) {
        if (++tried < SPINS) {
            YieldProcessor();
            continue;
        }
        Sleep(tried < 2 * SPINS ? 0 : 1);
        if (tried > 2 * SPINS + PATIENCE) {
            if (owner != self && !is_alive((DWORD)owner) &&
                InterlockedCompareExchange(&s->owner, self, owner) == owner)
                return;
            tried = SPINS;
        }
    }
}

static void unlock(store *s)
{
    InterlockedExchange(&s->owner, 0);
}

/* ---- rooms ---- */

static record *at(store *s, uint64_t offset)
{
    return (record *)(void *)((BYTE *)s + offset);
}

static unsigned class_of(uint64_t size)
{
    unsigned size_class = 0;

    while (size_class < CLASSES && ((uint64_t)SMALLEST << size_class) < sizeof(record) + size)
        size_class++;
    return size_class;
}

/* Offset of a room for so many bytes; 0: there is none. */
static uint64_t room_take(store *s, uint64_t size)
{
    const unsigned size_class = class_of(size);
    uint64_t offset;

    if (size_class == CLASSES)
        return 0;
    offset = s->given_back[size_class];
    if (offset) {
        memcpy(&s->given_back[size_class], at(s, offset)->bytes, sizeof(uint64_t));
        return offset;
    }
    offset = sizeof(*s) + s->used;
    if (((uint64_t)SMALLEST << size_class) > STORE_SIZE - offset)
        return 0;
    s->used += (uint64_t)SMALLEST << size_class;
    return offset;
}

static void room_give_back(store *s, uint64_t offset)
{
    const unsigned size_class = class_of(at(s, offset)->size);

    memcpy(at(s, offset)->bytes, &s->given_back[size_class], sizeof(uint64_t));
    s->given_back[size_class] = offset;
}

/* ---- the table ---- */

/* Files made one after the other have numbers side by side: 64 of them share a few pages. */
static size_t home_of(uint64_t key)
{
    return (size_t)((key >> 6) * 0x9E3779B97F4A7C15u >> 50 << 6 | (key & 63));
}

/* The key's slot, or the free one where it would be. */
static slot *find_slot(store *s, uint64_t key)
{
    size_t i = home_of(key);

    while (s->slots[i].key && s->slots[i].key != key)
        i = (i + 1) % SLOT_COUNT;
    return &s->slots[i];
}

/* What lies behind it and would be found no more moves up. */
static void slot_remove(store *s, slot *gone)
{
    size_t hole = (size_t)(gone - s->slots);

    for (size_t i = (hole + 1) % SLOT_COUNT; s->slots[i].key; i = (i + 1) % SLOT_COUNT) {
        size_t home = home_of(s->slots[i].key);

        if ((i - home) % SLOT_COUNT < (i - hole) % SLOT_COUNT)
            continue;
        s->slots[hole] = s->slots[i];
        hole = i;
    }
    s->slots[hole] = (slot){0, 0};
    s->taken--;
}

/* ---- records ---- */

static void drop(store *s, uint64_t key)
{
    slot *found = find_slot(s, key);

    if (!found->key)
        return;
    room_give_back(s, found->record);
    slot_remove(s, found);
}

static bool put(store *s, uint64_t key, const void *head, size_t head_size, const void *rest,
                size_t rest_size)
{
    uint64_t offset = s->taken < SLOTS_USED ? room_take(s, head_size + rest_size) : 0;
    slot *new_slot;

    if (!offset)
        return false;
    at(s, offset)->size = head_size + rest_size;
    memcpy(at(s, offset)->bytes, head, head_size);
    memcpy(at(s, offset)->bytes + head_size, rest, rest_size);
    drop(s, key);
    new_slot = find_slot(s, key);
    *new_slot = (slot){key, offset};
    s->taken++;
    return true;
}

bool store_put(uint64_t key, const void *head, size_t head_size, const void *rest, size_t rest_size)
{
    store *s = head_size < STORE_SIZE && rest_size < STORE_SIZE ? open_store(true) : NULL;
    bool done;

    if (!s)
        return false;
    lock(s);
    done = put(s, key, head, head_size, rest, rest_size);
    unlock(s);
    return done;
}

BYTE *store_get(uint64_t key, size_t *size)
{
    store *s = open_store(false);
    BYTE *out = NULL;
    slot *found;

    if (!s)
        return NULL;
    lock(s);
    found = find_slot(s, key);
    if (found->key) {
        const record *kept = at(s, found->record);

        out = malloc((size_t)kept->size + 1);
        if (out) {
            *size = (size_t)kept->size;
            memcpy(out, kept->bytes, *size);
        }
    }
    unlock(s);
    return out;
}

void store_drop(uint64_t key)
{
    store *s = open_store(false);

    if (!s)
        return;
    lock(s);
    drop(s, key);
    unlock(s);
}

uint64_t store_room(void)
{
    const store *s = open_store(false);

    return s ? s->used : 0;
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
