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

#endif
