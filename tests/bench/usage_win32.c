/* SPDX-License-Identifier: MIT */
#include "usage.h"

#include <stdint.h>

#include <windows.h>

#include <psapi.h>

static double seconds(FILETIME time)
{
    return (double)((uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime) / 1e7;
}

double usage_processor(void)
{
    FILETIME created, ended, kernel = {0}, user = {0};

    GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user);
    return seconds(kernel) + seconds(user);
}

double usage_thread(void)
{
    LARGE_INTEGER now, frequency;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&frequency);
    return (double)now.QuadPart / (double)frequency.QuadPart;
}

double usage_memory(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};

    GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters));
    return (double)counters.PeakWorkingSetSize / (1 << 20);
}
