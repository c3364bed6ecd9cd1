/* SPDX-License-Identifier: MIT */
/*
 * docker-credential-test: a credential helper that keeps what it is given in the file
 * HELPER_STORE, and misbehaves as HELPER_MODE says. What it was asked goes to HELPER_LOG.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/clock.h"

#define LIMIT 40000

static void copy(const char *name, const char *mode, const char *text)
{
    const char *path = getenv(name);
    FILE *file = path ? fopen(path, mode) : NULL;

    if (!file)
        return;
    fputs(text, file);
    fclose(file);
}

static int refuse(const char *why)
{
    puts(why);
    return 1;
}

/* What was stored is given back as it came: "ServerURL" does no harm in an answer. */
static int get(void)
{
    char kept[LIMIT] = "";
    const char *path = getenv("HELPER_STORE");
    FILE *file = path ? fopen(path, "rb") : NULL;
    size_t size = file ? fread(kept, 1, sizeof(kept) - 1, file) : 0;

    if (file)
        fclose(file);
    if (!size)
        return refuse("credentials not found in native keychain");
    fwrite(kept, 1, size, stdout);
    return 0;
}

/* True: that was all. */
static int misbehave(const char *mode, int *code)
{
    *code = 0;
    if (strcmp(mode, "hang") == 0)
        clock_sleep(600000);
    else if (strcmp(mode, "garbage") == 0)
        puts("{\"Username\":");
    else if (strcmp(mode, "refuse") == 0)
        *code = refuse("the vault is locked");
    else if (strcmp(mode, "long") == 0)
        for (int i = 0; i < 100000; i++)
            fputs("0123456789", stdout);
    else
        return 0;
    return 1;
}

int main(int argc, char **argv)
{
    static char input[LIMIT], line[LIMIT + 100];
    const char *mode = getenv("HELPER_MODE");
    const char *verb = argc > 1 ? argv[1] : "";
    int code = 0;

    if (mode && misbehave(mode, &code))
        return code;
    input[fread(input, 1, sizeof(input) - 1, stdin)] = '\0';
    snprintf(line, sizeof(line), "%s %s\n", verb, input);
    copy("HELPER_LOG", "ab", line);
    if (strcmp(verb, "store") == 0)
        copy("HELPER_STORE", "wb", input);
    else if (strcmp(verb, "erase") == 0)
        copy("HELPER_STORE", "wb", "");
    else if (strcmp(verb, "get") == 0)
        code = get();
    else
        code = refuse("unknown verb");
    return code;
}
