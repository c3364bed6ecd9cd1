/* SPDX-License-Identifier: MIT */
/** Reading and writing JSON with cJSON: bounded parsing, typed access, no surprises with missing
 * members. */
#ifndef WCOW_BASE_JSON_H
#define WCOW_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/strings.h"

DEFINE_CLEANUP(json, cJSON *, cJSON_Delete)
#define cleanup_json CLEANUP(json)

/**
 * Parses a whole text: nothing may follow the value but white space, nesting is bounded, NUL bytes,
 * NUL characters (\u0000) and invalid UTF-8 are refused.
 *
 * @param what  names it in the error: "cannot read WHAT: …" (WCOW_CORRUPT)
 */
WCOW_CHECKED wcow_status json_parse(const char *bytes, size_t length, const char *what, cJSON **out,
                                    wcow_error *err);

/**
 * The same for values whose texts may hold NUL characters: what a program wrote, what people said.
 * A text is a C string, so each NUL stands in it as the two bytes C0 80, which valid UTF-8 never
 * has: it ends nothing early, and whoever wants valid UTF-8 refuses it. json_bytes() gives it back
 * as it was, json_print() writes it as \u0000 again.
 */
WCOW_CHECKED wcow_status json_parse_with_nul(const char *bytes, size_t length, const char *what,
                                             cJSON **out, wcow_error *err);

/** Whether there is nothing but white space: a file that somebody made and has yet to fill. */
bool json_is_blank(const char *bytes, size_t length);

/** Case-sensitive member of an object; NULL if it is not there or `object` is not an object. */
const cJSON *json_member(const cJSON *object, const char *name);
/** Follows "a.b.c". */
const cJSON *json_path(const cJSON *object, const char *path);
/** Text of a member, or `otherwise` if it is missing or not a string. Borrowed. */
const char *json_text(const cJSON *object, const char *name, const char *otherwise);
/** A member's text with its NUL characters as bytes, ended by one more; malloc'ed. NULL: missing,
 * not a string, or out of memory. */
char *json_bytes(const cJSON *object, const char *name, size_t *length);
bool json_bool(const cJSON *object, const char *name, bool otherwise);
/** Whole number of a member; `otherwise` if missing, fractional or out of range. Exact up to 2^53.
 */
int64_t json_integer(const cJSON *object, const char *name, int64_t otherwise);

/** Adders return false when out of memory; a NULL text adds nothing and succeeds. */
bool json_add_text(cJSON *object, const char *name, const char *text);
bool json_add_bool(cJSON *object, const char *name, bool value);
bool json_add_integer(cJSON *object, const char *name, int64_t value);
bool json_add_strings(cJSON *object, const char *name, const char *const *items);
/** The same in place of one that is there. */
bool json_put_integer(cJSON *object, const char *name, int64_t value);
/**
 * An object's object of that name, which is made if there is none, or null.
 *
 * @param[out] out  borrowed
 * @return WCOW_INVALID if it is something else; the message names it
 */
WCOW_CHECKED wcow_status json_object_in(cJSON *object, const char *name, cJSON **out,
                                        wcow_error *err);
/** Adds a value that is owned by the object from then on; frees it when that fails. */
bool json_add(cJSON *object, const char *name, cJSON *value);
bool json_append(cJSON *array, cJSON *value);

/**
 * Checks the "version" of a file of ours: the number is raised when a wcow that does not know it
 * must keep its hands off; members that are only added do not raise it.
 *
 * @param known  the newest that this program reads; files without a version are of the first
 * @param what   names it: "'C:\…\state.json'"
 * @return WCOW_UNSUPPORTED if it is newer, WCOW_CORRUPT if it is none
 */
WCOW_CHECKED wcow_status json_check_version(const cJSON *object, int64_t known, const char *what,
                                            wcow_error *err);

/** Prints on one line; NULL when out of memory. Freed with free(). */
char *json_print(const cJSON *value);
/** Prints with four spaces of indentation, as `docker inspect` does. */
char *json_print_pretty(const cJSON *value);

/** Strings of an array member. Missing: nothing added. Anything but strings in it: false. */
bool json_strings(const cJSON *object, const char *name, string_list *out);

#endif
