/* SPDX-License-Identifier: MIT */
/* Ports of a host that is not there. Calls that no run makes are not in them. */
#include "engine/container/rehearsal.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/rehearsal_guard.h"
#include "engine/container/rehearsal_network.h"
#include "engine/host/host_stores.h"
#include "engine/host/store.h"
#include "network/hns.h"
#include "port/stream.h"

#define VOLUME  "\\\\?\\Volume{<volume>}\\"
#define SPACE   "<namespace>"
#define SCRATCH "the scratch layer"
#define SYSTEM  "the system"
#define PROCESS "the process"

/* Handles without anything behind them. */
struct hcs_system {
    char nothing;
};
struct hcs_process {
    char nothing;
};
struct hcn_namespace {
    char nothing;
};
struct hcs_registration {
    hcs_callback *call;
    void *context;
};

struct rehearsal {
    hcs_port hcs;
    storage_port storage;
    files_port files;
    wcow_host *host;
    rehearsal_network network;
    rehearsal_guard guard;
    char space[GUID_TEXT_SIZE]; /* what its namespace is asked to be called */
    char *utility_vm;           /* of the base layer */
    hcs_system system;
    hcs_process process;
    hcn_namespace of_network;
    hcs_registration of_system, of_process;
    rehearsed asked;
    bool failed; /* something is missing there */
};

/* A port of it is one of its members. */
#define REHEARSAL(port, member)                                                                    \
    ((rehearsal *)(void *)((char *)(port)-offsetof(struct rehearsal, member)))

static void write_down(rehearsal *r, const char *call, const char *on)
{
    cleanup_json cJSON *item = cJSON_CreateObject();

    if (!item || !json_add_text(item, "call", call) || !json_add_text(item, "on", on) ||
        !json_append(r->asked.calls, TAKE(item)))
        r->failed = true;
}

/* With what it is asked for. */
static void write_down_body(rehearsal *r, const char *what, const char *body)
{
    cJSON *parsed = NULL;

    write_down(r, "HNSCall", what);
    if (!*body || r->failed)
        return;
    if (json_parse(body, strlen(body), "the body", &parsed, NULL) ||
        !json_add(cJSON_GetArrayItem(r->asked.calls, cJSON_GetArraySize(r->asked.calls) - 1),
                  "body", parsed))
        r->failed = true;
}

static int32_t keep(rehearsal *r, const char *document, cJSON **out)
{
    cJSON_Delete(*out);
    *out = NULL;
    if (json_parse(document, strlen(document), "the document", out, NULL))
        r->failed = true;
    return HR_OK;
}

static int32_t answer(const char *words, char **out)
{
    *out = text_copy(words);
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

/* ---- systems ---- */

/* The namespace's id was made up for this: what it will be is not known. */
static bool hide_space(rehearsal *r)
{
    cJSON *container = cJSON_GetObjectItemCaseSensitive(r->asked.system, "Container");
    cJSON *networking = cJSON_GetObjectItemCaseSensitive(container, "Networking");

    return !text_equal(json_text(networking, "Namespace", NULL), r->space) ||
           cJSON_ReplaceItemInObjectCaseSensitive(networking, "Namespace",
                                                  cJSON_CreateString(SPACE));
}

static int32_t create_system(hcs_port *port, const char *id, const char *document, hcs_system **out,
                             char **result)
{
    rehearsal *r = REHEARSAL(port, hcs);

    (void)id;
    (void)result;
    write_down(r, "HcsCreateComputeSystem", "system");
    *out = &r->system;
    return keep(r, document, &r->asked.system) || !hide_space(r) ? HR_OUT_OF_MEMORY : HR_OK;
}

/* Asked for by who cleans up after a failure. */
static int32_t open_system(hcs_port *port, const char *id, hcs_system **out, char **result)
{
    (void)port;
    (void)id;
    (void)out;
    (void)result;
    return HCS_SYSTEM_NOT_FOUND;
}

static int32_t close_system(hcs_port *port, hcs_system *system)
{
    (void)system;
    write_down(REHEARSAL(port, hcs), "HcsCloseComputeSystem", SYSTEM);
    return HR_OK;
}

static int32_t start_system(hcs_port *port, hcs_system *system, const char *options, char **result)
{
    (void)system;
    (void)options;
    (void)result;
    write_down(REHEARSAL(port, hcs), "HcsStartComputeSystem", SYSTEM);
    return HR_OK;
}

static int32_t end_system(rehearsal *r, const char *call)
{
    write_down(r, call, SYSTEM);
    r->of_system.call(HCS_SYSTEM_EXITED, r->of_system.context, HR_OK, NULL);
    return HR_OK;
}

static int32_t shutdown_system(hcs_port *port, hcs_system *system, const char *options,
                               char **result)
{
    (void)system;
    (void)options;
    (void)result;
    return end_system(REHEARSAL(port, hcs), "HcsShutdownComputeSystem");
}

static int32_t terminate_system(hcs_port *port, hcs_system *system, const char *options,
                                char **result)
{
    (void)system;
    (void)options;
    (void)result;
    return end_system(REHEARSAL(port, hcs), "HcsTerminateComputeSystem");
}

static int32_t register_system(hcs_port *port, hcs_system *system, hcs_callback *call,
                               void *context, hcs_registration **out)
{
    rehearsal *r = REHEARSAL(port, hcs);

    (void)system;
    write_down(r, "HcsRegisterComputeSystemCallback", SYSTEM);
    r->of_system = (hcs_registration){call, context};
    *out = &r->of_system;
    return HR_OK;
}

static int32_t unregister_system(hcs_port *port, hcs_registration *registration)
{
    (void)registration;
    write_down(REHEARSAL(port, hcs), "HcsUnregisterComputeSystemCallback", SYSTEM);
    return HR_OK;
}

/* ---- processes ---- */

/* That it is there is all that is asked of its input: one of ours, which nobody writes to. */
static stream *some_stream(void)
{
    stream *s = NULL;

    for (int which = STANDARD_INPUT; which <= STANDARD_ERROR; which++) {
        if (HR_SUCCEEDED(stream_standard(which, &s)))
            return s;
    }
    return NULL;
}

static int32_t create_process(hcs_port *port, hcs_system *system, const char *parameters,
                              hcs_process_io *io, hcs_process **out, char **result)
{
    rehearsal *r = REHEARSAL(port, hcs);

    (void)system;
    (void)result;
    write_down(r, "HcsCreateProcess", "process");
    *io = (hcs_process_io){.in = some_stream()};
    *out = &r->process;
    return keep(r, parameters, &r->asked.process);
}

static int32_t close_process(hcs_port *port, hcs_process *process)
{
    (void)process;
    write_down(REHEARSAL(port, hcs), "HcsCloseProcess", PROCESS);
    return HR_OK;
}

static int32_t get_process_properties(hcs_port *port, hcs_process *process, char **properties,
                                      char **result)
{
    (void)process;
    (void)result;
    write_down(REHEARSAL(port, hcs), "HcsGetProcessProperties", "when the process has exited");
    return answer("{\"Exited\":true,\"ExitCode\":0,\"LastWaitResult\":0}", properties);
}

static int32_t modify_process(hcs_port *port, hcs_process *process, const char *settings,
                              char **result)
{
    rehearsal *r = REHEARSAL(port, hcs);
    cleanup_json cJSON *wish = NULL;
    cleanup_free char *what = NULL;

    (void)process;
    (void)result;
    if (!json_parse(settings, strlen(settings), "the settings", &wish, NULL))
        what = text_format("%s %s", json_text(wish, "Operation", ""),
                           json_text(json_member(wish, "CloseHandle"), "Handle", ""));
    write_down(r, "HcsModifyProcess", what ? what : PROCESS);
    return HR_OK;
}

static int32_t register_process(hcs_port *port, hcs_process *process, hcs_callback *call,
                                void *context, hcs_registration **out)
{
    rehearsal *r = REHEARSAL(port, hcs);

    (void)process;
    write_down(r, "HcsRegisterProcessCallback", PROCESS);
    r->of_process = (hcs_registration){call, context};
    *out = &r->of_process;
    return HR_OK;
}

static int32_t unregister_process(hcs_port *port, hcs_registration *registration)
{
    (void)registration;
    write_down(REHEARSAL(port, hcs), "HcsUnregisterProcessCallback", PROCESS);
    return HR_OK;
}

void rehearsal_end_process(rehearsal *r)
{
    r->of_process.call(HCS_PROCESS_EXITED, r->of_process.context, HR_OK, NULL);
}

/* ---- networks ---- */

static int32_t hns_call_rehearsed(hcs_port *port, const char *method, const char *path,
                                  const char *body, char **response)
{
    rehearsal *r = REHEARSAL(port, hcs);
    cleanup_free char *shown = text_format(
        "%s %s", method, *r->space && strstr(path, r->space) ? "/namespaces/" SPACE : path);
    cleanup_free char *what = text_format("%s %s", method, path);
    cleanup_json cJSON *output = NULL;
    cleanup_json cJSON *envelope = cJSON_CreateObject();
    cleanup_free char *words = NULL;

    write_down_body(r, shown ? shown : path, body);
    output = rehearsal_network_answer(&r->network, what, body);
    if (!envelope || !output || !json_add_bool(envelope, "Success", true) ||
        !json_add(envelope, "Output", TAKE(output)))
        return HR_OUT_OF_MEMORY;
    words = json_print(envelope);
    return words ? answer(words, response) : HR_OUT_OF_MEMORY;
}

static int32_t create_namespace(hcs_port *port, const guid *id, const char *settings,
                                hcn_namespace **out, char **result)
{
    rehearsal *r = REHEARSAL(port, hcs);

    (void)settings;
    (void)result;
    guid_print(id, r->space);
    write_down(r, "HcnCreateNamespace", SPACE);
    *out = &r->of_network;
    return HR_OK;
}

static int32_t open_namespace(hcs_port *port, const guid *id, hcn_namespace **out, char **result)
{
    (void)id;
    (void)result;
    *out = &REHEARSAL(port, hcs)->of_network;
    return HR_OK;
}

static int32_t close_namespace(hcs_port *port, hcn_namespace *space)
{
    (void)port;
    (void)space;
    return HR_OK;
}

static int32_t modify_namespace(hcs_port *port, hcn_namespace *space, const char *settings,
                                char **result)
{
    (void)space;
    (void)settings;
    (void)result;
    write_down(REHEARSAL(port, hcs), "HcnModifyNamespace", SPACE);
    return HR_OK;
}

static int32_t query_namespace(hcs_port *port, hcn_namespace *space, const char *query,
                               char **properties, char **result)
{
    cleanup_free char *words = text_format("{\"ID\":\"%s\"}", REHEARSAL(port, hcs)->space);

    (void)space;
    (void)query;
    (void)result;
    return words ? answer(words, properties) : HR_OUT_OF_MEMORY;
}

/* ---- the credential guard ---- */

static int32_t modify_service(hcs_port *port, const char *settings, char **result)
{
    rehearsal *r = REHEARSAL(port, hcs);

    (void)result;
    write_down(r, "HcsModifyServiceSettings", rehearsal_guard_change(&r->guard, settings));
    return HR_OK;
}

static int32_t get_service_properties(hcs_port *port, const char *query, char **properties,
                                      char **result)
{
    (void)query;
    (void)result;
    write_down(REHEARSAL(port, hcs), "HcsGetServiceProperties", "ContainerCredentialGuard");
    return rehearsal_guard_show(&REHEARSAL(port, hcs)->guard, properties);
}

/* ---- layers ---- */

static int32_t create_sandbox_layer(storage_port *port, const char *path,
                                    const layer_descriptor *parents, size_t count)
{
    (void)path;
    (void)parents;
    (void)count;
    write_down(REHEARSAL(port, storage), "CreateSandboxLayer", SCRATCH);
    return HR_OK;
}

static int32_t expand_sandbox_size(storage_port *port, const char *path, uint64_t bytes)
{
    (void)path;
    (void)bytes;
    write_down(REHEARSAL(port, storage), "ExpandSandboxSize", SCRATCH);
    return HR_OK;
}

static int32_t activate_layer(storage_port *port, const char *path)
{
    (void)path;
    write_down(REHEARSAL(port, storage), "ActivateLayer", SCRATCH);
    return HR_OK;
}

static int32_t deactivate_layer(storage_port *port, const char *path)
{
    (void)path;
    write_down(REHEARSAL(port, storage), "DeactivateLayer", SCRATCH);
    return HR_OK;
}

static int32_t prepare_layer(storage_port *port, const char *path, const layer_descriptor *parents,
                             size_t count)
{
    (void)path;
    (void)parents;
    (void)count;
    write_down(REHEARSAL(port, storage), "PrepareLayer", SCRATCH);
    return HR_OK;
}

static int32_t unprepare_layer(storage_port *port, const char *path)
{
    (void)path;
    write_down(REHEARSAL(port, storage), "UnprepareLayer", SCRATCH);
    return HR_OK;
}

static int32_t get_layer_mount_path(storage_port *port, const char *path, char **out)
{
    (void)path;
    write_down(REHEARSAL(port, storage), "GetLayerMountPath", SCRATCH);
    return answer(VOLUME, out);
}

/* ---- files ---- */

static int32_t info(files_port *port, const char *path, file_info *out)
{
    rehearsal *r = REHEARSAL(port, files);

    if (!store_exists(r->host, path) && !text_equal(path, r->utility_vm))
        return HR_FILE_NOT_FOUND;
    *out = (file_info){.kind = FILE_KIND_DIRECTORY};
    return HR_OK;
}

/* The container's drive, of which nothing is known. */
static int32_t tree_open(files_port *port, const char *path, file_tree **out)
{
    (void)path;
    *out = (file_tree *)port;
    return HR_OK;
}

static void tree_close(files_port *port, file_tree *tree)
{
    (void)port;
    (void)tree;
}

/* Its hosts file, and no other. */
static int32_t tree_file_open(files_port *port, file_tree *tree, const char *name, file **out,
                              file_info *told)
{
    (void)port;
    (void)tree;
    (void)name;
    (void)out;
    (void)told;
    return HR_FILE_NOT_FOUND;
}

static int32_t tree_create_beside(files_port *port, file_tree *tree, const char *name,
                                  const basic_info *told, tree_entry **out)
{
    (void)tree;
    (void)name;
    (void)told;
    *out = (tree_entry *)port;
    return HR_OK;
}

static int32_t entry_write(files_port *port, tree_entry *entry, const void *bytes, size_t size)
{
    (void)port;
    (void)entry;
    (void)bytes;
    (void)size;
    return HR_OK;
}

static int32_t entry_place(files_port *port, tree_entry *entry)
{
    (void)entry;
    write_down(REHEARSAL(port, files), "WriteFile", "its hosts file");
    return HR_OK;
}

/* Where it is tried out, the volume may be of any kind. */
static int32_t file_system(files_port *port, const char *path, char **out)
{
    (void)port;
    (void)path;
    (void)out;
    return HR_NOT_SUPPORTED;
}

/* Nothing is written, not even a lock file: nobody else is there. */
static int32_t lock(files_port *port, const char *path, uint32_t milliseconds, file_lock **out)
{
    (void)port;
    (void)path;
    (void)milliseconds;
    (void)out;
    return HR_NOT_SUPPORTED;
}

/* ---- all together ---- */

static const hcs_port hcs_of_nobody = {.create_system = create_system,
                                       .open_system = open_system,
                                       .close_system = close_system,
                                       .start_system = start_system,
                                       .shutdown_system = shutdown_system,
                                       .terminate_system = terminate_system,
                                       .register_system = register_system,
                                       .unregister_system = unregister_system,
                                       .create_process = create_process,
                                       .close_process = close_process,
                                       .get_process_properties = get_process_properties,
                                       .modify_process = modify_process,
                                       .register_process = register_process,
                                       .unregister_process = unregister_process,
                                       .get_service_properties = get_service_properties,
                                       .modify_service = modify_service,
                                       .hns_call = hns_call_rehearsed,
                                       .create_namespace = create_namespace,
                                       .open_namespace = open_namespace,
                                       .close_namespace = close_namespace,
                                       .modify_namespace = modify_namespace,
                                       .query_namespace = query_namespace};

static const storage_port storage_of_nobody = {.create_sandbox_layer = create_sandbox_layer,
                                               .expand_sandbox_size = expand_sandbox_size,
                                               .activate_layer = activate_layer,
                                               .deactivate_layer = deactivate_layer,
                                               .prepare_layer = prepare_layer,
                                               .unprepare_layer = unprepare_layer,
                                               .get_layer_mount_path = get_layer_mount_path};

static const files_port files_of_nobody = {.file_system = file_system,
                                           .info = info,
                                           .lock = lock,
                                           .tree_open = tree_open,
                                           .tree_close = tree_close,
                                           .tree_file_open = tree_file_open,
                                           .tree_create_beside = tree_create_beside,
                                           .entry_write = entry_write,
                                           .entry_place = entry_place};

wcow_status rehearsal_new(wcow_host *host, const attachment_list *networks, const char *base,
                          rehearsal **out, wcow_error *err)
{
    cleanup_rehearsal rehearsal *r = calloc(1, sizeof *r);

    if (!r)
        return error_no_memory(err);
    r->hcs = hcs_of_nobody;
    r->storage = storage_of_nobody;
    r->files = files_of_nobody;
    r->host = host;
    r->network = (rehearsal_network){.host = host, .networks = networks};
    r->utility_vm = path_join(base, "UtilityVM");
    r->asked.calls = cJSON_CreateArray();
    if (!r->utility_vm || !r->asked.calls)
        return error_no_memory(err);
    *out = TAKE(r);
    return WCOW_OK;
}

void rehearsal_free(rehearsal *r)
{
    if (!r)
        return;
    cJSON_Delete(r->asked.calls);
    cJSON_Delete(r->asked.system);
    cJSON_Delete(r->asked.process);
    rehearsal_guard_free(&r->guard);
    free(r->utility_vm);
    free(r);
}

hcs_port *rehearsal_hcs(rehearsal *r)
{
    return &r->hcs;
}

layer_store rehearsal_layers(rehearsal *r)
{
    return (layer_store){.files = &r->files, .storage = &r->storage, .root = r->host->root};
}

wcow_status rehearsal_take(rehearsal *r, rehearsed *out, wcow_error *err)
{
    if (r->failed)
        return error_no_memory(err);
    *out = r->asked;
    r->asked = (rehearsed){NULL, NULL, NULL};
    return WCOW_OK;
}
