/* SPDX-License-Identifier: MIT */
/*
 * Imports layers, each on the one before it, and prints the seconds that each took:
 *
 *     bench_import ROOT BLOB DIFF_ID [BLOB DIFF_ID]...
 *
 * The blob is hashed, too, as the image store does it.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "layer/layer.h"
#include "port/clock.h"

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
    blob b = {{read_blob, &b}, store->files, NULL, sha256_new()};
    layer_import_request request = {*l ? (*l)->id : NULL, diff_id, &b.source};
    layer *imported = NULL;
    uint64_t begin = clock_ticks();
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
    printf("%.3f\n", (double)(clock_ticks() - begin) / 1000);
    return WCOW_OK;
}

int main(int argc, char **argv)
{
    wcow_error err = WCOW_ERROR_INIT;
    layer_store store = {NULL, &no_service, argc > 1 ? argv[1] : ""};
    cleanup_layer layer *l = NULL;

    if (argc < 4 || argc % 2 != 0) {
        fputs("usage: bench_import ROOT BLOB DIFF_ID [BLOB DIFF_ID]...\n", stderr);
        return 2;
    }
    if (HR_FAILED(files_port_open(&store.files)))
        return 1;
    if (HR_FAILED(storage_port_open(&store.storage)))
        store.storage = &no_service;
    for (int i = 2; i < argc; i += 2) {
        if (import_one(&store, argv[i], argv[i + 1], &l, &err)) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
    }
    return 0;
}
