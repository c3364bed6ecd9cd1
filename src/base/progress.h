/* SPDX-License-Identifier: MIT */
/**
 * How a long operation goes: whom it tells, and whether it shall go on. All of its threads share
 * one sink, and are heard one at a time. Where a sink is taken, NULL is nobody, who never cancels.
 */
#ifndef WCOW_BASE_PROGRESS_H
#define WCOW_BASE_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <wcow/error.h>

/**
 * Told of a step; false cancels.
 *
 * @param what   a digest, a path, a tag; NULL: `doing` is a line of its own
 * @param doing  in Docker's words: "Downloading"
 * @param total  0: not known, or nothing that has a length
 */
typedef bool progress_fn(void *context, const char *what, const char *doing, uint64_t done,
                         uint64_t total);

typedef struct progress_sink {
    progress_fn *tell; /* NULL: nobody */
    void *context;
    pthread_mutex_t lock;
    const char *muted; /* nobody is told of this `what`; NULL: of everything */
    bool cancelled;    /* by who was told */
    bool abandoned;    /* by one of the threads, which failed */
} progress_sink;

WCOW_CHECKED wcow_status progress_open(progress_sink *out, progress_fn *tell, void *context,
                                       wcow_error *err);
void progress_close(progress_sink *sink);

/** Tells of a step; WCOW_CANCELLED if it is not to go on, as was said now or before. */
WCOW_CHECKED wcow_status progress_tell(progress_sink *sink, const char *what, const char *doing,
                                       uint64_t done, uint64_t total, wcow_error *err);

/** Whether it is to go on, for waits; WCOW_CANCELLED if not. */
WCOW_CHECKED wcow_status progress_check(progress_sink *sink, wcow_error *err);

/** Ends it for all threads; false: it can be used again. */
void progress_abandon(progress_sink *sink, bool abandoned);

#endif
