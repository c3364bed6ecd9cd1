/* SPDX-License-Identifier: MIT */
/*
 * wevtapi.dll of the simulated host: Wine's own has no events. A channel is a file with one entry a
 * line (event_log.c). Of a query only the earliest SystemTime and a Provider's name count, and the
 * direction. Its providers have no words: entries show their data.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define REVERSE    0x200u
#define NO_CHANNEL 15007u /* ERROR_EVT_CHANNEL_NOT_FOUND */
#define FILE_LIMIT (1 << 24)
#define NAME_LIMIT 260

HANDLE WINAPI event_query(HANDLE session, PCWSTR path, PCWSTR query, DWORD flags);
BOOL WINAPI event_next(HANDLE results, DWORD size, HANDLE *events, DWORD timeout, DWORD flags,
                       DWORD *returned);
BOOL WINAPI event_render(HANDLE context, HANDLE event, DWORD flags, DWORD size, void *buffer,
                         DWORD *used, DWORD *properties);
HANDLE WINAPI event_publisher(HANDLE session, PCWSTR publisher, PCWSTR file, LCID locale,
                              DWORD flags);
BOOL WINAPI event_format(HANDLE metadata, HANDLE event, DWORD id, DWORD count, void *values,
                         DWORD flags, DWORD size, PWSTR buffer, DWORD *used);
BOOL WINAPI event_close(HANDLE object);

/* Both kinds of handle: results have lines, an event has one. */
typedef struct event_object {
    char *words;
    char *at;          /* the end of the lines that were not handed out yet */
    char earliest[40]; /* "" or a time */
    char provider[80];
} event_object;

/* What stands between two marks. */
static void between(const char *words, const char *mark, char end, char *out, size_t size)
{
    const char *at = strstr(words, mark);
    size_t length = 0;

    if (at) {
        for (at += strlen(mark); *at && *at != end && length + 1 < size; at++)
            out[length++] = *at;
    }
    out[length] = '\0';
}

static char *read_file(const char *path)
{
    HANDLE file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL,
                              OPEN_EXISTING, 0, NULL);
    char *words = NULL;
    DWORD got = 0;

    if (file == INVALID_HANDLE_VALUE)
        return NULL;
    words = calloc(1, FILE_LIMIT);
    if (words && !ReadFile(file, words, FILE_LIMIT - 1, &got, NULL))
        words[0] = '\0';
    CloseHandle(file);
    return words;
}

HANDLE WINAPI event_query(HANDLE session, PCWSTR path, PCWSTR query, DWORD flags)
{
    char name[NAME_LIMIT];
    char wanted[1024];
    event_object *results = calloc(1, sizeof(*results));

    (void)session, (void)flags;
    snprintf(name, sizeof(name), "C:\\hcssim\\events\\%ls.xml", path);
    snprintf(wanted, sizeof(wanted), "%ls", query);
    if (!results)
        return NULL;
    results->words = read_file(name);
    if (!results->words) {
        free(results);
        SetLastError(NO_CHANNEL);
        return NULL;
    }
    between(wanted, "@SystemTime>='", '\'', results->earliest, sizeof(results->earliest));
    between(wanted, "@Name='", '\'', results->provider, sizeof(results->provider));
    results->at = results->words + strlen(results->words);
    return results;
}

static BOOL fits(const event_object *results, const char *line)
{
    char time[40];
    char provider[80];

    between(line, "SystemTime='", '\'', time, sizeof(time));
    between(line, "<Provider Name='", '\'', provider, sizeof(provider));
    return strcmp(time, results->earliest) >= 0 &&
           (!results->provider[0] || strcmp(provider, results->provider) == 0);
}

/* The line before `at`, cut out of the file; NULL at its beginning. */
static char *line_before(event_object *results)
{
    char *start;

    while (results->at > results->words && results->at[-1] == '\n')
        *--results->at = '\0';
    if (results->at == results->words)
        return NULL;
    for (start = results->at; start > results->words && start[-1] != '\n'; start--)
        ;
    results->at = start;
    return start;
}

BOOL WINAPI event_next(HANDLE handle, DWORD size, HANDLE *events, DWORD timeout, DWORD flags,
                       DWORD *returned)
{
    event_object *results = handle;
    char *line;

    (void)timeout, (void)flags;
    *returned = 0;
    while (*returned < size && (line = line_before(results)) != NULL) {
        event_object *event = fits(results, line) ? calloc(1, sizeof(*event)) : NULL;

        if (event) {
            event->words = _strdup(line);
            events[(*returned)++] = event;
        }
        *line = '\0';
    }
    if (!*returned)
        SetLastError(ERROR_NO_MORE_ITEMS);
    return *returned > 0;
}

BOOL WINAPI event_render(HANDLE context, HANDLE handle, DWORD flags, DWORD size, void *buffer,
                         DWORD *used, DWORD *properties)
{
    const event_object *event = handle;
    const int units = MultiByteToWideChar(CP_UTF8, 0, event->words, -1, NULL, 0);

    (void)context, (void)flags;
    *properties = 0;
    *used = (DWORD)((size_t)units * sizeof(WCHAR));
    if (size < *used) {
        SetLastError(ERROR_INSUFFICIENT_BUFFER);
        return FALSE;
    }
    return MultiByteToWideChar(CP_UTF8, 0, event->words, -1, buffer, units) > 0;
}

HANDLE WINAPI event_publisher(HANDLE session, PCWSTR publisher, PCWSTR file, LCID locale,
                              DWORD flags)
{
    (void)session, (void)publisher, (void)file, (void)locale, (void)flags;
    SetLastError(ERROR_FILE_NOT_FOUND);
    return NULL;
}

BOOL WINAPI event_format(HANDLE metadata, HANDLE event, DWORD id, DWORD count, void *values,
                         DWORD flags, DWORD size, PWSTR buffer, DWORD *used)
{
    (void)metadata, (void)event, (void)id, (void)count, (void)values, (void)flags, (void)size;
    (void)buffer;
    *used = 0;
    SetLastError(ERROR_FILE_NOT_FOUND);
    return FALSE;
}

BOOL WINAPI event_close(HANDLE handle)
{
    event_object *object = handle;

    free(object->words);
    free(object);
    return TRUE;
}
