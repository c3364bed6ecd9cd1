/* SPDX-License-Identifier: MIT */
/**
 * A hives port that passes calls on to the system's, counts what is open, and fails the call it is
 * told to.
 */
#ifndef TESTS_SUPPORT_FAULTY_HIVES_H
#define TESTS_SUPPORT_FAULTY_HIVES_H

#include <stdbool.h>
#include <stddef.h>

#include "port/hives.h"

typedef struct faulty_hives {
    hives_port port; /* hand this out; freeing it is nothing */
    hives_port *inner;
    size_t calls, fail_at, failed; /* as those of faulty_files.h */
    size_t open;                   /* hives that were not closed */
    uint32_t major, minor;         /* what the last one was saved for */
    bool old;                      /* it cannot merge, as before Windows Server 2022 */
} faulty_hives;

void faulty_hives_init(faulty_hives *f);
/** Counts from the beginning, and fails the nth call from now on (0: none). */
void faulty_hives_fail(faulty_hives *f, size_t nth);
void faulty_hives_clear(faulty_hives *f);

#endif
