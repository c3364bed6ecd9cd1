/* SPDX-License-Identifier: MIT */
/* An image in Docker's shape. */
#include "docker/image_inspect.h"

#include <stdlib.h>
#include <string.h>

#include "base/docker_type.h"
#include "base/fields.h"
#include "docker/graph_driver.h"

#define AT(name) offsetof(image_facts, name)

static const field metadata_fields[] = {
    {"LastTagTime", FIELD_TIME, .at = AT(tagged)},
    FIELDS_END,
};

static const field image_fields[] = {
    {"Id", FIELD_TEXT, .at = AT(id)},
    {"RepoTags", FIELD_LIST, .at = AT(tags)},
    {"RepoDigests", FIELD_LIST, .at = AT(digests)},
    {"Size", FIELD_SIZE, .at = AT(size)},
    {"GraphDriver", FIELD_OBJECT, .at = AT(folder), .members = graph_driver_fields},
    {"Metadata", FIELD_OBJECT, .members = metadata_fields},
    FIELDS_END,
};

#define AT_CONFIG(name) offsetof(image_config, name)

static const field root_fields[] = {
    {"Type", FIELD_FIXED, .text = "layers"},
    {"Layers", FIELD_SOME_TEXTS, .at = AT_CONFIG(diff_ids)},
    FIELDS_END,
};

static const field config_fields[] = {
    {"Created", FIELD_TEXT, .at = AT_CONFIG(created), .text = ""},
    {"Author", FIELD_TEXT, .at = AT_CONFIG(author)},
    {"Architecture", FIELD_TEXT, .at = AT_CONFIG(architecture)},
    {"Os", FIELD_TEXT, .at = AT_CONFIG(os), .text = "windows"},
    {"OsVersion", FIELD_TEXT, .at = AT_CONFIG(os_version), .text = ""},
    {"RootFS", FIELD_OBJECT, .members = root_fields},
    FIELDS_END,
};

/* The config's own "config" object, as it stands there; Docker shows it unchanged, too. */
static bool add_config(cJSON *json, const image_config *config)
{
    cleanup_json cJSON *whole = NULL;
    cJSON *inner;

    if (json_parse_with_nul(config->json, strlen(config->json), "the image's config", &whole, NULL))
        return false;
    inner = cJSON_DetachItemFromObjectCaseSensitive(whole, "config");
    return json_add(json, "Config", inner ? inner : cJSON_CreateObject());
}

/* What it was made with; a commit's and an import's message is that of its last step. */
static const char *comment_of(const image_config *config)
{
    const size_t count = config->history_count;

    return count ? config->history[count - 1].comment : NULL;
}

char *image_inspect_print(const image_facts *facts)
{
    cleanup_json cJSON *json = fields_object(image_fields, facts);

    if (!json || !fields_write(config_fields, facts->config, json) ||
        !json_add_text(json, "Comment", comment_of(facts->config)) ||
        !add_config(json, facts->config) || !docker_complete(json, DOCKER_IMAGE))
        return NULL;
    return json_print_pretty(json);
}
