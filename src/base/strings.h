/* SPDX-License-Identifier: MIT */
/** A growing list of owned strings, always NULL-terminated. */
#ifndef WCOW_BASE_STRINGS_H
#define WCOW_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

typedef struct string_list {
    char **items; /* NULL while empty */
    size_t count;
    size_t capacity;
} string_list;

#define STRING_LIST_INIT                                                                           \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

/** Adds a copy; false when out of memory (the list stays as it was). */
bool string_list_add(string_list *list, const char *item);
/** Adds the string itself and owns it from then on, even when it fails (then it is freed). */
bool string_list_own(string_list *list, char *item);
bool string_list_contains(const string_list *list, const char *item);
void string_list_sort(string_list *list);
void string_list_free(string_list *list);

DEFINE_CLEANUP_VALUE(string_list, string_list, string_list_free)
#define cleanup_strings CLEANUP(string_list)

#endif
