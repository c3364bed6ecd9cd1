/* SPDX-License-Identifier: MIT */
/* A growing list of owned strings. */
#include "base/strings.h"

#include <string.h>

#include "base/text.h"

bool string_list_own(string_list *list, char *item)
{
    if (!item)
        return false;

    if (list->count + 1 >= list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        char **items = realloc(list->items, capacity * sizeof(*items));

        if (!items) {
            free(item);
            return false;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    list->items[list->count] = NULL;
    return true;
}

bool string_list_add(string_list *list, const char *item)
{
    return string_list_own(list, text_copy(item));
}

bool string_list_contains(const string_list *list, const char *item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i], item))
            return true;
    }
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void string_list_sort(string_list *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof(*list->items), compare);
}

void string_list_free(string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (string_list)STRING_LIST_INIT;
}
