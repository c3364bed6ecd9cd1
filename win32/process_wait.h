/* SPDX-License-Identifier: MIT */
/** The end of a process that this one has started. */
#ifndef WIN32_PROCESS_WAIT_H
#define WIN32_PROCESS_WAIT_H

#include "platform.h"

/** HR_WAIT_TIMEOUT if it goes on for longer. */
int32_t process_wait(HANDLE process, uint32_t milliseconds, uint32_t *exit_code);

#endif
