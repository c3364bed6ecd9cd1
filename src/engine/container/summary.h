/* SPDX-License-Identifier: MIT */
/**
 * containers/summary.json: copies of the containers' small files. Listing them, or finding one by
 * its name, opens this one file instead of one or two for each container.
 *
 * It is never the truth. A copy counts only while the file that it was made of has the size and the
 * time of modification that it had then, which is looked up without opening it; else the file is
 * read. So whoever changes a container need not know of the summary (an older wcow, an editor, a
 * restored backup, a deleted folder), and one that is missing, old or damaged costs time only.
 *
 * A file that is changed twice within one tick of the clock may keep its size and time. So what was
 * changed a moment ago is not copied: by the time a copy is made, a later change has a later time.
 */
#ifndef WCOW_ENGINE_CONTAINER_SUMMARY_H
#define WCOW_ENGINE_CONTAINER_SUMMARY_H

#include "base/fields.h"
#include "engine/host/store.h"

typedef struct summary summary;

/** Reads it; NULL when out of memory. One that cannot be read is empty. */
summary *summary_open(wcow_host *host);
void summary_free(summary *s);
DEFINE_CLEANUP(summary, summary *, summary_free)
#define cleanup_summary CLEANUP(summary)

/** A file of a container that may be copied. */
typedef struct summary_file {
    const char *name; /* FILE_RECORD or FILE_STATE */
    int version;      /* the newest that is known */
    const field *fields;
} summary_file;

/**
 * What stands in a file of a container: store_read_version(), or a copy if there is one that
 * counts, which says the same to fields_scan() and is brief (fields_brief()). What cannot be looked
 * at is WCOW_NOT_FOUND, too.
 *
 * @param s           NULL: from the file
 * @param[out] copy   the text of an object, borrowed from `s` until its next call. Of a thousand
 *                    containers, a tree of each would take longer than all the rest
 * @param[out] own    what came from the file; NULL: it is `copy`
 */
WCOW_CHECKED wcow_status summary_read(summary *s, wcow_host *host, const char *id,
                                      const summary_file *which, json_piece *copy, cJSON **own,
                                      wcow_error *err);

/** The copy itself, if there is one that counts; else false. Borrowed until the next call. */
bool summary_peek(summary *s, const char *id, const char *name, json_piece *out);
/**
 * The id of one whose copy says that its record has this member, without a look at any file; NULL
 * if none does. The first by id; borrowed.
 */
const char *summary_recall(const summary *s, const char *member, const char *value);
/** What a copy says is not what wcow writes: the next summary_read() reads the file. */
void summary_drop(summary *s, const char *id, const char *name);

/**
 * After all containers were read: whether it pays to write it anew, because many files were read
 * for want of a copy, or many copies are of containers that are gone.
 */
bool summary_is_due(const summary *s);
/** Does so. The caller holds containers.lock. A failure does no harm, and is not told. */
void summary_write(summary *s);

#endif
