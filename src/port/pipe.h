/* SPDX-License-Identifier: MIT */
/**
 * Named local pipes between wcow processes. Link-time (win32/pipe.c, tests/posix/pipe.c).
 *
 * `name` is a plain word; the port puts it where its platform keeps such things (\\.\pipe\NAME). On
 * Windows the security descriptor admits SYSTEM, Administrators and the creating user only, remote
 * clients are refused, and only the first server of a name succeeds.
 */
#ifndef WCOW_PORT_PIPE_H
#define WCOW_PORT_PIPE_H

#include "port/stream.h"

typedef struct pipe_server pipe_server;

/** HR_ACCESS_DENIED or HR_ALREADY_EXISTS when the name is taken. */
int32_t pipe_listen(const char *name, pipe_server **out);
/** Waits for the next client. HR_OPERATION_ABORTED after pipe_server_cancel(), until
 * pipe_server_resume(); who connects meanwhile waits. */
int32_t pipe_accept(pipe_server *server, stream **out);
void pipe_server_cancel(pipe_server *server);
void pipe_server_resume(pipe_server *server);
void pipe_server_free(pipe_server *server);

/** Connects to a pipe that SYSTEM, an administrator or this user has made (HR_ACCESS_DENIED if
 * another has), trying until the time is over while the pipe is absent or busy (HR_FILE_NOT_FOUND
 * then). */
int32_t pipe_connect(const char *name, uint32_t milliseconds, stream **out);

DEFINE_CLEANUP(pipe_server, pipe_server *, pipe_server_free)
#define cleanup_pipe_server CLEANUP(pipe_server)

#endif
