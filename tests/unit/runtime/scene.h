/* SPDX-License-Identifier: MIT */
/**
 * A container to be run on a simulated host: an OCI configuration, two layers, a scratch, and
 * notes and output that are written down. No record, no image, no store.
 */
#ifndef TESTS_UNIT_RUNTIME_SCENE_H
#define TESTS_UNIT_RUNTIME_SCENE_H

#include "base/text.h"
#include "runtime/run.h"
#include "tests/hcssim/fake/fake.h"
#include "tests/unit/status.h"

#define SCENE_ID "web"

typedef struct scene {
    fake_host *fake;
    hcs_port *hcs; /* the run's own session with the service */
    files_port *files;
    layer_descriptor layers[2];
    layer_chain chain;
    char *scratch;
    cJSON *config;
    run_request request;
    wcow_error err;
    size_t may_leave; /* handles that a failing service did not close */

    pthread_mutex_t lock;
    text output, errors; /* what it wrote */
    text story;          /* what was noted: "begin system scratch network; running network; …" */
    run_taken noted;     /* what is taken by the last of them */
    size_t calls;        /* to the service, as the first note was written */
    wcow_status refuse_begin, refuse_running;
} scene;

/** A host and a container that runs `command`; by default with process isolation and a network. */
void scene_open(scene *s, const char *command, const sim_options *options);
/** Its configuration anew: with Hyper-V isolation, with a console. */
void scene_configure(scene *s, const char *command, bool hyperv, bool console);
/** It is of schema 2, and has a credential spec. */
void scene_give_account(scene *s);
/** The run's owner is gone, and with it its session; nothing is left on the host, which goes, too.
 */
void scene_close(scene *s);

/** From begin to end; the guard is at STAGE_ENDED then. False: it did not begin, or end well. */
bool scene_live(scene *s, run *r, uint32_t *exit_code);
/** The same, after run_begin(). */
wcow_status scene_end(scene *s, run *r, uint32_t *exit_code);
/** A fault of the service's: see sim_fault(). */
void scene_fault(scene *s, const char *fault);
/** How many calls of that name the service has seen; NULL: of any. */
size_t scene_calls(scene *s, const char *name);
/** The text of what is left on the host: "" if nothing is. */
char *scene_left(scene *s);
/** Waits for what was terminated to be gone, and checks that nothing is left. */
void scene_assert_clean(scene *s);
/** Releases what is noted. */
wcow_status scene_release(scene *s, released *report);

#endif
