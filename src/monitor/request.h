/* SPDX-License-Identifier: MIT */
/** What peers ask of a monitor. Everything here runs on the asking peer's reader thread. */
#ifndef WCOW_MONITOR_REQUEST_H
#define WCOW_MONITOR_REQUEST_H

#include "monitor/peer.h"

/** Carries out what came on a connection. False: hang up. */
bool request_handle(peer *p, const frame *f);
/** The connection is over. */
void request_hang_up(peer *p);

#endif
