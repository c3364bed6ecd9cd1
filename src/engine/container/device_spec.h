/* SPDX-License-Identifier: MIT */
/** --device on Windows: a class of the host's devices. */
#ifndef WCOW_ENGINE_CONTAINER_DEVICE_SPEC_H
#define WCOW_ENGINE_CONTAINER_DEVICE_SPEC_H

#include <wcow/error.h>

#include "base/strings.h"

/**
 * "class/GUID", "class://GUID" and "vpci-class-guid://GUID", which mean the same → the GUIDs, as
 * they were written.
 *
 * @param devices  NULL-terminated; NULL: none
 */
WCOW_CHECKED wcow_status device_classes_parse(const char *const *devices, string_list *out,
                                              wcow_error *err);

#endif
