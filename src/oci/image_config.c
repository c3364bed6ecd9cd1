/* SPDX-License-Identifier: MIT */
/* The configuration of an image. */
#include "oci/image_config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "base/utf.h"
#include "oci/reference.h"

#define HISTORY_LIMIT 4096

/* Where a text member goes; `config.X` is one of the object "config". */
static const struct {
    const char *member;
    size_t offset;
} texts[] =
    {
        {"architecture", offsetof(image_config, architecture)},
        {"os", offsetof(image_config, os)},
        {"os.version", offsetof(image_config, os_version)},
        {"author", offsetof(image_config, author)},
        {"created", offsetof(image_config, created)},
},
  config_texts[] = {
      {"WorkingDir", offsetof(image_config, working_directory)},
      {"User", offsetof(image_config, user)},
      {"StopSignal", offsetof(image_config, stop_signal)},
};

static const struct {
    const char *member;
    size_t offset;
} config_lists[] = {
    {"Env", offsetof(image_config, environment)},
    {"Entrypoint", offsetof(image_config, entrypoint)},
    {"Cmd", offsetof(image_config, command)},
    {"Shell", offsetof(image_config, shell)},
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

void image_config_free(image_config *config)
{
    if (!config)
        return;
    free(config->json);
    for (size_t i = 0; i < COUNT(texts); i++)
        free(*(char **)(void *)((char *)config + texts[i].offset));
    for (size_t i = 0; i < COUNT(config_texts); i++)
        free(*(char **)(void *)((char *)config + config_texts[i].offset));
    string_list_free(&config->environment);
    string_list_free(&config->entrypoint);
    string_list_free(&config->command);
    string_list_free(&config->labels);
    string_list_free(&config->shell);
    string_list_free(&config->health.test);
    string_list_free(&config->volumes);
    string_list_free(&config->exposed_ports);
    string_list_free(&config->diff_ids);
    for (size_t i = 0; i < config->history_count; i++) {
        free(config->history[i].created);
        free(config->history[i].created_by);
        free(config->history[i].author);
        free(config->history[i].comment);
    }
    free(config->history);
    free(config);
}

static wcow_status malformed(const char *member, wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "the image's config is malformed: '%s'", member);
}

/* A member that is a text, missing or null; what people wrote may hold NUL characters. */
static wcow_status take_prose(const cJSON *object, const char *member, char **out, wcow_error *err)
{
    const cJSON *value = json_member(object, member);

    if (!value || cJSON_IsNull(value))
        return WCOW_OK;
    if (!cJSON_IsString(value))
        return malformed(member, err);
    *out = text_copy(value->valuestring);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* The same, of what goes to Windows: no NUL, which would end it there. */
static wcow_status take_text(const cJSON *object, const char *member, char **out, wcow_error *err)
{
    wcow_status status = take_prose(object, member, out, err);

    if (!status && *out && !utf8_valid(*out, strlen(*out)))
        return malformed(member, err);
    return status;
}

static wcow_status take_list(const cJSON *object, const char *member, string_list *out,
                             wcow_error *err)
{
    const cJSON *value = json_member(object, member);

    if (!value || cJSON_IsNull(value))
        return WCOW_OK;
    if (!json_strings(object, member, out))
        return malformed(member, err);
    for (size_t i = 0; i < out->count; i++) {
        if (!utf8_valid(out->items[i], strlen(out->items[i])))
            return malformed(member, err);
    }
    return WCOW_OK;
}

/* The names of an object's members, which is how Go writes a set: {"80/tcp": {}}. */
static wcow_status take_set(const cJSON *object, const char *member, string_list *out,
                            wcow_error *err)
{
    const cJSON *value = json_member(object, member);
    const cJSON *item;

    if (!value || cJSON_IsNull(value))
        return WCOW_OK;
    if (!cJSON_IsObject(value))
        return malformed(member, err);
    cJSON_ArrayForEach (item, value) {
        if (!string_list_add(out, item->string))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status take_labels(const cJSON *object, image_config *config, wcow_error *err)
{
    const cJSON *labels = json_member(object, "Labels");
    const cJSON *item;

    if (!labels || cJSON_IsNull(labels))
        return WCOW_OK;
    if (!cJSON_IsObject(labels))
        return malformed("Labels", err);
    cJSON_ArrayForEach (item, labels) {
        if (!cJSON_IsString(item))
            return malformed("Labels", err);
        if (!string_list_own(&config->labels,
                             text_format("%s=%s", item->string, item->valuestring)))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

/* Docker's own; a time that makes no sense is as none. */
static wcow_status take_health(const cJSON *object, health_config *out, wcow_error *err)
{
    const cJSON *health = json_member(object, "Healthcheck");
    const struct {
        const char *member;
        uint64_t *value;
    } numbers[] = {
        {"Interval", &out->interval},
        {"Timeout", &out->timeout},
        {"StartPeriod", &out->start_period},
        {"Retries", &out->retries},
        {"StartInterval", &out->start_interval},
    };

    if (!health || cJSON_IsNull(health))
        return WCOW_OK;
    if (!cJSON_IsObject(health))
        return malformed("Healthcheck", err);
    for (size_t i = 0; i < COUNT(numbers); i++) {
        const int64_t value = json_integer(health, numbers[i].member, 0);

        *numbers[i].value = value > 0 ? (uint64_t)value : 0;
    }
    return take_list(health, "Test", &out->test, err);
}

static wcow_status parse_container(const cJSON *object, image_config *config, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    if (!object || cJSON_IsNull(object))
        return WCOW_OK;
    if (!cJSON_IsObject(object))
        return malformed("config", err);
    for (size_t i = 0; i < COUNT(config_texts) && !status; i++)
        status = take_text(object, config_texts[i].member,
                           (char **)(void *)((char *)config + config_texts[i].offset), err);
    for (size_t i = 0; i < COUNT(config_lists) && !status; i++)
        status = take_list(object, config_lists[i].member,
                           (string_list *)(void *)((char *)config + config_lists[i].offset), err);
    if (!status)
        status = take_labels(object, config, err);
    if (!status)
        status = take_set(object, "Volumes", &config->volumes, err);
    if (!status)
        status = take_set(object, "ExposedPorts", &config->exposed_ports, err);
    if (!status)
        status = take_health(object, &config->health, err);
    config->args_escaped = json_bool(object, "ArgsEscaped", false);
    return status;
}

static wcow_status parse_layers(const cJSON *rootfs, image_config *config, wcow_error *err)
{
    if (!cJSON_IsObject(rootfs) || !text_equal(json_text(rootfs, "type", "layers"), "layers") ||
        !json_strings(rootfs, "diff_ids", &config->diff_ids))
        return malformed("rootfs", err);
    if (config->diff_ids.count > IMAGE_LAYER_LIMIT)
        return malformed("rootfs.diff_ids", err);
    for (size_t i = 0; i < config->diff_ids.count; i++) {
        if (!digest_valid(config->diff_ids.items[i]))
            return malformed("rootfs.diff_ids", err);
    }
    return WCOW_OK;
}

static wcow_status parse_step(const cJSON *item, image_history *out, wcow_error *err)
{
    wcow_status status = take_text(item, "created", &out->created, err);

    if (!status)
        status = take_prose(item, "created_by", &out->created_by, err);
    if (!status)
        status = take_prose(item, "author", &out->author, err);
    if (!status)
        status = take_prose(item, "comment", &out->comment, err);
    out->empty_layer = json_bool(item, "empty_layer", false);
    return status;
}

static wcow_status parse_history(const cJSON *history, image_config *config, wcow_error *err)
{
    const cJSON *item;
    int count = cJSON_GetArraySize(history);

    if (!history || cJSON_IsNull(history))
        return WCOW_OK;
    if (!cJSON_IsArray(history) || count > HISTORY_LIMIT)
        return malformed("history", err);
    config->history = calloc((size_t)count + 1, sizeof(*config->history));
    if (!config->history)
        return error_no_memory(err);
    cJSON_ArrayForEach (item, history) {
        wcow_status status = parse_step(item, &config->history[config->history_count++], err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

static wcow_status parse(const cJSON *json, image_config *config, wcow_error *err)
{
    int64_t created = 0;
    wcow_status status = WCOW_OK;

    if (!cJSON_IsObject(json))
        return error_set(err, WCOW_CORRUPT, "the image's config is no object");
    for (size_t i = 0; i < COUNT(texts) && !status; i++)
        status = take_text(json, texts[i].member,
                           (char **)(void *)((char *)config + texts[i].offset), err);
    if (!status)
        status = parse_container(json_member(json, "config"), config, err);
    if (!status)
        status = parse_layers(json_member(json, "rootfs"), config, err);
    if (!status)
        status = parse_history(json_member(json, "history"), config, err);
    if (config->created && time_parse(config->created, &created))
        config->created_seconds = created / 1000000000;
    return status;
}

wcow_status image_config_parse(const char *bytes, size_t size, image_config **out, wcow_error *err)
{
    cleanup_json cJSON *json = NULL;
    cleanup_image_config image_config *config = NULL;
    wcow_status status = json_parse_with_nul(bytes, size, "the image's config", &json, err);

    if (status)
        return status;
    config = calloc(1, sizeof(*config));
    if (!config)
        return error_no_memory(err);
    config->json = text_copy_bytes(bytes, size);
    if (!config->json)
        return error_no_memory(err);
    status = parse(json, config, err);
    if (status)
        return status;
    *out = TAKE(config);
    return WCOW_OK;
}
