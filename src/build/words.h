/* SPDX-License-Identifier: MIT */
/** Words of a Dockerfile's line: quotes, escapes, variables. */
#ifndef WCOW_BUILD_WORDS_H
#define WCOW_BUILD_WORDS_H

#include <cjson/cJSON.h>

#include <wcow/error.h>

#include "base/strings.h"

/** Splits at blanks outside of quotes; quotes and escapes stay. False when out of memory. */
bool words_split(const char *line, string_list *out);

/**
 * Takes quotes and escapes away and puts values for $NAME, ${NAME}, ${NAME:-word}, ${NAME:+word}.
 *
 * A backslash escapes a quote, a '$', a blank and itself; before anything else it is one: C:\app.
 *
 * @param environment  an array of "KEY=value"; NULL: empty
 * @param[out] out     malloc'ed
 */
WCOW_CHECKED wcow_status word_expand(const char *word, const cJSON *environment, char **out,
                                     wcow_error *err);

/** The place of a variable among them, whatever its case; -1 if it is not there. */
int environment_find(const cJSON *environment, const char *name, size_t length);

#endif
