/* SPDX-License-Identifier: MIT */
/** UDP of published ports. */
#ifndef HCSSIM_SERVICE_DATAGRAMS_H
#define HCSSIM_SERVICE_DATAGRAMS_H

#include <winsock2.h>

#include <stdbool.h>
#include <stdint.h>

/**
 * Passes on what comes to a bound socket to that port of 127.0.0.1, and what is answered back to
 * who asked, until the socket is closed.
 */
bool datagrams_forward(SOCKET listener, uint16_t container);

#endif
