/* SPDX-License-Identifier: MIT */
/** What pull, push, login and logout share. */
#ifndef WCOW_ENGINE_IMAGE_TRANSFERS_H
#define WCOW_ENGINE_IMAGE_TRANSFERS_H

#include "engine/host/host_stores.h"
#include "engine/host/listener.h"
#include "image/transfer/transfer.h"

/** A host's store and registries, and whom to tell; everything borrowed from the host. */
typedef struct transfers {
    image_store images;
    registry_settings settings;
    registry_context registry;
    listener told;
} transfers;

#define TRANSFERS_INIT                                                                             \
    {                                                                                              \
        .settings = REGISTRY_SETTINGS_INIT                                                         \
    }

/** Opens it in place: it holds pointers into itself. */
WCOW_CHECKED wcow_status transfers_open(wcow_host *host, wcow_transfer_fn *told, void *context,
                                        transfers *out, wcow_error *err);
void transfers_close(transfers *t);
DEFINE_CLEANUP_VALUE(transfers, transfers, transfers_close)
#define cleanup_transfers CLEANUP(transfers)

/** Tells a line of its own; NULL is one that there was no memory for. */
WCOW_CHECKED wcow_status transfers_say(transfers *t, const char *line, wcow_error *err);

#endif
