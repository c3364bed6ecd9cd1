/* SPDX-License-Identifier: MIT */
/** UTF-16 as Windows wants it. All functions give fresh memory, NULL for NULL or out of memory. */
#ifndef HCSSIM_SERVICE_WIDE_H
#define HCSSIM_SERVICE_WIDE_H

#include <windows.h>

#include "base/cleanup.h"

wchar_t *wide_from_utf8(const char *text);
char *utf8_from_wide(const wchar_t *text);
/** wprintf into fresh memory. */
wchar_t *wide_format(const wchar_t *format, ...);
/** folder + '\' + name; a folder that ends in '\' gets no second one. */
wchar_t *wide_join(const wchar_t *folder, const wchar_t *name);
/** An environment variable. */
wchar_t *wide_environment(const wchar_t *name);
/** The folder of this program's own file. */
wchar_t *wide_program_folder(void);

#endif
