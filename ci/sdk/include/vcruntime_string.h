/* SPDX-License-Identifier: MIT */
/* The functions of <string.h> and <wchar.h> that the compiler's own vcruntime_string.h declares. */
#pragma once

#include <vcruntime.h>

void *memchr(const void *bytes, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *bytes, int byte, size_t size);
char *strchr(const char *string, int c);
char *strrchr(const char *string, int c);
char *strstr(const char *string, const char *part);
wchar_t *wcschr(const wchar_t *string, wchar_t c);
wchar_t *wcsrchr(const wchar_t *string, wchar_t c);
wchar_t *wcsstr(const wchar_t *string, const wchar_t *part);
