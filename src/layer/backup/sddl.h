/* SPDX-License-Identifier: MIT */
/**
 * Security descriptors as text (SDDL, [MS-DTYP] 2.5.1), which layers from before 2016 carry, into
 * the self-relative form that a backup stream holds: what
 * ConvertStringSecurityDescriptorToSecurityDescriptorW makes of them, on any host.
 */
#ifndef WCOW_LAYER_BACKUP_SDDL_H
#define WCOW_LAYER_BACKUP_SDDL_H

#include <stdbool.h>
#include <stddef.h>

#include <wcow/error.h>

#include "base/text.h"

/**
 * Encodes a descriptor. Its parts follow each other in the order of the text: whoever reads one
 * goes by the offsets in its header.
 *
 * @param[out] out  malloc'ed
 * @return WCOW_CORRUPT for what Windows refuses, too; WCOW_UNSUPPORTED for accounts of the host's
 *         own domain ("DA") and ACEs with expressions
 */
WCOW_CHECKED wcow_status sddl_encode(const char *sddl, unsigned char **out, size_t *size,
                                     wcow_error *err);

/**
 * Adds the SID at the start of *at ("S-1-5-18" or an alias of two letters), moves *at past it. For
 * sddl_encode().
 */
WCOW_CHECKED wcow_status sddl_add_sid(const char **at, text *out, wcow_error *err);

#endif
