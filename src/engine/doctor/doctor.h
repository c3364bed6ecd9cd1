/* SPDX-License-Identifier: MIT */
/**
 * The doctor's checks.
 *
 * A check is a line of a table (checks.c): its id, the question, a function that finds out, and
 * perhaps one that mends. Whatever it asks of the host beside the ports it asks through
 * `questions`, a table of functions that unit tests replace. A new check is a new line; nothing
 * else changes.
 *
 * A check runs on a thread of its own, on a host of its own (doctor.c): the caller waits for a
 * while and goes on without it. What it has found counts only if it returned.
 */
#ifndef WCOW_ENGINE_DOCTOR_DOCTOR_H
#define WCOW_ENGINE_DOCTOR_DOCTOR_H

#include <wcow/doctor.h>

#include "base/text.h"
#include "engine/host/host.h"
#include "port/service_manager.h"
#include "port/survey.h"

/** What is asked of the host: port/survey.h, port/machine.h, port/clock.h and
 * port/service_manager.h, or a test. */
typedef struct doctor_questions {
    bool (*elevated)(void);
    int64_t (*now)(void);
    int32_t (*volume_of)(const char *path, survey_volume *out);
    int32_t (*volume_state)(const char *path, uint32_t *flags);
    int32_t (*free_space)(const char *path, uint64_t *bytes);
    int32_t (*filters)(string_list *out);
    int32_t (*service)(const char *name, uint32_t *state);
    int32_t (*start_service)(const char *name);
    int32_t (*library_export)(const char *dll, const char *name);
    int32_t (*hypervisor)(bool *present);
    int32_t (*exclusions)(string_list *out);
    int32_t (*resolve)(const char *name);
    int32_t (*program_writers)(char **path, string_list *out);
    bool (*service_exposed)(const char *root, char **where);
} doctor_questions;

extern const doctor_questions doctor_asks_windows;

/** A check under way. */
typedef struct examination {
    wcow_host *host;
    const doctor_questions *ask;
    wcow_verdict verdict; /* fine until told otherwise */
    text found;           /* one line */
    text remedy;          /* commands or words; empty: none */
    bool fixable;         /* what it found is what its `fix` mends */
} examination;

/** What may be stuck: after one check of it did not return, others do not ask. */
typedef enum doctor_lane { LANE_NONE, LANE_SERVICE, LANE_NETWORK, LANE_MANAGER, LANES } doctor_lane;

typedef struct doctor_check {
    const char *id;
    const char *question;
    doctor_lane lane;
    bool needs_elevation;
    void (*look)(examination *x);
    /* Mends it; only after a look that said `fixable`. NULL: nothing that is safe. */
    wcow_status (*fix)(wcow_host *host, const doctor_questions *ask, wcow_error *err);
} doctor_check;

extern const doctor_check doctor_checks[]; /* ends with one without an id */

/** wcow_host_examine() with other questions and checks, and another limit (milliseconds). */
WCOW_CHECKED wcow_status doctor_examine(wcow_host *host, const wcow_examine_options *options,
                                        const doctor_questions *ask, const doctor_check *checks,
                                        uint32_t limit, char **json, wcow_verdict *worst,
                                        wcow_error *err);

/* ---- saying what was found (doctor.c) ---- */

/** What was found, which is fine unless one of those below is called. */
void found(examination *x, const char *format, ...) WCOW_PRINTF(2, 3);
/** What to do, and how bad it is; the worst verdict counts. */
void found_wrong(examination *x, wcow_verdict verdict, const char *remedy, ...) WCOW_PRINTF(3, 4);
/** It could not be asked. */
void found_unknown(examination *x, const char *call, int32_t hr);
void found_error(examination *x, wcow_verdict verdict, const wcow_error *err);

/* ---- the checks, by subject ---- */

void check_elevation(examination *x); /* computer.c */
void check_windows(examination *x);
void check_clock(examination *x);
void check_program(examination *x);
void check_root(examination *x); /* root.c */
void check_disk(examination *x);
void check_file_system(examination *x);
void check_defender(examination *x);
void check_filters(examination *x);
void check_containers(examination *x); /* services.c */
void check_exports(examination *x);
void check_compute(examination *x);
void check_hyperv(examination *x);
void check_network_service(examination *x);
void check_network(examination *x);
void check_dns(examination *x);
void check_settings(examination *x); /* own_files.c */
void check_store(examination *x);
void check_lost(examination *x); /* left_behind.c */
void check_damaged(examination *x);
void check_systems(examination *x);
void check_endpoints(examination *x);
void check_namespaces(examination *x);
void check_services(examination *x);
void check_scratches(examination *x);
void check_folders(examination *x);
void check_layers(examination *x);

wcow_status fix_compute(wcow_host *host, const doctor_questions *ask, wcow_error *err);
wcow_status fix_network_service(wcow_host *host, const doctor_questions *ask, wcow_error *err);
wcow_status fix_leftovers(wcow_host *host, const doctor_questions *ask, wcow_error *err);
wcow_status fix_services(wcow_host *host, const doctor_questions *ask, wcow_error *err);
wcow_status fix_layers(wcow_host *host, const doctor_questions *ask, wcow_error *err);

#endif
