/* SPDX-License-Identifier: MIT */
/** GUIDs in the Windows layout (first three fields little-endian), printed lower-case without
 * braces. */
#ifndef WCOW_BASE_GUID_H
#define WCOW_BASE_GUID_H

#include <stdbool.h>
#include <stdint.h>

typedef struct guid {
    uint8_t bytes[16];
} guid;

#define GUID_TEXT_SIZE 37

void guid_print(const guid *g, char text[GUID_TEXT_SIZE]);
/** Accepts braces and upper case. */
bool guid_parse(const char *text, guid *out);

#endif
