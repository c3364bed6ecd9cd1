/* SPDX-License-Identifier: MIT */
/** Dockerfile instructions that change an image's config: what `--change` takes. */
#ifndef WCOW_BUILD_INSTRUCTIONS_H
#define WCOW_BUILD_INSTRUCTIONS_H

#include <cjson/cJSON.h>

#include <wcow/error.h>

/**
 * Applies them in order to the "config" object of an image, as Docker's builder does: CMD,
 * ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR.
 *
 * @param config   after a failure some of them have changed it
 * @param changes  NULL-terminated; NULL: none
 * @return WCOW_INVALID, naming the instruction
 */
WCOW_CHECKED wcow_status config_change(cJSON *config, const char *const *changes, wcow_error *err);

#endif
