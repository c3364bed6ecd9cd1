/* SPDX-License-Identifier: MIT */
/* The escapes of Go's string literals. */
#include "cli/template/template_literal.h"

#include <string.h>

#include "base/error.h"

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}

/* `count` digits to a base; false if there are fewer. */
static bool take_digits(const char **at, const char *end, int count, unsigned base, uint32_t *out)
{
    uint32_t value = 0;

    for (; count > 0; count--) {
        const int digit = *at < end ? digit_value(**at) : 99;

        if (digit >= (int)base)
            return false;
        value = value * base + (uint32_t)digit;
        (*at)++;
    }
    *out = value;
    return true;
}

static void add_utf8(text *out, uint32_t c)
{
    if (c < 0x80) {
        text_add_char(out, (char)c);
    } else if (c < 0x800) {
        text_add_char(out, (char)(0xc0 | c >> 6));
        text_add_char(out, (char)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        text_add_char(out, (char)(0xe0 | c >> 12));
        text_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        text_add_char(out, (char)(0x80 | (c & 0x3f)));
    } else {
        text_add_char(out, (char)(0xf0 | c >> 18));
        text_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
        text_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
        text_add_char(out, (char)(0x80 | (c & 0x3f)));
    }
}

/* \x41 and \101 are bytes, \u0041 and \U00000041 characters. */
static const struct {
    char letter;
    int digits;
    bool character;
} numbered[] = {{'x', 2, false}, {'u', 4, true}, {'U', 8, true}};

static bool take_numbered(const char **at, const char *end, text *out)
{
    uint32_t value = 0;

    if (**at >= '0' && **at <= '7') {
        if (!take_digits(at, end, 3, 8, &value) || !value || value > 255)
            return false;
        text_add_char(out, (char)value);
        return true;
    }
    for (size_t i = 0; i < sizeof(numbered) / sizeof(numbered[0]); i++) {
        if (**at != numbered[i].letter)
            continue;
        (*at)++;
        if (!take_digits(at, end, numbered[i].digits, 16, &value) || !value || value > 0x10ffff ||
            (value >= 0xd800 && value <= 0xdfff))
            return false;
        if (numbered[i].character)
            add_utf8(out, value);
        else
            text_add_char(out, (char)value);
        return true;
    }
    return false;
}

static bool take_escape(const char **at, const char *end, text *out)
{
    static const char names[] = "abfnrtv\\\"";
    static const char values[] = "\a\b\f\n\r\t\v\\\"";
    const char *name;

    if (*at == end)
        return false;
    name = strchr(names, **at);
    if (!name)
        return take_numbered(at, end, out);
    text_add_char(out, values[name - names]);
    (*at)++;
    return true;
}

wcow_status template_literal(const struct token *token, text *out, wcow_error *err)
{
    const char *at = token->start + 1;
    const char *end = token->start + token->length - 1;
    const char *escape;

    if (*token->start != '"') {
        text_add_bytes(out, at, (size_t)(end - at));
        return out->failed ? error_no_memory(err) : WCOW_OK;
    }
    while (at < end) {
        if (*at != '\\') {
            text_add_char(out, *at++);
            continue;
        }
        escape = at++;
        if (!take_escape(&at, end, out))
            return error_set(
                err, WCOW_INVALID,
                "bad template: a string has an escape that Go's have not, or NUL: %.*s",
                end - escape < 4 ? (int)(end - escape) : 4, escape);
    }
    return out->failed ? error_no_memory(err) : WCOW_OK;
}
