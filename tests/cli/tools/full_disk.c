/* SPDX-License-Identifier: MIT */
/*
 * A disk with little room, for one program under Wine and those that it starts: LD_PRELOAD.
 * WCOW_TEST_ROOM bytes may be written below the folder WCOW_TEST_DISK, then write() answers ENOSPC,
 * as a full disk does: first a part, and from then on nothing.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_llong room = -1; /* until it is asked */

static bool is_on_disk(int descriptor)
{
    const char *disk = getenv("WCOW_TEST_DISK");
    char link[64];
    char path[4096];
    ssize_t length;

    if (!disk)
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return false;
    path[length] = '\0';
    return strncmp(path, disk, strlen(disk)) == 0;
}

/* How much of it there is room for. */
static size_t take(size_t wanted)
{
    long long unasked = -1;
    long long left;
    long long taken;

    atomic_compare_exchange_strong(&room, &unasked, atoll(getenv("WCOW_TEST_ROOM")));
    left = atomic_load(&room);
    do {
        taken = left < (long long)wanted ? left : (long long)wanted;
    } while (!atomic_compare_exchange_weak(&room, &left, left - taken));
    return (size_t)taken;
}

static bool is_full(int descriptor, size_t *count)
{
    if (*count == 0 || !is_on_disk(descriptor))
        return false;
    *count = take(*count);
    if (*count == 0)
        errno = ENOSPC;
    return *count == 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int descriptor, const void *bytes, size_t count)
{
    return is_full(descriptor, &count) ? -1 : REAL(write)(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t at)
{
    return is_full(descriptor, &count) ? -1 : REAL(pwrite)(descriptor, bytes, count, at);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t at)
{
    return is_full(descriptor, &count) ? -1 : REAL(pwrite64)(descriptor, bytes, count, at);
}
