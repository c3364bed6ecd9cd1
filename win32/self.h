/* SPDX-License-Identifier: MIT */
/** This executable, for whoever starts it again. */
#ifndef WIN32_SELF_H
#define WIN32_SELF_H

#include "platform.h"

/** What a service of it is told, behind its name, when somebody has asked for its start. */
#define SERVICE_ASKED L"asked"

/** This program is wcow.exe, whatever its file is called: said by its entry point. */
void self_is_wcow(void);

/** The path of wcow.exe: this executable, or the one beside the library or the program that has
 * linked it; malloc'ed, NULL: there is none (ERROR_FILE_NOT_FOUND), or out of memory. */
wchar_t *self_path(void);
/**
 * The same without links, junctions and drives of this session, which others could turn elsewhere
 * or do not have; malloc'ed. NULL: it is on no drive of this computer, or out of memory.
 */
wchar_t *self_final_path(void);
/** A command line of that and of arguments that are ended by NULL. */
wchar_t *self_command_line(const wchar_t *self, const char *const *arguments);

#endif
