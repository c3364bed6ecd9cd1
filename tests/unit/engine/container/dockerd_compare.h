/* SPDX-License-Identifier: MIT */
/**
 * Commands, one after the other, as a recording of dockerd has them, and what each of them asks and
 * changes on the host beside what dockerd asks and changes for the same (data/README.md). Each goes
 * the whole way, from its option table through a monitor to the service. In which order a step does
 * things is not compared: dockerd's own differs between runs.
 */
#ifndef TESTS_UNIT_ENGINE_CONTAINER_DOCKERD_COMPARE_H
#define TESTS_UNIT_ENGINE_CONTAINER_DOCKERD_COMPARE_H

#include "tests/unit/engine/fixture.h"

/** Where we differ on purpose. */
typedef struct dockerd_difference {
    const char *cases;  /* how their names begin */
    const char *member; /* of a change, or its kind; "refused": in which words */
    const char *why;
    bool used;
} dockerd_difference;

/** What the recording calls things. */
typedef struct dockerd_names {
    struct {
        char *from, *to;
    } items[64];
    size_t count;
} dockerd_names;

typedef struct dockerd_comparison {
    const char *recorded; /* a file */
    dockerd_difference *differences;
    size_t difference_count;
    /** What is on the host before each case. */
    void (*prepare)(fixture *f, dockerd_names *names);
    /** What is put away after it; NULL: nothing. */
    void (*finish)(fixture *f);
    /** Adds what a call of the journal changes, if it is of interest here. */
    void (*read)(const cJSON *call, dockerd_names *names, cJSON *out);
} dockerd_comparison;

/** Compares all cases; a difference that is not one of the table fails, and so does one of the
 * table that is none. */
void dockerd_compare(const dockerd_comparison *what);

wcow_status dockerd_command(fixture *f, const char *line[], int count);
/** Both texts are taken over. */
void dockerd_name(dockerd_names *names, char *from, char *to);
const char *dockerd_find_name(const dockerd_names *names, const char *from);
/** The object that a call has there, be it text or not. */
cJSON *dockerd_parsed(const cJSON *call, const char *member);
void dockerd_add_change(cJSON *out, const char *kind, cJSON *value);

#endif
