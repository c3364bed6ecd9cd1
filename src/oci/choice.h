/* SPDX-License-Identifier: MIT */
/** Which of several images is wanted: of an index, or of an archive. */
#ifndef WCOW_OCI_CHOICE_H
#define WCOW_OCI_CHOICE_H

#include "oci/image_config.h"
#include "oci/manifest.h"

typedef struct image_choice {
    /** How good an image for that os.version ("" if it tells none) is: negative: not usable here,
     * else the lowest wins, of equals the first. NULL: all are. */
    int (*rank)(void *context, const char *os_version);
    /** Makes the error for an image none of whose builds of Windows is usable. NULL: they are
     * listed, without advice. */
    wcow_status (*refuse)(void *context, const char *image, const string_list *os_versions,
                          wcow_error *err);
    void *context;
    const char *architecture; /* "amd64"; NULL: any */
    bool strict;              /* a user named it: of an archive, too, only what is usable */
} image_choice;

/** "amd64" of "x86_64", "AMD64" and the like, as containerd takes them; others as they are. */
const char *architecture_normal(const char *architecture);

/** Whether that is a Windows of the right architecture; NULL architecture: it does not say. */
bool choice_admits(const image_choice *choice, const char *os, const char *architecture);
/** Its rank; 0 where nobody ranks. NULL os_version: it tells none. */
int choice_rank(const image_choice *choice, const char *os_version);
/** The best of an index's images; NULL: none fits. */
const image_descriptor *choice_of(const image_choice *choice, const image_manifest *index);

/** Whether an index's item must be looked at, because it does not say what it is for. */
bool descriptor_is_vague(const image_descriptor *descriptor);
/** Notes what it is for, by its config. */
WCOW_CHECKED wcow_status descriptor_learn(image_descriptor *descriptor, const image_config *config,
                                          wcow_error *err);

#endif
