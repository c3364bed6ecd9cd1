/* SPDX-License-Identifier: MIT */
/** The service's document for a further process of a container. */
#ifndef WCOW_ENGINE_CONTAINER_EXEC_DOCUMENT_H
#define WCOW_ENGINE_CONTAINER_EXEC_DOCUMENT_H

#include <wcow/container.h>

#include "engine/host/host.h"

/** Merges the wishes with the container's config.json. The text is malloc'ed. */
WCOW_CHECKED wcow_status exec_document(wcow_host *host, const char *id, const wcow_exec_spec *spec,
                                       uint16_t columns, uint16_t rows, char **out,
                                       wcow_error *err);

#endif
