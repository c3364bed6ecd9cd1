/* SPDX-License-Identifier: MIT */
/** The transport folders of ImportLayer and ExportLayer (transport.c, export.c). */
#ifndef HCSSIM_ENGINE_TRANSPORT_H
#define HCSSIM_ENGINE_TRANSPORT_H

#include "engine.h"

#define SIM_ATTRIBUTE_READONLY  0x1u
#define SIM_ATTRIBUTE_DIRECTORY 0x10u
#define SIM_ATTRIBUTE_ARCHIVE   0x20u
#define SIM_ATTRIBUTE_REPARSE   0x400u

/** streams.c: what is in a transport file. */
typedef struct streams_summary {
    uint32_t attributes;
    bool data, reparse;
} streams_summary;

/** Checks attributes and backup stream; says what is wrong, or NULL. */
const char *streams_check(const void *bytes, size_t size, streams_summary *out);

/** The contents of files, kept between check and import: 64 MiB of them. */
typedef struct transport_file transport_file;
typedef struct transport_contents {
    transport_file *first, *last;
    size_t size;
} transport_contents;

void transport_contents_free(transport_contents *c);
DEFINE_CLEANUP_VALUE(transport_contents, transport_contents, transport_contents_free)
#define cleanup_transport_contents CLEANUP(transport_contents)
/** Checks the transport folder of ImportLayer, filling `contents`. */
int32_t transport_check(sim *s, const char *folder, transport_contents *contents, refusal *why);
/** Restores what was checked into a layer; empties `contents`. */
int32_t transport_import(sim *s, const char *folder, const char *layer,
                         transport_contents *contents, refusal *why);
/** export.c: makes a transport folder of what a layer changes of its parent. */
int32_t transport_export(sim *s, const char *layer, const char *parent, const char *folder);

#endif
