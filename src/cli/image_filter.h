/* SPDX-License-Identifier: MIT */
/** What `wcow images --filter` knows. */
#ifndef WCOW_CLI_IMAGE_FILTER_H
#define WCOW_CLI_IMAGE_FILTER_H

#include <wcow/container.h>
#include <wcow/image.h>

#include "cli/filter.h"

/* The keys. */
extern const struct filter_rule image_filter_rules[];

/* What the filters look at beside a row. */
struct image_listing {
    int64_t since, before; /* when an image was made, in seconds since 1970, both left out */
    const wcow_image_info *infos;
    size_t count;
    wcow_container_info *containers; /* read for containers=, which Podman has */
    size_t container_count;
};

/**
 * Checks the filters, and looks up the images and moments that before=, since= and until= name. The
 * rows are for the caller to fill in, and out->containers to be freed with wcow_free().
 *
 * @return WCOW_INVALID, WCOW_NOT_FOUND ("No such image: …")
 */
WCOW_CHECKED wcow_status image_filters_read(wcow_host *host, const string_list *filters,
                                            struct image_listing *out, wcow_error *err);

/** Whether a row passes all of them. */
bool image_filters_pass(const string_list *filters, struct image_listing *listing,
                        const wcow_image_info *info);

/** Whether its name fits a pattern: with or without its tag, its registry, "library/". */
bool image_fits_reference(const wcow_image_info *info, const char *pattern);

#endif
