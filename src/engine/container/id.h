/* SPDX-License-Identifier: MIT */
/** Ids and names of containers. */
#ifndef WCOW_ENGINE_CONTAINER_ID_H
#define WCOW_ENGINE_CONTAINER_ID_H

#include <stdbool.h>

#include <wcow/error.h>

#define ID_LENGTH       64
#define ID_SHORT_LENGTH 12
#define NAME_SIZE       64 /* of a made-up name */

/** 64 random hexadecimal digits; never 12 decimal digits first, so that a short id is no number. */
WCOW_CHECKED wcow_status id_make(char id[ID_LENGTH + 1], wcow_error *err);
bool id_valid(const char *text);
/** Docker's rule: [a-zA-Z0-9][a-zA-Z0-9_.-]+ */
WCOW_CHECKED wcow_status name_check(const char *name, wcow_error *err);
/** "quiet_harbour"; with a number behind it from the `attempt`th try on. */
WCOW_CHECKED wcow_status name_make(unsigned attempt, char name[NAME_SIZE], wcow_error *err);

#endif
