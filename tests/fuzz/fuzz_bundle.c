/* SPDX-License-Identifier: MIT */
/*
 * What containerd hands a shim for a container: config.json of its bundle and Create's request,
 * all the way to the documents that the service gets; and a process of Exec's. The first byte says
 * who asks (see `wishes`), config.json goes up to a NUL, and the request is the rest.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "base/utf.h"
#include "hcs/credential_guard.h"
#include "oci/runtime_spec.h"
#include "shim/container/bundle_config.h"
#include "shim/wire/task.pb.h"

#define BUNDLE "C:\\ctd\\state\\run1"
#define PARENT "C:\\layers\\base"

enum {
    IN_POD = 1,      /* the server is a pod's */
    OF_OTHER = 2,    /* the container is not its first */
    TERMINAL = 4,    /* the client has one */
    IS_EXEC = 8,     /* what follows is Exec's process, and nothing else */
    HAS_REQUEST = 16 /* else it is an ordinary one */
};

/* ---- the host ---- */

typedef struct memory_bundle {
    files_port port;
    const uint8_t *config;
    size_t size;
} memory_bundle;

static int32_t read_file(files_port *port, const char *path, size_t limit, char **out, size_t *size)
{
    const memory_bundle *b = (const memory_bundle *)(const void *)port;

    FUZZ_CHECK(strcmp(path, BUNDLE "\\config.json") == 0);
    if (b->size > limit)
        return HR_FILE_TOO_LARGE;
    *out = malloc(b->size + 1);
    FUZZ_CHECK(*out);
    if (b->size > 0)
        memcpy(*out, b->config, b->size);
    (*out)[b->size] = '\0';
    *size = b->size;
    return HR_OK;
}

/* Behind a link stands something else; what is "gone" is not there. */
static int32_t final_path(files_port *port, const char *path, char **out)
{
    (void)port;
    FUZZ_CHECK(path_is_absolute(path));
    if (strstr(path, "gone"))
        return HR_FILE_NOT_FOUND;
    *out = text_copy(strstr(path, "link") ? "C:\\real\\file" : path);
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

static int32_t tell_file(files_port *port, const char *path, file_info *out)
{
    (void)port;
    if (!text_ends_with(path, "UtilityVM") || strstr(path, "gone"))
        return HR_FILE_NOT_FOUND;
    *out = (file_info){.kind = FILE_KIND_DIRECTORY};
    return HR_OK;
}

static int32_t name_to_guid(storage_port *port, const char *name, guid *out)
{
    (void)port;
    *out = (guid){{(uint8_t)strlen(name)}};
    return HR_OK;
}

static void note_remark(void *context, const char *id, const char *words, const char *what)
{
    (void)context;
    FUZZ_CHECK(*id && *words && utf8_valid(what, strlen(what)));
}

/* ---- what must hold ---- */

/* Words that reach a user, whatever was in the bundle. */
static void check_failure(wcow_status status, const wcow_error *err)
{
    FUZZ_CHECK(err->status == status);
    FUZZ_CHECK(*err->message && utf8_valid(err->message, strlen(err->message)));
}

static void check_v1(const bundle_config *c, const cJSON *document)
{
    FUZZ_CHECK(json_bool(document, "HvPartition", false));
    FUZZ_CHECK(!json_member(document, "EndpointList"));
    FUZZ_CHECK(cJSON_GetArraySize(json_member(document, "Layers")) == (int)c->chain.count);
}

static void check_v2(const bundle_config *c, const cJSON *document)
{
    const cJSON *container = json_member(document, "Container");
    const cJSON *mapped;

    FUZZ_CHECK(cJSON_GetArraySize(json_path(container, "Storage.Layers")) == (int)c->chain.count);
    cJSON_ArrayForEach (mapped, json_member(container, "MappedDirectories"))
        FUZZ_CHECK(path_is_absolute(json_text(mapped, "HostPath", "")));
}

static void check_system(const container_host *host, const bundle_config *c)
{
    cleanup_json cJSON *guard = cJSON_Parse("{\"Cookie\":\"c\",\"Transport\":\"LRPC\"}");
    cleanup_json cJSON *document = NULL;
    cleanup_free char *printed = NULL;
    cleanup_free char *utility_vm = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    system_facts facts = {.id = "run1",
                          .owner = "containerd-shim-wcow-v1",
                          .layers = c->chain.items,
                          .layer_count = c->chain.count,
                          .processors = host->processors,
                          .build = host->build,
                          .terminate_on_last_handle_closed = true};
    wcow_status status = WCOW_OK;

    if (c->schema == SCHEMA_V1)
        status = layer_chain_utility_vm(&host->layers, &c->chain, &utility_vm, &err);
    else
        facts.volume_path = "\\\\?\\Volume{e0c7d9f4-3b5f-4d59-9c2e-6f1f5c2a7b11}\\";
    facts.utility_vm = utility_vm;
    if (credential_guard_spec(c->schema, c->config))
        facts.credential_guard = guard;
    if (!status)
        status = system_document_new(c->schema, c->config, &facts, &document, &err);
    if (status) {
        check_failure(status, &err);
        return;
    }
    printed = json_print(document);
    FUZZ_CHECK(printed && utf8_valid(printed, strlen(printed)));
    if (c->schema == SCHEMA_V1)
        check_v1(c, document);
    else
        check_v2(c, document);
}

static void check_process(document_schema schema, const cJSON *process, bool terminal)
{
    const process_streams streams = {.output = true, .error_output = !terminal};
    cleanup_json cJSON *document = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    const wcow_status status = process_document_new(schema, process, &streams, &document, &err);

    if (status) {
        check_failure(status, &err);
        return;
    }
    FUZZ_CHECK(cJSON_IsString(json_member(document, "CommandLine")));
    FUZZ_CHECK(json_bool(document, "EmulateConsole", false) == terminal);
}

/* ---- what is asked for ---- */

static void ask_for_container(const container_host *host, const container_owner *owner,
                              const task_wish *wish)
{
    cleanup_bundle_config bundle_config c = {0};
    wcow_error err = WCOW_ERROR_INIT;
    const wcow_status status = bundle_config_read(host, owner, wish, &c, &err);

    if (status) {
        check_failure(status, &err);
        return;
    }
    FUZZ_CHECK(cJSON_IsObject(c.config) && c.chain.count > 0 && path_is_absolute(c.scratch));
    FUZZ_CHECK((c.schema == SCHEMA_V1) == oci_config_is_hyperv(c.config));
    check_system(host, &c);
    check_process(c.schema, json_member(c.config, "process"), wish->terminal);
}

static void ask_for_process(const task_wish *wish)
{
    cleanup_json cJSON *process = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    const wcow_status status = bundle_config_process(wish, &process, &err);

    if (status) {
        check_failure(status, &err);
        return;
    }
    check_process(SCHEMA_V1, process, wish->terminal);
    check_process(SCHEMA_V2, process, wish->terminal);
}

/* As ctr has it: one mount of a snapshot. */
static task_create_request ordinary_request(text *mount)
{
    const task_mount made = {
        .type = wire_text("windows-layer"),
        .source = wire_text("C:\\snapshots\\15"),
        .options = {.count = 1,
                    .entries = {wire_text("parentLayerPaths=[\"C:\\\\layers\\\\"
                                          "base\"]")}}};
    task_create_request request = {.id = wire_text("run1"), .rootfs = {.count = 1}};

    FUZZ_CHECK(wire_encode(task_mount_fields, &made, mount, NULL) == WCOW_OK);
    request.rootfs.entries[0] = wire_of(mount);
    return request;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t flags = size ? *data : 0;
    const wire_bytes all = {size ? data + 1 : data, size ? size - 1 : 0};
    const uint8_t *end = all.size ? memchr(all.data, '\0', all.size) : NULL;
    memory_bundle bundle = {{.read = read_file, .final_path = final_path, .info = tell_file},
                            all.data,
                            end ? (size_t)(end - all.data) : all.size};
    storage_port storage = {.name_to_guid = name_to_guid};
    const container_host host = {.layers = {&bundle.port, &storage, "C:\\ProgramData\\wcow"},
                                 .schema = SCHEMA_V2,
                                 .build = 20348,
                                 .processors = 4};
    const container_owner owner = {
        .id = "run1", .is_pod = flags & IN_POD, .space = "default", .remark = note_remark};
    const task_exec_request added = {.spec = {wire_text(""), {all.data, all.size}}};
    cleanup_text text mount = TEXT_INIT;
    task_create_request request = ordinary_request(&mount);
    task_wish wish = {.id = flags & OF_OTHER ? "other" : "run1",
                      .exec_id = "",
                      .bundle = BUNDLE,
                      .terminal = flags & TERMINAL,
                      .details = &request};

    if (flags & IS_EXEC) {
        wish.details = &added;
        ask_for_process(&wish);
        return 0;
    }
    if (flags & HAS_REQUEST && end) {
        const wire_bytes rest = {end + 1, all.size - bundle.size - 1};

        request = (task_create_request){0};
        if (wire_decode(task_create_request_fields, rest, "it", &request, NULL))
            return 0;
    }
    ask_for_container(&host, &owner, &wish);
    return 0;
}
