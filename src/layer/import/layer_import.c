/* SPDX-License-Identifier: MIT */
/* Imports of layers: one at a time for an id, from a blob to a folder with a layer.json in it. */
#include "layer/import/layer_import.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "layer/codec/decompress.h"
#include "layer/import/read_ahead.h"
#include "layer/import/unpack.h"
#include "layer/import/writer.h"
#include "layer/store/folder.h"
#include "layer/store/layer_record.h"

/* How long to wait for another process that imports the same layer: they take minutes. */
#define IMPORT_WAIT (60u * 60 * 1000)

/* An import under way. */
typedef struct import {
    const layer_store *store;
    const layer_import_request *request;
    layer *result;
    layer_chain parents;
    char *transport;    /* NULL for a base layer */
    bool folder_made;   /* the layer's folder is there, half made */
    bool service_wrote; /* and the service may have put things into it */
} import;

#define MIB ((size_t)1 << 20)

/*
 * Reads the whole blob: into the writer, verifying the hash of what is in it. All at the same time:
 * the blob is read (and perhaps hashed), decompressed, hashed, parsed, written. Decompressing is
 * the longest of these where there are processors for the others: it goes first, and far ahead.
 */
static wcow_status unpack_blob(import *self, layer_writer *writer, wcow_error *err)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    cleanup_read_ahead read_ahead *blob = NULL;
    cleanup_decompressor decompressor *d = NULL;
    cleanup_read_ahead read_ahead *tar = NULL;
    layer_totals totals;
    layer_id found;
    wcow_status status;

    if (!hash)
        return error_no_memory(err);
    status =
        read_ahead_new(self->request->blob, &(read_ahead_options){.memory = 2 * MIB}, &blob, err);
    if (!status)
        status = decompressor_new(read_ahead_source(blob), &d, err);
    if (!status)
        status = read_ahead_new(
            decompressor_source(d),
            &(read_ahead_options){.memory = 8 * MIB, .hash = hash, .leads = true}, &tar, err);
    if (!status)
        status = layer_unpack(read_ahead_source(tar), writer, &totals, err);
    if (status)
        return status;
    read_ahead_wait(tar);
    sha256_finish(hash, found);
    if (strcmp(found, self->result->diff_id) != 0)
        return error_set(err, WCOW_CORRUPT,
                         "its contents hash to sha256:%s, and the image says sha256:%s", found,
                         self->result->diff_id);
    self->result->size = totals.size;
    self->result->files = totals.files;
    return WCOW_OK;
}

static wcow_status make_writer(import *self, layer_writer **out, wcow_error *err)
{
    const layer_store *store = self->store;
    const char *path = self->result->path;

    if (!self->request->parent)
        return base_writer_new(store, path, out, err);
    return diff_writer_new(store, path, self->transport, &self->parents, out, err);
}

/* Fills the layer's folder, which is there and empty. */
static wcow_status fill(import *self, wcow_error *err)
{
    cleanup_layer_writer layer_writer *writer = NULL;
    wcow_status status = make_writer(self, &writer, err);

    if (!status)
        status = unpack_blob(self, writer, err);
    if (status)
        return status;
    self->service_wrote = true;
    status = writer->finish(writer, err);
    if (!status)
        self->result->utility_vm = writer->utility_vm;
    return status;
}

static wcow_status add_parents(import *self, wcow_error *err)
{
    cleanup_layer layer *parent = NULL;
    layer *result = self->result;
    wcow_status status = layer_open(self->store, self->request->parent, &parent, err);

    if (!status)
        status = layer_chain_open(self->store, self->request->parent, &self->parents, err);
    if (status)
        return error_wrap(err, status, "its parent");
    if (!string_list_add(&result->parents, parent->id))
        return error_no_memory(err);
    for (size_t i = 0; i < parent->parents.count; i++) {
        if (!string_list_add(&result->parents, parent->parents.items[i]))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status prepare_folders(import *self, wcow_error *err)
{
    files_port *files = self->store->files;
    wcow_status status;

    /* Without layer.json, whatever is there is what a crash left. */
    status = folder_put_away(self->store, self->result->path, err);
    if (!status && self->transport)
        status = folder_remove(files, self->transport, err);
    if (!status)
        status = folder_ensure(files, self->result->path, err);
    if (status)
        return status;
    self->folder_made = true;
    return self->transport ? folder_ensure(files, self->transport, err) : WCOW_OK;
}

/* Removes what a failed import made. A failure of that is left to the next import or sweep. */
static void undo(import *self)
{
    wcow_status status;

    if (!self->folder_made)
        return;
    if (!self->service_wrote) {
        folder_discard(self->store->files, self->result->path);
        return;
    }
    status = folder_put_away(self->store, self->result->path, NULL);
    (void)status;
}

static wcow_status import_new(import *self, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    if (self->request->parent) {
        self->transport = layer_transport(self->store, self->result->id);
        if (!self->transport)
            return error_no_memory(err);
        status = add_parents(self, err);
    }
    if (!status)
        status = root_check_volume(self->store, err);
    if (!status)
        status = prepare_folders(self, err);
    if (!status)
        status = fill(self, err);
    if (self->transport && self->folder_made)
        folder_discard(self->store->files, self->transport);
    if (!status)
        status = layer_record_write(self->store, self->result, err);
    if (status)
        undo(self);
    return status;
}

static wcow_status layer_new(const layer_store *store, const layer_import_request *request,
                             layer **out, wcow_error *err)
{
    cleanup_layer layer *l = calloc(1, sizeof(*l));
    wcow_status status;

    if (!l)
        return error_no_memory(err);
    status = layer_chain_id(request->parent, request->diff_id, l->id, err);
    if (!status)
        status = layer_id_parse(request->diff_id, l->diff_id, err);
    if (status)
        return status;
    l->path = layer_folder(store, l->id, "");
    if (!l->path)
        return error_no_memory(err);
    *out = TAKE(l);
    return WCOW_OK;
}

/* With the lock held: somebody else may have imported it meanwhile. */
static wcow_status import_locked(import *self, layer **out, wcow_error *err)
{
    wcow_error ignored;
    wcow_status status = layer_record_read(self->store, self->result->id, out, &ignored);

    /* A damaged layer.json is no layer either: it is made anew. */
    if (status != WCOW_NOT_FOUND && status != WCOW_CORRUPT) {
        if (status && err)
            *err = ignored;
        return status;
    }
    status = import_new(self, err);
    if (!status)
        *out = TAKE(self->result);
    return status;
}

wcow_status layer_import(const layer_store *store, const layer_import_request *request, layer **out,
                         wcow_error *err)
{
import self = {store, request, NULL, LAYER_CHAIN_INIT, NULL, false, false };
    file_lock *lock = NULL;
    wcow_status status = layer_new(store, request, &self.result, err);

    if (!status)
        status = layer_lock(store, self.result->id, IMPORT_WAIT, &lock, err);
    if (!status)
        status = import_locked(&self, out, err);
    if (status)
        status = error_wrap(err, status, "cannot import layer %s", request->diff_id);
    if (lock)
        store->files->unlock(store->files, lock);
    layer_chain_free(&self.parents);
    layer_free(self.result);
    free(self.transport);
    return status;
}
