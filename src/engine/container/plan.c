/* SPDX-License-Identifier: MIT */
/*
 * --dry-run: config, documents and calls, without touching anything. What only a real host can know
 * (ids of layers, the volume, the endpoint) is shown as what it would be: <text in angle brackets>.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "engine/container/draft.h"
#include "engine/container/id.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "hcs/document.h"
#include "oci/runtime_spec.h"

#define ENDPOINT "<endpoint>"
#define VOLUME   "\\\\?\\Volume{<volume>}\\"

/* A call of the sequence, and when it is made. */
typedef struct call {
    const char *name;
    const char *what;
    bool argon, nat;   /* only with process isolation; only with a network */
    bool closes_input; /* only without -i */
} call;

static const call calls[] = {
    {"CreateSandboxLayer", "the scratch layer", false, false, false},
    {"ActivateLayer", "the scratch layer", true, false, false},
    {"PrepareLayer", "the scratch layer", true, false, false},
    {"GetLayerMountPath", "the scratch layer", true, false, false},
    {"HNSCall", "GET /networks/", false, true, false},
    {"HNSCall", "POST /endpoints/", false, true, false},
    {"HcsCreateComputeSystem", "system", false, false, false},
    {"HcsRegisterComputeSystemCallback", "the system", false, false, false},
    {"HcsStartComputeSystem", "the system", false, false, false},
    {"HcsCreateProcess", "process", false, false, false},
    {"HcsRegisterProcessCallback", "the process", false, false, false},
    {"HcsModifyProcess", "CloseHandle StdIn", false, false, true},
    {"HcsGetProcessProperties", "when the process has exited", false, false, false},
    {"HcsShutdownComputeSystem", "the system", false, false, false},
    {"HcsCloseComputeSystem", "the system", false, false, false},
    {"UnprepareLayer", "the scratch layer", true, false, false},
    {"DeactivateLayer", "the scratch layer", true, false, false},
    {"HNSCall", "DELETE /endpoints/" ENDPOINT, false, true, false},
};

static wcow_status make_calls(const record *r, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; list && i < sizeof calls / sizeof calls[0]; i++) {
        const call *c = &calls[i];
        cleanup_json cJSON *item = NULL;

        if ((c->argon && r->isolation != WCOW_ISOLATION_PROCESS) ||
            (c->nat && text_equal(r->network, "none")) || (c->closes_input && r->open_stdin))
            continue;
        item = cJSON_CreateObject();
        if (!item || !json_add_text(item, "call", c->name) || !json_add_text(item, "on", c->what) ||
            !json_append(list, TAKE(item)))
            return error_no_memory(err);
    }
    if (!list)
        return error_no_memory(err);
    *out = TAKE(list);
    return WCOW_OK;
}

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
static bool hide_ids(cJSON *document)
{
    cJSON *layers = cJSON_GetObjectItemCaseSensitive(document, "Layers");
    cJSON *item;

    cJSON_ArrayForEach (item, layers) {
        char *guessed =
            text_format("<NameToGuid(%s)>", path_base_name(json_text(item, "Path", "")));
        const bool replaced = guessed && cJSON_ReplaceItemInObjectCaseSensitive(
                                             item, "ID", cJSON_CreateString(guessed));

        free(guessed);
        if (!replaced)
            return false;
    }
    return true;
}

/* The topmost layer that has one, where the layers are; else the base, which has to. */
static char *guess_utility_vm(wcow_host *host, const string_list *folders)
{
    for (size_t i = 0; i + 1 < folders->count; i++) {
        char *path = path_join(folders->items[i], "UtilityVM");

        if (path && (store_exists(host, path) || i + 2 == folders->count))
            return path;
        free(path);
    }
    return NULL;
}

static wcow_status make_system(wcow_host *host, const draft *d, cJSON **out, wcow_error *err)
{
    static const char *const endpoints[] = {ENDPOINT, NULL};
    const bool hyperv = d->record->isolation == WCOW_ISOLATION_HYPERV;
    cleanup_free char *utility_vm = hyperv ? guess_utility_vm(host, &d->folders) : NULL;
    bool known;
    cleanup_free layer_descriptor *layers = describe_layers(host, &d->folders, &known);
    cleanup_json cJSON *document = NULL;
    const system_facts facts = {.id = d->record->id,
                                .owner = "wcow",
                                .layers = layers,
                                .layer_count = d->folders.count - 1,
                                .volume_path = hyperv ? NULL : VOLUME,
                                .utility_vm = utility_vm,
                                .processors = machine_processors(),
                                .terminate_on_last_handle_closed =
                                    !host->version.build || host->version.build >= 16299};
    wcow_status status = layers ? WCOW_OK : error_no_memory(err);

    if (!status && !text_equal(d->record->network, "none"))
        status = oci_config_set_endpoints(d->config, endpoints, true, err);
    if (!status)
        status = oci_config_set_first_start(d->config, true, err);
    if (!status)
        status = system_document_new(SCHEMA_V1, d->config, &facts, &document, err);
    if (status)
        return status;
    if (!known && !hide_ids(document))
        return error_no_memory(err);
    *out = TAKE(document);
    return WCOW_OK;
}

static wcow_status make_plan(wcow_host *host, draft *d, char **json, wcow_error *err)
{
    cleanup_json cJSON *plan = cJSON_CreateObject();
    cleanup_json cJSON *config = cJSON_Duplicate(d->config, true);
    cleanup_json cJSON *system = NULL;
    cleanup_json cJSON *process = NULL;
    cleanup_json cJSON *sequence = NULL;
    char *printed;
    wcow_status status =
        process_document_new(SCHEMA_V1, json_member(d->config, "process"), &process, err);

    if (!status)
        status = make_system(host, d, &system, err);
    if (!status)
        status = make_calls(d->record, &sequence, err);
    if (status)
        return status;
    if (!plan || !config || !json_add(plan, "config", TAKE(config)) ||
        !json_add(plan, "system", TAKE(system)) || !json_add(plan, "process", TAKE(process)) ||
        !json_add(plan, "calls", TAKE(sequence)))
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
    wcow_container_spec wish;
    wcow_status status = config_take(spec, &wish, err);

    if (!status)
        status = host_images(host, &images, err);
    if (!status)
        status = image_store_open(&images, wish.image, &source, err);
    if (!status)
        status = id_make(id, err);
    if (!status)
        status = draft_new(host, &wish, source, id, &d, err);
    return status ? status : make_plan(host, &d, json, err);
}
