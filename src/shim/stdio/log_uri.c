/* SPDX-License-Identifier: MIT */
/* URIs of loggers. */
#include "shim/stdio/log_uri.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"

/* The pieces that it is decoded from; none of them is ended by a NUL. */
typedef struct piece {
    const char *bytes;
    size_t length;
} piece;

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One character, and how many of the URI's it takes; 0: it cannot be decoded. */
static size_t decode_one(const char *at, size_t left, bool is_form, char *out)
{
    if (*at == '+' && is_form) {
        *out = ' ';
        return 1;
    }
    if (*at != '%') {
        *out = *at;
        return 1;
    }
    if (left < 3 || digit_value(at[1]) < 0 || digit_value(at[2]) < 0)
        return 0;
    *out = (char)(digit_value(at[1]) * 16 + digit_value(at[2]));
    return *out == '\0' ? 0 : 3;
}

/* In fresh memory. */
static wcow_status decode(piece from, bool is_form, char **out, wcow_error *err)
{
    char *decoded = calloc(1, from.length + 1);
    size_t length = 0;

    if (!decoded)
        return error_no_memory(err);
    for (size_t i = 0; i < from.length;) {
        const size_t taken = decode_one(from.bytes + i, from.length - i, is_form, &decoded[length]);

        if (taken == 0) {
            free(decoded);
            return error_set(err, WCOW_INVALID, "'%%' is not followed by a character's number");
        }
        i += taken;
        length++;
    }
    if (!utf8_valid(decoded, length)) {
        free(decoded);
        return error_set(err, WCOW_INVALID, "it is not UTF-8");
    }
    *out = decoded;
    return WCOW_OK;
}

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

static bool has_drive(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':';
}

/* "/C:/a/b" is C:\a\b; what has no drive, "/a/b", stays: it is on the one that Windows is on. */
static wcow_status path_take(char *decoded, char **out, wcow_error *err)
{
    char *path = decoded;

    if (is_slash(path[0]) && is_slash(path[1]))
        return error_set(err, WCOW_INVALID, "it is on another computer, or a device");
    if (is_slash(path[0]) && has_drive(path + 1))
        path++;
    if (!is_slash(has_drive(path) ? path[2] : path[0]))
        return error_set(err, WCOW_INVALID, "its path is not absolute, as /C:/folder/name is");
    if (strchr(has_drive(path) ? path + 2 : path, ':'))
        return error_set(err, WCOW_INVALID, "its path has a ':' that is not a drive's");
    if (is_slash(path[strlen(path) - 1]))
        return error_set(err, WCOW_INVALID, "its path is a folder's");
    for (char *c = path; has_drive(path) && *c; c++) {
        if (*c == '/')
            *c = '\\';
    }
    *out = text_copy(path);
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status read_path(piece from, char **out, wcow_error *err)
{
    cleanup_free char *decoded = NULL;
    wcow_status status = decode(from, false, &decoded, err);

    return status ? status : path_take(decoded, out, err);
}

/* Keys that were there; every second string is a value, so they have a list of their own. */
static wcow_status read_pair(piece pair, string_list *keys, string_list *out, wcow_error *err)
{
    const char *equals = memchr(pair.bytes, '=', pair.length);
    const piece key_piece = {pair.bytes, equals ? (size_t)(equals - pair.bytes) : pair.length};
    const piece value_piece = {equals ? equals + 1 : "",
                               equals ? pair.length - key_piece.length - 1 : 0};
    cleanup_free char *key = NULL;
    cleanup_free char *value = NULL;
    wcow_status status = decode(key_piece, true, &key, err);

    if (!status)
        status = decode(value_piece, true, &value, err);
    if (status || string_list_contains(keys, key))
        return status;
    if (!string_list_add(keys, key) || !string_list_add(out, key) ||
        (*value && !string_list_add(out, value)))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status read_query(piece query, string_list *out, wcow_error *err)
{
    cleanup_strings string_list keys = STRING_LIST_INIT;
    wcow_status status = WCOW_OK;

    while (!status && query.length > 0) {
        const char *end = memchr(query.bytes, '&', query.length);
        const piece pair = {query.bytes, end ? (size_t)(end - query.bytes) : query.length};
        const size_t taken = pair.length + (end ? 1 : 0);

        if (pair.length > 0)
            status = read_pair(pair, &keys, out, err);
        query = (piece){query.bytes + taken, query.length - taken};
    }
    return status;
}

/* Schemes are told apart without regard to case. */
static log_kind kind_of(const char *uri, const char **rest)
{
    static const struct {
        const char *scheme;
        log_kind kind;
    } known[] = {{"binary:", LOG_BINARY}, {"file:", LOG_FILE}};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const char *scheme = known[i].scheme;
        size_t same = 0;

        while (scheme[same] && tolower((unsigned char)uri[same]) == scheme[same])
            same++;
        if (!scheme[same]) {
            *rest = uri + same;
            return known[i].kind;
        }
    }
    return LOG_NONE;
}

/* What follows the scheme: an authority, which must be empty, the path, a query, a fragment. */
static wcow_status read_rest(const char *rest, log_uri *out, wcow_error *err)
{
    const size_t whole = strcspn(rest, "#");
    piece path = {rest, strcspn(rest, "?#")};
    const piece query = path.length < whole
                            ? (piece){rest + path.length + 1, whole - path.length - 1}
                            : (piece){"", 0};
    wcow_status status;

    if (path.length >= 2 && strncmp(path.bytes, "//", 2) == 0) {
        if (path.length == 2 || path.bytes[2] != '/')
            return error_set(err, WCOW_INVALID,
                             "it names a host: three slashes begin a path of this one");
        path = (piece){path.bytes + 2, path.length - 2};
    }
    if (path.length == 0)
        return error_set(err, WCOW_INVALID, "it has no path");
    status = read_path(path, &out->path, err);
    return status ? status : read_query(query, &out->arguments, err);
}

wcow_status log_uri_parse(const char *uri, log_uri *out, wcow_error *err)
{
    cleanup_log_uri log_uri read = LOG_URI_INIT;
    const char *rest = NULL;
    wcow_status status;

    read.kind = kind_of(uri, &rest);
    if (read.kind == LOG_NONE) {
        *out = read;
        return WCOW_OK;
    }
    if (strlen(uri) > LOG_URI_LIMIT)
        return error_set(err, WCOW_INVALID, "a log's URI is longer than %d bytes", LOG_URI_LIMIT);
    status = read_rest(rest, &read, err);
    if (status)
        return error_wrap(err, status, "log '%s'", uri);
    *out = read;
    read = (log_uri)LOG_URI_INIT;
    return WCOW_OK;
}

void log_uri_free(log_uri *uri)
{
    free(uri->path);
    string_list_free(&uri->arguments);
    *uri = (log_uri)LOG_URI_INIT;
}
