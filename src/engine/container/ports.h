/* SPDX-License-Identifier: MIT */
/** The published ports of a running container. */
#ifndef WCOW_ENGINE_CONTAINER_PORTS_H
#define WCOW_ENGINE_CONTAINER_PORTS_H

#include "base/strings.h"
#include "base/text.h"
#include "network/endpoint.h"

/**
 * As `ps` shows them: "0.0.0.0:5000-5002->5000-5002/tcp, 81/tcp, 0.0.0.0:8080->80/tcp".
 *
 * @param exposed  "81/tcp"; what is not published of it is shown without the host
 */
void ports_print(const hns_endpoint_list *endpoints, const string_list *exposed, text *out);

#endif
