/* SPDX-License-Identifier: MIT */
/** A server of ttrpc at a pipe of its own, and connections to it. */
#ifndef WCOW_TESTS_UNIT_SHIM_TTRPC_SERVED_H
#define WCOW_TESTS_UNIT_SHIM_TTRPC_SERVED_H

#include "shim/ttrpc/client.h"
#include "shim/ttrpc/server.h"

/** A name that no other pipe has; true until the next call. */
const char *served_name(void);
ttrpc_server *served_start(const char *name, const ttrpc_service *service);
stream *served_connect(const char *name);

/** A frame as bytes, of a request to a service. */
void served_request(text *out, uint32_t stream_id, const char *service, const char *method,
                    const char *payload);
/** Reads a frame that holds a response; fails the test if none comes within 20 s. */
ttrpc_response served_response(stream *s, ttrpc_frame *frame);

#endif
