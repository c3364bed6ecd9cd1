/* SPDX-License-Identifier: MIT */
/* Names of log files. */
#include "engine/container/log_files.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

#define PREFIX FILE_LOG "."

void log_numbers_free(log_numbers *numbers)
{
    free(numbers->items);
    *numbers = (log_numbers){NULL, 0};
}

uint64_t log_numbers_last(const log_numbers *numbers)
{
    return numbers->count ? numbers->items[numbers->count - 1] : 0;
}

/* 0: it is none of them. */
static uint64_t number_of(const char *name)
{
    int64_t number = 0;

    if (!text_starts_with(name, PREFIX) || !number_parse_signed(name + strlen(PREFIX), &number) ||
        number < 0)
        return 0;
    return (uint64_t)number;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

wcow_status log_numbers_read(wcow_host *host, const char *id, log_numbers *out, wcow_error *err)
{
    cleanup_free char *folder = path_of_container(host, id);
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_log_numbers log_numbers found = {NULL, 0};
    wcow_status status = folder ? store_list(host, folder, &names, err) : error_no_memory(err);

    if (status)
        return status;
    found.items = calloc(names.count + 1, sizeof *found.items);
    if (!found.items)
        return error_no_memory(err);
    for (size_t i = 0; i < names.count; i++) {
        const uint64_t number = number_of(names.items[i]);

        if (number)
            found.items[found.count++] = number;
    }
    qsort(found.items, found.count, sizeof *found.items, compare);
    *out = found;
    found = (log_numbers){NULL, 0};
    return WCOW_OK;
}

char *log_path(const wcow_host *host, const char *id, uint64_t number)
{
    cleanup_free char *name =
        number ? text_format("%s%" PRIu64, PREFIX, number) : text_copy(FILE_LOG);

    return name ? path_in_container(host, id, name) : NULL;
}
