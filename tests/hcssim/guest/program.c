/* SPDX-License-Identifier: MIT */
/* Finding a container's program and making its environment. */
#include "program.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include "base/error.h"

#include "../service/wide.h"

wchar_t *program_path(const wchar_t *root, const wchar_t *path)
{
    if (!root)
        return _wcsdup(path);
    if (path[0] && path[1] == L':')
        path += 2;
    while (*path == L'\\' || *path == L'/')
        path++;
    return *path ? wide_join(root, path) : _wcsdup(root);
}

static bool is_file(const wchar_t *path)
{
    DWORD attributes = GetFileAttributesW(path);

    return attributes != INVALID_FILE_ATTRIBUTES && !(attributes & FILE_ATTRIBUTE_DIRECTORY);
}

/* With the name as it is and, if it has no extension, with .exe; fresh memory. */
static wchar_t *try_file(const wchar_t *root, const wchar_t *path)
{
    const wchar_t *name = wcsrchr(path, L'\\');
    wchar_t *host = program_path(root, path);
    wchar_t *longer = NULL;

    if (host && !wcschr(name ? name : path, L'.')) {
        longer = wide_format(L"%ls.exe", host);
        if (longer && is_file(longer)) {
            free(host);
            return longer;
        }
        free(longer);
    }
    if (host && is_file(host))
        return host;
    free(host);
    return NULL;
}

static wchar_t *try_folder(const wchar_t *root, const wchar_t *folder, const wchar_t *name)
{
    cleanup_free wchar_t *path = folder && *folder ? wide_join(folder, name) : NULL;

    return path ? try_file(root, path) : NULL;
}

/* The first word of a command line, without its quotes, as CreateProcess splits it. */
static wchar_t *first_word(const wchar_t *line)
{
    size_t length;
    wchar_t *word;

    while (*line == L' ' || *line == L'\t')
        line++;
    if (*line == L'"') {
        line++;
        length = wcscspn(line, L"\"");
    } else {
        length = wcscspn(line, L" \t");
    }
    word = malloc((length + 1) * sizeof(*word));
    if (word) {
        wmemcpy(word, line, length);
        word[length] = 0;
    }
    return word;
}

static wchar_t *search_path(const wchar_t *root, const wchar_t *path, const wchar_t *name)
{
    while (path && *path) {
        size_t length = wcscspn(path, L";");
        cleanup_free wchar_t *folder = malloc((length + 1) * sizeof(*folder));
        wchar_t *found;

        if (!folder)
            return NULL;
        wmemcpy(folder, path, length);
        folder[length] = 0;
        found = try_folder(root, folder, name);
        if (found)
            return found;
        path += length;
        path += *path == L';';
    }
    return NULL;
}

static wchar_t *search(const wchar_t *root, const wchar_t *name, const wchar_t *directory,
                       const wchar_t *path)
{
    const wchar_t *folders[] = {directory, L"C:\\Windows\\System32", L"C:\\Windows"};

    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        wchar_t *found = try_folder(root, folders[i], name);

        if (found)
            return found;
    }
    return search_path(root, path, name);
}

/* An unquoted path with blanks may be cut at any of them: C:\Program Files\a.exe b. */
static wchar_t *longer_words(const wchar_t *root, const wchar_t *line)
{
    cleanup_free wchar_t *copy = _wcsdup(line);

    if (!copy || *copy == L'"')
        return NULL;
    for (wchar_t *end = copy; (end = wcschr(end, L' ')) != NULL; end++) {
        wchar_t *found;

        *end = 0;
        found = copy[0] && copy[1] == L':' ? try_file(root, copy) : NULL;
        if (found)
            return found;
        *end = L' ';
    }
    return NULL;
}

int32_t program_find(const wchar_t *root, const wchar_t *application, const wchar_t *command_line,
                     const wchar_t *directory, const wchar_t *path, wchar_t **out)
{
    cleanup_free wchar_t *name =
        application && *application ? _wcsdup(application) : first_word(command_line);
    wchar_t *found;

    if (!name)
        return HR_OUT_OF_MEMORY;
    for (wchar_t *c = name; *c; c++)
        *c = *c == L'/' ? L'\\' : *c;
    if ((name[0] && name[1] == L':') || name[0] == L'\\')
        found = try_file(root, name);
    else if (wcschr(name, L'\\'))
        found = try_folder(root, directory, name);
    else
        found = *name ? search(root, name, directory, path) : NULL;
    if (!found && !(application && *application))
        found = longer_words(root, command_line);
    if (!found)
        return HR_FILE_NOT_FOUND;
    *out = found;
    return HR_OK;
}

/* ---- environment ---- */

/* What a fresh nanoserver container shows for `set`; %1 is the host's name, %2 the user's. */
static const wchar_t *const defaults[] = {
    L"ALLUSERSPROFILE=C:\\ProgramData",
    L"APPDATA=C:\\Users\\%2\\AppData\\Roaming",
    L"CommonProgramFiles=C:\\Program Files\\Common Files",
    L"COMPUTERNAME=%1",
    L"ComSpec=C:\\Windows\\system32\\cmd.exe",
    L"LOCALAPPDATA=C:\\Users\\%2\\AppData\\Local",
    L"NUMBER_OF_PROCESSORS=2",
    L"OS=Windows_NT",
    L"Path=C:\\Windows\\system32;C:\\Windows;C:\\Windows\\System32\\Wbem;"
    L"C:\\Users\\%2\\AppData\\Local\\Microsoft\\WindowsApps",
    L"PATHEXT=.COM;.EXE;.BAT;.CMD",
    L"PROCESSOR_ARCHITECTURE=AMD64",
    L"ProgramData=C:\\ProgramData",
    L"ProgramFiles=C:\\Program Files",
    L"PROMPT=$P$G",
    L"PUBLIC=C:\\Users\\Public",
    L"SystemDrive=C:",
    L"SystemRoot=C:\\Windows",
    L"TEMP=C:\\Users\\%2\\AppData\\Local\\Temp",
    L"TMP=C:\\Users\\%2\\AppData\\Local\\Temp",
    L"USERDOMAIN=User Manager",
    L"USERNAME=%2",
    L"USERPROFILE=C:\\Users\\%2",
    L"windir=C:\\Windows",
};

#define DEFAULT_COUNT (sizeof(defaults) / sizeof(*defaults))

/* %1 → first, %2 → second. */
static wchar_t *fill(const wchar_t *pattern, const wchar_t *first, const wchar_t *second)
{
    wchar_t *all = wide_format(L"");

    for (; *pattern && all; pattern++) {
        const wchar_t letter[2] = {*pattern, 0};
        const wchar_t *piece = letter;
        wchar_t *longer;

        if (*pattern == L'%')
            piece = *++pattern == L'1' ? first : second;
        longer = wide_format(L"%ls%ls", all, piece);
        free(all);
        all = longer;
    }
    return all;
}

static size_t name_length(const wchar_t *entry)
{
    return *entry ? wcscspn(entry + 1, L"=") + 1 : 0;
}

static int by_name(const void *left, const void *right)
{
    return _wcsicmp(*(wchar_t *const *)left, *(wchar_t *const *)right);
}

/* Replaces the entry of the same name, or adds one. */
static void put_entry(wchar_t **list, size_t *count, wchar_t *entry)
{
    size_t length = name_length(entry);

    for (size_t i = 0; i < *count; i++) {
        if (name_length(list[i]) == length && _wcsnicmp(list[i], entry, length) == 0) {
            free(list[i]);
            list[i] = entry;
            return;
        }
    }
    list[(*count)++] = entry;
}

static wchar_t *join_block(wchar_t *const *list, size_t count)
{
    size_t size = 1;
    wchar_t *block, *at;

    for (size_t i = 0; i < count; i++)
        size += wcslen(list[i]) + 1;
    block = calloc(size + 1, sizeof(*block));
    at = block;
    for (size_t i = 0; i < count && block; i++) {
        wcscpy(at, list[i]);
        at += wcslen(at) + 1;
    }
    return block;
}

/* The folders of a PATH as they lie in the volume, before those that the container knows. */
static wchar_t *longer_path(const wchar_t *root, const wchar_t *entry)
{
    size_t name = name_length(entry) + 1;
    wchar_t *all = wide_format(L"%.*ls", (int)name, entry);

    for (const wchar_t *at = entry + name; *at && all;) {
        size_t length = wcscspn(at, L";");
        cleanup_free wchar_t *folder = wide_format(L"%.*ls", (int)length, at);
        cleanup_free wchar_t *there = folder && *folder ? program_path(root, folder) : NULL;
        DWORD attributes = there ? GetFileAttributesW(there) : INVALID_FILE_ATTRIBUTES;

        if (attributes != INVALID_FILE_ATTRIBUTES && (attributes & FILE_ATTRIBUTE_DIRECTORY)) {
            wchar_t *longer = wide_format(L"%ls%ls;", all, there);

            free(all);
            all = longer;
        }
        at += length;
        at += *at == L';';
    }
    if (all) {
        wchar_t *longer = wide_format(L"%ls%ls", all, entry + name);

        free(all);
        all = longer;
    }
    return all;
}

wchar_t *program_search(const wchar_t *root, const wchar_t *block)
{
    size_t count = 0;
    size_t most = 1;
    wchar_t **list;
    wchar_t *made;

    for (const wchar_t *at = block; *at; at += wcslen(at) + 1)
        most++;
    list = calloc(most, sizeof(*list));
    if (!list)
        return NULL;
    for (const wchar_t *at = block; *at; at += wcslen(at) + 1) {
        bool path = name_length(at) == 4 && _wcsnicmp(at, L"PATH", 4) == 0;

        list[count] = path ? longer_path(root, at) : _wcsdup(at);
        count += list[count] != NULL;
    }
    made = join_block(list, count);
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
    return made;
}

wchar_t *program_environment(const char *hostname, const char *user, const char *const *entries)
{
    cleanup_free wchar_t *host = wide_from_utf8(hostname && *hostname ? hostname : "container");
    cleanup_free wchar_t *name = wide_from_utf8(user && *user ? user : "ContainerAdministrator");
    wchar_t *block = NULL;
    size_t count = 0;
    size_t most = DEFAULT_COUNT;
    wchar_t **list;

    for (size_t i = 0; entries && entries[i]; i++)
        most++;
    list = calloc(most, sizeof(*list));
    for (size_t i = 0; i < most && list && host && name; i++) {
        wchar_t *entry = i < DEFAULT_COUNT ? fill(defaults[i], host, name)
                                           : wide_from_utf8(entries[i - DEFAULT_COUNT]);

        if (entry)
            put_entry(list, &count, entry);
    }
    if (list) {
        qsort(list, count, sizeof(*list), by_name);
        block = join_block(list, count);
    }
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
    return block;
}

const wchar_t *program_variable(const wchar_t *block, const wchar_t *name)
{
    size_t length = wcslen(name);

    for (; *block; block += wcslen(block) + 1)
        if (name_length(block) == length && _wcsnicmp(block, name, length) == 0)
            return block + length + 1;
    return NULL;
}
