/* SPDX-License-Identifier: MIT */
/** Docker's credential helpers (docker-credential-<name>). Private to src/image. */
#ifndef WCOW_IMAGE_REGISTRY_CREDENTIAL_HELPER_H
#define WCOW_IMAGE_REGISTRY_CREDENTIAL_HELPER_H

#include "image/registry/credentials.h"

/** None is WCOW_OK with nothing set. */
WCOW_CHECKED wcow_status credential_helper_get(const char *name, const char *server,
                                               credentials *out, wcow_error *err);
WCOW_CHECKED wcow_status credential_helper_store(const char *name, const char *server,
                                                 const credentials *given, wcow_error *err);
WCOW_CHECKED wcow_status credential_helper_erase(const char *name, const char *server,
                                                 wcow_error *err);

#endif
