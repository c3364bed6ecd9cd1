/* SPDX-License-Identifier: MIT */
/** Spans of time as people say them. */
#ifndef WCOW_DOCKER_SPAN_H
#define WCOW_DOCKER_SPAN_H

#include <stdint.h>

#define SPAN_SIZE 36

/** "Less than a second", "5 minutes", "About an hour", "3 weeks" (docker/go-units HumanDuration).
 */
void span_print(int64_t nanoseconds, char words[SPAN_SIZE]);

#endif
