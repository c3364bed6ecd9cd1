/* SPDX-License-Identifier: MIT */
/**
 * Names in a layer. What a tar calls "Files/Windows" is Files\Windows in a layer folder; what a
 * stranger calls "Files/../../x" is refused here, before any call to the outside.
 */
#ifndef WCOW_LAYER_STORE_NAME_H
#define WCOW_LAYER_STORE_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"

#define LAYER_FILES            "Files"
#define LAYER_HIVES            "Hives"
#define LAYER_UTILITY_VM       "UtilityVM"
#define LAYER_UTILITY_VM_FILES "UtilityVM\\Files"
/** Suffix of a folder's metadata in the transport format. */
#define LAYER_DIRECTORY_SUFFIX ".$wcidirs$"
#define WHITEOUT_PREFIX        ".wh."
/** In a folder: nothing of what parents have in it is to be seen. */
#define WHITEOUT_OPAQUE ".wh..wh..opq"

/**
 * Checks a name of a tar entry (or the target of its hard link) and turns it into a path with '\'.
 * Accepted: Files, Hives, UtilityVM, UtilityVM\Files and what is below the first two and the last.
 *
 * @return WCOW_CORRUPT with what is wrong with it; the caller names it
 */
WCOW_CHECKED wcow_status layer_name(const char *name, char **out, wcow_error *err);

/**
 * The same of a name in an archive of plain files, which lies in some folder: one that begins with
 * a separator is taken as relative, as all do who unpack; "." names the folder itself, and becomes
 * "".
 */
WCOW_CHECKED wcow_status archive_name(const char *name, char **out, wcow_error *err);

/** Checks the name of an alternate data stream. */
WCOW_CHECKED wcow_status layer_stream_name(const char *name, wcow_error *err);

/**
 * Whether its last component is like the short names that NTFS makes up for long ones. A file
 * really called so must be made in its turn: what comes later then gets another short name, and
 * what comes earlier has one already.
 */
bool name_looks_short(const char *name);
/** What in the root of a volume is the volume's own, the filter's that merges layers, or where
 * Windows keeps its memory: none of it are files of anybody's. */
#define VOLUME_S_NAMES                                                                             \
    "$Recycle.Bin", "System Volume Information", "WcSandboxState", "pagefile.sys", "swapfile.sys", \
        "hiberfil.sys"

/** Whether a name in the root of a volume is one of them. */
bool name_is_volume_s(const char *name);
/** Whether it is one of the folders that all others lie in, which must be folders. */
bool name_is_root(const char *name);
/** Whether it is below that folder (not the folder itself). */
bool name_is_below(const char *name, const char *folder);
/** The last component. */
const char *name_base(const char *name);

/** What the entry of a name is. */
typedef enum name_kind {
    NAME_NONE = 0,
    NAME_DIRECTORY,
    NAME_FILE,
    NAME_REPARSE,
    NAME_HARD_LINK
} name_kind;

/**
 * The names a layer's tar brought so far, as hashes: 16 bytes a name, whatever its length. Case
 * does not count (for ASCII; the file system sees to the rest).
 */
typedef struct name_set {
    struct name_slot *slots;
    size_t count;
    size_t capacity;
    uint64_t seed; /* random: nobody can choose names that collide */
} name_set;

#define NAME_SET_INIT                                                                              \
    {                                                                                              \
        NULL, 0, 0, 0                                                                              \
    }

/**
 * Notes a name: refused if it was there before, or if it lies behind a link or within a file that
 * this layer brought.
 */
WCOW_CHECKED wcow_status name_set_claim(name_set *set, const char *name, name_kind kind,
                                        wcow_error *err);
/** Refuses a name that lies behind a link or within a file that this layer brought. */
WCOW_CHECKED wcow_status name_set_check_way(const name_set *set, const char *name, wcow_error *err);
name_kind name_set_find(const name_set *set, const char *name);
void name_set_free(name_set *set);

#endif
