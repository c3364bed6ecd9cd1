/* SPDX-License-Identifier: MIT */
/** --security-opt: on Windows there is one, a credential spec (of a group managed service account).
 */
#ifndef WCOW_ENGINE_CONTAINER_CREDENTIAL_SPEC_H
#define WCOW_ENGINE_CONTAINER_CREDENTIAL_SPEC_H

#include "engine/host/host.h"

/**
 * The text that "credentialspec=file://NAME" (in the folder CredentialSpecs of the root) or
 * "credentialspec=raw://JSON" or "credentialspec=registry://VALUE" (of the host's
 * registry, where dockerd looks) names, unchanged: the service reads it. It is taken when a
 * container is made, not at each start as dockerd does, so that a name that is wrong is told of at
 * once.
 *
 * @param options  NULL-terminated; NULL: none
 * @param[out] out malloc'ed; NULL: there is none
 */
WCOW_CHECKED wcow_status credential_spec_read(wcow_host *host, const char *const *options,
                                              char **out, wcow_error *err);

#endif
