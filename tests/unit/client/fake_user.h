/* SPDX-License-Identifier: MIT */
/** A user who is a script: what is typed, what is shown, a window, Ctrl-C. */
#ifndef WCOW_TESTS_UNIT_CLIENT_FAKE_USER_H
#define WCOW_TESTS_UNIT_CLIENT_FAKE_USER_H

#include "base/condition.h"
#include "base/handler.h"
#include "base/text.h"
#include "client/user_streams.h"

/* How long a test that fails waits. */
#define FAKE_PATIENCE 20000u

typedef struct fake_user {
    user_streams table; /* first */
    pthread_mutex_t lock;
    condition changed;
    text calls; /* "open in out err|raw|hide|restore|close|" as they came */
    text typed; /* what is not read yet */
    bool hung_up, cancelled;
    text shown[3];
    bool console[3];
    uint16_t columns, rows;
    int32_t open_hr, write_hr, raw_hr; /* what these return */
    handler interrupted;               /* as a console has it: see port/console.h */
} fake_user;

/** Nothing typed, no console. */
user_streams *fake_user_init(fake_user *u);
void fake_user_free(fake_user *u);

/** Types; what is typed before anybody reads waits. */
void fake_user_type(fake_user *u, const char *keys);
/** The input ends after what was typed. */
void fake_user_hang_up(fake_user *u);
void fake_user_resize(fake_user *u, uint16_t columns, uint16_t rows);
/** On this thread; false if nobody wants to be told. */
bool fake_user_interrupt(fake_user *u, int event);
/** A copy of what a stream shows. */
char *fake_user_shown(fake_user *u, int which);

#endif
