/* SPDX-License-Identifier: MIT */
/**
 * networks/networks.json: what wcow knows of the networks that it made, and HNS does not keep. A
 * network without a note is another program's, and is never removed.
 *
 * A note is written before the network is made, and completed afterwards (network_making.h). So a
 * network that a crash left between the two has its note all the same, by its name in HNS; a note
 * without an id and a network is debris, which nobody sees and the next prune removes.
 */
#ifndef WCOW_ENGINE_NETWORK_NETWORK_NOTES_H
#define WCOW_ENGINE_NETWORK_NETWORK_NOTES_H

#include "base/fields.h"
#include "engine/host/store.h"

typedef struct subnet_note {
    char *prefix;
    char *gateway; /* "": HNS chose it */
    string_list auxiliary;
} subnet_note;

/** What was asked for, but for the id. Texts are owned, "" where there is none. */
typedef struct network_note {
    char *name;
    char *id;       /* in HNS; "": not known yet */
    char *hns_name; /* the same as the name, unless the user wanted another */
    char *driver;
    int64_t created; /* nanoseconds since 1970 */
    bool making; /* it is being made: HNS may have it by its name, with another id or none here */
    bool internal, attachable;
    string_list labels, options; /* "key=value" */
    field_items subnets;         /* of subnet_note */
} network_note;

void network_note_free(network_note *note);
DEFINE_CLEANUP_VALUE(network_note, network_note, network_note_free)
#define cleanup_network_note CLEANUP(network_note)

/**
 * Value of an option of the driver's own, "com.docker.network.windowsshim.<name>"; NULL: not set.
 */
const char *network_option(const string_list *options, const char *name);
/** Whether it is set to true, in one of Go's words for that. */
bool network_option_is_true(const string_list *options, const char *name);
/** Adds what commas part in such a value; false: out of memory. */
bool network_option_items(const string_list *options, const char *name, string_list *out);

typedef struct network_notes {
    cJSON *read; /* the file, with what this program does not know of it */
    field_items list;
} network_notes;

void network_notes_free(network_notes *notes);
DEFINE_CLEANUP_VALUE(network_notes, network_notes, network_notes_free)
#define cleanup_network_notes CLEANUP(network_notes)

static inline network_note *network_notes_at(const network_notes *notes, size_t i)
{
    return (network_note *)notes->list.items + i;
}

/** The lock under which networks are made and removed: held while HNS works. */
WCOW_CHECKED wcow_status network_notes_lock(wcow_host *host, store_lock *out, wcow_error *err);

/** Whether it is certain that wcow has made no network here. */
bool network_notes_absent(wcow_host *host);

/** No file is an empty one. `out` is zeroed or freed before. */
WCOW_CHECKED wcow_status network_notes_read(wcow_host *host, network_notes *out, wcow_error *err);
/** Under the lock. */
WCOW_CHECKED wcow_status network_notes_write(wcow_host *host, network_notes *notes,
                                             wcow_error *err);

/** By name, whatever the case; NULL: there is none. */
network_note *network_notes_by_name(const network_notes *notes, const char *name);
/** Moves a note into the list. */
WCOW_CHECKED wcow_status network_notes_add(network_notes *notes, network_note *note,
                                           wcow_error *err);
void network_notes_drop(network_notes *notes, network_note *note);

#endif
