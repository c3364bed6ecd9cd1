/* SPDX-License-Identifier: MIT */
/* A storage port that writes down what it is asked. */
#include "tests/unit/support/recording_storage.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "tests/unit/support/storage_calls.h"

static recording_storage *self_of(storage_port *port)
{
    return (recording_storage *)port;
}

/* Writes the call down; its HRESULT if it is to fail. */
static int32_t record(storage_port *port, const char *call, const char *path)
{
    recording_storage *self = self_of(port);

    text_addf(&self->journal, "%s %s\n", call, path_base_name(path));
    self->calls++;
    if (self->calls == self->fail_at) {
        self->failed++;
        return self->code;
    }
    if (self->fail_call && self->fail_count > 0 && strcmp(call, self->fail_call) == 0) {
        self->fail_count--;
        self->failed++;
        return self->code;
    }
    return HR_OK;
}

/* Any mapping will do that tells names apart. */
static int32_t name_to_guid(storage_port *port, const char *name, guid *out)
{
    int32_t hr = record(port, "NameToGuid", name);

    if (HR_FAILED(hr))
        return hr;
    memset(out, 0, sizeof(*out));
    for (size_t i = 0; name[i]; i++)
        out->bytes[i % sizeof(out->bytes)] ^= (uint8_t)(name[i] + (int)i);
    return HR_OK;
}

/* ---- what a call does to a layer's folder ---- */

static int32_t make_disk(recording_storage *self, const char *path)
{
    cleanup_free char *disk = path_join(path, "sandbox.vhdx");
    FILE *file;

    (void)self;
    mkdir(path, 0777);
    file = fopen(disk, "w");
    if (!file)
        return HR_PATH_NOT_FOUND;
    fclose(file);
    return HR_OK;
}

static int32_t activate(recording_storage *self, const char *path)
{
    (void)path;
    self->active++;
    return HR_OK;
}

static int32_t deactivate(recording_storage *self, const char *path)
{
    (void)path;
    self->active -= self->active > 0;
    return HR_OK;
}

static int32_t destroy(recording_storage *self, const char *path)
{
    (void)self;
    remove_tree(path);
    return HR_OK;
}

static const struct effect {
    const char *call;
    int32_t (*act)(recording_storage *self, const char *path);
} effects[] = {
    {"CreateSandboxLayer", make_disk},
    {"ActivateLayer", activate},
    {"DeactivateLayer", deactivate},
    {"DestroyLayer", destroy},
};

static int32_t carry_out(storage_port *port, const char *call, const char *path)
{
    int32_t hr = record(port, call, path);

    for (size_t i = 0; i < sizeof effects / sizeof effects[0] && HR_SUCCEEDED(hr); i++) {
        if (strcmp(effects[i].call, call) == 0)
            hr = effects[i].act(self_of(port), path);
    }
    return hr;
}

/* ---- the port ---- */

#define PATH_CALL(member, call)                                                                    \
    static int32_t member(storage_port *port, const char *path)                                    \
    {                                                                                              \
        return carry_out(port, call, path);                                                        \
    }

/* The service knows no scratch without a layer under it. */
#define PARENT_CALL(member, call)                                                                  \
    static int32_t member(storage_port *port, const char *path, const layer_descriptor *parents,   \
                          size_t count)                                                            \
    {                                                                                              \
        int32_t hr = carry_out(port, call, path);                                                  \
                                                                                                   \
        (void)parents;                                                                             \
        return HR_SUCCEEDED(hr) && !count ? HR_INVALID_PARAMETER : hr;                             \
    }

STORAGE_LAYER_CALLS(PATH_CALL)
STORAGE_PATH_CALLS(PATH_CALL)
STORAGE_PARENT_CALLS(PARENT_CALL)

static int32_t expand_sandbox_size(storage_port *port, const char *path, uint64_t bytes)
{
    (void)bytes;
    return record(port, "ExpandSandboxSize", path);
}

static int32_t get_layer_mount_path(storage_port *port, const char *path, char **out)
{
    int32_t hr = record(port, "GetLayerMountPath", path);

    if (HR_FAILED(hr))
        return hr;
    *out = text_copy(!self_of(port)->active        ? ""
                     : self_of(port)->mount_path   ? self_of(port)->mount_path
                     : self_of(port)->bare_volumes ? "\\\\?\\Volume{0}"
                                                   : "\\\\?\\Volume{0}\\");
    return HR_OK;
}

static int32_t import_layer(storage_port *port, const char *path, const char *folder,
                            const layer_descriptor *parents, size_t count)
{
    recording_storage *self = self_of(port);
    int32_t hr = record(port, "ImportLayer", path);

    (void)parents;
    if (HR_FAILED(hr))
        return hr;
    if (count == 0)
        return HR_INVALID_PARAMETER;
    if (self->on_import)
        self->on_import(path, folder, self->context);
    return HR_OK;
}

static int32_t export_layer(storage_port *port, const char *path, const char *folder,
                            const layer_descriptor *parents, size_t count)
{
    (void)folder;
    (void)parents;
    (void)count;
    return record(port, "ExportLayer", path);
}

static int32_t layer_exists(storage_port *port, const char *path, bool *exists)
{
    int32_t hr = record(port, "LayerExists", path);

    if (HR_SUCCEEDED(hr))
        *exists = access(path, F_OK) == 0;
    return hr;
}

void recording_storage_init(recording_storage *s)
{
    *s = (recording_storage){
        .port = {STORAGE_CALLS(STORAGE_MEMBER)},
        .journal = TEXT_INIT,
        .code = HR_ACCESS_DENIED,
    };
}

void recording_storage_fail(recording_storage *s, size_t nth)
{
    s->calls = 0;
    s->failed = 0;
    s->fail_at = nth;
}

void recording_storage_clear(recording_storage *s)
{
    text_free(&s->journal);
}

static int remove_one(const char *path, const struct stat *node, int type, struct FTW *place)
{
    (void)node;
    (void)type;
    (void)place;
    return remove(path);
}

void remove_tree(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

char *make_temporary_folder(void)
{
    const char *base = getenv("TMPDIR");
    char *path;

    /* In memory, where flushing costs nothing: these tests write the same layer hundreds of times.
     */
    if (!base)
        base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    path = text_format("%s/wcow-test-XXXXXX", base);
    if (!path || !mkdtemp(path))
        abort();
    return path;
}
