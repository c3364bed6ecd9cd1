/* SPDX-License-Identifier: MIT */
/**
 * Named pipes of this computer. Link-time (win32/pipe.c, tests/posix/pipe.c).
 *
 * Between wcow processes a `name` is a plain word; the port puts it where its platform keeps such
 * things (\\.\pipe\NAME). With other programs – containerd, its clients, loggers – an `address` is
 * agreed on: a whole \\.\pipe\NAME, in any form of base/pipe_name.h, refused (HR_INVALID_PARAMETER)
 * if it is none or leads to another computer. A name that is no word, with a slash of either kind,
 * is refused, too; what comes from elsewhere, as an id of containerd's does, is never a name, only
 * part of an address.
 *
 * On Windows pipes have buffers of 64 KiB, the security descriptor admits SYSTEM, Administrators
 * and, of a name where the process is not elevated, the creating user only, remote clients are
 * refused, and only the first server of a name succeeds.
 */
#ifndef WCOW_PORT_PIPE_H
#define WCOW_PORT_PIPE_H

#include <stdatomic.h>
#include <stdbool.h>

#include "port/stream.h"

typedef struct pipe_server pipe_server;

/** HR_ACCESS_DENIED or HR_ALREADY_EXISTS when the name is taken. */
int32_t pipe_listen(const char *name, pipe_server **out);
/**
 * The same under an address. A name below "ProtectedPrefix\Administrators\" can be taken by
 * administrators only, so that nobody else is there first.
 */
int32_t pipe_listen_address(const char *address, pipe_server **out);
/** Waits for the next client. HR_OPERATION_ABORTED after pipe_server_cancel(), until
 * pipe_server_resume(); who connects meanwhile waits. */
int32_t pipe_accept(pipe_server *server, stream **out);
/** The same with a limit: HR_WAIT_TIMEOUT if nobody came in time (who comes later is not lost). */
int32_t pipe_accept_within(pipe_server *server, uint32_t milliseconds, stream **out);
void pipe_server_cancel(pipe_server *server);
void pipe_server_resume(pipe_server *server);
void pipe_server_free(pipe_server *server);

/**
 * Whether there is a server of that name that pipe_connect() would take, which does not learn of
 * it: a few calls to the kernel, and no file. True where one of an elevated process may be that
 * this one cannot look at; false also of a server of a wcow, or of another system, that does not
 * say so.
 */
bool pipe_listened(const char *name);

/** Connects to a pipe that SYSTEM, an administrator or this user has made (HR_ACCESS_DENIED if
 * another has), trying until the time is over while the pipe is absent (HR_FILE_NOT_FOUND then) or
 * busy (HR_PIPE_BUSY: somebody is there, and had no room for one more at the last try). */
int32_t pipe_connect(const char *name, uint32_t milliseconds, stream **out);
/**
 * Connects to another program's pipe, whoever has made it: containerd may run as any account, and
 * has named the pipe itself in a call that only administrators can make. It cannot act as us, nor
 * learn who we are.
 *
 * @param milliseconds  how long it is tried while the pipe is absent or busy; 0: once
 * @param given_up      looked at meanwhile: set, it ends the trying (HR_OPERATION_ABORTED); may be
 *                      NULL
 * @return HR_FILE_NOT_FOUND if nobody listened in time; HR_PIPE_BUSY if somebody does, and had no
 *         room for one more at the last try
 */
int32_t pipe_connect_address(const char *address, uint32_t milliseconds,
                             const atomic_bool *given_up, stream **out);
/** Whether somebody listens there, busy or not, who does not learn of it. */
bool pipe_address_listened(const char *address);

DEFINE_CLEANUP(pipe_server, pipe_server *, pipe_server_free)
#define cleanup_pipe_server CLEANUP(pipe_server)

#endif
