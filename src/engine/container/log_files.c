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
#define PACKED ".gz"

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
    const size_t length = text_starts_with(name, PREFIX) ? strlen(name) - strlen(PREFIX) : 0;
    const size_t ending = text_ends_with(name, PACKED) ? strlen(PACKED) : 0;
    cleanup_free char *digits = NULL;
    int64_t number = 0;

    if (length <= ending)
        return 0;
    digits = text_copy_bytes(name + strlen(PREFIX), length - ending);
    return digits && number_parse_signed(digits, &number) && number > 0 ? (uint64_t)number : 0;
}

bool log_is_unfinished(const char *name)
{
    return text_starts_with(name, PREFIX) && strstr(name, PACKED ".");
}

static int compare(const void *a, const void *b)
{
    const uint64_t *left = a;
    const uint64_t *right = b;

    return (*left > *right) - (*left < *right);
}

static void keep_one_of_each(log_numbers *numbers)
{
    size_t kept = 0;

    for (size_t i = 0; i < numbers->count; i++) {
        if (!kept || numbers->items[kept - 1] != numbers->items[i])
            numbers->items[kept++] = numbers->items[i];
    }
    numbers->count = kept;
}

static bool collect(const string_list *names, bool packed, log_numbers *out)
{
    cleanup_log_numbers log_numbers found = {calloc(names->count + 1, sizeof *found.items), 0};

    if (!found.items)
        return false;
    for (size_t i = 0; i < names->count; i++) {
        const uint64_t number = number_of(names->items[i]);

        if (number && (packed || !text_ends_with(names->items[i], PACKED)))
            found.items[found.count++] = number;
    }
    qsort(found.items, found.count, sizeof *found.items, compare);
    keep_one_of_each(&found);
    *out = found;
    found = (log_numbers){NULL, 0};
    return true;
}

bool log_numbers_plain(const string_list *names, log_numbers *out)
{
    return collect(names, false, out);
}

wcow_status log_numbers_read(wcow_host *host, const char *id, log_numbers *out, wcow_error *err)
{
    cleanup_free char *folder = path_of_container(host, id);
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status = folder ? store_list(host, folder, &names, err) : error_no_memory(err);

    if (status)
        return status;
    return collect(&names, true, out) ? WCOW_OK : error_no_memory(err);
}

static char *path_of(const wcow_host *host, const char *id, uint64_t number, const char *ending)
{
    cleanup_free char *name =
        number ? text_format("%s%" PRIu64 "%s", PREFIX, number, ending) : text_copy(FILE_LOG);

    return name ? path_in_container(host, id, name) : NULL;
}

char *log_path(const wcow_host *host, const char *id, uint64_t number)
{
    return path_of(host, id, number, "");
}

char *log_path_packed(const wcow_host *host, const char *id, uint64_t number)
{
    return path_of(host, id, number, PACKED);
}

/* The compressed one last: if either stays, all of its lines do. */
void log_remove(wcow_host *host, const char *id, uint64_t number)
{
    cleanup_free char *plain = log_path(host, id, number);
    cleanup_free char *packed = log_path_packed(host, id, number);
    files_port *files;

    if (host_files(host, &files, NULL))
        return;
    if (plain)
        (void)files->remove_file(files, plain);
    if (packed)
        (void)files->remove_file(files, packed);
}
