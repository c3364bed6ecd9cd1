/* SPDX-License-Identifier: MIT */
/** Both ends of a pipe in one program. */
#ifndef WCOW_TESTS_UNIT_LINK_WIRE_H
#define WCOW_TESTS_UNIT_LINK_WIRE_H

#include "link/connection.h"

/** A name that no other pipe has; true until the next call. */
const char *wire_name(void);
/** Connects both ends; the client's is of a wcow of the version "1.2.3". */
void wire_open(connection *client, stream **server);

#endif
