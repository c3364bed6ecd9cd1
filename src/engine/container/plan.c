/* SPDX-License-Identifier: MIT */
/*
 * --dry-run: config, documents and calls, without touching anything: a container is drafted as
 * create does it, and run as its monitor does it, on a host that only writes down (rehearsal.h).
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "engine/container/draft.h"
#include "engine/container/id.h"
#include "engine/container/rehearsal.h"
#include "engine/container/run_request.h"
#include "engine/container/run_wiring.h"
#include "engine/host/store.h"
#include "layer/store/scratch.h"
#include "oci/runtime_spec.h"

/* ---- the layers ---- */

/* Real ids where the service can be asked; NameToGuid touches nothing. Count of descriptors: all
 * but the scratch. */
static layer_descriptor *describe_layers(wcow_host *host, const string_list *folders, bool *known)
{
    const size_t count = folders->count - 1;
    layer_descriptor *layers = calloc(count + 1, sizeof *layers);
    storage_port *storage = NULL;

    *known = layers && !host_storage(host, &storage, NULL);
    for (size_t i = 0; layers && i < count; i++) {
        layers[i].path = folders->items[i];
        *known = *known && HR_SUCCEEDED(storage->name_to_guid(
                               storage, path_base_name(layers[i].path), &layers[i].id));
    }
    return layers;
}

/* The document's Layers got ids of zeros: say that nobody knows them here. */
static bool hide_ids(cJSON *layers, const char *member)
{
    cJSON *item;

    cJSON_ArrayForEach (item, layers) {
        char *guessed =
            text_format("<NameToGuid(%s)>", path_base_name(json_text(item, "Path", "")));
        const bool replaced = guessed && cJSON_ReplaceItemInObjectCaseSensitive(
                                             item, member, cJSON_CreateString(guessed));

        free(guessed);
        if (!replaced)
            return false;
    }
    return true;
}

static bool hide_all_ids(cJSON *document)
{
    cJSON *container = cJSON_GetObjectItemCaseSensitive(document, "Container");
    cJSON *storage = cJSON_GetObjectItemCaseSensitive(container, "Storage");

    return hide_ids(cJSON_GetObjectItemCaseSensitive(document, "Layers"), "ID") &&
           hide_ids(cJSON_GetObjectItemCaseSensitive(storage, "Layers"), "Id");
}

/* ---- the run ---- */

static wcow_status begins(void *context, const run_taken *what, wcow_error *err)
{
    (void)what;
    return oci_config_set_first_start(context, true, err);
}

static wcow_status run_through(run *r, const run_request *request, rehearsal *on, wcow_error *err)
{
    wcow_status status = run_begin(r, request, err);
    wcow_status ended;
    uint32_t code;

    if (status)
        return status;
    status = run_pass_on(r, err);
    rehearsal_end_process(on);
    if (!status)
        status = run_wait(r, &code, err);
    run_close(r);
    run_drain(r);
    ended = run_end(r, status ? NULL : err);
    return status ? status : ended;
}

/* What create asks of the service, and then a run. */
static wcow_status rehearse(wcow_host *host, const draft *d, const layer_chain *chain,
                            rehearsal *on, wcow_error *err)
{
    const layer_store layers = rehearsal_layers(on);
    run_request request = {.config = d->config,
                           .hcs = rehearsal_hcs(on),
                           .layers = layers,
                           .chain = chain,
                           .scratch = d->folders.items[chain->count],
                           .notes = {.context = d->config, .begin = begins}};
    cleanup_wiring run_wiring wiring = {0};
    run r;
    wcow_status status = run_init(&r, err);

    if (status)
        return status;
    run_request_fill(&request, host, d->record);
    status = run_wiring_make(host, d->record, &wiring, &request.networks, err);
    if (!status)
        status = scratch_create(&layers, request.scratch, chain, d->scratch_size, err);
    if (!status)
        status = run_through(&r, &request, on, err);
    run_free(&r);
    return status;
}

static wcow_status make_run(wcow_host *host, const draft *d, rehearsed *out, wcow_error *err)
{
    cleanup_rehearsal rehearsal *on = NULL;
    bool known;
    cleanup_free layer_descriptor *layers = describe_layers(host, &d->folders, &known);
    const layer_chain chain = {layers, d->folders.count - 1};
    wcow_status status =
        layers ? rehearsal_new(host, &d->record->networks, layers[chain.count - 1].path, &on, err)
               : error_no_memory(err);

    if (!status)
        status = rehearse(host, d, &chain, on, err);
    if (!status)
        status = rehearsal_take(on, out, err);
    if (!status && !known && !hide_all_ids(out->system))
        return error_no_memory(err);
    return status;
}

static wcow_status make_plan(wcow_host *host, draft *d, char **json, wcow_error *err)
{
    cleanup_json cJSON *plan = cJSON_CreateObject();
    cleanup_json cJSON *config = cJSON_Duplicate(d->config, true); /* as create writes it */
    rehearsed asked = {NULL, NULL, NULL};
    wcow_status status = make_run(host, d, &asked, err);
    cleanup_json cJSON *system = asked.system;
    cleanup_json cJSON *process = asked.process;
    cleanup_json cJSON *calls = asked.calls;
    char *printed;

    if (status)
        return status;
    if (!plan || !config || !json_add(plan, "config", TAKE(config)) ||
        !json_add(plan, "system", TAKE(system)) || !json_add(plan, "process", TAKE(process)) ||
        !json_add(plan, "calls", TAKE(calls)) ||
        (d->warnings.count &&
         !json_add_strings(plan, "warnings", (const char *const *)d->warnings.items)))
        return error_no_memory(err);
    printed = json_print_pretty(plan);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}

wcow_status wcow_container_plan(wcow_host *host, const wcow_container_spec *spec, char **json,
                                wcow_error *err)
{
    cleanup_image image *source = NULL;
    cleanup_draft draft d = {0};
    char id[ID_LENGTH + 1];
    image_store images;
    cleanup_container_wish container_wish wish = {0};
    wcow_status status = config_take(spec, &wish, err);

    if (!status)
        status = draft_check(host, &wish, &d, err);
    if (!status)
        status = host_images(host, &images, err);
    if (!status)
        status = image_store_open(&images, wish.spec.image, &source, err);
    if (!status && network_mode_container(wish.network.mode))
        status = network_wish_check(host, &wish.network, err);
    if (!status)
        status = id_make(id, err);
    if (!status)
        status = draft_new(host, &wish, source, id, &d, err);
    return status ? status : make_plan(host, &d, json, err);
}
