/* SPDX-License-Identifier: MIT */
/* Splits the inside of a template action into words. */
#include "cli/template/template_lexer.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

const char *lexer_string_end(const char *start, const char *end)
{
    char quote = *start;

    for (const char *at = start + 1; at < end; at++) {
        if (*at == '\\' && quote != '`')
            at++;
        else if (*at == quote)
            return at + 1;
        else if (*at == '\n' && quote != '`')
            return NULL;
    }
    return NULL;
}

/* ".A.B" as one word; a lone "." too. */
static const char *field_end(const char *at, const char *end)
{
    while (at < end && *at == '.') {
        const char *name = at + 1;

        while (name < end && is_word(*name))
            name++;
        if (name == at + 1)
            return name;
        at = name;
    }
    return at;
}

static const char *word_end(const char *at, const char *end)
{
    while (at < end && is_word(*at))
        at++;
    return at;
}

static const char *number_end(const char *at, const char *end)
{
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    while (at < end && (is_word(*at) || *at == '.'))
        at++;
    return at;
}

static wcow_status punctuation(const char *at, const char *end, struct token *out, wcow_error *err)
{
    static const struct {
        const char *text;
        enum token_kind kind;
    } signs[] = {
        {":=", TOKEN_DECLARE}, {"=", TOKEN_ASSIGN}, {"|", TOKEN_PIPE},
        {",", TOKEN_COMMA},    {"(", TOKEN_OPEN},   {")", TOKEN_CLOSE},
    };

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        size_t length = strlen(signs[i].text);

        if ((size_t)(end - at) < length || strncmp(at, signs[i].text, length) != 0)
            continue;
        out->kind = signs[i].kind;
        out->length = length;
        return WCOW_OK;
    }
    return error_set(err, WCOW_INVALID, "bad template: unexpected '%c' in an action", *at);
}

static wcow_status scan(const char *at, const char *end, struct token *out, wcow_error *err)
{
    const char *stop;

    if (*at == '"' || *at == '`') {
        out->kind = TOKEN_STRING;
        stop = lexer_string_end(at, end);
        if (!stop)
            return error_set(err, WCOW_INVALID, "bad template: a string is not closed");
    } else if (isdigit((unsigned char)*at) || *at == '-' || *at == '+') {
        out->kind = TOKEN_NUMBER;
        stop = number_end(at, end);
    } else if (*at == '.') {
        out->kind = TOKEN_FIELD;
        stop = field_end(at, end);
    } else if (*at == '$') {
        out->kind = TOKEN_VARIABLE;
        stop = word_end(at + 1, end);
    } else if (is_word(*at)) {
        out->kind = TOKEN_NAME;
        stop = word_end(at, end);
    } else {
        return punctuation(at, end, out, err);
    }
    out->length = (size_t)(stop - at);
    return WCOW_OK;
}

wcow_status lexer_next(struct lexer *lexer, struct token *out, wcow_error *err)
{
    struct token token = {TOKEN_END, lexer->at, 0, lexer->started};
    wcow_status status;

    while (lexer->at < lexer->end && isspace((unsigned char)*lexer->at)) {
        lexer->at++;
        token.attached = false;
    }
    token.start = lexer->at;
    lexer->started = true;
    if (lexer->at < lexer->end) {
        status = scan(lexer->at, lexer->end, &token, err);
        if (status)
            return status;
    }
    lexer->at += token.length;
    *out = token;
    return WCOW_OK;
}
