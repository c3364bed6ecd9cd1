/* SPDX-License-Identifier: MIT */
/**
 * The self-test's steps, and what they write down.
 *
 * A step is a line of a table (steps.c): a name, the question it answers, and a function that tries
 * it. What it does it notes in the report: calls with their HRESULTs, commands with their exit
 * codes and output, documents; and of what is known how it should be, whether it is. A new question
 * gets a new step; nothing else changes.
 *
 * Memory that runs out makes the whole test fail, at its end: noting never returns a failure.
 */
#ifndef WCOW_ENGINE_SELF_TEST_SELF_TEST_H
#define WCOW_ENGINE_SELF_TEST_SELF_TEST_H

#include <wcow/self_test.h>

#include "base/json.h"
#include "base/text.h"
#include "engine/host/host.h"
#include "hcs/system.h"

/** Runs wcow as survey_run_self() does; unit tests have one of their own. */
typedef int32_t self_test_program(const char *const *arguments, const char *input,
                                  const char *output, const char *error, uint32_t milliseconds,
                                  uint32_t *exit_code);

typedef struct self_test {
    wcow_host *host;       /* of the test's own root */
    const char *image;     /* whose containers are run, as it is named in that root */
    const char *isolation; /* of the step under way: "process", "hyperv"; NULL: none needed */
    self_test_program *program;
    cJSON *step;   /* what is noted of the step under way */
    bool differs;  /* something in it was not as expected */
    bool left_out; /* it could not be tried */
    bool have_image;
    bool broken[3]; /* an isolation (wcow_isolation) that no container can be run with */
    bool no_memory;
    string_list systems;   /* ids of all compute systems before the test */
    string_list endpoints; /* and of all endpoints */
} self_test;

/** When a step can be tried. */
typedef enum self_test_need {
    SELF_TEST_NOTHING,
    SELF_TEST_IMAGE,     /* the image's layers */
    SELF_TEST_CONTAINER, /* a container; tried in each isolation */
    SELF_TEST_PROCESS    /* the same, in process isolation only */
} self_test_need;

typedef struct self_test_step {
    const char *name;
    const char *question;
    self_test_need need;
    void (*run)(self_test *t);
} self_test_step;

extern const self_test_step self_test_steps[]; /* ends with one without a name */

/** wcow_host_self_test() with another way to run wcow. */
WCOW_CHECKED wcow_status self_test_run(wcow_host *host, const wcow_self_test_options *options,
                                       self_test_program *program, char **json, bool *passed,
                                       wcow_error *err);

/* ---- noting (note.c) ---- */

void note_text(self_test *t, const char *name, const char *value);
void note_number(self_test *t, const char *name, int64_t value);
/** Owns the value. */
void note_json(self_test *t, const char *name, cJSON *value);
/** A call to the outside: {"call","on","hr","ms"}. `since` is of clock_ticks(). */
void note_call(self_test *t, const char *call, const char *on, int32_t hr, uint64_t since);
/** The same of one of our functions that makes calls: with the error's message and events, too. */
void note_status(self_test *t, const char *call, const char *on, wcow_status status,
                 const wcow_error *err, uint64_t since);
/** How it should be, and whether it is; returns that. */
bool note_expected(self_test *t, const char *what, bool is_so);
/** The step cannot be tried here, for that reason. */
void note_left_out(self_test *t, const char *reason);
/** An HRESULT as it is written: "0x8037010F". */
void note_hresult(int32_t hr, char out[11]);

/* ---- running wcow (runs.c) ---- */

/** A command that was run. */
typedef struct self_test_ran {
    int32_t hr; /* of running it; HR_WAIT_TIMEOUT: it was ended */
    uint32_t exit_code;
    char *output; /* the first megabytes; never NULL once it was run */
    char *error;
    size_t output_size; /* all of it */
    uint64_t milliseconds;
} self_test_ran;

#define SELF_TEST_RAN_INIT                                                                         \
    {                                                                                              \
        0, 0, NULL, NULL, 0, 0                                                                     \
    }

void self_test_ran_free(self_test_ran *ran);
DEFINE_CLEANUP_VALUE(ran, self_test_ran, self_test_ran_free)
#define cleanup_ran CLEANUP(ran)

/**
 * Runs wcow with the test's root and notes it. In the arguments, "{image}" stands for the image and
 * "{isolation}" for the step's isolation.
 *
 * @param input         what it reads; NULL: nothing
 * @param milliseconds  0: two minutes
 */
void self_test_wcow(self_test *t, const char *const *arguments, const char *input,
                    uint32_t milliseconds, self_test_ran *out);
/** The same for arguments in a row, when only its exit code is of interest; UINT32_MAX if it could
 * not be run. */
#define self_test_code(t, ...) self_test_exit_code(t, (const char *const[]){__VA_ARGS__, NULL})
uint32_t self_test_exit_code(self_test *t, const char *const *arguments);

/** Starts a container that goes on until it is ended: ping, of every base image. */
bool self_test_start(self_test *t, const char *name);
/** Ends and removes it. */
void self_test_end(self_test *t, const char *name);
/** One more handle to the system of a container of the test. */
WCOW_CHECKED wcow_status self_test_system(self_test *t, const char *name, compute_system **out,
                                          wcow_error *err);

/** A folder or file of the test's root; NULL when out of memory. */
char *self_test_path(const self_test *t, const char *name);

/* ---- the steps, by subject ---- */

void step_session(self_test *t); /* caller.c */
void step_host(self_test *t);    /* facts.c */
void step_privileges(self_test *t);
void step_services(self_test *t);
void step_exports(self_test *t);
void step_event_log(self_test *t);
void step_doctor(self_test *t);
void step_networks(self_test *t);
void step_ids(self_test *t);
void step_namespaces(self_test *t); /* namespaces.c */
/** Asks HNS for one, or to delete it; HRESULT and words, all of them, are noted by that name. */
void self_test_namespace(self_test *t, const char *method, const char *id, const char *name);
void step_trees(self_test *t); /* trees.c */
void step_deletion(self_test *t);
void step_mounted(self_test *t);
void step_order(self_test *t); /* layer_calls.c */
void step_image(self_test *t);
void step_last_handle(self_test *t); /* systems.c */
void step_refusals(self_test *t);
void step_bare(self_test *t);
void step_codes(self_test *t); /* containers.c */
void step_output(self_test *t);
void step_commit(self_test *t);
void step_input(self_test *t);
void step_console(self_test *t);
void step_exec(self_test *t);
void step_signals(self_test *t);
void step_names(self_test *t);
void step_network(self_test *t);
void step_plan(self_test *t);
void step_lost_monitor(self_test *t);
void step_copies(self_test *t); /* copies.c */
void step_service(self_test *t);
void step_processes(self_test *t); /* processes.c */
void step_limits(self_test *t);    /* changes.c */
void step_schema(self_test *t);    /* second_schema.c */
void step_account(self_test *t);   /* account.c */
/** A credential spec of an account that there is none of. */
#define SELF_TEST_ACCOUNT                                                                          \
    "{\"CmsPlugins\":[\"ActiveDirectory\"],\"DomainJoinConfig\":{\"Sid\":\"S-1-5-21-1-2-3\","      \
    "\"MachineAccountName\":\"nobody\",\"Guid\":\"5d3b1c1e-0c5c-4c2c-9f11-0a3b7e6d9001\","         \
    "\"DnsTreeName\":\"nowhere.invalid\",\"DnsName\":\"nowhere.invalid\",\"NetBiosName\":"         \
    "\"NOWHERE\""                                                                                  \
    "},\"ActiveDirectoryConfig\":{\"GroupManagedServiceAccounts\":[{\"Name\":\"nobody\","          \
    "\"Scope\":"                                                                                   \
    "\"nowhere.invalid\"}]}}"
void step_deaf(self_test *t);      /* deaf.c */
void step_leftovers(self_test *t); /* leftovers.c */
/** Notes what there is on the host before the test. */
void leftovers_begin(self_test *t);

#endif
