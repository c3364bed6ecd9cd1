/* SPDX-License-Identifier: MIT */
/** The registry hives that a Windows root file system has in Windows\System32\config. */
#ifndef WCOW_LAYER_HIVES_HIVE_H
#define WCOW_LAYER_HIVES_HIVE_H

#include "base/text.h"
#include "layer/store/layer.h"
#include "port/hives.h"
#include "port/machine.h"

/** DEFAULT, SAM, SECURITY, SOFTWARE, SYSTEM: ProcessBaseImage makes a base layer's registry of
 * them. */
#define HIVE_COUNT ((size_t)5)
extern const char *const hive_names[HIVE_COUNT];
/** Where they are, below a volume's root. */
#define HIVE_FOLDER "Windows\\System32\\config\\"

/** Which of them a path below a volume's root is; HIVE_COUNT: none. */
size_t hive_of(const char *path);

/** What makes a hive with nothing in it. */
typedef struct hive_maker {
    wcow_status (*make)(void *context, text *out, wcow_error *err);
    void *context;
} hive_maker;

/**
 * The bytes of an empty hive, which the library can write to files only: to one in a folder beside
 * the layers, which is gone afterwards.
 *
 * @param version  of this Windows, whose format it gets
 */
WCOW_CHECKED wcow_status hive_make_empty(const layer_store *store, hives_port *hives,
                                         const machine_version *version, text *out,
                                         wcow_error *err);

#endif
