/* SPDX-License-Identifier: MIT */
/*
 * Windows' event log, which Wine has not: the Application log, as ReportEvent writes it. Each
 * channel is a file C:\hcssim\events\<channel>.xml with one entry a line, which wevtapi.dll reads;
 * what a test writes into one, a service has written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "../service/wide.h"
#include "hooks.h"

#define FOLDER L"C:\\hcssim\\events"

static const char *level_of(WORD type)
{
    return type == EVENTLOG_ERROR_TYPE ? "2" : type == EVENTLOG_WARNING_TYPE ? "3" : "4";
}

/* All in one line, as XML has it. */
static void append(char *line, size_t size, const char *words)
{
    size_t length = strlen(line);

    for (; *words && length + 8 < size; words++) {
        const char *instead = *words == '<'   ? "&lt;"
                              : *words == '>' ? "&gt;"
                              : *words == '&' ? "&amp;"
                              : *words < ' '  ? " "
                                              : NULL;

        if (instead)
            length += (size_t)snprintf(line + length, size - length, "%s", instead);
        else
            line[length++] = *words;
        line[length] = '\0';
    }
}

static void write_line(const char *line)
{
    HANDLE file;
    DWORD written;

    CreateDirectoryW(FOLDER, NULL);
    file = CreateFileW(FOLDER L"\\Application.xml", FILE_APPEND_DATA,
                       FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return;
    WriteFile(file, line, (DWORD)strlen(line), &written, NULL);
    CloseHandle(file);
}

BOOL WINAPI hooked_report_event(HANDLE source, WORD type, WORD category, DWORD id, PSID user,
                                WORD count, DWORD size, LPCWSTR *strings, LPVOID data)
{
    char line[8192];
    SYSTEMTIME now;

    (void)source, (void)category, (void)user, (void)size, (void)data;
    GetSystemTime(&now);
    snprintf(line, sizeof(line),
             "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
             "<Provider Name='wcow'/><EventID Qualifiers='0'>%lu</EventID><Level>%s</Level>"
             "<TimeCreated SystemTime='%04u-%02u-%02uT%02u:%02u:%02u.%03u0000Z'/>"
             "<Channel>Application</Channel></System><EventData>",
             id, level_of(type), now.wYear, now.wMonth, now.wDay, now.wHour, now.wMinute,
             now.wSecond, now.wMilliseconds);
    for (WORD i = 0; i < count; i++) {
        char *words = utf8_from_wide(strings[i]);

        snprintf(line + strlen(line), sizeof(line) - strlen(line), "<Data>");
        append(line, sizeof(line) - 64, words ? words : "");
        snprintf(line + strlen(line), sizeof(line) - strlen(line), "</Data>");
        free(words);
    }
    snprintf(line + strlen(line), sizeof(line) - strlen(line), "</EventData></Event>\n");
    write_line(line);
    return TRUE;
}
