/* SPDX-License-Identifier: MIT */
/* port/storage.h over the engine, in the same process. */
#include "fake.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "tests/unit/support/storage_calls.h"

typedef struct fake_storage {
    storage_port port;
    sim *sim;
    uint64_t session;
} fake_storage;

static void hear_nothing(void *context, uint64_t callback, uint32_t type, int32_t hr,
                         const char *data)
{
    (void)context;
    (void)callback;
    (void)type;
    (void)hr;
    (void)data;
}

static int32_t carry_out(storage_port *port, cJSON *request, cJSON **reply)
{
    fake_storage *fake = (fake_storage *)port;

    *reply = sim_call(fake->sim, fake->session, request);
    cJSON_Delete(request);
    return (int32_t)json_integer(*reply, "hr", INT32_MIN);
}

static cJSON *request_new(const char *call, const char *member, const char *value)
{
    cJSON *request = cJSON_CreateObject();

    json_add_text(request, "call", call);
    json_add_text(request, member, value);
    return request;
}

/* A call on a layer, as hcsshim makes it: the absolute path is the id. */
static cJSON *layer_request(const char *call, const char *path)
{
    cJSON *request = request_new(call, "id", path);
    cJSON *driver = cJSON_AddObjectToObject(request, "driver");

    json_add_integer(driver, "flavour", 1);
    json_add_text(driver, "home", "");
    return request;
}

static void add_parents(cJSON *request, const layer_descriptor *parents, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(request, "parents");

    for (size_t i = 0; i < count; i++) {
        cJSON *item = cJSON_CreateObject();
        char id[GUID_TEXT_SIZE];

        guid_print(&parents[i].id, id);
        json_add_text(item, "id", id);
        json_add_integer(item, "flags", 0);
        json_add_text(item, "path", parents[i].path);
        json_append(list, item);
    }
}

static int32_t simple(storage_port *port, cJSON *request)
{
    cleanup_json cJSON *reply = NULL;

    return carry_out(port, request, &reply);
}

static int32_t name_to_guid(storage_port *port, const char *name, guid *out)
{
    cleanup_json cJSON *reply = NULL;
    int32_t hr = carry_out(port, request_new("NameToGuid", "name", name), &reply);

    if (HR_SUCCEEDED(hr) && !guid_parse(json_text(reply, "guid", ""), out))
        return HR_INVALID_PARAMETER;
    return hr;
}

static int32_t with_parents(storage_port *port, cJSON *request, const layer_descriptor *parents,
                            size_t count)
{
    add_parents(request, parents, count);
    return simple(port, request);
}

#define LAYER_CALL(member, call)                                                                   \
    static int32_t member(storage_port *port, const char *path)                                    \
    {                                                                                              \
        return simple(port, layer_request(call, path));                                            \
    }

#define PARENT_CALL(member, call)                                                                  \
    static int32_t member(storage_port *port, const char *path, const layer_descriptor *parents,   \
                          size_t count)                                                            \
    {                                                                                              \
        return with_parents(port, layer_request(call, path), parents, count);                      \
    }

#define FOLDER_CALL(member, call)                                                                  \
    static int32_t member(storage_port *port, const char *path, const char *folder,                \
                          const layer_descriptor *parents, size_t count)                           \
    {                                                                                              \
        cJSON *request = layer_request(call, path);                                                \
                                                                                                   \
        json_add_text(request, "folder", folder);                                                  \
        return with_parents(port, request, parents, count);                                        \
    }

#define PATH_CALL(member, call)                                                                    \
    static int32_t member(storage_port *port, const char *path)                                    \
    {                                                                                              \
        return simple(port, request_new(call, "path", path));                                      \
    }

STORAGE_LAYER_CALLS(LAYER_CALL)
STORAGE_PARENT_CALLS(PARENT_CALL)
STORAGE_FOLDER_CALLS(FOLDER_CALL)
STORAGE_PATH_CALLS(PATH_CALL)

static int32_t expand_sandbox_size(storage_port *port, const char *path, uint64_t bytes)
{
    cJSON *request = layer_request("ExpandSandboxSize", path);

    cJSON_AddNumberToObject(request, "size", (double)bytes);
    return simple(port, request);
}

static int32_t get_layer_mount_path(storage_port *port, const char *path, char **out)
{
    cleanup_json cJSON *reply = NULL;
    int32_t hr = carry_out(port, layer_request("GetLayerMountPath", path), &reply);

    if (HR_SUCCEEDED(hr))
        *out = text_copy(json_text(reply, "path", ""));
    return hr;
}

static int32_t layer_exists(storage_port *port, const char *path, bool *exists)
{
    cleanup_json cJSON *reply = NULL;
    int32_t hr = carry_out(port, layer_request("LayerExists", path), &reply);

    if (HR_SUCCEEDED(hr))
        *exists = json_integer(reply, "exists", 0) != 0;
    return hr;
}

static void fake_free(storage_port *port)
{
    fake_storage *fake = (fake_storage *)port;

    if (!fake)
        return;
    sim_session_close(fake->sim, fake->session);
    free(fake);
}

static const storage_port functions = {.free = fake_free, STORAGE_CALLS(STORAGE_MEMBER)};

storage_port *fake_storage_open(sim *s)
{
    fake_storage *fake = calloc(1, sizeof(*fake));

    if (!fake)
        return NULL;
    fake->port = functions;
    fake->sim = s;
    fake->session = sim_session_open(s, (uint32_t)getpid(), hear_nothing, fake);
    return &fake->port;
}
