/* SPDX-License-Identifier: MIT */
/* Failing allocations, one after the other. */
#include "tests/unit/memory.h"

#include <stdatomic.h>
#include <stdlib.h>

#include <cjson/cJSON.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* How many allocations are still to go well; negative: all. Other threads allocate, too. */
static atomic_long left = -1;
static atomic_bool failed;

static bool is_to_fail(void)
{
    long before = atomic_load(&left);

    while (before >= 0 && !atomic_compare_exchange_weak(&left, &before, before - 1))
        ;
    if (before != 0)
        return false;
    atomic_store(&failed, true);
    return true;
}

void *__wrap_malloc(size_t size)
{
    return is_to_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_to_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_to_fail() ? NULL : __real_realloc(old, size);
}

void memory_hook(void)
{
    cJSON_Hooks hooks = {__wrap_malloc, free};

    cJSON_InitHooks(&hooks);
}

void memory_fail_nth(size_t nth)
{
    atomic_store(&failed, false);
    atomic_store(&left, (long)nth - 1);
}

bool memory_failed(void)
{
    atomic_store(&left, -1);
    return atomic_load(&failed);
}

void *memory_zeroed(size_t count, size_t size)
{
    return __real_calloc(count, size);
}
