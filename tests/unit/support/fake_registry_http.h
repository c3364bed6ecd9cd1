/* SPDX-License-Identifier: MIT */
/** One request to the fake registry. Private to tests/unit/support/fake_registry*.c. */
#ifndef TESTS_SUPPORT_FAKE_REGISTRY_HTTP_H
#define TESTS_SUPPORT_FAKE_REGISTRY_HTTP_H

#include "tests/unit/support/fake_registry.h"

/** Reads a request and answers it; false: the connection is to be closed. */
bool fake_registry_answer(fake_registry *r, int socket);

#endif
