/* SPDX-License-Identifier: MIT */
/**
 * A storage port that writes down what it is asked, does the little that a layer's folder needs,
 * and fails where it is told to. What the service checks, the simulated one checks: tests/hcssim.
 */
#ifndef TESTS_SUPPORT_RECORDING_STORAGE_H
#define TESTS_SUPPORT_RECORDING_STORAGE_H

#include <stdbool.h>

#include "base/text.h"
#include "port/storage.h"

typedef struct recording_storage {
    storage_port port;
    text journal; /* one line a call: "ActivateLayer scratch" (last components of paths) */
    size_t calls;
    size_t fail_at;        /* the call that fails, counted from 1; 0: none */
    const char *fail_call; /* or: calls of that name fail… */
    unsigned fail_count;   /* …as often as this */
    bool bare_volumes;     /* mount paths have no separator at their end */
    int32_t code;          /* HR_ACCESS_DENIED by default */
    size_t failed;
    size_t active;          /* activated and not deactivated */
    const char *mount_path; /* of an active one; NULL: a volume's */
    /** Called within ImportLayer, when the transport folder is there. May be NULL. */
    void (*on_import)(const char *path, const char *folder, void *context);
    void *context;
} recording_storage;

void recording_storage_init(recording_storage *s);
void recording_storage_fail(recording_storage *s, size_t nth);
void recording_storage_clear(recording_storage *s);

/** Removes a folder with all in it, links not followed. */
void remove_tree(const char *path);
/** A fresh folder under $TMPDIR; malloc'ed. */
char *make_temporary_folder(void);

#endif
