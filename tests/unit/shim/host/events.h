/* SPDX-License-Identifier: MIT */
/** containerd's events service, as a shim's server meets it: it notes what it is told. */
#ifndef WCOW_TESTS_UNIT_SHIM_HOST_EVENTS_H
#define WCOW_TESTS_UNIT_SHIM_HOST_EVENTS_H

#include <pthread.h>

#include "base/condition.h"
#include "base/text.h"
#include "shim/ttrpc/server.h"

typedef struct events {
    ttrpc_service service;
    ttrpc_server *server; /* NULL: it is down */
    char address[128];
    pthread_mutex_t lock; /* guards the following */
    condition changed;
    text topics;  /* "create web|exit web a1 7|…" */
    bool refuses; /* every event */
} events;

void events_init(events *e);
void events_up(events *e);
void events_down(events *e);
void events_free(events *e);
/** Waits until these are the events so far. */
void events_await(events *e, const char *expected);

#endif
