/* SPDX-License-Identifier: MIT */
/**
 * The members of an object in a JSON text, or the items of an array, without a tree: a large file
 * of many small values is cut into them, and each is parsed when it is needed. Brackets and strings
 * are told apart and nothing else is looked at: what a value is worth, its own parsing tells.
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

/** Where a scan of an object or array has come to. */
typedef struct json_scan {
    const char *at;
    const char *end;
    bool begun, ended, failed;
    bool inner; /* something follows its end */
} json_scan;

json_scan json_scan_begin(const char *bytes, size_t length);
/**
 * The next member. False at the end of the object, behind which only white space follows, or where
 * it is none (scan->failed).
 */
bool json_scan_next(json_scan *scan, json_member_piece *out);
/** The same of an array. */
bool json_scan_item(json_scan *scan, json_piece *out);

/** json_scan_next() by halves: the name, then the value, which is taken or entered. */
bool json_scan_name(json_scan *scan, json_piece *name);
bool json_scan_value(json_scan *scan, json_piece *out);
/** A scan of the value, so that a text of many levels is passed over once. */
json_scan json_scan_enter(const json_scan *scan);
/** Goes on behind it. False if it has not ended well. */
bool json_scan_leave(json_scan *scan, const json_scan *inner);

bool json_piece_is(const json_piece *piece, const char *text);
/** The first member of that name. False: there is none, or it is no object. */
bool json_piece_member(const json_piece *object, const char *name, json_piece *out);
/**
 * Takes the quotes of a value that is a string in which nothing is escaped: what is between them is
 * what it means. False of all else.
 */
bool json_piece_plain(const json_piece *value, json_piece *out);

#endif
