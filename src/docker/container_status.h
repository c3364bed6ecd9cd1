/* SPDX-License-Identifier: MIT */
/** A container's status in Docker's words. */
#ifndef WCOW_DOCKER_CONTAINER_STATUS_H
#define WCOW_DOCKER_CONTAINER_STATUS_H

#include "engine/container/state.h"

#define STATUS_SIZE 80

/** "Up 5 minutes", "Exited (0) 2 hours ago", "Created", "Removal In Progress", "Dead". */
void status_print(const state *s, char words[STATUS_SIZE]);

#endif
