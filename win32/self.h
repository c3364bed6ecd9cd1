/* SPDX-License-Identifier: MIT */
/** This executable, for whoever starts it again. */
#ifndef WIN32_SELF_H
#define WIN32_SELF_H

#include "platform.h"

/** What a service of it is told, behind its name, when somebody has asked for its start. */
#define SERVICE_ASKED L"asked"

/** The path of this executable; malloc'ed, NULL: out of memory. */
wchar_t *self_path(void);
/**
 * The same without links, junctions and drives of this session, which others could turn elsewhere
 * or do not have; malloc'ed. NULL: it is on no drive of this computer, or out of memory.
 */
wchar_t *self_final_path(void);
/** A command line of that and of arguments that are ended by NULL. */
wchar_t *self_command_line(const wchar_t *self, const char *const *arguments);

#endif
