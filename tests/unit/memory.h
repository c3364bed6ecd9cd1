/* SPDX-License-Identifier: MIT */
/**
 * Failing allocations, one after the other. A test that links this wraps malloc, calloc and realloc
 * of the code under test (-Wl,--wrap=…) and of cJSON (by its hooks).
 */
#ifndef WCOW_TESTS_UNIT_MEMORY_H
#define WCOW_TESTS_UNIT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/** Call once, before anything is allocated. */
void memory_hook(void);
/** The nth allocation from now fails; 0: none. */
void memory_fail_nth(size_t nth);
/** Whether that has happened; none fails any more after this call. */
bool memory_failed(void);
/** calloc that does not fail, for what a test itself needs meanwhile. */
void *memory_zeroed(size_t count, size_t size);

#endif
