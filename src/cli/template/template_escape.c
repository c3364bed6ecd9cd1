/* SPDX-License-Identifier: MIT */
/* html, js and urlquery: what Go's functions of these names do to texts. */
#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "cli/template/template_function.h"

typedef void add_escaped(text *out, const char **at);

static void add_html(text *out, const char **at)
{
    static const struct {
        char character;
        const char *entity;
    } entities[] = {{'"', "&#34;"}, {'\'', "&#39;"}, {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}};
    const char c = *(*at)++;

    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (entities[i].character == c) {
            text_add(out, entities[i].entity);
            return;
        }
    }
    text_add_char(out, c);
}

static void add_js(text *out, const char **at)
{
    const unsigned char c = (unsigned char)*(*at)++;

    if (strchr("\\'\"", c))
        text_addf(out, "\\%c", c);
    else if (strchr("<>&=", c) || c < 0x20 || c == 0x7f)
        text_addf(out, "\\u%04X", c);
    else
        text_add_char(out, (char)c);
}

static void add_urlquery(text *out, const char **at)
{
    const unsigned char c = (unsigned char)*(*at)++;

    if (c == ' ')
        text_add_char(out, '+');
    else if ((c < 0x80 && isalnum(c)) || strchr("-_.~", c))
        text_add_char(out, (char)c);
    else
        text_addf(out, "%%%02X", c);
}

static wcow_status escape(struct evaluation *evaluation, const cJSON *const *arguments,
                          size_t count, add_escaped *add, const cJSON **out, wcow_error *err)
{
    cleanup_text text plain = TEXT_INIT;
    cleanup_text text escaped = TEXT_INIT;
    const char *at;

    template_print(arguments, count, &plain);
    for (at = text_get(&plain); *at;)
        add(&escaped, &at);
    escaped.failed |= plain.failed;
    return value_keep_text(evaluation, &escaped, out, err);
}

wcow_status template_html(struct evaluation *evaluation, const cJSON *const *arguments,
                          size_t count, const cJSON **out, wcow_error *err)
{
    return escape(evaluation, arguments, count, add_html, out, err);
}

wcow_status template_js(struct evaluation *evaluation, const cJSON *const *arguments, size_t count,
                        const cJSON **out, wcow_error *err)
{
    return escape(evaluation, arguments, count, add_js, out, err);
}

wcow_status template_urlquery(struct evaluation *evaluation, const cJSON *const *arguments,
                              size_t count, const cJSON **out, wcow_error *err)
{
    return escape(evaluation, arguments, count, add_urlquery, out, err);
}
