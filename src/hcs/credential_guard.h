/* SPDX-License-Identifier: MIT */
/**
 * The host's container credential guard (CCG), which lets a container act as a group managed
 * service account: a process of the host's that a container asks, an instance of it for each
 * container. A document of schema 1 has the credential spec itself, and the service does the rest;
 * one of schema 2 names an instance that was made before. An instance does not end with its
 * container: it stays until it is removed, or vmcompute.exe ends.
 */
#ifndef WCOW_HCS_CREDENTIAL_GUARD_H
#define WCOW_HCS_CREDENTIAL_GUARD_H

#include <wcow/error.h>

#include "base/json.h"
#include "hcs/document.h"
#include "port/hcs.h"

/**
 * The credential spec that the guard has to be given before a system of this configuration is
 * created. NULL: there is none, or it stands in the document.
 */
const char *credential_guard_spec(document_schema schema, const cJSON *config);

/**
 * Makes the instance of a container with process isolation.
 *
 * @param id        the container's; its owner has noted before that there may be one
 * @param spec      the credential spec: JSON text
 * @param[out] out  what the document says of it (system_facts), to be freed. There is a cookie in
 *                  it, by which the container proves itself: nobody else's to read
 * @return WCOW_UNSUPPORTED before 17763
 */
WCOW_CHECKED wcow_status credential_guard_add(hcs_port *hcs, const char *id, const char *spec,
                                              cJSON **out, wcow_error *err);

/**
 * Removes it. A success if there is none.
 *
 * @param guessed  nobody knows of one: then a service that will not tell of any has none, and keeps
 *                 nobody from going
 */
WCOW_CHECKED wcow_status credential_guard_remove(hcs_port *hcs, const char *id, bool guessed,
                                                 wcow_error *err);

#endif
