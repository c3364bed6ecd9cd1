/* SPDX-License-Identifier: MIT */
/**
 * --log-driver and --log-opt: where a container's output is kept, how much of it, and what is noted
 * beside each line. Drivers and options are Docker's; what is not done here is refused at create.
 *
 * `etwlogs` cannot be read again. So, as dockerd does, its lines are kept in files besides, as
 * `local` keeps them, unless cache-disabled says no; cache-max-size and its like are for those.
 */
#ifndef WCOW_ENGINE_CONTAINER_LOG_CONFIG_H
#define WCOW_ENGINE_CONTAINER_LOG_CONFIG_H

#include "engine/container/record.h"

/** What is done for a driver. */
typedef struct log_config {
    bool kept;         /* in files, which `logs` reads; none: false */
    uint64_t max_size; /* bytes of a file; 0: it grows */
    uint32_t max_file; /* files, the one that is written included */
    bool compressed;   /* files that were put aside are */
    char *attributes;  /* a JSON object for each line; NULL: none */
    char *trace_head;  /* each line is an event of ETW, too, that begins so; NULL: it is not */
} log_config;

void log_config_free(log_config *config);
DEFINE_CLEANUP_VALUE(log_config, log_config, log_config_free)
#define cleanup_log_config CLEANUP(log_config)

/** Refuses what dockerd refuses, in its words, and what is not done here. "" is the default. */
WCOW_CHECKED wcow_status log_wishes_check(const char *driver, const char *const *options,
                                          wcow_error *err);
/**
 * Of a container.
 *
 * @param environment  its variables, for the options env and env-regex; NULL: none
 */
WCOW_CHECKED wcow_status log_config_read(const record *r, const string_list *environment,
                                         log_config *out, wcow_error *err);
/** The same, with its variables where they are asked for. */
WCOW_CHECKED wcow_status log_config_load(wcow_host *host, const record *r, log_config *out,
                                         wcow_error *err);
/** Whether its output can be read again. */
bool log_is_kept(const record *r);

#endif
