/* SPDX-License-Identifier: MIT */
/** Files and folders of a simulated host, for its tests. */
#ifndef TESTS_HCSSIM_FOLDERS_H
#define TESTS_HCSSIM_FOLDERS_H

#include "support.h"

/** A path in the host's folder. */
char *in(const fixture *f, const char *name);
void put(const char *folder, const char *name, const void *bytes, size_t size);
void make(const char *folder, const char *name);
bool is_there(const char *folder, const char *name);
char *get(const char *folder, const char *name);

#endif
