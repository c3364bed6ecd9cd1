/* SPDX-License-Identifier: MIT */
/**
 * Growing text. A failed allocation is remembered and makes text_take() return NULL, so that a
 * chain of additions needs one check at its end.
 */
#ifndef WCOW_BASE_TEXT_H
#define WCOW_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <wcow/error.h>

#include "base/cleanup.h"

typedef struct text {
    char *data; /* NUL-terminated once anything was added; NULL before */
    size_t length;
    size_t capacity;
    bool failed;
} text;

#define TEXT_INIT                                                                                  \
    {                                                                                              \
        NULL, 0, 0, false                                                                          \
    }

void text_add(text *t, const char *string);
void text_add_bytes(text *t, const void *bytes, size_t length);
void text_add_char(text *t, char c);
void text_addf(text *t, const char *format, ...) WCOW_PRINTF(2, 3);
void text_addv(text *t, const char *format, va_list arguments) WCOW_PRINTF(2, 0);
/** Shortens to `length`; longer than it is: no effect. */
void text_cut(text *t, size_t length);
/** The text, never NULL: "" when empty or failed. Borrowed until the next change. */
const char *text_get(const text *t);
/** Hands the text over (malloc'ed, NUL-terminated) and empties it; NULL if any addition failed. */
char *text_take(text *t);
void text_free(text *t);

DEFINE_CLEANUP_VALUE(text, text, text_free)
#define cleanup_text CLEANUP(text)

/** printf into fresh memory; NULL when out of memory. */
char *text_format(const char *format, ...) WCOW_PRINTF(1, 2);
/** What is behind a noun of so many: "" or "s". */
const char *text_plural(size_t count);

/** strdup that accepts NULL (and returns NULL). */
char *text_copy(const char *string);
char *text_copy_bytes(const char *bytes, size_t length);
/** Puts a copy of `string` (NULL: NULL) in the place of an owned one; false when out of memory. */
bool text_replace(char **owned, const char *string);

bool text_equal(const char *a, const char *b);             /* NULL equals only NULL */
bool text_equal_ignore_case(const char *a, const char *b); /* ASCII */
bool text_starts_with(const char *string, const char *prefix);
bool text_ends_with(const char *string, const char *suffix);

/**
 * Length of the control character that UTF-8 text begins with, or 0: what a terminal would obey.
 * Those of one byte, DEL, and those from U+0080 to U+009F, of which one begins a sequence like ESC
 * [.
 */
size_t text_control_length(const char *string);
/** Blanks for control characters, in place; '\n' and '\t' stay. */
void text_make_printable(char *string);

#endif
