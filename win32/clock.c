/* SPDX-License-Identifier: MIT */
/* Time on Windows. */
#include "port/clock.h"

#include "platform.h"

/* 1601 → 1970 in units of 100 ns. */
#define EPOCH_DISTANCE 116444736000000000

int64_t clock_now(void)
{
    FILETIME now;

    GetSystemTimePreciseAsFileTime(&now);
    return (((int64_t)now.dwHighDateTime << 32 | now.dwLowDateTime) - EPOCH_DISTANCE) * 100;
}

uint64_t clock_ticks(void)
{
    return GetTickCount64();
}

void clock_sleep(uint32_t milliseconds)
{
    Sleep(milliseconds);
}
