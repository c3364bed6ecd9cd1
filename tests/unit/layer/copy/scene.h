/* SPDX-License-Identifier: MIT */
/** What tests of copies share: a container's files in <root>/vol, a mounted folder in <root>/mount,
 * a folder of the host's in <root>/host. */
#ifndef TESTS_UNIT_LAYER_COPY_SCENE_H
#define TESTS_UNIT_LAYER_COPY_SCENE_H

#include "layer/copy/tree_pack.h"
#include "layer/copy/tree_unpack.h"
#include "tests/unit/layer/import_fixture.h"
#include "tests/unit/support/tar_builder.h"

extern file_view inside; /* the container: vol at C:\, mount at C:\data, read-only at C:\fixed */
extern file_view outside;
extern text told; /* what was left out, a line each */
extern copy_notes notes;
extern file_tree *scene_tree; /* of <root> */

int scene_set_up(void **state);
int scene_tear_down(void **state);

/** A path of the scene in `outside`; malloc'ed. */
char *scene_path(const char *name);
/** Makes a file, or a folder (NULL contents), by its path below <root>. */
void scene_make(const char *name, const char *contents);
void scene_link(const char *name, const char *target);
/** The contents of a file below <root>, malloc'ed; NULL: there is none. */
char *scene_read(const char *name);
bool scene_has(const char *name);
/** A tar of a path in a view. */
wcow_status scene_pack(file_view *view, const char *path, const char *name, text *out);
wcow_status scene_unpack(const text *tar, const unpack_target *target);
/** Into <root>/host. */
wcow_status scene_unpack_outside(const text *tar);

#endif
