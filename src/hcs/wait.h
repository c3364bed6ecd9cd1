/* SPDX-License-Identifier: MIT */
/**
 * Waiting for notifications. A board is what the service's callbacks write on and callers wait at;
 * a system and its processes share one, so that a wait for either sees what happens to the other.
 */
#ifndef WCOW_HCS_WAIT_H
#define WCOW_HCS_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** Milliseconds of a clock that never goes back; BOARD_NEVER is no point in time. */
#define BOARD_NEVER INT64_MAX

typedef struct notice_board {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    clockid_t clock; /* which one `changed` goes by */
} notice_board;

bool board_init(notice_board *board);
void board_free(notice_board *board);

void board_lock(notice_board *board);
void board_unlock(notice_board *board);
/** Wakes all who wait. The board is locked. */
void board_changed(notice_board *board);

/** Now, and the end of a wait of so many milliseconds (UINT32_MAX: never). */
int64_t board_now(void);
int64_t board_deadline(uint32_t milliseconds);

/**
 * Waits for the next change of the locked board, or until `deadline`. May return early: callers
 * look again, and wait again. False if the deadline is over.
 */
bool board_wait(notice_board *board, int64_t deadline);

#endif
