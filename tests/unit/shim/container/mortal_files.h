/* SPDX-License-Identifier: MIT */
/**
 * A files port whose owner may die: from then on nothing that it does has any effect. Of the calls
 * there are those that notes in a bundle need.
 */
#ifndef WCOW_TESTS_UNIT_SHIM_CONTAINER_MORTAL_FILES_H
#define WCOW_TESTS_UNIT_SHIM_CONTAINER_MORTAL_FILES_H

#include "port/files.h"

typedef struct mortal_files {
    files_port port; /* hand this out */
    files_port *inner;
    _Atomic bool dead;
    _Atomic size_t calls; /* so far, of those that change something */
    size_t fails;         /* the call that fails, counted from 1; 0: none */
    size_t dies;          /* the call at which the owner dies; 0: at none */
} mortal_files;

void mortal_files_init(mortal_files *m, files_port *inner);

#endif
