/* SPDX-License-Identifier: MIT */
#include "shim/container/bundle_config.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "hcs/config_reader.h"
#include "oci/runtime_spec.h"
#include "shim/container/limit_annotations.h"
#include "shim/container/snapshot.h"
#include "shim/container/unheeded.h"
#include "shim/wire/common.pb.h"
#include "shim/wire/runhcs.pb.h"
#include "shim/wire/task.pb.h"

#define CONFIG_MOST      ((size_t)4 << 20)
#define OPTIONS_TYPE     "containerd.runhcs.v1.Options"
#define TYPE_PREFIX      "type.googleapis.com/"
#define KIND             "io.kubernetes.cri.container-type"
#define SANDBOX          "io.kubernetes.cri.sandbox-id"
#define HOST_PROCESS     "microsoft.com/hostprocess-container"
#define ACCOUNT_DISABLED "io.microsoft.container.wcow.gmsa.disable"
#define HYPERVISOR       1
#define MILLISECONDS     1000u

void bundle_config_free(bundle_config *c)
{
    cJSON_Delete(c->config);
    layer_chain_free(&c->chain);
    free(c->scratch);
    *c = (bundle_config){0};
}

/* ---- config.json ---- */

static wcow_status read_config(const container_host *host, const char *bundle, cJSON **out,
                               wcow_error *err)
{
    files_port *files = host->layers.files;
    cleanup_free char *path = path_join(bundle, "config.json");
    cleanup_free char *bytes = NULL;
    cleanup_json cJSON *config = NULL;
    size_t size = 0;
    wcow_status status;
    int32_t hr;

    if (!path)
        return error_no_memory(err);
    hr = files->read(files, path, CONFIG_MOST, &bytes, &size);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "read"), "'%s'", path);
    status = json_parse(bytes, size, path, &config, err);
    if (!status && !cJSON_IsObject(config))
        status = error_set(err, WCOW_CORRUPT, "'%s' is no JSON object", path);
    if (!status)
        *out = TAKE(config);
    return status;
}

static const char *annotation(const cJSON *config, const char *name)
{
    return json_text(json_member(config, "annotations"), name, "");
}

/* ---- options of the handler ---- */

/* Those that the user has not set already. */
static wcow_status add_default(cJSON *annotations, wire_bytes encoded, wcow_error *err)
{
    common_pair pair = {0};
    cleanup_free char *key = NULL;
    cleanup_free char *value = NULL;
    wcow_status status = wire_decode(common_pair_fields, encoded, "an annotation", &pair, err);

    if (status)
        return status;
    key = wire_copy(pair.key);
    value = wire_copy(pair.value);
    if (!key || !value ||
        (!json_member(annotations, key) && !json_add_text(annotations, key, value)))
        return error_no_memory(err);
    return WCOW_OK;
}

static wcow_status add_defaults(cJSON *config, const wire_list *pairs, wcow_error *err)
{
    cJSON *annotations = NULL;
    wcow_status status = WCOW_OK;

    if (pairs->count)
        status = json_object_in(config, "annotations", &annotations, err);
    for (size_t i = 0; i < pairs->count && !status; i++)
        status = add_default(annotations, pairs->entries[i], err);
    return status;
}

static bool is_type(wire_bytes url, const char *type)
{
    const size_t length = strlen(TYPE_PREFIX);

    if (url.size > length && memcmp(url.data, TYPE_PREFIX, length) == 0)
        url = (wire_bytes){url.data + length, url.size - length};
    return wire_is(url, type);
}

/* Options of other types are another handler's, and say nothing here. */
static wcow_status read_options(const task_create_request *request, runhcs_options *out,
                                wcow_error *err)
{
    if (!request->has_options || !is_type(request->options.type_url, OPTIONS_TYPE))
        return WCOW_OK;
    return wire_decode(runhcs_options_fields, request->options.value, "the options", out, err);
}

static wcow_status apply_options(const task_create_request *request, bundle_config *c,
                                 bool *hypervisor, wcow_error *err)
{
    runhcs_options options = {0};
    wcow_status status = read_options(request, &options, err);
    cleanup_free char *platform = status ? NULL : wire_copy(options.sandbox_platform);

    if (status)
        return status;
    if (!platform)
        return error_no_memory(err);
    if (text_starts_with(platform, "linux"))
        return error_set(err, WCOW_UNSUPPORTED,
                         "Linux containers are not run by this shim: " WAY_OUT);
    *hypervisor = options.sandbox_isolation == HYPERVISOR;
    if (options.io_retry_timeout_in_sec > 0)
        c->retry = (uint32_t)options.io_retry_timeout_in_sec > UINT32_MAX / MILLISECONDS
                       ? 0
                       : (uint32_t)options.io_retry_timeout_in_sec * MILLISECONDS;
    return add_defaults(c->config, &options.default_container_annotations, err);
}

/* ---- what it may be ---- */

/* The pod's first must be its sandbox; task/pod.h sees to the order, this to the names. */
static wcow_status check_place(const cJSON *config, const container_owner *owner, const char *id,
                               wcow_error *err)
{
    const char *kind = annotation(config, KIND);
    const char *sandbox = annotation(config, SANDBOX);
    const bool is_own = text_equal(id, owner->id);

    if (!*kind && !*sandbox) {
        if (owner->is_pod && !is_own)
            return error_set(err, WCOW_CONFLICT,
                             "the container '%s' does not say that it belongs to the pod '%s'", id,
                             owner->id);
        return WCOW_OK;
    }
    if (!text_equal(kind, is_own ? "sandbox" : "container"))
        return error_set(err, WCOW_CONFLICT,
                         "the annotation " KIND " of '%s' is '%s': the pod here is '%s'", id, kind,
                         owner->id);
    if (!text_equal(sandbox, owner->id))
        return error_set(err, WCOW_CONFLICT,
                         "the annotation " SANDBOX " of '%s' is '%s': the pod here is '%s'", id,
                         sandbox, owner->id);
    return WCOW_OK;
}

/* hcsshim takes a text, and passes over what is none; what is meant for this is not passed over. */
static wcow_status check_account(const cJSON *config, wcow_error *err)
{
    const cJSON *spec = json_path(config, "windows.credentialSpec");

    if (spec && !cJSON_IsNull(spec) && !cJSON_IsString(spec))
        return error_set(err, WCOW_INVALID,
                         "config.json: windows.credentialSpec is not the text of a credential "
                         "spec");
    if (*json_text(json_member(config, "windows"), "credentialSpec", "") &&
        text_equal_ignore_case(annotation(config, ACCOUNT_DISABLED), "true"))
        return error_set(err, WCOW_INVALID,
                         "a group managed service account is wanted (windows.credentialSpec), and "
                         "the annotation " ACCOUNT_DISABLED " forbids it");
    return WCOW_OK;
}

static wcow_status check_kind(const cJSON *config, wcow_error *err)
{
    if (text_equal_ignore_case(annotation(config, HOST_PROCESS), "true"))
        return error_set(err, WCOW_UNSUPPORTED,
                         "HostProcess containers are not run by this shim: " WAY_OUT);
    if (cJSON_IsObject(json_member(config, "linux")))
        return error_set(err, WCOW_UNSUPPORTED,
                         "Linux containers are not run by this shim: " WAY_OUT);
    if (!cJSON_IsObject(json_member(config, "windows")))
        return error_set(err, WCOW_INVALID, "config.json: there is no 'windows' in it");
    return check_account(config, err);
}

/* A pod with Hyper-V isolation shares one VM, which is another machinery; a single container has
 * one of its own, as Docker's have, with documents of schema 1. */
static wcow_status choose_isolation(bundle_config *c, bool hypervisor, bool in_pod, wcow_error *err)
{
    cJSON *windows = cJSON_GetObjectItemCaseSensitive(c->config, "windows");
    cJSON *unused;

    if (!hypervisor && !oci_config_is_hyperv(c->config))
        return WCOW_OK;
    if (in_pod)
        return error_set(err, WCOW_UNSUPPORTED,
                         "pods with Hyper-V isolation are not run by this shim: " WAY_OUT);
    if (!text_equal_ignore_case(annotation(c->config, CONTAINER_HYPERV_ANNOTATION), "true"))
        return error_set(err, WCOW_UNSUPPORTED,
                         "Hyper-V isolation is experimental in this shim, and without a network: "
                         "set the annotation " CONTAINER_HYPERV_ANNOTATION
                         "=true for it, or " WAY_OUT);
    c->schema = SCHEMA_V1;
    cJSON_DeleteItemFromObjectCaseSensitive(windows, "network");
    cJSON_DeleteItemFromObjectCaseSensitive(c->config, "root");
    return json_object_in(windows, "hyperv", &unused, err);
}

/* ---- mounts, process, network ---- */

/* "bind" is what Windows does anyway, and the documents know no other. */
static wcow_status check_mounts(const cJSON *config, wcow_error *err)
{
    const cJSON *mount;

    cJSON_ArrayForEach (mount, json_member(config, "mounts")) {
        const char *type = json_text(mount, "type", "");

        if (*type && !text_equal(type, "bind"))
            return error_set(err, WCOW_UNSUPPORTED,
                             "'%.256s': mounts of the type '%.64s' are not known here",
                             json_text(mount, "destination", ""), type);
    }
    return WCOW_OK;
}

/*
 * Sources are passed on with all links followed: kubelet's ConfigMaps and Secrets are files behind
 * a link that is exchanged when they change, and the service does not find a file (it does find a
 * folder) whose path has a link in it (hcsshim hcsoci createMountsConfig). So a container has the
 * file that was there when it was made. With schema 1 hcsshim passes on what came, as Docker does.
 */
static wcow_status resolve_source(files_port *files, cJSON *entry, wcow_error *err)
{
    config_mount mount;
    cleanup_free char *found = NULL;
    cJSON *source;
    wcow_status status = config_read_mount(entry, &mount, err);
    int32_t hr;

    if (status || mount.pipe)
        return status;
    if (!path_is_absolute(mount.source))
        return error_set(
            err, WCOW_INVALID,
            "'%.256s': the source of a mount is a whole path, and this one is '%.256s'",
            mount.destination, mount.source);
    hr = files->final_path(files, mount.source, &found);
    if (HR_FAILED(hr)) {
        status = error_hresult(err, hr, "open");
        if (status == WCOW_NOT_FOUND) /* callers take that for the task */
            status = error_kind(err, WCOW_INVALID);
        return error_wrap(err, status, "'%.256s': the source of this mount, '%.256s'",
                          mount.destination, mount.source);
    }
    source = cJSON_CreateString(found);
    return source && cJSON_ReplaceItemInObjectCaseSensitive(entry, "source", source)
               ? WCOW_OK
               : error_no_memory(err);
}

static wcow_status resolve_sources(const container_host *host, const bundle_config *c,
                                   wcow_error *err)
{
    cJSON *entry;

    if (c->schema == SCHEMA_V1)
        return WCOW_OK;
    cJSON_ArrayForEach (entry, cJSON_GetObjectItemCaseSensitive(c->config, "mounts")) {
        wcow_status status = resolve_source(host->layers.files, entry, err);

        if (status)
            return status;
    }
    return WCOW_OK;
}

/* The pause images of old have cmd.exe alone, which ends at once without an input: so it is made to
 * wait, as containerd-shim-runhcs-v1 does. */
static wcow_status settle_pause(cJSON *process, bool is_sandbox, wcow_error *err)
{
    const cJSON *args = json_member(process, "args");
    const cJSON *only = cJSON_GetArraySize(args) == 1 ? cJSON_GetArrayItem(args, 0) : NULL;

    if (!is_sandbox || !only || !cJSON_IsString(only) ||
        !text_equal_ignore_case(only->valuestring, "c:\\windows\\system32\\cmd.exe"))
        return WCOW_OK;
    cJSON_DeleteItemFromObjectCaseSensitive(process, "args");
    cJSON_DeleteItemFromObjectCaseSensitive(process, "commandLine");
    return json_add_text(process, "commandLine", "cmd /c ping -t 127.0.0.1 > nul")
               ? WCOW_OK
               : error_no_memory(err);
}

/* The request says whether it has a terminal. */
static wcow_status settle_process(cJSON *process, bool terminal, wcow_error *err)
{
    if (!cJSON_IsObject(process))
        return error_set(err, WCOW_INVALID, "the process is no JSON object");
    cJSON_DeleteItemFromObjectCaseSensitive(process, "terminal");
    return json_add_bool(process, "terminal", terminal) ? WCOW_OK : error_no_memory(err);
}

static wcow_status settle(bundle_config *c, const container_owner *owner, const task_wish *wish,
                          wcow_error *err)
{
    cJSON *process = cJSON_GetObjectItemCaseSensitive(c->config, "process");
    wcow_status status = limit_annotations_apply(c->config, err);

    if (!status)
        status = check_mounts(c->config, err);
    if (!status)
        status = settle_process(process, wish->terminal, err);
    if (!status)
        status = settle_pause(process, owner->is_pod && text_equal(wish->id, owner->id), err);
    return status;
}

/* ---- layers ---- */

/* The configuration names them as OCI does: topmost first, the scratch last. */
static wcow_status name_layers(cJSON *config, const snapshot *s, wcow_error *err)
{
    cJSON *windows = cJSON_GetObjectItemCaseSensitive(config, "windows");
    cJSON *folders;

    cJSON_DeleteItemFromObjectCaseSensitive(windows, "layerFolders");
    folders = cJSON_AddArrayToObject(windows, "layerFolders");
    for (size_t i = 0; folders && i <= s->parents.count; i++) {
        const char *folder = i < s->parents.count ? s->parents.items[i] : s->folder;

        if (!json_append(folders, cJSON_CreateString(folder)))
            return error_no_memory(err);
    }
    return folders ? WCOW_OK : error_no_memory(err);
}

static wcow_status read_layers(const container_host *host, const wire_list *rootfs,
                               bundle_config *c, wcow_error *err)
{
    cleanup_snapshot snapshot s = {NULL, STRING_LIST_INIT};
    wcow_status status = snapshot_read(c->config, rootfs, &s, err);

    if (!status)
        status = name_layers(c->config, &s, err);
    if (!status)
        status = layer_chain_of_folders(&host->layers, &s.parents, &c->chain, err);
    if (!status)
        c->scratch = TAKE(s.folder);
    return status;
}

/* ---- what does nothing ---- */

static bool is_heeded(const char *name)
{
    return limit_annotations_have(name) || text_equal(name, HOST_PROCESS) ||
           text_equal(name, ACCOUNT_DISABLED);
}

static void tell_unheeded(const container_owner *owner, const task_wish *wish, const cJSON *config)
{
    const task_create_request *request = wish->details;
    cleanup_text text options = TEXT_INIT;
    cleanup_text text annotations = TEXT_INIT;

    if (!owner->remark)
        return;
    if (request->has_options && is_type(request->options.type_url, OPTIONS_TYPE))
        unheeded_options(request->options.value, &options);
    unheeded_annotations(json_member(config, "annotations"), is_heeded, &annotations);
    if (options.length > 0)
        owner->remark(owner->context, wish->id,
                      "not heeded of " OPTIONS_TYPE ", by their numbers:", text_get(&options));
    if (annotations.length > 0)
        owner->remark(owner->context, wish->id,
                      "annotations that are not heeded:", text_get(&annotations));
}

/* ---- all of it ---- */

static wcow_status read_all(const container_host *host, const container_owner *owner,
                            const task_wish *wish, bundle_config *c, wcow_error *err)
{
    const task_create_request *request = wish->details;
    bool hypervisor = false;
    wcow_status status = read_config(host, wish->bundle, &c->config, err);

    if (!status)
        status = apply_options(request, c, &hypervisor, err);
    if (!status)
        status = check_place(c->config, owner, wish->id, err);
    if (!status)
        status = check_kind(c->config, err);
    if (!status)
        status = choose_isolation(c, hypervisor, *annotation(c->config, SANDBOX), err);
    if (!status)
        status = settle(c, owner, wish, err);
    if (!status)
        status = resolve_sources(host, c, err);
    if (!status)
        status = read_layers(host, &request->rootfs, c, err);
    if (!status)
        tell_unheeded(owner, wish, c->config);
    return status;
}

wcow_status bundle_config_read(const container_host *host, const container_owner *owner,
                               const task_wish *wish, bundle_config *out, wcow_error *err)
{
    cleanup_bundle_config bundle_config c = {.schema = host->schema};
    wcow_status status = read_all(host, owner, wish, &c, err);

    if (status)
        return status;
    *out = c;
    c = (bundle_config){0};
    return WCOW_OK;
}

wcow_status bundle_config_process(const task_wish *wish, cJSON **out, wcow_error *err)
{
    const task_exec_request *request = wish->details;
    const wire_bytes value = request->spec.value;
    cleanup_json cJSON *process = NULL;
    wcow_status status;

    if (value.size == 0)
        return error_set(err, WCOW_INVALID, "nothing says what is to be run");
    status = json_parse((const char *)value.data, value.size, "the process", &process, err);

    if (status)
        return error_kind(err, WCOW_INVALID);
    status = settle_process(process, wish->terminal, err);
    if (!status)
        *out = TAKE(process);
    return status;
}
