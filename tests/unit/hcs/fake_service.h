/* SPDX-License-Identifier: MIT */
/**
 * A Host Compute Service of a few lines, for the unit tests of src/hcs: one compute system,
 * processes without substance, notifications from a thread of its own. It counts what is open, and
 * fails any call when told to. The whole behaviour is simulated elsewhere (tests/hcssim).
 */
#ifndef WCOW_TESTS_UNIT_HCS_FAKE_SERVICE_H
#define WCOW_TESTS_UNIT_HCS_FAKE_SERVICE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port/hcs.h"

#define FAKE_NOTICES 64

typedef struct fake_notice {
    hcs_registration *to;
    uint32_t type;
    int32_t hr;
} fake_notice;

typedef struct fake_service {
    hcs_port port; /* first: the functions are given its address */

    /* the script, set by tests before the calls */
    bool pending;          /* create, start… answer "pending" and notify later */
    uint32_t fail_nth;     /* the nth call from now fails, without being carried out; 0: none */
    int32_t fail_hr;       /* with this */
    const char *result;    /* and this ResultError */
    uint32_t drop;         /* this notification is never sent */
    int32_t completion_hr; /* of create, start, pause and resume, when pending */
    int32_t terminate_hr;  /* answered by terminate, shutdown, kill */
    int32_t signal_hr;     /* answered by HcsSignalProcess and HcsModifyProcess */
    bool shutdown_hangs;   /* shutdown is accepted, and nothing happens */
    bool die_while_starting;
    const char *properties; /* of systems and processes, and the list of systems */
    /* calloc, or what never fails, for tests that starve the code under test */
    void *(*allocate)(size_t count, size_t size);

    /* what was seen */
    uint32_t calls;
    bool failed; /* the failure that was asked for has happened */
    char failed_call[64];
    char last_call[64];
    char last_text[512]; /* document, query or settings of the last call that had one */
    size_t handles;      /* open systems, processes and registrations */
    bool exists, started, exited;
    uint32_t kills;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t notifier;
    bool stop;
    hcs_registration *running; /* whose callback runs now */
    hcs_registration *registrations;
    fake_notice queue[FAKE_NOTICES];
    size_t queued;
    bool create_completed, exit_completed; /* latched until somebody registers */
} fake_service;

void fake_start(fake_service *service);
/** Joins its thread; tests then look at `handles`. */
void fake_stop(fake_service *service);

/** The process, or the system, ends; the service dies. */
void fake_process_exits(fake_service *service);
void fake_system_exits(fake_service *service, int32_t hr);
void fake_service_dies(fake_service *service);

#endif
