/* SPDX-License-Identifier: MIT */
/** What we answer and tell otherwise than the recorded shim did, on purpose, and why. */
#ifndef WCOW_TESTS_UNIT_SHIM_SERVICE_DIFFERENCES_H
#define WCOW_TESTS_UNIT_SHIM_SERVICE_DIFFERENCES_H

#include <stdbool.h>

/**
 * Whether a difference is in the table, and notes that it was met.
 *
 * @param what  a method, or a process, whose events these are
 */
bool difference_is_known(const char *scene, const char *what, const char *recorded,
                         const char *ours);
/** Whether a teardown of that scene never came to its end, and ours does. */
bool difference_in_teardown(const char *scene);
/** Fails if the table names what does not differ. */
void differences_check_all_met(void);

#endif
