/* SPDX-License-Identifier: MIT */
/**
 * A Service Control Manager in memory: what it starts is its owner's to run. It fails the call that
 * it is told to.
 */
#ifndef TESTS_SUPPORT_FAKE_SERVICES_H
#define TESTS_SUPPORT_FAKE_SERVICES_H

#include <pthread.h>

#include "port/service_manager.h"

typedef struct fake_service {
    char *name;
    char *title;
    char *command_line;
    bool automatic, running, marked;
    bool ending;  /* it runs only for those who read what it has written */
    bool depends; /* on other services */
} fake_service;

/** Begins what the service does; fake_services_ended() tells when it has ended. */
typedef int32_t fake_service_start(void *context, const char *command_line, bool asked);

typedef struct fake_services {
    services_port port; /* hand this out; freeing it is nothing */
    fake_service_start *on_start;
    void *context;
    size_t calls;        /* made so far */
    size_t fail_at;      /* the call that fails, counted from 1; 0: none */
    const char *refused; /* a call that fails each time: "create", "list" …; NULL: none */
    int32_t code;        /* with this; HR_ACCESS_DENIED by default */
    size_t failed;
    pthread_mutex_t lock; /* guards the following */
    fake_service items[32];
    size_t count;
} fake_services;

void fake_services_init(fake_services *s, fake_service_start *on_start, void *context);
void fake_services_clear(fake_services *s);
/** Counts from the beginning, and fails the nth call from now on (0: none). */
void fake_services_fail(fake_services *s, size_t nth);
/** Fails every call of this kind from now on; NULL: none. */
void fake_services_refuse(fake_services *s, const char *call);
/** What on_start() began has ended. */
void fake_services_ended(fake_services *s, const char *command_line);
/** Puts one in, as somebody else would. */
void fake_services_put(fake_services *s, const char *name, const char *command_line);
/** How many there are. */
size_t fake_services_count(fake_services *s);
/** Whether the only one is automatic. */
bool fake_services_automatic(fake_services *s);
/** The last run of one has ended, and its process has not; or has, after all. */
void fake_services_linger(fake_services *s, const char *name, bool lingers);
/** Whether the only one depends on others. */
bool fake_services_depends(fake_services *s);
/** The host boots: starts the automatic ones, whom nobody asks. */
void fake_services_boot(fake_services *s);

#endif
