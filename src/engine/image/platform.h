/* SPDX-License-Identifier: MIT */
/** Which image of a list is for this host. */
#ifndef WCOW_ENGINE_IMAGE_PLATFORM_H
#define WCOW_ENGINE_IMAGE_PLATFORM_H

#include "engine/host/host.h"
#include "image/transfer/transfer.h"

/** A wish: the host's own rules, or what --platform says. */
typedef struct platform_wish {
    const wcow_host *host;
    bool process;          /* only what process isolation runs */
    char os_version[64];   /* "" or "10.0.20348[.x]": images of that build alone */
    char architecture[16]; /* "amd64" */
} platform_wish;

/** Reads "windows[(10.0.20348)][/amd64]"; NULL: what fits the host. */
WCOW_CHECKED wcow_status platform_parse(const wcow_host *host, const char *platform, bool process,
                                        platform_wish *out, wcow_error *err);

/** Fails, WCOW_NOT_FOUND, unless an image is for that platform; NULL: any. */
WCOW_CHECKED wcow_status platform_check(const wcow_host *host, const char *platform,
                                        const char *reference, const image *i, wcow_error *err);

/** The choice of that wish, which is borrowed. */
image_choice platform_choice(platform_wish *wish);

#endif
