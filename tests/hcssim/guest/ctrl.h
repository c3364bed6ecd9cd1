/* SPDX-License-Identifier: MIT */
/** Console control events for processes that share no console with us. */
#ifndef HCSSIM_GUEST_CTRL_H
#define HCSSIM_GUEST_CTRL_H

#include <stdint.h>
#include <windows.h>

/**
 * Makes a process that is still suspended end with 0xC000013A where it handles no event itself, as
 * on Windows; Wine ends it with 0.
 */
void ctrl_prepare(HANDLE process);
/** Delivers one: CTRL_C_EVENT … CTRL_SHUTDOWN_EVENT. */
int32_t ctrl_send(HANDLE process, int event);

#endif
