/* SPDX-License-Identifier: MIT */
/* commit: a stopped container as an image. */
#include "engine/image/commit.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "engine/container/configuration.h"
#include "engine/container/container.h"
#include "engine/container/container_event.h"
#include "engine/container/resting.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/image/image_event.h"
#include "engine/image/pack.h"
#include "image/store/derived.h"
#include "layer/export/layer_export.h"
#include "port/clock.h"

static wcow_status export_changes(void *context, const byte_sink *sink, wcow_error *err)
{
    const resting *r = context;

    return layer_export(&r->layers, r->scratch, &r->chain, sink, err);
}

static wcow_status produce(void *context, const byte_sink *sink, char diff_id[DIGEST_SIZE],
                           wcow_error *err)
{
    return layer_pack(export_changes, context, sink, diff_id, err);
}

/* ---- the new image's config: its own, as the container was told to change it ---- */

static bool put(cJSON *config, const char *name, cJSON *value)
{
    cJSON_DeleteItemFromObjectCaseSensitive(config, name);
    return json_add(config, name, value);
}

static bool put_list(cJSON *config, const char *name, const string_list *items)
{
    cJSON_DeleteItemFromObjectCaseSensitive(config, name);
    return !items->count || json_add_strings(config, name, (const char *const *)items->items);
}

static bool put_labels(cJSON *config, const string_list *labels)
{
    cJSON *object = labels->count ? cJSON_CreateObject() : NULL;
    bool fine = !labels->count || object;

    cJSON_DeleteItemFromObjectCaseSensitive(config, "Labels");
    for (size_t i = 0; fine && i < labels->count; i++) {
        const char *equals = strchr(labels->items[i], '=');
        cleanup_free char *key =
            equals ? text_copy_bytes(labels->items[i], (size_t)(equals - labels->items[i]))
                   : text_copy(labels->items[i]);

        fine = key && json_add_text(object, key, equals ? equals + 1 : "");
    }
    if (!fine) {
        cJSON_Delete(object);
        return false;
    }
    return !object || json_add(config, "Labels", object);
}

/* The container's own, which begins with the image's. */
static bool put_health(cJSON *config, const health_config *check)
{
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"Interval", check->interval},
        {"Timeout", check->timeout},
        {"StartPeriod", check->start_period},
        {"Retries", check->retries},
        {"StartInterval", check->start_interval},
    };
    cleanup_json cJSON *object = cJSON_CreateObject();

    if (!object || (check->test.count &&
                    !json_add_strings(object, "Test", (const char *const *)check->test.items)))
        return false;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (numbers[i].value &&
            !json_add_integer(object, numbers[i].name, (int64_t)numbers[i].value))
            return false;
    }
    return !object->child || put(config, "Healthcheck", TAKE(object));
}

static wcow_status make_config(wcow_host *host, const record *r, const image *base,
                               const config_changer *change, cJSON **out, wcow_error *err)
{
    const char *json = base->config->json;
    cleanup_json cJSON *whole = NULL;
    cleanup_json cJSON *spec = NULL;
    cleanup_json cJSON *config = NULL;
    const cJSON *environment;
    const char *folder;
    wcow_status status = json_parse_with_nul(json, strlen(json), "the image's config", &whole, err);

    if (!status)
        status = configuration_load(host, r->id, &spec, err);
    if (status)
        return status;
    config = cJSON_DetachItemFromObjectCaseSensitive(whole, "config");
    if (!config)
        config = cJSON_CreateObject();
    environment = json_path(spec, "process.env");
    folder = json_text(json_member(spec, "process"), "cwd", NULL);
    if (!config || !put_list(config, "Entrypoint", &r->entrypoint) ||
        !put_list(config, "Cmd", &r->arguments) || !put_labels(config, &r->labels) ||
        !put_health(config, &r->health) ||
        (environment && !put(config, "Env", cJSON_Duplicate(environment, true))) ||
        (folder && !put(config, "WorkingDir", cJSON_CreateString(folder))))
        return error_no_memory(err);
    cJSON_DeleteItemFromObjectCaseSensitive(config, "ArgsEscaped");
    if (r->args_escaped && !json_add_bool(config, "ArgsEscaped", true))
        return error_no_memory(err);
    status = change->apply(change->context, config, err);
    if (status)
        return status;
    *out = TAKE(config);
    return WCOW_OK;
}

/* ---- the commit ---- */

static wcow_status commit(wcow_host *host, resting *source, const wcow_commit_options *options,
                          const config_changer *change, char id[DIGEST_SIZE], image_lease **lease,
                          wcow_error *err)
{
    const record *r = source->record;
    cleanup_image image *base = NULL;
    cleanup_json cJSON *config = NULL;
    cleanup_text text command = TEXT_INIT;
    char now[TIME_TEXT_SIZE];
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_open(&images, r->image_id, &base, err);
    if (!status)
        status = make_config(host, r, base, change, &config, err);
    if (status)
        return status;
    for (size_t i = 0; i < r->command.count; i++)
        text_addf(&command, "%s%s", i ? " " : "", r->command.items[i]);
    if (command.failed)
        return error_no_memory(err);
    time_print(clock_now(), now);

    const derivation request = {
        .base = base,
        .produce = produce,
        .context = source,
        .config = config,
        .created = now,
        .created_by = text_get(&command),
        .author = options->author,
        .comment = options->comment,
    };

    return image_derive(&images, &request, id, lease, err);
}

static void tell(const wcow_container *container, const image_reference *name, const char *comment,
                 const char *id)
{
    cleanup_free char *whole = name ? reference_familiar(name) : NULL;
    const event_attribute more[] = {
        {"comment", comment ? comment : ""}, {"imageID", id}, {"imageRef", whole ? whole : ""}};

    container_event_of(container->host, container->id, "commit", more,
                       sizeof more / sizeof more[0]);
    image_event_tag(container->host, id, name);
}

wcow_status container_commit(wcow_container *container, const char *reference,
                             const wcow_commit_options *options, const config_changer *change,
                             char **id, wcow_error *err)
{
    wcow_host *host = container->host;
    cleanup_reference image_reference *name = NULL;
    cleanup_resting resting source = RESTING_INIT;
    cleanup_image_lease image_lease *lease = NULL;
    char made[DIGEST_SIZE];
    char *copy;
    wcow_status status = new_image_name(reference, &name, err);

    if (!status)
        status = resting_take(container, "commit", &source, err);
    if (!status) /* whose names they are is for a container to know, and not for an image */
        status = resting_forget_names_at_rest(&source, err);
    if (!status)
        status = commit(host, &source, options, change, made, &lease, err);
    if (!status)
        status = resting_done(container, err);
    if (!status)
        status = new_image_finish(host, made, name, TAKE(lease), err);
    if (status)
        return status;
    tell(container, name, options->comment, made);
    copy = text_copy(made);
    if (!copy)
        return error_no_memory(err);
    *id = copy;
    return WCOW_OK;
}
