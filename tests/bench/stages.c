/* SPDX-License-Identifier: MIT */
/* Where the time of an import goes: around the ports while it runs, and stage by stage. */
#include "stages.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/error.h"
#include "base/source.h"
#include "layer/codec/decompress.h"
#include "layer/tar/tar.h"
#include "port/hash.h"
#include "usage.h"

double stages_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- what the ports are asked for ---- */

enum { CREATE, WRITE, CLOSE, REMOVE, SERVICE, CALL_KINDS };

static const char *const call_names[CALL_KINDS] = {"create", "write", "close", "remove", "service"};

static atomic_llong nanoseconds[CALL_KINDS];
static atomic_llong created;
static files_port real;
static storage_port service;

static void add(int kind, double begin)
{
    nanoseconds[kind] += (long long)((stages_now() - begin) * 1e9);
}

static int32_t create(files_port *port, file_tree *tree, const char *name, const basic_info *info,
                      tree_entry **out)
{
    double begin = stages_now();
    int32_t hr = real.tree_create(port, tree, name, info, out);

    add(CREATE, begin);
    created++;
    return hr;
}

static int32_t write_plain(files_port *port, tree_entry *entry, const void *bytes, size_t size)
{
    double begin = stages_now();
    int32_t hr = real.entry_write(port, entry, bytes, size);

    add(WRITE, begin);
    return hr;
}

static int32_t restore(files_port *port, tree_entry *entry, const void *bytes, size_t size,
                       bool security)
{
    double begin = stages_now();
    int32_t hr = real.entry_restore(port, entry, bytes, size, security);

    add(WRITE, begin);
    return hr;
}

static int32_t close_entry(files_port *port, tree_entry *entry)
{
    double begin = stages_now();
    int32_t hr = real.entry_close(port, entry);

    add(CLOSE, begin);
    return hr;
}

static int32_t remove_tree(files_port *port, file_tree *tree, const char *name)
{
    double begin = stages_now();
    int32_t hr = real.tree_remove(port, tree, name);

    add(REMOVE, begin);
    return hr;
}

static int32_t import_layer(storage_port *port, const char *path, const char *folder,
                            const layer_descriptor *parents, size_t count)
{
    double begin = stages_now();
    int32_t hr = service.import_layer(port, path, folder, parents, count);

    add(SERVICE, begin);
    return hr;
}

static int32_t process_base(storage_port *port, const char *path)
{
    double begin = stages_now();
    int32_t hr = service.process_base_image(port, path);

    add(SERVICE, begin);
    return hr;
}

void stages_watch(files_port *files, storage_port *storage)
{
    real = *files;
    files->tree_create = create;
    files->entry_write = write_plain;
    files->entry_restore = restore;
    files->entry_close = close_entry;
    files->tree_remove = remove_tree;
    service = *storage;
    storage->import_layer = import_layer;
    storage->process_base_image = process_base;
}

void stages_print_written(void)
{
    printf(" created=%lld", atomic_exchange(&created, 0));
    for (int i = 0; i < CALL_KINDS; i++)
        printf(" %s=%.3f", call_names[i], (double)atomic_exchange(&nanoseconds[i], 0) / 1e9);
}

/* ---- stage by stage ---- */

/* A source with what it takes to read from it, with all that comes before, and to hash that. */
typedef struct stage {
    byte_source source;
    const byte_source *from;
    sha256 *hash;
    double reading, hashing;
} stage;

static wcow_status read_stage(void *context, void *buffer, size_t size, size_t *got,
                              wcow_error *err)
{
    stage *s = context;
    double begin = usage_thread();
    double middle;
    wcow_status status = source_read(s->from, buffer, size, got, err);

    middle = usage_thread();
    s->reading += middle - begin;
    if (status)
        return status;
    sha256_update(s->hash, buffer, *got);
    s->hashing += usage_thread() - middle;
    return WCOW_OK;
}

typedef struct blob_file {
    files_port *files;
    file *file;
} blob_file;

static wcow_status read_file(void *context, void *buffer, size_t size, size_t *got, wcow_error *err)
{
    const blob_file *b = context;

    return error_check(err, b->files->read_some(b->files, b->file, buffer, size, got), "read");
}

/* In as large pieces as an import reads. */
#define PIECE (512u * 1024)

static wcow_status read_entries(const byte_source *tar, wcow_error *err)
{
    cleanup_tar_reader tar_reader *reader = tar_reader_new(tar);
    cleanup_free char *buffer = malloc(PIECE);
    const tar_entry *entry = NULL;
    wcow_status status;

    if (!reader || !buffer)
        return error_no_memory(err);
    for (status = tar_next(reader, &entry, err); !status && entry;
         status = tar_next(reader, &entry, err)) {
        size_t got = 1;

        while (!status && got > 0)
            status = tar_read(reader, buffer, PIECE, &got, err);
        if (status)
            return status;
    }
    return status ? status : tar_drain(reader, err);
}

static wcow_status pass_through(stage *blob, stage *tar, double *parsing, wcow_error *err)
{
    cleanup_decompressor decompressor *plain = NULL;
    double begin = usage_thread();
    wcow_status status;

    blob->source = (byte_source){.read = read_stage, .context = blob};
    tar->source = (byte_source){.read = read_stage, .context = tar};
    if (!blob->hash || !tar->hash)
        return error_no_memory(err);
    status = decompressor_new(&blob->source, &plain, err);
    if (status)
        return status;
    tar->from = decompressor_source(plain);
    status = read_entries(&tar->source, err);
    *parsing = usage_thread() - begin - tar->reading - tar->hashing;
    return status;
}

wcow_status stages_print_alone(files_port *files, const char *path, wcow_error *err)
{
    blob_file b = {files, NULL};
    byte_source from = {.read = read_file, .context = &b};
    cleanup_sha256 sha256 *blob_hash = sha256_new();
    cleanup_sha256 sha256 *tar_hash = sha256_new();
    stage blob = {.from = &from, .hash = blob_hash};
    stage tar = {.hash = tar_hash};
    double parsing = 0;
    wcow_status status =
        error_check(err, files->open(files, path, FILE_READ, &b.file), "open the blob");

    if (status)
        return status;
    status = pass_through(&blob, &tar, &parsing, err);
    files->close(files, b.file);
    if (!status)
        printf(" read=%.3f hash-blob=%.3f decompress=%.3f hash-contents=%.3f parse=%.3f",
               blob.reading, blob.hashing, tar.reading - blob.reading - blob.hashing, tar.hashing,
               parsing);
    return status;
}
