/* SPDX-License-Identifier: MIT */
/** What running containers take of the host: one sample, or a watch that takes one every second. */
#ifndef WCOW_STATS_H
#define WCOW_STATS_H

#include <wcow/container.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One sample of a running container, as the services count. All but the times and the memory in
 * use only grow, as long as it runs. */
typedef struct wcow_stats {
    int64_t read;        /**< when it was taken, by this host's clock: nanoseconds since 1970 */
    int64_t counted;     /**< the same as the service says; 0: it does not */
    int64_t started;     /**< when the container was started, as the service says; 0: it does not */
    uint64_t uptime;     /**< since then, in units of 100 ns */
    uint64_t cpu;        /**< processor time, in units of 100 ns */
    uint64_t cpu_user;   /**< of it, outside of the kernel */
    uint64_t cpu_kernel; /**< and within */
    uint32_t processors; /**< that the host has */
    double cpu_percent;  /**< of all processors since a watch's sample before; 0: there is none */
    uint64_t committed;  /**< bytes of memory that it has been promised */
    uint64_t commit_peak;         /**< the most that this was */
    uint64_t private_working_set; /**< bytes of memory in use that are its own */
    uint64_t read_count;          /**< reads of its system drive, in units of the service */
    uint64_t read_bytes;          /**< and their bytes */
    uint64_t write_count;         /**< writes, likewise */
    uint64_t write_bytes;         /**< and their bytes */
    bool network_known;           /**< the network service has answered for all of its endpoints */
    uint64_t received_bytes;      /**< of all its endpoints together */
    uint64_t received_packets;    /**< the same in packets */
    uint64_t received_dropped;    /**< packets that came and were thrown away */
    uint64_t sent_bytes;          /**< of all its endpoints together */
    uint64_t sent_packets;        /**< the same in packets */
    uint64_t sent_dropped;        /**< packets that did not get out */
    uint64_t ticks; /**< `read` by a clock that nobody sets: milliseconds; 0: unknown */
} wcow_stats;

/**
 * Takes one sample.
 *
 * @param[out] out  owned by the caller, wcow_free()
 * @return WCOW_CONFLICT if it does not run, WCOW_TIMEOUT if the service does not answer
 */
WCOW_API WCOW_CHECKED wcow_status wcow_container_stats(wcow_container *container, wcow_stats **out,
                                                       wcow_error *err);

/**
 * Percent of all processors that a container used between two samples, as Docker counts on Windows.
 * 0 if no time has passed or it was started anew in between. Time is that of `ticks` if both have
 * it, so that it does not matter if somebody sets the clock.
 */
WCOW_API double wcow_stats_cpu_percent(const wcow_stats *before, const wcow_stats *now);

/**
 * A thread that takes a sample of a container every second, so that a service that is stuck holds
 * up nobody who looks. It ends by itself when the container has ended, or with the watch.
 */
typedef struct wcow_stats_watch wcow_stats_watch;

/** @param[out] out  to be freed with wcow_stats_watch_free(); the container need not outlive it */
WCOW_API WCOW_CHECKED wcow_status wcow_stats_watch_start(wcow_container *container,
                                                         wcow_stats_watch **out, wcow_error *err);

/**
 * The latest sample.
 *
 * @param samples       waits until so many have been taken in all; 2 is the first whose cpu_percent
 *                      is known
 * @param milliseconds  at most; 0: does not wait
 * @param[out] out      owned by the caller, wcow_free()
 * @return WCOW_TIMEOUT if there are not so many yet, or the latest is out of date since the service
 *         does not answer; else why the last try failed: WCOW_CONFLICT if the container does not
 *         run any more
 */
WCOW_API WCOW_CHECKED wcow_status wcow_stats_watch_latest(wcow_stats_watch *watch, unsigned samples,
                                                          uint32_t milliseconds, wcow_stats **out,
                                                          wcow_error *err);

/** Ends a watch; NULL is fine. A call that the service does not answer is waited for no longer than
 * wcow_container_stats() would, and left to itself then. */
WCOW_API void wcow_stats_watch_free(wcow_stats_watch *watch);

#ifdef __cplusplus
}
#endif

#endif
