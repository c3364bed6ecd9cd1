/* SPDX-License-Identifier: MIT */
/**
 * A files port that passes calls on to another one, counts what is open, and fails the call it is
 * told to: for tests that fail every outside call in turn.
 */
#ifndef TESTS_SUPPORT_FAULTY_FILES_H
#define TESTS_SUPPORT_FAULTY_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "port/files.h"

typedef struct faulty_files {
    files_port port; /* hand this out */
    files_port *inner;
    _Atomic size_t calls; /* made so far, those that cannot fail not counted */
    size_t fail_at;       /* the call that fails, counted from 1; 0: none */
    int32_t code;         /* with this; HR_DISK_FULL by default */
    bool die;             /* …or the process does, at once, as if it were killed */
    bool stay_dead; /* …or all calls from then on do, but for those that close: what is on the disk
                       is what a process leaves that was killed there, and nobody has to fork */
    size_t failed;  /* how many did */
    _Atomic size_t open;  /* files, locks, trees and entries that were not closed */
    _Atomic size_t found; /* calls that open what they look at or read, or write */
    _Atomic size_t reads; /* files that were to be read whole */
    _Atomic size_t locks; /* that were to be taken */
    const char *last;     /* the name of the call that failed last */
    /* Called once, on the thread that makes the call, at the first one from `meet_at` on (counted
     * as above; 0: never) at which nobody holds a lock that is held for moments only: who would
     * wait for it there would wait for himself. */
    void (*meet)(void *context);
    void *meet_context;
    size_t meet_at;
    _Atomic bool met;
    _Atomic(file_lock *) short_locks[8]; /* such locks that are held */
    const char *volume; /* the folder that every \\?\Volume{…} leads to; NULL: none does */
    const char
        *drives; /* or each to a folder of its own in this one, "<GUID>", with HOSTS_FOLDER */
} faulty_files;

#define HOSTS_FOLDER "Windows/System32/drivers/etc"

/** Exit code of a process that died so. */
#define FAULTY_FILES_DIED 77

/** Wraps `inner`, which stays the caller's. */
void faulty_files_init(faulty_files *f, files_port *inner);
/** Counts from the beginning, and fails the nth call from now on (0: none). */
void faulty_files_fail(faulty_files *f, size_t nth);
/** Counts from the beginning, and lets something else happen at the nth call (0: nothing). */
void faulty_files_meet(faulty_files *f, size_t nth, void (*meet)(void *context), void *context);

#endif
