/* SPDX-License-Identifier: MIT */
/**
 * Public option structs, which grow. Their first member is the `size` that the caller's header gave
 * them: what lies behind it does not exist. The library never looks at the caller's struct itself,
 * only at a copy of its own.
 */
#ifndef WCOW_BASE_OPTIONS_H
#define WCOW_BASE_OPTIONS_H

#include <stddef.h>

#include <wcow/error.h>

/**
 * Copies what the caller's struct holds. A caller older than this library does not know the last
 * members: they keep their defaults. One that is newer has members that this library does not know:
 * they must be zero, which means in all versions "as if it were not there"; else the caller wants
 * what it cannot get (as Linux treats the structs of its system calls, copy_struct_from_user()).
 *
 * @param[in,out] out  the defaults, on success the caller's wishes; `known` bytes
 * @param given        the caller's; NULL: the defaults
 * @param name         of the struct, for the message
 * @return WCOW_INVALID for a struct that was not initialised, WCOW_UNSUPPORTED for one that wants
 *         more than this library knows
 */
WCOW_CHECKED wcow_status options_copy(void *out, size_t known, const void *given, const char *name,
                                      wcow_error *err);

#endif
