/* SPDX-License-Identifier: MIT */
/** Scratches whose disk is attached (storage.c). */
#ifndef HCSSIM_ENGINE_MOUNTS_H
#define HCSSIM_ENGINE_MOUNTS_H

#include "engine.h"

typedef enum mount_status { MOUNT_NONE, MOUNT_ACTIVE, MOUNT_PREPARED } mount_status;

/** A scratch whose disk is attached. */
typedef struct mount {
    char *path; /* of the layer folder, as first given */
    char volume[GUID_TEXT_SIZE];
    mount_status status;
    bool busy;     /* a storage call works on it */
    size_t users;  /* running containers */
    bool by_vm;    /* attached to a utility VM, not to the host */
    bool by_disk;  /* by AttachVirtualDisk: until its client lets go of the disk */
    intptr_t disk; /* held open while attached */
    string_list layers;
    struct mount *next;
} mount;

mount *mount_find(sim *s, const char *path);
mount *mount_find_volume(sim *s, const char *volume);
/** A container uses a prepared volume, a utility VM attaches a scratch. Under the lock. */
int32_t mount_use(sim *s, const char *volume, refusal *why);
int32_t mount_use_by_vm(sim *s, const char *scratch, refusal *why);
void mount_unuse(sim *s, const char *volume, const char *scratch);
/** Drops what clients attached and let go of since. Under the lock. */
void mounts_forget_let_go(sim *s);
void mounts_load(sim *s);
void mounts_save(sim *s);
void mounts_free(sim *s);
/** "\\?\Volume{guid}\" with or without its last separator → guid. */
bool volume_parse(const char *path, char out[GUID_TEXT_SIZE]);
sim_handler call_activate, call_deactivate, call_prepare, call_unprepare, call_mount_path,
    call_attach_disk, call_detach_disk;

#endif
