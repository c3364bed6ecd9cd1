/* SPDX-License-Identifier: MIT */
/** What the contract tests need of the system beside the ports: native_posix.c, native_win32.c. */
#ifndef CONTRACT_NATIVE_H
#define CONTRACT_NATIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** An anonymous pipe, as CreatePipe() and pipe() make them: handles for stream_from_native(). */
void native_pipe(intptr_t *reader, intptr_t *writer);
void native_close(intptr_t handle);
/** Whether the handle still is one. */
bool native_is_open(intptr_t handle);

/** Puts another handle in the place of standard input or output; returns what was there. */
intptr_t native_redirect(int which, intptr_t handle);
void native_redirect_back(int which, intptr_t before);

/** Puts a new, empty folder of this process's own at the text's end: "…/wcow-contract-123-1". */
void native_temporary(char *path, size_t size);
/** Opens a file so that nobody else may touch it, where the system knows that, as a scanner does.
 */
intptr_t native_hold(const char *path);
/** Makes a symbolic link to a file; false where this user may make none. */
bool native_link(const char *target, const char *path);
/** '\\' or '/'. */
char native_separator(void);

/** Handles (descriptors) that this process has open; 0 where that cannot be told. */
size_t native_handles(void);
void native_set_environment(const char *name, const char *value);
/** Whether the system under test is Windows: some things Linux cannot have. */
bool native_is_windows(void);
/** Whether it is a Windows that is none: what Wine lacks is named by the tests that meet it. */
bool native_is_wine(void);
/** Whether a standard stream's terminal obeys escape sequences; false for what is none. */
bool native_obeys_sequences(int which);
/** What the process's token says. */
bool native_is_elevated(void);
/** Whether a pipe that is listened on is for all processes of this user. */
bool native_pipe_admits_user(const char *name);
/** Makes of the console what a program that knows nothing of UTF-8 and sequences finds. */
void native_console_spoil(void);
/** All that a program may change of the console and has to give back. */
void native_console_state(char *state, size_t size);
/** Runs this program with an argument on the same console to its end; Ctrl-C ends it, not us. */
void native_run_here(const char *argument);

/** A listening pipe of that name (port/pipe.h) that somebody else has made. */
intptr_t native_strange_pipe(const char *name);
/** Whether its one client, who has gone, left anything in it; ends it. */
bool native_strange_pipe_heard(intptr_t pipe);
/** Whether a folder lets in only those that may everything; and this user, if not elevated. */
bool native_is_private(const char *path);

/** A socket that has a free port of this machine: at every address, or at 127.0.0.1 alone; TCP
 * listens. */
intptr_t native_socket(bool udp, bool everywhere, uint16_t *port);
void native_socket_close(intptr_t socket);

/** Jobs by what they say of a child that wants to leave. */
typedef enum native_job { JOB_KEEPS, JOB_LETS_GO, JOB_LETS_GO_SILENTLY } native_job;
/** As `net stop` does. */
bool native_stop_service(const char *name);
/** Whether it has to be started after the other. */
bool native_service_depends(const char *name, const char *other);

/** Hangs for ever, as a thread does in a DLL that is being loaded: with the loader's lock. */
void native_hang(void);

/** Puts this process into one, for good; false where there are no jobs. */
bool native_enter_job(native_job kind);

#endif
