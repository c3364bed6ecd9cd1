/* SPDX-License-Identifier: MIT */
/** The words inside {{ and }}. */
#ifndef WCOW_CLI_TEMPLATE_TEMPLATE_LEXER_H
#define WCOW_CLI_TEMPLATE_TEMPLATE_LEXER_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/error.h>

enum token_kind {
    TOKEN_END, /* of the action */
    TOKEN_FIELD,
    TOKEN_VARIABLE,
    TOKEN_NAME,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_PIPE,
    TOKEN_COMMA,
    TOKEN_DECLARE,
    TOKEN_ASSIGN,
};

struct token {
    enum token_kind kind;
    const char *start;
    size_t length;
    bool attached; /* nothing stands between it and the word before */
};

struct lexer {
    const char *at;
    const char *end; /* of the action */
    bool started;
};

/** The next word; a character that starts none is WCOW_INVALID. */
WCOW_CHECKED wcow_status lexer_next(struct lexer *lexer, struct token *out, wcow_error *err);

/** End of the string that begins at `start` with its quote; NULL if it is not closed before `end`.
 */
const char *lexer_string_end(const char *start, const char *end);

#endif
