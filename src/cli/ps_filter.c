/* SPDX-License-Identifier: MIT */
/* Filters of containers (moby daemon/list.go). */
#include "cli/ps_filter.h"

#include <string.h>

#include "base/number.h"
#include "base/text.h"

static bool fits_id(const void *thing, const char *value, const void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return text_starts_with(info->id, value);
}

/* Docker takes a regular expression here; part of a name, ^ and $ are what is used of it. */
static bool fits_name(const void *thing, const char *value, const void *context)
{
    const wcow_container_info *info = thing;
    bool start = value[0] == '^';
    const char *part = value + start + (start && value[1] == '/');
    size_t length = strlen(part);
    bool end = length > 0 && part[length - 1] == '$';

    (void)context;
    length -= end;
    for (const char *at = info->name; strlen(at) >= length; at++) {
        if (strncmp(at, part, length) == 0 && (!end || !at[length]))
            return true;
        if (start || !*at)
            break;
    }
    return false;
}

/* "key" or "key=value" in "a=b,c=d". */
static bool fits_label(const void *thing, const char *value, const void *context)
{
    const wcow_container_info *info = thing;
    size_t length = strlen(value);
    bool pair = strchr(value, '=') != NULL;

    (void)context;
    for (const char *at = info->labels; *at;) {
        size_t end = strcspn(at, ",");

        if (strncmp(at, value, length) == 0 &&
            (at[length] == '\0' || at[length] == ',' || (!pair && at[length] == '=')))
            return true;
        at += end + (at[end] == ',');
    }
    return false;
}

static bool fits_status(const void *thing, const char *value, const void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return strcmp(info->state, value) == 0;
}

static bool fits_exited(const void *thing, const char *value, const void *context)
{
    const wcow_container_info *info = thing;
    int64_t code;

    (void)context;
    return number_parse_signed(value, &code) && strcmp(info->state, "exited") == 0 &&
           (uint32_t)code == info->exit_code;
}

static bool fits_ancestor(const void *thing, const char *value, const void *context)
{
    const wcow_container_info *info = thing;
    const char *digits = text_starts_with(info->image_id, "sha256:") ? info->image_id + 7 : "";
    size_t length = strlen(value);

    (void)context;
    if (strncmp(info->image, value, length) == 0 &&
        (info->image[length] == '\0' ||
         (info->image[length] == ':' && !strchr(info->image + length, '/'))))
        return true;
    return strcmp(info->image_id, value) == 0 || (length >= 4 && text_starts_with(digits, value));
}

static bool fits_isolation(const void *thing, const char *value, const void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return strcmp(info->isolation, value) == 0;
}

static bool fits_network(const void *thing, const char *value, const void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return strcmp(info->networks, value) == 0;
}

/* Place of the container of that name or id; the number of them all if there is none. */
static size_t find(const struct ps_listing *listing, const char *reference)
{
    size_t i = 0;

    while (i < listing->count && strcmp(listing->infos[i].name, reference) != 0 &&
           !text_starts_with(listing->infos[i].id, reference))
        i++;
    return i;
}

/* The list is newest first, so the older ones stand behind. */
static bool fits_before(const void *thing, const char *value, const void *context)
{
    const struct ps_listing *listing = context;
    const wcow_container_info *info = thing;
    size_t place = find(listing, value);

    return place < listing->count && (size_t)(info - listing->infos) > place;
}

static bool fits_since(const void *thing, const char *value, const void *context)
{
    const struct ps_listing *listing = context;
    const wcow_container_info *info = thing;
    size_t place = find(listing, value);

    return place < listing->count && (size_t)(info - listing->infos) < place;
}

const struct filter_rule ps_filter_rules[] = {
    {"ancestor", false, fits_ancestor},
    {"before", false, fits_before},
    {"exited", false, fits_exited},
    {"id", false, fits_id},
    {"isolation", false, fits_isolation},
    {"label", true, fits_label},
    {"name", false, fits_name},
    {"network", false, fits_network},
    {"since", false, fits_since},
    {"status", false, fits_status},
    {NULL, false, NULL},
};
