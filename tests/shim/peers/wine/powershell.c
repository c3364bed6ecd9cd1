/* SPDX-License-Identifier: MIT */
/* What critest gives to powershell, so that a test image needs no PowerShell: powershell -c
 * COMMAND. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* One write, since a console of Wine's puts something between two. */
static void say(const char *text)
{
    char line[4096];
    DWORD written;
    const int length = snprintf(line, sizeof(line), "%s\r\n", text);

    WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), line, (DWORD)length, &written, NULL);
}

static int list(const char *path)
{
    WIN32_FIND_DATAA found;
    HANDLE find = FindFirstFileA(path, &found);
    char pattern[MAX_PATH];

    if (find == INVALID_HANDLE_VALUE) {
        fprintf(stderr, "ls : Cannot find path '%s' because it does not exist.\n", path);
        return 1;
    }
    FindClose(find);
    snprintf(pattern, sizeof(pattern), "%s\\*", path);
    find = FindFirstFileA(pattern, &found);
    if (find == INVALID_HANDLE_VALUE) { /* a file */
        say(path);
        return 0;
    }
    do
        say(found.cFileName);
    while (FindNextFileA(find, &found));
    FindClose(find);
    return 0;
}

/* What stands between two apostrophes. */
static char *quoted(char *text)
{
    char *from = strchr(text, '\'');
    char *to = from ? strchr(from + 1, '\'') : NULL;

    if (!to)
        return text;
    *to = '\0';
    return from + 1;
}

static int carry_out(char *line)
{
    if (begins(line, "echo "))
        return say(quoted(line + strlen("echo "))), 0;
    if (begins(line, "start-sleep "))
        return Sleep(1000 * (DWORD)strtoul(line + strlen("start-sleep "), NULL, 10)), 0;
    if (begins(line, "ls "))
        return list(line + strlen("ls "));
    if (begins(line, "get-process")) /* tasklist and findstr do nothing in Wine */
        return 0;
    if (begins(line, "while")) {
        const char *text = quoted(line);

        for (;; Sleep(1000))
            say(text);
    }
    return system(strcmp(line, "$env:computername") == 0 ? "hostname" : line);
}

int main(int argc, char **argv)
{
    char line[4096] = "";
    size_t length = 0;

    for (int i = 2; i < argc && length < sizeof(line); i++)
        length += (size_t)snprintf(line + length, sizeof(line) - length, "%s%s", i > 2 ? " " : "",
                                   argv[i]);
    return carry_out(line);
}
