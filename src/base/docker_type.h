/* SPDX-License-Identifier: MIT */
/**
 * The types of Docker's answers: which members each has, in which order, and what they are as long
 * as nobody knows better. One table (docker_types.def, from moby's api/types of v28), of which
 * follow
 *
 *  - what JSON holds in any case: docker_complete() adds what is missing;
 *  - what templates may ask for besides: members that Go leaves out of JSON while they are zero.
 *
 * cJSON keeps no types. A value that docker_mark() has seen tells its own in `valueint`, which
 * cJSON uses for numbers only, and copies.
 */
#ifndef WCOW_BASE_DOCKER_TYPE_H
#define WCOW_BASE_DOCKER_TYPE_H

#include <stdbool.h>

#include "base/json.h"

/* How a type's values look: their zero is what Go's is. */
enum docker_kind {
    DOCKER_UNKNOWN,
    DOCKER_IS_TEXT,   /* "" */
    DOCKER_IS_NUMBER, /* 0 */
    DOCKER_IS_FLAG,   /* false */
    DOCKER_IS_TIME,   /* a text: the year 1 */
    DOCKER_IS_LIST,   /* null, and prints as [] */
    DOCKER_IS_FILLED, /* a list that Docker always makes: [] */
    DOCKER_IS_PAIR,   /* [0,0] */
    DOCKER_IS_MAP,    /* null, and prints as map[] */
    DOCKER_IS_STRUCT, /* all its members, zero */
    DOCKER_IS_POINTER /* null */
};

#define DOCKER_TYPE(name, kind, item) name,
#define DOCKER_MEMBERS(type)
#define DOCKER_MEMBER(member, type)
#define DOCKER_OPTIONAL(member, type)
#define DOCKER_END
enum docker_type {
    DOCKER_NONE,
#include "base/docker_types.def"
    DOCKER_TYPE_COUNT
};
#undef DOCKER_TYPE
#undef DOCKER_MEMBERS
#undef DOCKER_MEMBER
#undef DOCKER_OPTIONAL
#undef DOCKER_END

struct docker_member {
    const char *name; /* as JSON spells it; Go's spelling differs in case only */
    enum docker_type type;
    bool optional; /* JSON leaves it out while it is zero */
};

/** Members of a struct, or of what a pointer points to; ended by one without a name. */
const struct docker_member *docker_members(enum docker_type type);
enum docker_kind docker_kind(enum docker_type type);
/** Type of a list's items or a map's values. */
enum docker_type docker_item(enum docker_type type);

/** The zero value, marked; NULL when out of memory. */
cJSON *docker_zero(enum docker_type type);
/** Adds, deep down, every member that Docker's JSON has in any case and sorts them as Docker does;
 * what is ours alone comes last. False when out of memory. */
bool docker_complete(cJSON *value, enum docker_type type);
/** Notes the types, deep down. */
void docker_mark(cJSON *value, enum docker_type type);
/** The type that was noted; DOCKER_NONE for others. */
enum docker_type docker_type_of(const cJSON *value);

#endif
