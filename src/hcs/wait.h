/* SPDX-License-Identifier: MIT */
/**
 * Waiting for notifications. A board is what the service's callbacks write on and callers wait at;
 * a system and its processes share one, so that a wait for either sees what happens to the other.
 */
#ifndef WCOW_HCS_WAIT_H
#define WCOW_HCS_WAIT_H

#include "base/condition.h"

typedef void notice_fn(void *context);

typedef struct notice_board {
    pthread_mutex_t lock;
    condition changed;
    notice_fn *wake; /* somebody who waits elsewhere, and is woken, too; NULL: nobody */
    void *context;
} notice_board;

bool board_init(notice_board *board);
void board_free(notice_board *board);

void board_lock(notice_board *board);
void board_unlock(notice_board *board);
/** Wakes all who wait. The board is locked. */
void board_changed(notice_board *board);

/** From now on this is called at every change, with the board locked: it must not block. */
void board_wake_also(notice_board *board, notice_fn *wake, void *context);

/** condition_wait_until() for the locked board. */
bool board_wait(notice_board *board, uint64_t deadline);

#endif
