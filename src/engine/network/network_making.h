/* SPDX-License-Identifier: MIT */
/**
 * Making a network of a note: the note says first that it is being made, and its id afterwards. So
 * whatever a crash or a failure leaves of it in HNS is known as wcow's, by its name.
 */
#ifndef WCOW_ENGINE_NETWORK_NETWORK_MAKING_H
#define WCOW_ENGINE_NETWORK_NETWORK_MAKING_H

#include "engine/network/network_notes.h"
#include "port/hcs.h"

/**
 * Under the notes' lock, and nothing in HNS has the note's name there. When it fails the note says
 * whether it is certain that HNS has no such network: `making` is false then. That is not written
 * down yet.
 *
 * @param note  one of the notes; its `id` becomes the network's
 */
WCOW_CHECKED wcow_status network_make(wcow_host *host, hcs_port *hcs, network_notes *notes,
                                      network_note *note, wcow_error *err);

#endif
