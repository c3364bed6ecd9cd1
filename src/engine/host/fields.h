/* SPDX-License-Identifier: MIT */
/**
 * The store's JSON files as structs: a table says which member of an object is which of a struct.
 * An object that is written again keeps the members that the table does not know: what a newer wcow
 * of the same format has put there is not lost by an older one.
 */
#ifndef WCOW_ENGINE_HOST_FIELDS_H
#define WCOW_ENGINE_HOST_FIELDS_H

#include "base/json.h"

/** What a member of the struct is, and how it stands in JSON. */
typedef enum field_kind {
    FIELD_TEXT,   /* char *, owned; NULL is left out */
    FIELD_TEXTS,  /* string_list: an array of strings */
    FIELD_BOOL,   /* bool */
    FIELD_INT,    /* int */
    FIELD_UINT32, /* uint32_t */
    FIELD_TIME,   /* int64_t, nanoseconds since 1970: RFC 3339, as Docker writes it */
    FIELD_CHOICE  /* an enum: one of `choices`, at its number */
} field_kind;

typedef struct field {
    const char *name;
    field_kind kind;
    size_t offset;
    const char *text;           /* FIELD_TEXT: if it is missing; NULL: NULL */
    int number;                 /* FIELD_INT: the same */
    const char *const *choices; /* FIELD_CHOICE: ended by NULL; those without a word are "" */
} field;

/**
 * Reads the members of an object into a struct, which is all zero. Others are left alone.
 *
 * @return false if one is not what it should be, or out of memory
 */
bool fields_read(const field *fields, size_t count, const cJSON *object, void *out);

/** Puts the members of a struct into an object, in place of those there. False: out of memory. */
bool fields_write(const field *fields, size_t count, const void *from, cJSON *object);

#endif
