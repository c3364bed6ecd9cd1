/* SPDX-License-Identifier: MIT */
/*
 * Tombstones: lines "\dir\name" below a line that tells the version. Sorted by folder, so that each
 * folder finds its own by halving: a layer that removes 100,000 files of 10,000 folders has both.
 */
#include "layer/export/tombstones.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"

#define FILE_NAME  "tombstones.txt"
#define FILE_LIMIT ((size_t)64 << 20)
#define HEAD       "\xEF\xBB\xBFVersion 1.0"

static int compare(const void *a, const void *b)
{
    const tombstone *one = a;
    const tombstone *two = b;
    int order = strcmp(one->folder, two->folder);

    if (order != 0)
        return order;
    return (one->number > two->number) - (one->number < two->number);
}

static size_t count_lines(const char *lines)
{
    size_t count = 1;

    for (; *lines; lines++)
        count += *lines == '\n' || *lines == '\r'; /* either ends one, see split() */
    return count;
}

/* Cuts the text into lines, and each line into folder and name. */
static void split(tombstones *all)
{
    for (char *line = all->text; *line;) {
        size_t length = strcspn(line, "\r\n");
        char *next = line + length + (line[length] != '\0');
        char *base;

        line[length] = '\0';
        base = strrchr(line, '\\');
        if (base) {
            *base = '\0';
            all->items[all->count] = (tombstone){line, base + 1, all->count};
            all->count++;
        }
        line = next;
    }
}

wcow_status tombstones_parse(const char *bytes, tombstones *out, wcow_error *err)
{
    tombstones all = TOMBSTONES_INIT;

    if (!text_starts_with(bytes, HEAD))
        return error_set(err, WCOW_CORRUPT, "it is of an unknown version");
    all.text = text_copy(bytes + strlen(HEAD));
    all.items = all.text ? calloc(count_lines(all.text), sizeof(*all.items)) : NULL;
    if (!all.items) {
        tombstones_free(&all);
        return error_no_memory(err);
    }
    split(&all);
    qsort(all.items, all.count, sizeof(*all.items), compare);
    *out = all;
    return WCOW_OK;
}

/* How many come before a folder's; behind them, if they are to be left out, too. */
static size_t before(const tombstones *all, const char *folder, bool behind)
{
    size_t first = 0;
    size_t end = all->count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;
        int order = strcmp(all->items[middle].folder, folder);

        if (order < 0 || (behind && order == 0))
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

wcow_status tombstones_read(files_port *files, const char *folder, tombstones *out, wcow_error *err)
{
    cleanup_free char *path = path_join(folder, FILE_NAME);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status;
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    hr = files->read(files, path, FILE_LIMIT, &bytes, &size);
    if (hr == HR_FILE_NOT_FOUND)
        return WCOW_OK;
    status = HR_FAILED(hr) ? error_hresult(err, hr, "read") : tombstones_parse(bytes, out, err);
    return status ? error_wrap(err, status, FILE_NAME) : WCOW_OK;
}

const tombstone *tombstones_of(const tombstones *all, const char *folder, size_t *count)
{
    size_t first = before(all, folder, false);

    *count = before(all, folder, true) - first;
    return *count ? &all->items[first] : NULL;
}

void tombstones_free(tombstones *all)
{
    free(all->items);
    free(all->text);
    *all = (tombstones)TOMBSTONES_INIT;
}
