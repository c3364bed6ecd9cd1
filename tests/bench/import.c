/* SPDX-License-Identifier: MIT */
/*
 * Imports layers, each on the one before it, and prints a line for each:
 *
 *     bench_import [--stages] ROOT BLOB DIFF_ID [BLOB DIFF_ID]...
 *
 * seconds=, processor= (seconds), memory= (MiB, the most so far). With --stages, also how long the
 * calls took that wrote it, added up over all threads, and how long each stage before that takes
 * alone. The blob is hashed, too, as the image store does it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/import/layer_import.h"
#include "layer/store/layer.h"
#include "stages.h"
#include "usage.h"

typedef struct blob {
    byte_source source;
    files_port *files;
    file *file;
    sha256 *hash;
} blob;

static wcow_status read_blob(void *context, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    blob *b = context;
    int32_t hr = b->files->read_some(b->files, b->file, buffer, size, got);

    if (HR_SUCCEEDED(hr))
        sha256_update(b->hash, buffer, *got);
    return error_check(err, hr, "read");
}

/* Where there is no service: what it does to a base layer is left out. */
static int32_t do_nothing(storage_port *port, const char *path)
{
    (void)port;
    (void)path;
    return HR_OK;
}

static int32_t import_nothing(storage_port *port, const char *path, const char *folder,
                              const layer_descriptor *parents, size_t count)
{
    (void)port;
    (void)path;
    (void)folder;
    (void)parents;
    (void)count;
    return HR_OK;
}

static int32_t name_nothing(storage_port *port, const char *name, guid *out)
{
    (void)port;
    (void)name;
    *out = (guid){0};
    return HR_OK;
}

static storage_port no_service = {
    .name_to_guid = name_nothing,
    .import_layer = import_nothing,
    .process_base_image = do_nothing,
    .process_utility_image = do_nothing,
};

static wcow_status import_one(const layer_store *store, const char *path, const char *diff_id,
                              layer **l, wcow_error *err)
{
    blob b = {{.read = read_blob, .context = &b}, store->files, NULL, sha256_new()};
    layer_import_request request = {*l ? (*l)->id : NULL, diff_id, &b.source};
    layer *imported = NULL;
    double begin = stages_now();
    double processor = usage_processor();
    wcow_status status =
        error_check(err, b.files->open(b.files, path, FILE_READ, &b.file), "open the blob");

    if (!status) {
        status = layer_import(store, &request, &imported, err);
        b.files->close(b.files, b.file);
    }
    sha256_free(b.hash);
    if (status)
        return status;
    layer_free(*l);
    *l = imported;
    printf("seconds=%.3f processor=%.3f memory=%.1f", stages_now() - begin,
           usage_processor() - processor, usage_memory());
    return WCOW_OK;
}

static wcow_status import_all(const layer_store *store, char **arguments, bool stages,
                              wcow_error *err)
{
    cleanup_layer layer *l = NULL;

    for (; arguments[0]; arguments += 2) {
        wcow_status status = import_one(store, arguments[0], arguments[1], &l, err);

        if (!status && stages) {
            stages_print_written();
            status = stages_print_alone(store->files, arguments[0], err);
        }
        if (status)
            return status;
        putchar('\n');
    }
    return WCOW_OK;
}

int main(int argc, char **argv)
{
    bool stages = argc > 1 && strcmp(argv[1], "--stages") == 0;
    char **arguments = argv + 1 + stages;
    wcow_error err = WCOW_ERROR_INIT;
    layer_store store = {NULL, &no_service, NULL};

    argc -= 1 + stages;
    if (argc < 3 || argc % 2 != 1) {
        fputs("usage: bench_import [--stages] ROOT BLOB DIFF_ID [BLOB DIFF_ID]...\n", stderr);
        return 2;
    }
    store.root = arguments[0];
    if (HR_FAILED(files_port_open(&store.files)))
        return 1;
    if (HR_FAILED(storage_port_open(&store.storage)))
        store.storage = &no_service;
    if (stages)
        stages_watch(store.files, store.storage);
    if (import_all(&store, arguments + 1, stages, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    return 0;
}
