/* SPDX-License-Identifier: MIT */
/* Waiting for notifications, on a condition variable. */
#include "hcs/wait.h"

#include <stddef.h>

/*
 * winpthreads has condition variables that go by the wall clock only, which an administrator may
 * set. There a wait is cut into pieces of this length, so that a step of the clock costs no more
 * than one.
 */
#define WALL_CLOCK_PIECE 1000

bool board_init(notice_board *board)
{
    pthread_condattr_t attributes;
    bool made;

    if (pthread_mutex_init(&board->lock, NULL) != 0)
        return false;
    made = pthread_condattr_init(&attributes) == 0;
    if (made) {
        board->clock = CLOCK_MONOTONIC;
        if (pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0)
            board->clock = CLOCK_REALTIME;
        made = pthread_cond_init(&board->changed, &attributes) == 0;
        (void)pthread_condattr_destroy(&attributes);
    }
    if (!made)
        (void)pthread_mutex_destroy(&board->lock);
    return made;
}

void board_free(notice_board *board)
{
    (void)pthread_cond_destroy(&board->changed);
    (void)pthread_mutex_destroy(&board->lock);
}

void board_lock(notice_board *board)
{
    (void)pthread_mutex_lock(&board->lock);
}

void board_unlock(notice_board *board)
{
    (void)pthread_mutex_unlock(&board->lock);
}

void board_changed(notice_board *board)
{
    (void)pthread_cond_broadcast(&board->changed);
}

int64_t board_now(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t board_deadline(uint32_t milliseconds)
{
    return milliseconds == UINT32_MAX ? BOARD_NEVER : board_now() + milliseconds;
}

bool board_wait(notice_board *board, int64_t deadline)
{
    struct timespec until = {0, 0};
    int64_t left;

    if (deadline == BOARD_NEVER) {
        (void)pthread_cond_wait(&board->changed, &board->lock);
        return true;
    }
    left = deadline - board_now();
    if (left <= 0)
        return false;
    if (board->clock == CLOCK_REALTIME && left > WALL_CLOCK_PIECE)
        left = WALL_CLOCK_PIECE;

    (void)clock_gettime(board->clock, &until);
    until.tv_sec += (time_t)(left / 1000);
    until.tv_nsec += (long)(left % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    (void)pthread_cond_timedwait(&board->changed, &board->lock, &until);
    return true;
}
