/* SPDX-License-Identifier: MIT */
/* Which events are asked for. */
#include "cli/event_filter.h"

#include <string.h>

#include "base/text.h"
#include "cli/filter.h"

static const char *attribute(const cJSON *event, const char *name)
{
    return json_text(json_path(event, "Actor.Attributes"), name, "");
}

static const char *actor(const cJSON *event)
{
    return json_text(json_member(event, "Actor"), "ID", "");
}

/* ---- keys ---- */

static bool fits_type(const void *event, const char *value, void *context)
{
    (void)context;
    return text_equal(json_text(event, "Type", ""), value);
}

static bool fits_scope(const void *event, const char *value, void *context)
{
    (void)context;
    return text_equal(json_text(event, "scope", ""), value);
}

/* Of actions that say more behind a colon, what stands before it is enough. */
static bool fits_action(const void *event, const char *value, void *context)
{
    static const char *const open[] = {"health_status", "exec_create", "exec_start"};
    const char *action = json_text(event, "Action", "");

    (void)context;
    for (size_t i = 0; i < sizeof open / sizeof open[0]; i++) {
        if (text_equal(value, open[i]))
            return text_starts_with(action, value);
    }
    return text_equal(action, value);
}

/* By the beginning of its id or name. Whatever the type, as Docker does: the type of a container is
 * not asked for by the name of its key, but nothing else has such ids. */
static bool fits_actor(const void *event, const char *value, void *context)
{
    (void)context;
    return text_starts_with(actor(event), value) ||
           text_starts_with(attribute(event, "name"), value);
}

/* Whether a name is the value, with or without its tag. */
static bool is_image(const char *name, const char *value)
{
    const char *slash = strrchr(name, '/');
    const char *colon = strrchr(slash ? slash : name, ':');

    return text_equal(name, value) || (colon && strlen(value) == (size_t)(colon - name) &&
                                       strncmp(name, value, strlen(value)) == 0);
}

static bool fits_image(const void *event, const char *value, void *context)
{
    const bool image = fits_type(event, "image", context);

    return is_image(actor(event), value) ||
           is_image(attribute(event, image ? "name" : "image"), value);
}

static bool fits_label(const void *event, const char *value, void *context)
{
    const char *equals = strchr(value, '=');
    cleanup_free char *name =
        text_copy_bytes(value, equals ? (size_t)(equals - value) : strlen(value));
    const char *has = name ? json_text(json_path(event, "Actor.Attributes"), name, NULL) : NULL;

    (void)context;
    return has && (!equals || text_equal(has, equals + 1));
}

/* All that are noted, by the first word of those that go on ("exec_create: cmd"). */
#define ACTIONS                                                                                    \
    "attach commit connect create delete destroy detach die disconnect exec_create exec_detach "   \
    "exec_die exec_start export health_status import kill load pause prune pull push rename "      \
    "resize restart save start stop tag top unpause untag update"

const struct filter_rule event_filter_rules[] = {
    {"config", false, fits_actor, NULL},
    {"container", false, fits_actor, "CONTAINER"},
    {"daemon", false, fits_actor, NULL},
    {"event", false, fits_action, ACTIONS},
    {"image", false, fits_image, "IMAGE"},
    {"label", true, fits_label, NULL},
    {"network", false, fits_actor, "NETWORK"},
    {"node", false, fits_actor, NULL},
    {"plugin", false, fits_actor, NULL},
    {"scope", false, fits_scope, "local"},
    {"secret", false, fits_actor, NULL},
    {"service", false, fits_actor, NULL},
    {"type", false, fits_type, "container daemon image network volume"},
    {"volume", false, fits_actor, "VOLUME"},
    {NULL, false, NULL, NULL},
};

wcow_status event_filters_check(const string_list *filters, wcow_error *err)
{
    return filters_check(filters, event_filter_rules, err);
}

bool event_passes(const string_list *filters, const cJSON *event)
{
    return filters_pass(filters, event_filter_rules, event, NULL);
}
