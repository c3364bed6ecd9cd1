/* SPDX-License-Identifier: MIT */
/** Containers as the death of their monitors leaves them. */
#ifndef TESTS_UNIT_ENGINE_CONTAINER_ABANDON_H
#define TESTS_UNIT_ENGINE_CONTAINER_ABANDON_H

#include "engine/container/state.h"
#include "tests/unit/engine/fixture.h"

/** The state says that all is taken, and this phase; nobody holds the lock. */
void abandon(fixture *f, const wcow_container *container, phase p);

#endif
