/* SPDX-License-Identifier: MIT */
/** What this process holds of the system, for who asserts that nothing is left of something. Linux.
 */
#ifndef WCOW_TESTS_UNIT_SUPPORT_OWN_RESOURCES_H
#define WCOW_TESTS_UNIT_SUPPORT_OWN_RESOURCES_H

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What is listed of this process, without the folder's names of itself and its parent. */
static inline size_t own_entries(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    assert_non_null(folder);
    for (const struct dirent *each = readdir(folder); each; each = readdir(folder))
        count += *each->d_name != '.';
    closedir(folder);
    return count;
}

static inline size_t own_threads(void)
{
    return own_entries("/proc/self/task");
}

/** With the one that they are counted by. */
static inline size_t own_descriptors(void)
{
    return own_entries("/proc/self/fd");
}

#endif
