/* SPDX-License-Identifier: MIT */
/** Pipes of strangers, so that a test can meet one without being root. */
#ifndef WCOW_TESTS_POSIX_PIPE_OWNER_H
#define WCOW_TESTS_POSIX_PIPE_OWNER_H

#include <sys/types.h>

#define PIPE_OWNER_TRUE ((uid_t)-1)

/** Whoever is at the other end of a pipe is taken for this user; PIPE_OWNER_TRUE: for who it is. */
void pipe_owner_lie(uid_t user);

#endif
