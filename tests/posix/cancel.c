/* SPDX-License-Identifier: MIT */
/* Waiting for a descriptor, with an end. */
#include "cancel.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "base/error.h"
#include "codes.h"
#include "port/clock.h"

int cancel_new(void)
{
    return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

void cancel_raise(int cancel)
{
    /* Who waits does not read the counter, so the descriptor stays readable. */
    (void)eventfd_write(cancel, 1);
}

void cancel_lower(int cancel)
{
    eventfd_t count;

    (void)eventfd_read(cancel, &count); /* it does not block: it may be low */
}

static int time_left(uint64_t deadline)
{
    uint64_t now = clock_ticks();

    if (deadline == UINT64_MAX)
        return -1;
    if (now >= deadline)
        return 0;
    return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}

int32_t cancel_wait(int cancel, int descriptor, short events, uint32_t milliseconds)
{
    uint64_t deadline = milliseconds == WAIT_FOREVER ? UINT64_MAX : clock_ticks() + milliseconds;

    for (;;) {
        struct pollfd polled[2] = {{cancel, POLLIN, 0}, {descriptor, events, 0}};
        int ready = poll(polled, 2, time_left(deadline));

        if (ready < 0 && errno == EINTR)
            continue;
        if (ready < 0)
            return hresult_last();
        if (ready == 0)
            return HR_WAIT_TIMEOUT;
        if (polled[0].revents)
            return HR_OPERATION_ABORTED;
        return HR_OK;
    }
}
