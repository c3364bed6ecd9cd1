/* SPDX-License-Identifier: MIT */
/** Folders that layer zap must never destroy, whatever its user confirms: mistyping is easy. */
#ifndef WCOW_ENGINE_LAYER_PROTECTED_H
#define WCOW_ENGINE_LAYER_PROTECTED_H

#include "engine/host/host.h"

/** WCOW_INVALID for a path that by its spelling is relative, a volume, Windows' or the store's. */
WCOW_CHECKED wcow_status protected_check_name(const wcow_host *host, const char *path,
                                              wcow_error *err);

/**
 * The same of where a folder really is: links, substituted drives, short names and \\?\ lead to one
 * place under many names. The folder must be there; where it leads nobody can tell, it is refused.
 */
WCOW_CHECKED wcow_status protected_check_place(wcow_host *host, const char *path, wcow_error *err);

/**
 * The same of a folder in another store of wcow's, wherever its root is: images and containers
 * there may stand on it, and nothing here tells.
 */
WCOW_CHECKED wcow_status protected_check_stores(wcow_host *host, const char *path, wcow_error *err);

#endif
