/* SPDX-License-Identifier: MIT */
/* The lexical side of Dockerfile instructions. */
#include "build/words.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define DEPTH_LIMIT 8u

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Docker lets it escape any character, and C:\app lose its backslash, which nobody means. */
static bool is_escape(const char *c)
{
    return c[0] == '\\' && c[1] && (strchr("\\\"'$", c[1]) || is_blank(c[1]));
}

bool words_split(const char *line, string_list *out)
{
    for (;;) {
        const char *begin;
        char quote = '\0';

        while (is_blank(*line))
            line++;
        if (!*line)
            return true;
        for (begin = line; *line && (quote || !is_blank(*line)); line++) {
            if (quote != '\'' && is_escape(line))
                line++;
            else if (quote ? *line == quote : *line == '"' || *line == '\'')
                quote = quote ? '\0' : *line;
        }
        if (!string_list_own(out, text_copy_bytes(begin, (size_t)(line - begin))))
            return false;
    }
}

int environment_find(const cJSON *environment, const char *name, size_t length)
{
    const cJSON *item;
    int at = 0;

    cJSON_ArrayForEach (item, environment) {
        const char *pair = cJSON_GetStringValue(item);
        size_t i = 0;

        while (pair && i < length && pair[i] &&
               toupper((unsigned char)pair[i]) == toupper((unsigned char)name[i]))
            i++;
        if (pair && i == length && pair[i] == '=')
            return at;
        at++;
    }
    return -1;
}

/* ---- variables ---- */

typedef struct expansion {
    const cJSON *environment;
    const char *whole; /* the word, for messages */
    text *out;
    unsigned depth;
} expansion;

static wcow_status expand(const expansion *e, const char *word, size_t length, wcow_error *err);

static const char *value_of(const expansion *e, const char *name, size_t length)
{
    int at = environment_find(e->environment, name, length);
    const char *pair = cJSON_GetStringValue(cJSON_GetArrayItem(e->environment, at));

    return at < 0 || !pair ? "" : pair + length + 1;
}

static size_t name_length(const char *name, size_t most)
{
    size_t length = 0;

    while (length < most && (isalnum((unsigned char)name[length]) || name[length] == '_'))
        length++;
    return length;
}

/* How long the inside of ${…} is; `most` if it does not end. */
static size_t inside_length(const char *inside, size_t most)
{
    unsigned open = 1;
    size_t length = 0;

    for (; length < most; length++) {
        if (inside[length] == '{')
            open++;
        else if (inside[length] == '}' && --open == 0)
            break;
    }
    return length;
}

/* NAME, NAME:-word or NAME:+word. */
static wcow_status expand_inside(const expansion *e, const char *inside, size_t length,
                                 wcow_error *err)
{
    expansion inner = *e;
    size_t name = name_length(inside, length);
    const char *value = value_of(e, inside, name);
    const char *rest = inside + name;
    bool has_word = length >= name + 2 && rest[0] == ':' && (rest[1] == '-' || rest[1] == '+');

    inner.depth++;
    if (!name || (name < length && !has_word))
        return error_set(err, WCOW_INVALID, "'%s': ${%.*s} is no variable", e->whole, (int)length,
                         inside);
    if (has_word && (*value != '\0') == (rest[1] == '+'))
        return expand(&inner, rest + 2, length - name - 2, err);
    text_add(e->out, has_word && rest[1] == '+' ? "" : value);
    return WCOW_OK;
}

/* What stands at '$'; *used tells how much of it. */
static wcow_status expand_variable(const expansion *e, const char *at, size_t left, size_t *used,
                                   wcow_error *err)
{
    size_t length;

    if (left > 1 && at[1] == '{') {
        length = inside_length(at + 2, left - 2);
        if (length == left - 2)
            return error_set(err, WCOW_INVALID, "'%s': a '}' is missing", e->whole);
        *used = length + 3;
        return expand_inside(e, at + 2, length, err);
    }
    length = name_length(at + 1, left - 1);
    if (length)
        text_add(e->out, value_of(e, at + 1, length));
    else
        text_add_char(e->out, '$');
    *used = length + 1;
    return WCOW_OK;
}

static wcow_status expand(const expansion *e, const char *word, size_t length, wcow_error *err)
{
    char quote = '\0';
    size_t used = 1;

    if (e->depth > DEPTH_LIMIT)
        return error_set(err, WCOW_INVALID, "'%s' is nested too deeply", e->whole);
    for (size_t i = 0; i < length; i += used) {
        const char *c = word + i;

        used = 1;
        if (quote != '\'' && i + 1 < length && is_escape(c)) {
            text_add_char(e->out, c[1]);
            used = 2;
        } else if (quote ? *c == quote : *c == '"' || *c == '\'') {
            quote = quote ? '\0' : *c;
        } else if (quote != '\'' && *c == '$') {
            wcow_status status = expand_variable(e, c, length - i, &used, err);

            if (status)
                return status;
        } else {
            text_add_char(e->out, *c);
        }
    }
    return quote ? error_set(err, WCOW_INVALID, "'%s': a quote does not end", e->whole) : WCOW_OK;
}

wcow_status word_expand(const char *word, const cJSON *environment, char **out, wcow_error *err)
{
    cleanup_text text expanded = TEXT_INIT;
    const expansion e = {environment, word, &expanded, 0};
    wcow_status status = expand(&e, word, strlen(word), err);
    char *made;

    if (status)
        return status;
    made = text_take(&expanded);
    if (!made)
        return error_no_memory(err);
    *out = made;
    return WCOW_OK;
}
