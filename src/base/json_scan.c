/* SPDX-License-Identifier: MIT */
/* Members of an object, one after the other. */
#include "base/json_scan.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_blanks(json_scan *scan)
{
    while (scan->at < scan->end && is_blank(*scan->at))
        scan->at++;
}

static bool take(json_scan *scan, char c)
{
    skip_blanks(scan);
    if (scan->at == scan->end || *scan->at != c)
        return false;
    scan->at++;
    return true;
}

/* Behind the quote that begins it: to behind the one that ends it. */
static bool skip_string(json_scan *scan)
{
    while (scan->at < scan->end && *scan->at != '"')
        scan->at += *scan->at == '\\' ? 2 : 1;
    if (scan->at >= scan->end)
        return false;
    scan->at++;
    return true;
}

/* Up to the comma or bracket that follows it. */
static bool skip_value(json_scan *scan)
{
    const char *begin = scan->at;
    size_t depth = 0;

    while (scan->at < scan->end) {
        const char c = *scan->at;

        if (!depth && (c == ',' || c == '}' || c == ']'))
            return scan->at > begin;
        scan->at++;
        if (c == '"' && !skip_string(scan))
            return false;
        if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
    }
    return false;
}

json_scan json_scan_begin(const char *bytes, size_t length)
{
    return (json_scan){.at = bytes, .end = bytes + length};
}

/* Behind the object's last member. */
static bool end(json_scan *scan)
{
    skip_blanks(scan);
    scan->ended = true;
    scan->failed = scan->at != scan->end;
    return false;
}

static bool fail(json_scan *scan)
{
    scan->failed = true;
    return false;
}

bool json_scan_next(json_scan *scan, json_member_piece *out)
{
    json_member_piece found;

    if (scan->failed || scan->ended)
        return false;
    if (!scan->begun && !take(scan, '{'))
        return fail(scan);
    if (take(scan, '}'))
        return end(scan);
    if ((scan->begun && !take(scan, ',')) || !take(scan, '"'))
        return fail(scan);
    scan->begun = true;
    found.name.at = scan->at;
    if (!skip_string(scan))
        return fail(scan);
    found.name.length = (size_t)(scan->at - found.name.at) - 1;
    if (!take(scan, ':'))
        return fail(scan);
    skip_blanks(scan);
    found.value.at = scan->at;
    if (!skip_value(scan))
        return fail(scan);
    found.value.length = (size_t)(scan->at - found.value.at);
    *out = found;
    return true;
}

bool json_piece_is(const json_piece *piece, const char *text)
{
    return strlen(text) == piece->length && memcmp(piece->at, text, piece->length) == 0;
}
