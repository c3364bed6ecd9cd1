/* SPDX-License-Identifier: MIT */
/**
 * Where an unpacked layer tar goes: straight into the layer folder (a base layer), or into the
 * transport format that ImportLayer takes (a diff layer). unpack.c reads the tar and drives one of
 * these.
 */
#ifndef WCOW_LAYER_IMPORT_WRITER_H
#define WCOW_LAYER_IMPORT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "layer/store/layer.h"
#include "layer/store/name.h"
#include "port/files.h"

/** A file, folder or reparse point to be written; its backup stream follows through write(). */
typedef struct layer_entry {
    const char *name; /* checked, with '\' */
    basic_info info;
    bool reparse;
} layer_entry;

/** Where the stream of an entry goes: the writer's own, kept by whoever writes the entry. */
typedef struct layer_output {
    int destination;    /* what the writer wants to know of it */
    tree_entry *entry;  /* NULL: nowhere */
    tree_entry *backup; /* gets the same */
} layer_output;

typedef struct layer_writer layer_writer;

struct layer_writer {
    /**
     * Whether the entry must wait for those before it, and those after it for it. Others are
     * written by several threads at a time: begin(), write() and end() are called for each file by
     * one of them. Folders, and all that is not an entry, are the caller's thread's alone.
     */
    bool (*is_alone)(const layer_writer *writer, const char *name);
    /** Names are checked and new; begin() is followed by any number of write() and one end(), even
     * after failures; only a begin() that fails ends it itself. */
    wcow_status (*begin)(layer_writer *writer, const layer_entry *entry, layer_output *out,
                         wcow_error *err);
    wcow_status (*write)(layer_writer *writer, layer_output *out, const void *bytes, size_t size,
                         wcow_error *err);
    wcow_status (*end)(layer_writer *writer, layer_output *out, wcow_error *err);
    wcow_status (*link)(layer_writer *writer, const char *name, const char *target,
                        wcow_error *err);
    /** A whiteout: what parents have by that name is gone. */
    wcow_status (*remove)(layer_writer *writer, const char *name, wcow_error *err);
    /** An opaque whiteout: what parents have in that folder is gone, but not the folder. */
    wcow_status (*clear)(layer_writer *writer, const char *folder, wcow_error *err);
    /** Everything was written: makes it a layer. */
    wcow_status (*finish)(layer_writer *writer, wcow_error *err);
    void (*free)(layer_writer *writer);

    name_set names;  /* what this layer brought; kept by unpack.c */
    bool utility_vm; /* it has one; set by the writer */
    /** Most memory of names that may be kept to the end (folders, links, removals, and a little for
     * each entry); 0: more than any honest layer needs. */
    size_t names_limit;
};

/** An entry whose whole stream is at hand. */
WCOW_CHECKED wcow_status layer_write_entry(layer_writer *writer, const layer_entry *entry,
                                           const void *bytes, size_t size, wcow_error *err);

void layer_writer_free(layer_writer *writer);
DEFINE_CLEANUP(layer_writer, layer_writer *, layer_writer_free)
#define cleanup_layer_writer CLEANUP(layer_writer)

/** A writer of base layers into `path`, an empty folder. */
WCOW_CHECKED wcow_status base_writer_new(const layer_store *store, const char *path,
                                         layer_writer **out, wcow_error *err);

/**
 * A writer of diff layers.
 *
 * @param path       the layer's folder, empty
 * @param transport  the folder that ImportLayer reads, empty; the caller removes it
 * @param parents    borrowed
 */
WCOW_CHECKED wcow_status diff_writer_new(const layer_store *store, const char *path,
                                         const char *transport, const layer_chain *parents,
                                         layer_writer **out, wcow_error *err);

#endif
