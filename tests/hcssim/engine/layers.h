/* SPDX-License-Identifier: MIT */
/** Layer folders, and the small files in them (layers.c, images.c). */
#ifndef HCSSIM_ENGINE_LAYERS_H
#define HCSSIM_ENGINE_LAYERS_H

#include "engine.h"

/** Same folder: ignores case and the kind of separators, and \\?\ before it. */
bool layer_same_path(const char *a, const char *b);
/** A read-only layer that can be a parent: it exists, has Files and was processed or imported. */
int32_t layer_check_parent(sim *s, const char *path, const char *id, refusal *why);
/** NameToGuid. */
void layer_guid(const char *name, char out[GUID_TEXT_SIZE]);

/** Small questions and deeds in a layer folder. */
bool folder_has(sim *s, const char *folder, const char *name, bool directory);
bool folder_is_there(sim *s, const char *path);
int32_t folder_put(sim *s, const char *folder, const char *name, const char *content);
/** A disk as the simulated host keeps it; `parents` may be NULL. */
int32_t disk_write(sim *s, const char *path, const char *name, double size,
                   const string_list *parents);
#define DEFAULT_SCRATCH_SIZE 21474836480.0 /* 20 GiB, the platform's template */

/** driver and id of a storage call joined; fresh memory. */
char *layer_path(sim_context *c, const char *member);
/** The descriptors of a storage call, checked: each a valid parent. */
int32_t layer_parents(sim_context *c, string_list *out);
/** The parents given must be those that the scratch was made with. */
int32_t layer_check_scratch_parents(sim_context *c, const char *path, const string_list *parents);
/** A scratch was prepared: from now on something is on its disk. */
int32_t disk_mark_prepared(sim *s, const char *path);
bool disk_was_prepared(sim *s, const char *path);
uint64_t disk_size(sim *s, const char *path);

/* What sim_machine.list() gives. */
void names_free(char **names);
DEFINE_CLEANUP(names, char **, names_free)
#define cleanup_names CLEANUP(names)

sim_handler call_create_layer, call_create_sandbox, call_copy_layer, call_expand, call_destroy,
    call_layer_exists, call_name_to_guid, call_base_images, call_grant_access;
sim_handler call_process_base, call_process_utility, call_import, call_export;

#endif
