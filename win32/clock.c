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

/* GetTickCount64() goes on in steps of 16 ms, and under Wine, on a busy machine, in larger ones. */
uint64_t clock_ticks(void)
{
    LARGE_INTEGER frequency;
    LARGE_INTEGER counter;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    return (uint64_t)(counter.QuadPart / frequency.QuadPart * 1000 +
                      counter.QuadPart % frequency.QuadPart * 1000 / frequency.QuadPart);
}

void clock_sleep(uint32_t milliseconds)
{
    Sleep(milliseconds);
}
