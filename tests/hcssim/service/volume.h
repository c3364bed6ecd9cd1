/* SPDX-License-Identifier: MIT */
/**
 * The file system of a container as a real folder: what the layers say, one over the other, and the
 * container's own changes on top. A layer folder holds Files\ and, if it takes something away,
 * tombstones.txt in the form of the transport format (hcs.md §6.6); a scratch folder keeps the
 * container's changes in the same form.
 */
#ifndef HCSSIM_SERVICE_VOLUME_H
#define HCSSIM_SERVICE_VOLUME_H

#include <stdbool.h>
#include <stdint.h>
#include <wchar.h>

/**
 * Puts everything into `target` and writes the list of it to `target`.list.
 *
 * @param layers    topmost first, NULL-terminated
 * @param onto_wine there are Wine's system files already: its libraries stay as they are
 */
int32_t volume_fill(const wchar_t *target, const char *const *layers, const char *scratch,
                    bool onto_wine);
/** Moves what differs from the list into the scratch folder. */
int32_t volume_keep(const wchar_t *target, const char *scratch);

/* tree.c: trees of files on the host */
int32_t tree_copy(const wchar_t *from, const wchar_t *to, bool onto_wine);
/** The same, but files get another name instead of a copy. */
int32_t tree_link(const wchar_t *from, const wchar_t *to);
/** What is known of a folder, but nothing of what is in it. */
int32_t tree_copy_folder(const wchar_t *from, const wchar_t *to);
/** The time of the last write, as a FILETIME. */
void tree_set_written(const wchar_t *path, uint64_t written);
int32_t tree_remove(const wchar_t *path);
int32_t tree_make(const wchar_t *path);

#endif
