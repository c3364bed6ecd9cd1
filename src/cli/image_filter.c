/* SPDX-License-Identifier: MIT */
/* Filters of images (moby daemon/images/image_list.go). */
#include "cli/image_filter.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/moment.h"

#define SECOND    1000000000
#define NAME_SIZE 512u /* names are at most 255 long, tags 128 */

/* ---- names ---- */

static bool is_none(const char *string)
{
    return strcmp(string, "<none>") == 0;
}

/* Whether what stands before the first slash is a registry. */
static bool has_registry(const char *repository)
{
    const size_t head = strcspn(repository, "/");

    if (!repository[head])
        return false;
    for (size_t i = 0; i < head; i++)
        if (repository[i] == '.' || repository[i] == ':' ||
            (repository[i] >= 'A' && repository[i] <= 'Z'))
            return true;
    return head == strlen("localhost") && strncmp(repository, "localhost", head) == 0;
}

/* With its tag, or with the digest that it was pulled by. */
static bool fits_name(const wcow_image_info *info, const char *name, const char *pattern)
{
    char whole[NAME_SIZE];
    const bool tagged = !is_none(info->tag);

    snprintf(whole, sizeof(whole), "%s%c%s", name, tagged ? ':' : '@',
             tagged ? info->tag : info->digest);
    return filter_matches_pattern(pattern, name) || filter_matches_pattern(pattern, whole);
}

bool image_fits_reference(const wcow_image_info *info, const char *pattern)
{
    char canonical[NAME_SIZE];

    if (is_none(info->repository))
        return false;
    if (fits_name(info, info->repository, pattern))
        return true;
    if (has_registry(info->repository))
        return false;
    snprintf(canonical, sizeof(canonical), "docker.io/%s%s",
             strchr(info->repository, '/') ? "" : "library/", info->repository);
    return fits_name(info, canonical, pattern);
}

static bool fits_reference(const void *thing, const char *value, void *context)
{
    (void)context;
    return image_fits_reference(thing, value);
}

/* ---- the others ---- */

static bool is_true(const char *value)
{
    return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

/* It is the image that dangles: a row with a digest alone does not if another one has a tag. */
static bool has_tag(const struct image_listing *listing, const char *id)
{
    for (size_t i = 0; i < listing->count; i++)
        if (!is_none(listing->infos[i].tag) && strcmp(listing->infos[i].id, id) == 0)
            return true;
    return false;
}

static bool fits_dangling(const void *thing, const char *value, void *context)
{
    const wcow_image_info *info = thing;

    return has_tag(context, info->id) != is_true(value);
}

/* "key" or "key=value". */
static bool fits_label(const void *thing, const char *value, void *context)
{
    const wcow_image_info *info = thing;
    const size_t length = strlen(value);
    const bool pair = strchr(value, '=') != NULL;

    (void)context;
    for (const char *label = info->labels; label && *label; label += strlen(label) + 1)
        if (strncmp(label, value, length) == 0 && label[length] == (pair ? '\0' : '='))
            return true;
    return false;
}

/* What the values of before=, since= and until= come to is in the context. One of which nobody
 * knows when it was made is in no period. */
static bool fits_period(const void *thing, const char *value, void *context)
{
    const wcow_image_info *info = thing;
    const struct image_listing *listing = context;

    (void)value;
    return info->created && info->created > listing->since && info->created < listing->before;
}

static bool fits_no_label(const void *thing, const char *value, void *context)
{
    return !fits_label(thing, value, context);
}

/* Whether a container was made of it. */
static bool fits_containers(const void *thing, const char *value, void *context)
{
    const wcow_image_info *info = thing;
    const struct image_listing *listing = context;
    bool used = false;

    for (size_t i = 0; i < listing->container_count; i++)
        used |= strcmp(listing->containers[i].image_id, info->id) == 0;
    return used == is_true(value);
}

const struct filter_rule image_filter_rules[] = {
    {"before", true, fits_period, "IMAGE"},
    {"containers", true, fits_containers, "true false"},
    {"dangling", false, fits_dangling, "true false"},
    {"label", true, fits_label, NULL},
    {"label!", true, fits_no_label, NULL},
    {"reference", false, fits_reference, "IMAGE"},
    {"since", true, fits_period, "IMAGE"},
    {"until", true, fits_period, NULL},
    {NULL, false, NULL, NULL},
};

/* ---- reading ---- */

static wcow_status creation_of(wcow_host *host, const char *reference, int64_t *out,
                               wcow_error *err)
{
    cleanup_wcow wcow_image_info *image = NULL;
    wcow_status status = wcow_image_get_info(host, reference, &image, err);

    if (!status && image->created)
        *out = image->created;
    return status;
}

static wcow_status invalid(const char *filter, wcow_error *err)
{
    return error_set(err, WCOW_INVALID, "invalid filter '%s'", filter);
}

static wcow_status read_moment(const char *filter, const char *value, int64_t *out, wcow_error *err)
{
    int64_t moment;

    if (!moment_parse(value, (int64_t)time(NULL) * SECOND, &moment))
        return invalid(filter, err);
    *out = moment / SECOND;
    return WCOW_OK;
}

static wcow_status read_one(wcow_host *host, const char *filter, struct image_listing *listing,
                            wcow_error *err)
{
    const char *value = strchr(filter, '=') + 1;
    int64_t since = listing->since;
    int64_t before = listing->before;
    wcow_status status = WCOW_OK;

    if (text_starts_with(filter, "before="))
        status = creation_of(host, value, &before, err);
    else if (text_starts_with(filter, "since="))
        status = creation_of(host, value, &since, err);
    else if (text_starts_with(filter, "until="))
        status = read_moment(filter, value, &before, err);
    else if ((text_starts_with(filter, "dangling=") || text_starts_with(filter, "containers=")) &&
             !is_true(value) && strcmp(value, "false") != 0 && strcmp(value, "0") != 0)
        status = invalid(filter, err);
    if (status)
        return status;
    listing->since = since > listing->since ? since : listing->since;
    listing->before = before < listing->before ? before : listing->before;
    return WCOW_OK;
}

static wcow_status read_containers(wcow_host *host, struct image_listing *listing, wcow_error *err)
{
    wcow_container_info *infos = NULL;
    wcow_status status = wcow_container_list(host, &infos, &listing->container_count, err);

    if (!status)
        listing->containers = infos;
    return status;
}

wcow_status image_filters_read(wcow_host *host, const string_list *filters,
                               struct image_listing *out, wcow_error *err)
{
    struct image_listing listing = {.since = INT64_MIN, .before = INT64_MAX};
    wcow_status status = filters_check(filters, image_filter_rules, err);

    for (size_t i = 0; i < filters->count && !status; i++)
        status = read_one(host, filters->items[i], &listing, err);
    if (!status && filters_have(filters, "containers"))
        status = read_containers(host, &listing, err);
    if (!status)
        *out = listing;
    return status;
}

bool image_filters_pass(const string_list *filters, struct image_listing *listing,
                        const wcow_image_info *info)
{
    return filters_pass(filters, image_filter_rules, info, listing);
}
