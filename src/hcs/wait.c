/* SPDX-License-Identifier: MIT */
/* Waiting for notifications, on a condition variable. */
#include "hcs/wait.h"

bool board_init(notice_board *board)
{
    board->wake = NULL;
    if (pthread_mutex_init(&board->lock, NULL) != 0)
        return false;
    if (condition_init(&board->changed))
        return true;
    (void)pthread_mutex_destroy(&board->lock);
    return false;
}

void board_free(notice_board *board)
{
    condition_free(&board->changed);
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
    condition_broadcast(&board->changed);
    if (board->wake)
        board->wake(board->context);
}

void board_wake_also(notice_board *board, notice_fn *wake, void *context)
{
    board_lock(board);
    board->wake = wake;
    board->context = context;
    board_unlock(board);
}

bool board_wait(notice_board *board, uint64_t deadline)
{
    return condition_wait_until(&board->changed, &board->lock, deadline);
}
