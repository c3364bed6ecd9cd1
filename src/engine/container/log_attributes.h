/* SPDX-License-Identifier: MIT */
/**
 * What is noted beside each line of a log: the labels and variables that its options name, and the
 * tag. Docker's logger.Info.ExtraAttributes() and loggerutils.ParseLogTag().
 */
#ifndef WCOW_ENGINE_CONTAINER_LOG_ATTRIBUTES_H
#define WCOW_ENGINE_CONTAINER_LOG_ATTRIBUTES_H

#include "engine/container/record.h"

/** The value of an option; the last one counts. NULL: it is not there. */
const char *log_option_find(const char *const *options, const char *name);
/** Whether an option asks for the container's variables. */
bool log_attributes_need_environment(const char *const *options);
/** Refuses patterns that are none. */
WCOW_CHECKED wcow_status log_attributes_check(const char *const *options, wcow_error *err);
/**
 * A JSON object, its members in the order of their names; NULL if it would be empty. Of two that
 * have one name, a variable counts more than a label, and the tag most, as in Docker.
 *
 * @param environment  "NAME=value"; NULL: none
 */
WCOW_CHECKED wcow_status log_attributes_make(const record *r, const string_list *environment,
                                             char **out, wcow_error *err);

#endif
