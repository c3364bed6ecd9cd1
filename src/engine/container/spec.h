/* SPDX-License-Identifier: MIT */
/** What a container is to be: the user's wishes and the image's configuration, merged as Docker
 * does. */
#ifndef WCOW_ENGINE_CONTAINER_SPEC_H
#define WCOW_ENGINE_CONTAINER_SPEC_H

#include "engine/container/mount_spec.h"
#include "engine/container/network_wish.h"
#include "engine/container/record.h"
#include "oci/image_config.h"

/** Everything but the layers, merged. */
typedef struct container_config {
    string_list environment;
    string_list entrypoint;
    string_list arguments; /* Docker's Cmd */
    string_list command;   /* both, in order: what runs */
    string_list labels;
    char *working_directory;
    char *user;
    char *hostname;    /* without the domain */
    char *domainname;  /* "": none */
    char *stop_signal; /* "": none */
    bool args_escaped;
} container_config;

void container_config_free(container_config *config);
DEFINE_CLEANUP_VALUE(container_config, container_config, container_config_free)
#define cleanup_container_config CLEANUP(container_config)

/**
 * Merges: an entrypoint of the user's drops the image's Cmd; variables are one if their names
 * differ only in case; "KEY" alone takes the caller's value, or drops the variable if the caller
 * has none. Source of the rules: moby daemon/commit.go merge(), daemon/create.go.
 */
WCOW_CHECKED wcow_status config_merge(const wcow_container_spec *spec, const image_config *image,
                                      const char *id, container_config *out, wcow_error *err);

/**
 * Adds variables to a list, replacing those whose names differ at most in case. Entries are
 * "KEY=value"; "KEY" alone takes the value of this process's own variable, or removes it.
 */
WCOW_CHECKED wcow_status config_add_environment(string_list *environment,
                                                const char *const *additions, wcow_error *err);

/** What a caller wants a container to be. What the spec points to stays the caller's. */
typedef struct container_wish {
    wcow_container_spec spec; /* as far as the caller knows it; an empty name is none */
    mount_list mounts;        /* its mounts, parsed */
    string_list devices;      /* GUIDs of their classes */
    restart_policy restart;
    network_wish network;
    uint64_t storage_size; /* bytes that its scratch may grow to */
    char *credentials;     /* the text of its credential spec; NULL: none */
    int schema;            /* of its documents, settled: 1 or 2 */
} container_wish;

void container_wish_free(container_wish *wish);
DEFINE_CLEANUP_VALUE(container_wish, container_wish, container_wish_free)
#define cleanup_container_wish CLEANUP(container_wish)

/**
 * Takes a caller's spec, and checks the parts that need no image: name, mounts, network, labels.
 *
 * @param[out] out  zeroed, or of an earlier call: that is freed
 */
WCOW_CHECKED wcow_status config_take(const wcow_container_spec *given, container_wish *out,
                                     wcow_error *err);

/**
 * The OCI runtime spec (config.json): process, hostname, mounts, windows.{layerFolders, resources,
 * hyperv, network}. root.path and endpoints are known at start only.
 *
 * @param processors  of the machine
 * @param folders     layerFolders: topmost layer first, scratch last; NULL-terminated
 */
WCOW_CHECKED wcow_status config_to_oci(const container_config *config, const container_wish *wish,
                                       wcow_isolation isolation, uint32_t processors,
                                       const char *const *folders, cJSON **out, wcow_error *err);

#endif
