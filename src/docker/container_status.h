/* SPDX-License-Identifier: MIT */
/** A container's status in Docker's words. */
#ifndef WCOW_DOCKER_CONTAINER_STATUS_H
#define WCOW_DOCKER_CONTAINER_STATUS_H

#include <stdbool.h>
#include <stdint.h>

/** What the words are made of. Times are nanoseconds since 1970. */
typedef struct container_status {
    const char *state; /* Docker's word: "created", "running", "paused", "exited", "removing",
                          "restarting", … */
    bool unreadable;   /* it is "dead" because its files cannot be read */
    int64_t started;   /* 0: never */
    int64_t finished;
    int64_t now;
    const char *health; /* "starting", "healthy", "unhealthy"; "" or NULL: there is no check */
    uint32_t exit_code;
} container_status;

#define STATUS_SIZE 80

/** "Up 5 minutes", "Exited (0) 2 hours ago", "Restarting (1) 3 seconds ago",
 * "Created", "Removal In Progress", "Dead". */
void container_status_print(const container_status *facts, char words[STATUS_SIZE]);

#endif
