/* SPDX-License-Identifier: MIT */
/** Threads that nobody joins. Others are plain pthreads. */
#ifndef WCOW_BASE_THREAD_H
#define WCOW_BASE_THREAD_H

#include <stdbool.h>

/**
 * Starts a thread that is detached from its beginning. False: there is no memory for one.
 *
 * Not pthread_detach() after pthread_create(): with MinGW's winpthreads (10.0, src/thread.c) a
 * thread that has ended by then gives its record back while it still uses it, and the thread that
 * gets the record next may end before it has run.
 */
bool thread_start_detached(void *(*run)(void *), void *context);

#endif
