/* SPDX-License-Identifier: MIT */
/**
 * Networks: those of the Host Network Service (HNS), whoever made them. wcow keeps a note of those
 * that it made itself, with what HNS does not keep: labels, options, when it was made.
 */
#ifndef WCOW_NETWORK_H
#define WCOW_NETWORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * What to create. Initialise with WCOW_NETWORK_SPEC_INIT; all is borrowed, and all lists are ended
 * by NULL; NULL is an empty one.
 */
typedef struct wcow_network_spec {
    size_t size;                  /**< set by the initialiser; lets the struct grow */
    const char *name;             /**< [A-Za-z0-9][A-Za-z0-9_.-]*; case does not tell names apart */
    const char *driver;           /**< nat, transparent, l2bridge, l2tunnel, internal, private, ics;
                                       NULL: nat */
    const char *const *subnets;   /**< "172.40.0.0/16"; none: HNS chooses */
    const char *const *gateways;  /**< each in one of the subnets; none: HNS chooses */
    const char *const *ip_ranges; /**< refused: HNS has no such thing */
    const char *const *auxiliary; /**< "name=172.40.0.5": noted, and nothing more */
    const char *const *options;   /**< "com.docker.network.windowsshim.vlanid=11" */
    const char *const *labels;    /**< "key=value" */
    bool internal;                /**< noted, and nothing more */
    bool attachable;              /**< the same */
} wcow_network_spec;

#define WCOW_NETWORK_SPEC_INIT                                                                     \
    {                                                                                              \
        sizeof(wcow_network_spec), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, false    \
    }

/**
 * Creates a network.
 *
 * @param[out] id  its id in HNS, owned by the caller, wcow_free()
 * @return WCOW_INVALID, WCOW_ALREADY_EXISTS if the name is taken, WCOW_CONFLICT if a subnet is,
 *         WCOW_UNSUPPORTED for what Windows has not
 */
WCOW_API WCOW_CHECKED wcow_status wcow_network_create(wcow_host *host,
                                                      const wcow_network_spec *spec, char **id,
                                                      wcow_error *err);

/** A network as `network ls` shows it. */
typedef struct wcow_network_info {
    const char *id;        /**< HNS's GUID, as it writes it */
    const char *name;      /**< as it was created */
    const char *driver;    /**< "nat", "transparent" … */
    const char *scope;     /**< "local" */
    const char *labels;    /**< each "key=value" with its NUL, one more NUL at the end */
    int64_t created;       /**< seconds since 1970; 0: not known, it is not wcow's */
    bool internal;         /**< as it was created */
    bool predefined;       /**< nat and none, which cannot be removed */
    bool ours;             /**< wcow made it */
    size_t endpoint_count; /**< of it that HNS has: containers that run on it */
} wcow_network_info;

/** Lists networks by name. Free the array (one block, strings included) with wcow_free(). */
WCOW_API WCOW_CHECKED wcow_status wcow_network_list(wcow_host *host, wcow_network_info **out,
                                                    size_t *count, wcow_error *err);

/**
 * The network as `docker network inspect` shows it (one JSON object).
 *
 * @param reference  its id, its name, or the first digits of its id
 * @param[out] json  owned by the caller, wcow_free()
 * @return WCOW_NOT_FOUND, or WCOW_CONFLICT if it fits several
 */
WCOW_API WCOW_CHECKED wcow_status wcow_network_inspect(wcow_host *host, const char *reference,
                                                       char **json, wcow_error *err);

/**
 * Removes a network that wcow made.
 *
 * @return WCOW_NOT_FOUND; WCOW_CONFLICT if containers run on it (the message names them), if it is
 *         predefined, or if another program made it
 */
WCOW_API WCOW_CHECKED wcow_status wcow_network_remove(wcow_host *host, const char *reference,
                                                      wcow_error *err);

/** Which networks a prune removes. Initialise with WCOW_NETWORK_PRUNE_OPTIONS_INIT. */
typedef struct wcow_network_prune_options {
    size_t size;
    int64_t until;              /**< only those made before: nanoseconds since 1970; 0: any */
    const char *const *labels;  /**< NULL-terminated "key" or "key=value" that it must have */
    const char *const *without; /**< the same; what has all of them stays */
    void (*removed)(void *context,
                    const char *name); /**< of each that went; NULL: nobody is told */
    void *context;                     /**< for the functions above */
} wcow_network_prune_options;

#define WCOW_NETWORK_PRUNE_OPTIONS_INIT                                                            \
    {                                                                                              \
        sizeof(wcow_network_prune_options), 0, NULL, NULL, NULL, NULL                              \
    }

/**
 * Removes the networks that wcow made and no container runs on, and notes of such as are gone. Goes
 * on over failures of single networks and reports the first.
 *
 * @param options  NULL: the defaults
 */
WCOW_API WCOW_CHECKED wcow_status wcow_network_prune(wcow_host *host,
                                                     const wcow_network_prune_options *options,
                                                     wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
