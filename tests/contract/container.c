/* SPDX-License-Identifier: MIT */
/* Containers and processes of contract_hcs, by the calls and documents that Docker sends. */
#include "container.h"

#include <stdio.h>

#include "base/json.h"
#include "base/path.h"
#include "base/text.h"
#include "contract.h"
#include "port/clock.h"
#include "port/machine.h"

#define PATIENCE 60000u /* ms */

#define CALL(c, name, ...)  (c)->host->hcs->name((c)->host->hcs, __VA_ARGS__)
#define LAYER(c, name, ...) (c)->host->storage->name((c)->host->storage, __VA_ARGS__)

void container_prepare(contract_host *host, container *c, bool hyperv)
{
    static unsigned counter;

    memset(c, 0, sizeof(*c));
    c->host = host;
    watch_start(&c->seen);
    snprintf(c->id, sizeof(c->id), "contract-%u-%u", machine_process_id(), counter++);
    c->scratch = host_path(host, c->id);
    assert_done(LAYER(c, create_sandbox_layer, c->scratch, host->layers, host->layer_count));
    if (hyperv)
        return;
    assert_done(LAYER(c, activate_layer, c->scratch));
    assert_done(LAYER(c, prepare_layer, c->scratch, host->layers, host->layer_count));
    assert_done(LAYER(c, get_layer_mount_path, c->scratch, &c->volume));
    /* The document wants it without the separator at its end. */
    if (text_ends_with(c->volume, "\\"))
        c->volume[strlen(c->volume) - 1] = '\0';
}

static void add_layers(cJSON *document, const contract_host *host)
{
    cJSON *layers = cJSON_AddArrayToObject(document, "Layers");

    for (size_t i = 0; i < host->layer_count; i++) {
        cJSON *layer = cJSON_CreateObject();
        char id[GUID_TEXT_SIZE];

        guid_print(&host->layers[i].id, id);
        json_add_text(layer, "ID", id);
        json_add_text(layer, "Path", host->layers[i].path);
        json_append(layers, layer);
    }
}

char *container_document(const container *c, const char *extra)
{
    cleanup_json cJSON *document = cJSON_CreateObject();
    cleanup_free char *printed = NULL;

    json_add_text(document, "SystemType", "Container");
    json_add_text(document, "Name", c->id);
    json_add_text(document, "Owner", OWNER);
    json_add_text(document, "VolumePath", c->volume);
    json_add_text(document, "LayerFolderPath", c->scratch);
    add_layers(document, c->host);
    json_add_text(document, "HostName", "contract");
    json_add_bool(document, "HvPartition", !c->volume);
    if (!c->volume) {
        cJSON *runtime = cJSON_AddObjectToObject(document, "HvRuntime");
        cleanup_free char *image =
            path_join(c->host->layers[c->host->layer_count - 1].path, "UtilityVM");

        json_add_text(runtime, "ImagePath", image);
    }
    printed = json_print(document);
    assert_non_null(printed);
    printed[strlen(printed) - 1] = '\0';
    return text_format("%s%s}", printed, extra);
}

int32_t container_complete(container *c, int32_t hr, uint32_t type)
{
    if (hresult_normalise(hr) != HCS_PENDING)
        return hr;
    assert_true(watch_wait(&c->seen, type, 1, PATIENCE));
    return c->seen.hr;
}

/* False: the service refuses the document, and says why. */
static bool system_made(container *c, const char *extra, int32_t *hr, char **result)
{
    cleanup_free char *document = container_document(c, extra);

    *hr = CALL(c, create_system, c->id, document, &c->system, result);
    return HR_SUCCEEDED(*hr) || hresult_normalise(*hr) == HCS_PENDING;
}

void container_create(container *c)
{
    cleanup_free char *refused = NULL;
    cleanup_free char *result = NULL;
    int32_t hr;

    c->ends_with_handle = system_made(c, ",\"TerminateOnLastHandleClosed\":true", &hr, &refused);
    if (!c->ends_with_handle && (!refused || !strstr(refused, "TerminateOnLastHandleClosed") ||
                                 !system_made(c, "", &hr, &result)))
        fail_msg("it is refused: 0x%08X, %s", (unsigned)hr, result ? result : refused);
    assert_non_null(c->system);
    assert_done(CALL(c, register_system, c->system, watch_note, &c->seen, &c->registration));
    assert_done(container_complete(c, hr, HCS_SYSTEM_CREATE_COMPLETED));
}

void container_run(contract_host *host, container *c, bool hyperv)
{
    cleanup_free char *result = NULL;
    int32_t hr;

    container_prepare(host, c, hyperv);
    container_create(c);
    hr = CALL(c, start_system, c->system, "", &result);
    assert_done(container_complete(c, hr, HCS_SYSTEM_START_COMPLETED));
}

static bool is_gone(int32_t hr)
{
    hr = hresult_normalise(hr);
    return hr == HCS_SYSTEM_ALREADY_STOPPED || hr == HCS_SYSTEM_NOT_FOUND;
}

void container_end(container *c)
{
    cleanup_free char *result = NULL;

    if (c->system) {
        int32_t hr = CALL(c, terminate_system, c->system, "", &result);

        assert_true(HR_SUCCEEDED(hr) || hresult_normalise(hr) == HCS_PENDING || is_gone(hr));
        if (c->registration && !is_gone(hr))
            assert_true(watch_wait(&c->seen, HCS_SYSTEM_EXITED, 1, PATIENCE));
    }
    if (c->registration)
        assert_done(CALL(c, unregister_system, c->registration));
    if (c->system)
        assert_done(CALL(c, close_system, c->system));
    if (c->volume) {
        assert_done(LAYER(c, unprepare_layer, c->scratch));
        assert_done(LAYER(c, deactivate_layer, c->scratch));
    }
    assert_done(LAYER(c, destroy_layer, c->scratch));
    watch_end(&c->seen);
    free(c->scratch);
    free(c->volume);
}

int32_t guest_create(container *c, const char *command_line, const char *streams, process *out)
{
    cleanup_json cJSON *document = cJSON_CreateObject();
    cleanup_free char *printed = NULL;
    cleanup_free char *result = NULL;
    cJSON *console = NULL;
    int32_t hr;

    memset(out, 0, sizeof(*out));
    out->in = c;
    watch_start(&out->seen);
    json_add_text(document, "CommandLine", command_line);
    json_add_text(document, "WorkingDirectory", "C:\\");
    json_add_bool(document, "CreateStdInPipe", strchr(streams, 'i'));
    json_add_bool(document, "CreateStdOutPipe", strchr(streams, 'o'));
    json_add_bool(document, "CreateStdErrPipe", strchr(streams, 'e'));
    console = cJSON_AddArrayToObject(document, "ConsoleSize");
    json_append(console, cJSON_CreateNumber(0));
    json_append(console, cJSON_CreateNumber(0));
    printed = json_print(document);
    hr = CALL(c, create_process, c->system, printed, &out->io, &out->handle, &result);
    if (HR_SUCCEEDED(hr))
        hr = CALL(c, register_process, out->handle, watch_note, &out->seen, &out->registration);
    return hr;
}

void guest_run(container *c, const char *command_line, const char *streams, process *out)
{
    assert_done(guest_create(c, command_line, streams, out));
    assert_non_null(out->handle);
    assert_true(out->io.pid > 0);
    assert_int_equal(out->io.in != NULL, strchr(streams, 'i') != NULL);
    assert_int_equal(out->io.out != NULL, strchr(streams, 'o') != NULL);
    assert_int_equal(out->io.err != NULL, strchr(streams, 'e') != NULL);
}

void guest_close_input(process *p)
{
    cleanup_free char *result = NULL;

    assert_done(CALL(p->in, modify_process, p->handle,
                     "{\"Operation\":\"CloseHandle\",\"CloseHandle\":{\"Handle\":\"StdIn\"}}",
                     &result));
    stream_free(TAKE(p->io.in));
}

char *stream_drain(stream *s, size_t *size)
{
    cleanup_text text all = TEXT_INIT;
    char buffer[4096];
    size_t got;

    do {
        assert_done(stream_read_timeout(s, buffer, sizeof(buffer), PATIENCE, &got));
        text_add_bytes(&all, buffer, got);
    } while (got > 0);
    *size = all.length;
    return all.length ? text_take(&all) : calloc(1, 1);
}

uint32_t guest_wait(process *p)
{
    cleanup_free char *properties = NULL;
    cleanup_free char *result = NULL;
    cleanup_json cJSON *status = NULL;

    assert_true(watch_wait(&p->seen, HCS_PROCESS_EXITED, 1, PATIENCE));
    assert_done(CALL(p->in, get_process_properties, p->handle, &properties, &result));
    assert_int_equal(json_parse(properties, strlen(properties), "properties", &status, NULL), 0);
    assert_true(json_bool(status, "Exited", false));
    assert_int_equal(json_integer(status, "ProcessId", 0), p->io.pid);
    assert_int_equal(json_integer(status, "LastWaitResult", -1), 0);
    return (uint32_t)json_integer(status, "ExitCode", -1);
}

void guest_end(process *p)
{
    stream_free(p->io.in);
    stream_free(p->io.out);
    stream_free(p->io.err);
    if (p->registration)
        assert_done(CALL(p->in, unregister_process, p->registration));
    if (p->handle)
        assert_done(CALL(p->in, close_process, p->handle));
    watch_end(&p->seen);
}
