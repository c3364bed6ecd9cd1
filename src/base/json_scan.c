/* SPDX-License-Identifier: MIT */
/* Members of an object, items of an array, one after the other. */
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

/* What ends or opens a value, or begins a string. All other bytes are passed over. */
static const bool stops[256] = {
    ['"'] = true, [','] = true, ['{'] = true, ['}'] = true, ['['] = true, [']'] = true,
};

/* Up to the comma or bracket that follows it. */
static bool skip_value(json_scan *scan)
{
    const char *begin = scan->at;
    size_t depth = 0;

    while (scan->at < scan->end) {
        const char c = *scan->at;

        if (!stops[(unsigned char)c]) {
            scan->at++;
            continue;
        }
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

/* Behind the last of them. */
static bool end(json_scan *scan)
{
    scan->ended = true;
    if (scan->inner)
        return false;
    skip_blanks(scan);
    scan->failed = scan->at != scan->end;
    return false;
}

static bool fail(json_scan *scan)
{
    scan->failed = true;
    return false;
}

/* To what is next between these brackets. */
static bool begin_next(json_scan *scan, char opening, char closing)
{
    if (scan->failed || scan->ended)
        return false;
    if (!scan->begun && !take(scan, opening))
        return fail(scan);
    if (take(scan, closing))
        return end(scan);
    if (scan->begun && !take(scan, ','))
        return fail(scan);
    scan->begun = true;
    return true;
}

bool json_scan_value(json_scan *scan, json_piece *out)
{
    const char *begin;

    skip_blanks(scan);
    begin = scan->at;
    if (!skip_value(scan))
        return fail(scan);
    *out = (json_piece){begin, (size_t)(scan->at - begin)};
    return true;
}

bool json_scan_name(json_scan *scan, json_piece *name)
{
    const char *begin;

    if (!begin_next(scan, '{', '}'))
        return false;
    if (!take(scan, '"'))
        return fail(scan);
    begin = scan->at;
    if (!skip_string(scan))
        return fail(scan);
    *name = (json_piece){begin, (size_t)(scan->at - begin) - 1};
    return take(scan, ':') || fail(scan);
}

bool json_scan_next(json_scan *scan, json_member_piece *out)
{
    json_member_piece found;

    if (!json_scan_name(scan, &found.name) || !json_scan_value(scan, &found.value))
        return false;
    *out = found;
    return true;
}

bool json_scan_item(json_scan *scan, json_piece *out)
{
    return begin_next(scan, '[', ']') && json_scan_value(scan, out);
}

json_scan json_scan_enter(const json_scan *scan)
{
    return (json_scan){.at = scan->at, .end = scan->end, .inner = true};
}

bool json_scan_leave(json_scan *scan, const json_scan *inner)
{
    if (inner->failed || !inner->ended)
        return fail(scan);
    scan->at = inner->at;
    return true;
}

bool json_piece_is(const json_piece *piece, const char *text)
{
    return strlen(text) == piece->length && memcmp(piece->at, text, piece->length) == 0;
}

bool json_piece_member(const json_piece *object, const char *name, json_piece *out)
{
    json_scan scan = json_scan_begin(object->at, object->length);
    json_member_piece member;

    while (json_scan_next(&scan, &member)) {
        if (json_piece_is(&member.name, name)) {
            *out = member.value;
            return true;
        }
    }
    return false;
}

bool json_piece_plain(const json_piece *value, json_piece *out)
{
    const json_piece inside = {value->at + 1, value->length - 2};

    if (value->length < 2 || value->at[0] != '"' || inside.at[inside.length] != '"' ||
        memchr(inside.at, '\\', inside.length) || memchr(inside.at, '"', inside.length))
        return false;
    *out = inside;
    return true;
}
