/* SPDX-License-Identifier: MIT */
/* The contract tests' needs, on Linux. */
#include "native.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void native_pipe(intptr_t *reader, intptr_t *writer)
{
    int ends[2] = {-1, -1};

    if (pipe2(ends, O_CLOEXEC))
        abort();
    *reader = ends[0];
    *writer = ends[1];
}

void native_close(intptr_t handle)
{
    close((int)handle);
}

bool native_is_open(intptr_t handle)
{
    return fcntl((int)handle, F_GETFD) >= 0;
}

intptr_t native_redirect(int which, intptr_t handle)
{
    int before = fcntl(which, F_DUPFD_CLOEXEC, 3);

    if (before < 0 || dup2((int)handle, which) < 0)
        abort();
    return before;
}

void native_redirect_back(int which, intptr_t before)
{
    dup2((int)before, which);
    close((int)before);
}

void native_temporary(char *path, size_t size)
{
    const char *folder = getenv("TMPDIR");

    snprintf(path, size, "%s/wcow-contract-XXXXXX", folder ? folder : "/tmp");
    if (!mkdtemp(path))
        abort();
}

char native_separator(void)
{
    return '/';
}

size_t native_handles(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

void native_set_environment(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

bool native_is_windows(void)
{
    return false;
}

bool native_is_wine(void)
{
    return false;
}

bool native_obeys_sequences(int which)
{
    return isatty(which) == 1;
}

bool native_is_elevated(void)
{
    return true;
}
