/* SPDX-License-Identifier: MIT */
/**
 * Structs as JSON objects: a table names each member once, and both directions follow from it. The
 * store's files are read and written by one table each; what is only shown (Docker's shapes) is
 * written by tables that may hold more kinds.
 *
 * An object that is written again keeps the members that the table does not know: what a newer wcow
 * of the same format has put there is not lost by an older one.
 */
#ifndef WCOW_BASE_FIELDS_H
#define WCOW_BASE_FIELDS_H

#include "base/json.h"
#include "base/json_scan.h"

/** What a member of the struct is, and how it stands in JSON. */
typedef enum field_kind {
    /* Both ways. */
    FIELD_TEXT,   /* char *; NULL: `text`, and if that is NULL, too, it is left out */
    FIELD_TEXTS,  /* string_list: an array of strings */
    FIELD_BOOL,   /* bool */
    FIELD_INT,    /* int; missing: `number` */
    FIELD_UINT32, /* uint32_t */
    FIELD_TIME,   /* int64_t, nanoseconds since 1970: RFC 3339, see docker_time.h */
    FIELD_CHOICE, /* an enum: one of `choices`, at its number; missing: `text`, if that is not NULL
                   */
    FIELD_SIZE,   /* uint64_t */
    FIELD_ITEMS,  /* field_items: an array of objects of `members`, each a struct of `number` bytes.
                     Missing: none; what was read of them is there even if that fails */
    /* Shown only. All is borrowed: lists are `const char *const *`, ended by NULL, or NULL. */
    FIELD_SOME_TEXTS,  /* string_list: null if there is nothing in it */
    FIELD_SECONDS,     /* int64_t */
    FIELD_LIST,        /* a list: an array of strings */
    FIELD_SOME_LIST,   /* the same, and null if there is nothing in it */
    FIELD_LABELS,      /* a list of "key=value": an object */
    FIELD_SOME_LABELS, /* the same, left out if there is nothing in it */
    FIELD_FIXED,       /* always `text` */
    FIELD_TRUE,        /* always true */
    FIELD_SOME_BOOL,   /* bool; false is left out */
    FIELD_OBJECT,      /* an object of `members`, whose offsets count from `at` */
    FIELD_SOME_OBJECT  /* the same, left out if there is nothing in it */
} field_kind;

/** How a struct of the caller's own begins that is a list of structs: the items, and how many. */
typedef struct field_items {
    void *items;
    size_t count;
} field_items;

/** A table ends with one that has no name: FIELDS_END. */
typedef struct field {
    const char *name;
    field_kind kind;
    size_t at; /* offset in the struct */
    const char *text;
    int number; /* of FIELD_INT: what stands for a missing one; of FIELD_ITEMS: bytes of each */
    const char *const *choices;  /* ended by NULL; those without a word are "" */
    const struct field *members; /* of an object, or of each item */
} field;

#define FIELDS_END                                                                                 \
    {                                                                                              \
        .name = NULL                                                                               \
    }

/**
 * Reads the members of an object into a struct, which is all zero. Others are left alone.
 *
 * @return false if one is not what it should be, or out of memory
 */
bool fields_read(const field *fields, const cJSON *object, void *out);

/**
 * The same from a text that is valid UTF-8, to which no tree is made but of what is not written as
 * plainly as cJSON would: for many small objects, trees would take more time than all the rest. The
 * values of other members are not looked at. False also of some texts that cJSON has not written.
 */
bool fields_scan(const field *fields, const json_piece *object, void *out);

/**
 * What is enough of an object for the two above: members that say no more than their absence does
 * are left out. Lists of structs stay, and what the table does not know. NULL: out of memory.
 */
cJSON *fields_brief(const field *fields, const cJSON *object);

/** Puts the members of a struct into an object, in place of those there. False: out of memory. */
bool fields_write(const field *fields, const void *from, cJSON *object);

/** A new object of them; NULL: out of memory. */
cJSON *fields_object(const field *fields, const void *from);

#endif
