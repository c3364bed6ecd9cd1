/* SPDX-License-Identifier: MIT */
/* A volume in Docker's shape. */
#include "docker/volume_inspect.h"

#include <stddef.h>

#include "base/docker_time.h"
#include "base/docker_type.h"
#include "base/fields.h"

#define AT(name) offsetof(volume_facts, name)
#define SECOND   INT64_C(1000000000)

static const field fields[] = {
    {"Driver", FIELD_TEXT, .at = AT(driver)},
    {"Labels", FIELD_SOME_LABELS, .at = AT(labels)},
    {"Mountpoint", FIELD_TEXT, .at = AT(mountpoint)},
    {"Name", FIELD_TEXT, .at = AT(name)},
    {"Scope", FIELD_FIXED, .text = "local"},
    FIELDS_END,
};

/* Docker's has whole seconds, and nothing of one whose time nobody knows. */
static bool add_created(const volume_facts *facts, cJSON *json)
{
    char words[TIME_TEXT_SIZE];

    if (!facts->created)
        return true;
    docker_time_print(facts->created - facts->created % SECOND, words);
    return json_add_text(json, "CreatedAt", words);
}

char *volume_inspect_print(const volume_facts *facts)
{
    cleanup_json cJSON *json = fields_object(fields, facts);

    if (!json || !add_created(facts, json) || !docker_complete(json, DOCKER_VOLUME))
        return NULL;
    return json_print_pretty(json);
}
