/* SPDX-License-Identifier: MIT */
/* Filters of containers (moby daemon/list.go). */
#include "cli/ps_filter.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "cli/command.h"

void ps_listing_free(ps_listing *listing)
{
    for (size_t i = 0; i < listing->name_count; i++)
        regex_free(listing->names[i]);
    free(listing->names);
    cJSON_Delete(listing->layers);
    *listing = (ps_listing){0};
}

static bool keep_problem(ps_listing *listing, wcow_status status, const wcow_error *problem)
{
    if (status && !listing->status) {
        listing->status = status;
        listing->problem = *problem;
    }
    return false;
}

static bool no_memory(ps_listing *listing)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = error_no_memory(&problem);

    return keep_problem(listing, status, &problem);
}

/* ---- what a row tells by itself ---- */

static bool fits_id(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return text_starts_with(info->id, value);
}

/* The values are in the context, ready to use. Docker knows names with a slash before them. */
static bool fits_name(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;
    ps_listing *listing = context;
    cleanup_free char *slashed = text_format("/%s", info->name);

    (void)value;
    if (!slashed)
        return no_memory(listing);
    for (size_t i = 0; i < listing->name_count; i++) {
        bool failed[2] = {false, false};

        if (regex_matches(listing->names[i], slashed, &failed[0]) ||
            regex_matches(listing->names[i], info->name, &failed[1]))
            return true;
        if (failed[0] || failed[1])
            return no_memory(listing);
    }
    return false;
}

/* "key" or "key=value" in "a=b,c=d". */
static bool fits_label(const void *thing, const char *value, void *context)
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

static bool fits_status(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return strcmp(info->state, value) == 0;
}

static bool fits_exited(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;
    int64_t code;

    (void)context;
    return number_parse_signed(value, &code) && strcmp(info->state, "exited") == 0 &&
           (uint32_t)code == info->exit_code;
}

static bool fits_isolation(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return strcmp(info->isolation, value) == 0;
}

/* Whether "a,b,c" has a word. */
static bool has_word(const char *list, const char *word)
{
    const size_t length = strlen(word);

    for (const char *at = list; length && *at; at += strspn(at, ",")) {
        const size_t each = strcspn(at, ",");

        if (each == length && strncmp(at, word, length) == 0)
            return true;
        at += each;
    }
    return false;
}

static bool fits_network(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return has_word(info->networks, value);
}

/* What has no check, or has not run yet, is of none; nothing is a swarm's. */
static bool fits_health(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return strcmp(value, info->health ? info->health : "none") == 0;
}

static bool fits_task(const void *thing, const char *value, void *context)
{
    (void)thing;
    (void)context;
    return strcmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

/* "8000-8080/udp": one port of the range will do. */
static bool fits_range(const char *list, const char *value)
{
    const char *protocol = strchr(value, '/');
    char *end = NULL;
    const unsigned long first = strtoul(value, &end, 10);
    const unsigned long last = *end == '-' ? strtoul(end + 1, NULL, 10) : first;

    for (unsigned long port = first; port <= last && port <= UINT16_MAX; port++) {
        char word[32];

        snprintf(word, sizeof word, "%lu%.8s", port, protocol ? protocol : "/tcp");
        if (has_word(list, word))
            return true;
    }
    return false;
}

/* Docker looks for the container's port, also of what -p names. */
static bool fits_publish(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return fits_range(info->published, value);
}

static bool fits_expose(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;

    (void)context;
    return fits_range(info->exposed, value);
}

/* ---- images ---- */

/* The layers of an image, base first; null: there is none of that name. NULL: no memory. */
static const cJSON *read_layers(ps_listing *listing, const char *reference)
{
    cleanup_wcow char *json = NULL;
    cleanup_json cJSON *image = NULL;
    cJSON *layers = NULL;

    if (wcow_image_inspect(listing->host, reference, &json, NULL) == WCOW_OK &&
        json_parse(json, strlen(json), reference, &image, NULL) == WCOW_OK)
        layers = cJSON_Duplicate(json_member(json_member(image, "RootFS"), "Layers"), true);
    if (!layers)
        layers = cJSON_CreateNull();
    if (!layers || !listing->layers || !json_add(listing->layers, reference, layers))
        return NULL;
    return layers;
}

static const cJSON *layers_of(ps_listing *listing, const char *reference)
{
    const cJSON *known;

    if (!listing->layers)
        listing->layers = cJSON_CreateObject();
    known = cJSON_GetObjectItemCaseSensitive(listing->layers, reference);
    if (!known)
        known = read_layers(listing, reference);
    if (!known)
        (void)no_memory(listing);
    return known;
}

/* Whether a list begins with another one. */
static bool begins_with(const cJSON *layers, const cJSON *ancestor)
{
    const cJSON *own = layers->child;

    for (const cJSON *each = ancestor->child; each; each = each->next) {
        if (!own || !text_equal(cJSON_GetStringValue(own), cJSON_GetStringValue(each)))
            return false;
        own = own->next;
    }
    return ancestor->child != NULL;
}

static bool has_image_id(const wcow_container_info *info, const char *value)
{
    const char *digits = text_starts_with(info->image_id, "sha256:") ? info->image_id + 7 : "";

    return strcmp(info->image_id, value) == 0 ||
           (strlen(value) >= 4 && text_starts_with(digits, value));
}

/* The image itself, and what stands on all of its layers. The container's own may be gone. */
static bool fits_ancestor(const void *thing, const char *value, void *context)
{
    const wcow_container_info *info = thing;
    ps_listing *listing = context;
    const cJSON *ancestor;
    const cJSON *own;

    if (has_image_id(info, value))
        return true;
    ancestor = layers_of(listing, value);
    own = ancestor && cJSON_IsArray(ancestor) ? layers_of(listing, info->image_id) : NULL;
    return own && cJSON_IsArray(own) && begins_with(own, ancestor);
}

/* ---- mounts ---- */

/* By where it is in the container, or what it is on the host. */
static bool fits_volume(const void *thing, const char *value, void *context)
{
    static const char *const names[] = {"Destination", "Source", "Name"};
    const wcow_container_info *info = thing;
    ps_listing *listing = context;
    cleanup_container wcow_container *container = NULL;
    cleanup_wcow char *json = NULL;
    cleanup_json cJSON *inspected = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    const cJSON *mount;
    wcow_status status = wcow_container_open(listing->host, info->id, &container, &problem);

    if (!status)
        status = wcow_container_inspect(container, &json, &problem);
    if (!status)
        status = json_parse(json, strlen(json), info->id, &inspected, &problem);
    if (status) /* one that is gone meanwhile mounts nothing */
        return status == WCOW_NOT_FOUND ? false : keep_problem(listing, status, &problem);
    cJSON_ArrayForEach (mount, json_member(inspected, "Mounts"))
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
            if (text_equal_ignore_case(json_text(mount, names[i], ""), value))
                return true;
    return false;
}

/* ---- before and after ---- */

/* Place of the container of that name or id; the number of them all if there is none. */
static size_t find(const ps_listing *listing, const char *reference)
{
    const char *name = reference + (*reference == '/');
    size_t i = 0;

    while (i < listing->count && strcmp(listing->infos[i].name, name) != 0)
        i++;
    if (i < listing->count || !*reference)
        return i;
    for (i = 0; i < listing->count && !text_starts_with(listing->infos[i].id, reference);)
        i++;
    return i;
}

/* The list is newest first, so the older ones stand behind. */
static bool fits_before(const void *thing, const char *value, void *context)
{
    const ps_listing *listing = context;
    const wcow_container_info *info = thing;

    return (size_t)(info - listing->infos) > find(listing, value);
}

static bool fits_since(const void *thing, const char *value, void *context)
{
    const ps_listing *listing = context;
    const wcow_container_info *info = thing;

    return (size_t)(info - listing->infos) < find(listing, value);
}

const struct filter_rule ps_filter_rules[] = {
    {"ancestor", false, fits_ancestor, "IMAGE"},
    {"before", false, fits_before, "CONTAINER"},
    {"exited", false, fits_exited, NULL},
    {"expose", false, fits_expose, NULL},
    {"health", false, fits_health, "none starting healthy unhealthy"},
    {"id", false, fits_id, NULL},
    {"is-task", false, fits_task, "true false"},
    {"isolation", false, fits_isolation, "default process hyperv"},
    {"label", true, fits_label, NULL},
    {"name", false, fits_name, "CONTAINER"},
    {"network", false, fits_network, "NETWORK"},
    {"publish", false, fits_publish, NULL},
    {"since", false, fits_since, "CONTAINER"},
    {"status", false, fits_status, "created running paused restarting removing exited dead"},
    {"volume", false, fits_volume, "VOLUME"},
    {NULL, false, NULL, NULL},
};

/* ---- reading ---- */

/* Words that a value is one of. */
struct vocabulary {
    const char *key;
    const char *what; /* NULL: nothing is said about it */
    const char *words[8];
};

static const struct vocabulary vocabularies[] = {
    {"status",
     "state",
     {"created", "running", "paused", "restarting", "removing", "exited", "dead"}},
    {"health", "health", {"none", "starting", "healthy", "unhealthy"}},
    {"is-task", NULL, {"true", "false", "1", "0"}},
};

static wcow_status check_word(const struct vocabulary *known, const char *value, wcow_error *err)
{
    cleanup_text text all = TEXT_INIT;

    for (const char *const *word = known->words; *word; word++) {
        if (strcmp(*word, value) == 0)
            return WCOW_OK;
        text_addf(&all, "%s%s", all.length ? ", " : "", *word);
    }
    if (!known->what)
        return error_set(err, WCOW_INVALID, "invalid filter '%s=%s'", known->key, value);
    return error_set(err, WCOW_INVALID,
                     "invalid filter '%s=%s': invalid value for %s (%s): must be one of %s",
                     known->key, value, known->what, value, text_get(&all));
}

static bool read_port(const char **at)
{
    unsigned port = 0;
    const char *start = *at;

    for (; **at >= '0' && **at <= '9' && port <= UINT16_MAX; ++*at)
        port = port * 10 + (unsigned)(**at - '0');
    return *at > start && port <= UINT16_MAX;
}

/* "80", "80/tcp", "8000-8080/udp" */
static wcow_status check_port(const char *key, const char *value, wcow_error *err)
{
    static const char *const protocols[] = {"", "/tcp", "/udp", "/sctp"};
    const char *at = value;
    bool fine;

    if (strchr(value, ':'))
        return error_set(err, WCOW_INVALID, "filter for '%s' should not contain ':': %s", key,
                         value);
    fine = read_port(&at);
    if (fine && *at == '-') {
        at++;
        fine = read_port(&at);
    }
    for (size_t i = 0; fine && i < sizeof(protocols) / sizeof(protocols[0]); i++)
        if (text_equal_ignore_case(at, protocols[i]))
            return WCOW_OK;
    return error_set(err, WCOW_INVALID,
                     "invalid filter '%s=%s': it is a port, or a range, with or without protocol: "
                     "8000-8080/tcp",
                     key, value);
}

static wcow_status add_name(ps_listing *listing, const char *pattern, wcow_error *err)
{
    regex **more = realloc(listing->names, (listing->name_count + 1) * sizeof(regex *));
    wcow_status status;

    if (!more)
        return error_no_memory(err);
    listing->names = more;
    status = regex_new(pattern, &more[listing->name_count], err);
    if (status)
        return error_wrap(err, status, "invalid filter 'name=%s'", pattern);
    listing->name_count++;
    return WCOW_OK;
}

static wcow_status read_one(ps_listing *listing, const char *filter, wcow_error *err)
{
    const char *value = strchr(filter, '=') + 1;
    int64_t code;

    if (text_starts_with(filter, "name="))
        return add_name(listing, value, err);
    if (text_starts_with(filter, "publish="))
        return check_port("publish", value, err);
    if (text_starts_with(filter, "expose="))
        return check_port("expose", value, err);
    if (text_starts_with(filter, "exited=") && !number_parse_signed(value, &code))
        return error_set(err, WCOW_INVALID, "invalid filter '%s': it is no whole number", filter);
    for (size_t i = 0; i < sizeof(vocabularies) / sizeof(vocabularies[0]); i++) {
        const char *key = vocabularies[i].key;

        if (text_starts_with(filter, key) && filter[strlen(key)] == '=')
            return check_word(&vocabularies[i], value, err);
    }
    return WCOW_OK;
}

wcow_status ps_filters_read(const string_list *filters, ps_listing *out, wcow_error *err)
{
    wcow_status status = filters_check(filters, ps_filter_rules, err);

    for (size_t i = 0; i < filters->count && !status; i++)
        status = read_one(out, filters->items[i], err);
    return status;
}

wcow_status ps_filters_find(const string_list *filters, const ps_listing *listing, wcow_error *err)
{
    for (size_t i = 0; i < filters->count; i++) {
        const char *filter = filters->items[i];
        const char *value = strchr(filter, '=') + 1;

        if ((text_starts_with(filter, "before=") || text_starts_with(filter, "since=")) &&
            find(listing, value) == listing->count)
            return error_set(err, WCOW_NOT_FOUND, "No such container: %s", value);
    }
    return WCOW_OK;
}

bool ps_filters_pass(const string_list *filters, ps_listing *listing,
                     const wcow_container_info *info)
{
    return filters_pass(filters, ps_filter_rules, info, listing);
}
