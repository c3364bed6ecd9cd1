/* SPDX-License-Identifier: MIT */
/* Reading one line of a log. */
#include "engine/container/log_entry.h"

#include <ctype.h>
#include <string.h>

#include "base/docker_time.h"

#define REPLACEMENT 0xfffdu

typedef struct scanner {
    const char *at;
    const char *end;
} scanner;

static void skip_blanks(scanner *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at) && *s->at)
        s->at++;
}

/* Whether the next character that is not blank is `c`, which is passed then. */
static bool take(scanner *s, char c)
{
    skip_blanks(s);
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* ---- strings ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits after \u. */
static bool take_unit(scanner *s, uint32_t *out)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        const int digit = s->at < s->end ? hex_digit(*s->at++) : -1;

        if (digit < 0)
            return false;
        unit = unit * 16 + (uint32_t)digit;
    }
    *out = unit;
    return true;
}

static void add_character(text *out, uint32_t c)
{
    if (c < 0x80) {
        text_add_char(out, (char)c);
        return;
    }
    if (c < 0x800) {
        text_add_char(out, (char)(0xc0 | c >> 6));
    } else {
        if (c < 0x10000) {
            text_add_char(out, (char)(0xe0 | c >> 12));
        } else {
            text_add_char(out, (char)(0xf0 | c >> 18));
            text_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
        }
        text_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
    }
    text_add_char(out, (char)(0x80 | (c & 0x3f)));
}

/* After \u; half a surrogate pair becomes U+FFFD, as in Go's reader. */
static bool take_character(scanner *s, text *out)
{
    uint32_t first = 0;
    uint32_t second = 0;

    if (!take_unit(s, &first))
        return false;
    if (first < 0xd800 || first > 0xdfff) {
        add_character(out, first);
        return true;
    }
    if (first < 0xdc00 && s->end - s->at >= 6 && s->at[0] == '\\' && s->at[1] == 'u') {
        scanner ahead = {s->at + 2, s->end};

        if (!take_unit(&ahead, &second))
            return false;
        if (second >= 0xdc00 && second <= 0xdfff) {
            s->at = ahead.at;
            add_character(out, 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
            return true;
        }
    }
    add_character(out, REPLACEMENT);
    return true;
}

static bool take_escape(scanner *s, text *out)
{
    static const char names[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    const char *name;

    if (s->at == s->end)
        return false;
    if (*s->at == 'u') {
        s->at++;
        return take_character(s, out);
    }
    name = *s->at ? strchr(names, *s->at) : NULL;
    if (!name)
        return false;
    s->at++;
    text_add_char(out, values[name - names]);
    return true;
}

static bool take_string(scanner *s, text *out)
{
    if (!take(s, '"'))
        return false;
    while (s->at < s->end) {
        const char *plain = s->at;

        while (s->at < s->end && *s->at != '"' && *s->at != '\\')
            s->at++;
        text_add_bytes(out, plain, (size_t)(s->at - plain));
        if (s->at == s->end)
            return false;
        if (*s->at++ == '"')
            return true;
        if (!take_escape(s, out))
            return false;
    }
    return false;
}

/* ---- members ---- */

/* Passes a value that is no string, or one that nobody asks for: up to its comma or the end. */
static bool skip_value(scanner *s)
{
    unsigned depth = 0;

    for (skip_blanks(s); s->at < s->end; skip_blanks(s)) {
        cleanup_text text unused = TEXT_INIT;

        if (*s->at == '"') {
            if (!take_string(s, &unused))
                return false;
            continue;
        }
        if (!depth && (*s->at == ',' || *s->at == '}'))
            return true;
        if (*s->at == '{' || *s->at == '[')
            depth++;
        else if (*s->at == '}' || *s->at == ']')
            depth--;
        s->at++;
    }
    return false;
}

typedef struct members {
    text log, stream, time, details;
} members;

/* As Go's url.QueryEscape has it. */
static void add_query(text *out, const text *value)
{
    for (size_t i = 0; i < value->length; i++) {
        const unsigned char c = (unsigned char)value->data[i];

        if (isalnum(c) || (c && strchr("-_.~", c)))
            text_add_char(out, (char)c);
        else if (c == ' ')
            text_add_char(out, '+');
        else
            text_addf(out, "%%%02X", c);
    }
}

/* {"a":"b"}: of texts alone. */
static bool take_details(scanner *s, text *out)
{
    if (!take(s, '{'))
        return skip_value(s);
    text_cut(out, 0);
    if (take(s, '}'))
        return true;
    do {
        cleanup_text text name = TEXT_INIT;
        cleanup_text text value = TEXT_INIT;

        if (!take_string(s, &name) || !take(s, ':'))
            return false;
        skip_blanks(s);
        if (s->at < s->end && *s->at != '"') { /* none of ours */
            if (!skip_value(s))
                return false;
            continue;
        }
        if (!take_string(s, &value))
            return false;
        if (out->length)
            text_add_char(out, ',');
        add_query(out, &name);
        text_add_char(out, '=');
        add_query(out, &value);
    } while (take(s, ','));
    return take(s, '}');
}

static bool take_member(scanner *s, members *out)
{
    cleanup_text text name = TEXT_INIT;
    text *wanted = NULL;

    if (!take_string(s, &name) || !take(s, ':'))
        return false;
    if (text_equal(text_get(&name), "log"))
        wanted = &out->log;
    else if (text_equal(text_get(&name), "stream"))
        wanted = &out->stream;
    else if (text_equal(text_get(&name), "time"))
        wanted = &out->time;
    if (text_equal(text_get(&name), "attrs"))
        return take_details(s, &out->details);
    if (!wanted)
        return skip_value(s);
    text_cut(wanted, 0);
    return take_string(s, wanted);
}

static bool take_object(scanner *s, members *out)
{
    if (!take(s, '{'))
        return false;
    do {
        if (!take_member(s, out))
            return false;
    } while (take(s, ','));
    if (!take(s, '}'))
        return false;
    skip_blanks(s);
    return s->at == s->end;
}

bool log_entry_read(const char *line, size_t length, log_entry *out)
{
    cleanup_text text stream = TEXT_INIT;
    cleanup_text text time = TEXT_INIT;
    members found = {TEXT_INIT, TEXT_INIT, TEXT_INIT, TEXT_INIT};
    scanner s = {line, line + length};
    const bool whole = take_object(&s, &found);

    stream = found.stream;
    time = found.time;
    text_free(&out->log);
    out->log = found.log;
    text_free(&out->details);
    out->details = found.details;
    out->is_error = text_equal(text_get(&stream), "stderr");
    return whole && !out->log.failed && docker_time_parse(text_get(&time), &out->when);
}

void log_entry_free(log_entry *entry)
{
    text_free(&entry->log);
    text_free(&entry->details);
}
