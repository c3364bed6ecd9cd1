/* SPDX-License-Identifier: MIT */
/**
 * The members of an object in a JSON text, without a tree: a large file of many small values is cut
 * into them, and each is parsed when it is needed. Brackets and strings are told apart and nothing
 * else is looked at: what a value is worth, its own parsing tells.
 */
#ifndef WCOW_BASE_JSON_SCAN_H
#define WCOW_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/** A piece of a text. */
typedef struct json_piece {
    const char *at;
    size_t length;
} json_piece;

typedef struct json_member_piece {
    json_piece name; /* between its quotes, as it is written */
    json_piece value;
} json_member_piece;

/** Where a scan of an object has come to. */
typedef struct json_scan {
    const char *at;
    const char *end;
    bool begun, ended, failed;
} json_scan;

json_scan json_scan_begin(const char *bytes, size_t length);
/**
 * The next member. False at the end of the object, behind which only white space follows, or where
 * it is none (scan->failed).
 */
bool json_scan_next(json_scan *scan, json_member_piece *out);
bool json_piece_is(const json_piece *piece, const char *text);

#endif
