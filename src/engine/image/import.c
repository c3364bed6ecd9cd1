/* SPDX-License-Identifier: MIT */
/* import: a root file system as an image of one layer. */
#include "engine/image/import.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "engine/host/file_input.h"
#include "engine/host/host_stores.h"
#include "engine/host/listener.h"
#include "engine/host/store.h"
#include "engine/host/url_input.h"
#include "engine/image/image_event.h"
#include "engine/image/pack.h"
#include "engine/image/platform.h"
#include "image/store/derived.h"
#include "layer/import/rootfs.h"
#include "port/clock.h"

typedef struct importing {
    wcow_host *host;
    const char *name; /* of the source: a path, "-" or a URL */
    const wcow_import_options *options;
    const config_changer *change;
    const byte_source *source;
} importing;

static wcow_status make_hive(void *context, text *out, wcow_error *err)
{
    wcow_host *host = context;
    layer_store layers;
    hives_port *hives = NULL;
    wcow_status status = host_layer_files(host, &layers, err);

    if (!status)
        status = host_hives(host, &hives, err);
    return status ? status : hive_make_empty(&layers, hives, &host->version, out, err);
}

static wcow_status convert(void *context, const byte_sink *tar, wcow_error *err)
{
    const importing *i = context;
    const hive_maker hives = {make_hive, i->host};

    return rootfs_to_layer(i->source, &hives, tar, err);
}

static wcow_status produce(void *context, const byte_sink *sink, char diff_id[DIGEST_SIZE],
                           wcow_error *err)
{
    return layer_pack(convert, context, sink, diff_id, err);
}

/* From where, as Docker tells it: a client sends a file as a stream. */
static char *default_message(const char *source)
{
    return text_format("Imported from %s", url_is(source) ? source : "-");
}

static wcow_status make_image(const importing *wish, const byte_source *source,
                              char id[DIGEST_SIZE], image_lease **lease, wcow_error *err)
{
    wcow_host *host = wish->host;
    const wcow_import_options *options = wish->options;
    importing work = *wish;
    cleanup_free char *message =
        options->message ? text_copy(options->message) : default_message(wish->name);
    cleanup_json cJSON *config = cJSON_CreateObject();
    platform_wish platform;
    image_store images;
    char now[TIME_TEXT_SIZE];
    wcow_status status = platform_parse(host, options->platform, false, &platform, err);

    work.source = source;
    if (!message || !config)
        return error_no_memory(err);
    if (!status)
        status = wish->change->apply(wish->change->context, config, err);
    if (!status)
        status = store_make_directory(host, host->root, err);
    if (!status)
        status = host_images(host, &images, err);
    if (status)
        return status;
    time_print(clock_now(), now);

    const derivation request = {
        .architecture = platform.architecture,
        .os_version = *platform.os_version ? platform.os_version : NULL,
        .produce = produce,
        .context = &work,
        .config = config,
        .created = now,
        .comment = message,
    };

    return image_derive(&images, &request, id, lease, err);
}

static wcow_status import_url(const importing *i, char id[DIGEST_SIZE], image_lease **lease,
                              wcow_error *err)
{
    cleanup_url_input url_input *input = NULL;
    wcow_status status = url_input_open(i->name, &input, err);

    return status ? status : make_image(i, url_input_source(input), id, lease, err);
}

static wcow_status import_file(const importing *i, char id[DIGEST_SIZE], image_lease **lease,
                               wcow_error *err)
{
    cleanup_listener listener told = {.open = false};
    cleanup_file_input file_input input = {.progress = &told.sink};
    wcow_status status = listener_open(&told, NULL, i->options->progress, i->options->context, err);

    if (!status)
        status = file_input_open(i->host, i->name, &input, err);
    return status ? status : make_image(i, &input.source, id, lease, err);
}

wcow_status image_import(wcow_host *host, const char *source, const char *reference,
                         const wcow_import_options *options, const config_changer *change,
                         char **id, wcow_error *err)
{
    const importing i = {.host = host, .name = source, .options = options, .change = change};
    cleanup_reference image_reference *name = NULL;
    cleanup_image_lease image_lease *lease = NULL;
    char made[DIGEST_SIZE];
    char *copy;
    wcow_status status = new_image_name(reference, &name, err);

    if (status)
        return status;
    status =
        url_is(source) ? import_url(&i, made, &lease, err) : import_file(&i, made, &lease, err);
    if (!status)
        status = new_image_finish(host, made, name, TAKE(lease), err);
    if (status)
        return error_wrap(err, status, "cannot import '%s'", source);
    image_event(host, "import", made, made);
    image_event_tag(host, made, name);
    copy = text_copy(made);
    if (!copy)
        return error_no_memory(err);
    *id = copy;
    return WCOW_OK;
}
