/* SPDX-License-Identifier: MIT */
/** What the tests of the simulated service share: a client, what it heard, and short ways to ask.
 */
#ifndef TESTS_UNIT_HCSSIM_SUPPORT_H
#define TESTS_UNIT_HCSSIM_SUPPORT_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "tests/hcssim/fake/fake.h"

#define PENDING ((int32_t)0xC0370103)

/** What arrived at a callback. */
typedef struct heard {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t count;
    struct {
        uint32_t type;
        int32_t hr;
        char data[512];
        pthread_t thread;
    } items[64];
} heard;

/** A simulated host with one prepared scratch, and what its client heard. */
typedef struct fixture {
    fake_host *host;
    hcs_port *hcs;
    storage_port *storage;
    char *scratch; /* prepared */
    char *volume;  /* without its last separator */
    char *result;  /* of the last call that gave one */
    heard heard;
    size_t expected_left; /* handles that a test leaves open on purpose */
} fixture;

/** cmocka's setup and teardown: the latter fails if a handle, process or volume was left behind. */
int fixture_setup(void **state);
int fixture_teardown(void **state);
/** Starts anew with other options. */
void fixture_restart(fixture *f, const sim_options *options);

void heard_init(heard *h);
void heard_free(heard *h);
hcs_callback heard_callback;
/** Waits up to 5 s for `count` notifications; fails the test if they do not come. */
void heard_wait(heard *h, size_t count);
/** Waits for the first notification of a type and returns its status. */
int32_t heard_wait_for(heard *h, uint32_t type);
size_t heard_count(heard *h, uint32_t type);

void make_scratch(fixture *f, const char *path);
/** Descriptors of upper and base; `out` has room for two. */
void parents_of(fixture *f, layer_descriptor out[2]);
/** A document as wcow sends it; `more` is put before its end: ",\"Owner\":\"x\"". */
char *process_document(const fixture *f, const char *id, const char *more);
char *hyperv_document(const fixture *f, const char *id, const char *more);

int32_t create(fixture *f, const char *id, const char *document, hcs_system **out);
/** Created and started. */
hcs_system *run_document(fixture *f, const char *id, const char *document);
/** The same, process isolation, on the prepared scratch. */
hcs_system *run_system(fixture *f, const char *id);
/** Terminates, waits for the end, closes. */
void end_system(fixture *f, hcs_system *system);
int32_t run_process(fixture *f, hcs_system *system, const char *command, hcs_process_io *io,
                    hcs_process **out);
/** All of a stream until its end, in fresh memory; the stream is freed. */
char *read_all(stream *s);
/** Waits for the end of a process and returns its exit code. */
uint32_t exit_code(fixture *f, hcs_process *process);
void io_free(hcs_process_io *io);

/** The properties of a system; to be deleted. */
cJSON *properties(fixture *f, hcs_system *system, const char *query);
cJSON *hns(fixture *f, const char *method, const char *path, const char *body);

#endif
