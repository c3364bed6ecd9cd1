/* SPDX-License-Identifier: MIT */
/**
 * What the administrator says of registries, in <root>/daemon.json with the member names of
 * Docker's own: "insecure-registries" (hosts, host:port, or networks in CIDR form),
 * "registry-mirrors" (URLs, for docker.io), "max-concurrent-downloads". A host's own certificate
 * authorities are in <root>/certs.d/<host[:port]>/ca.crt (without the colon on Windows).
 */
#ifndef WCOW_IMAGE_REGISTRY_REGISTRY_SETTINGS_H
#define WCOW_IMAGE_REGISTRY_REGISTRY_SETTINGS_H

#include <stdbool.h>

#include <wcow/error.h>

#include "base/strings.h"
#include "port/files.h"

typedef struct registry_settings {
    string_list insecure;
    string_list mirrors;
    unsigned downloads; /* at once */
} registry_settings;

#define REGISTRY_SETTINGS_INIT                                                                     \
    {                                                                                              \
        STRING_LIST_INIT, STRING_LIST_INIT, 3                                                      \
    }

/** Reads the file; the defaults if there is none. */
WCOW_CHECKED wcow_status registry_settings_read(files_port *files, const char *root,
                                                registry_settings *out, wcow_error *err);
void registry_settings_clear(registry_settings *settings);

/** Whether a host[:port] may be used without a certificate, or without TLS: also this machine. */
bool registry_settings_insecure(const registry_settings *settings, const char *host);

/** The path of a host's authorities; NULL if it has none, or out of memory. */
char *registry_authorities(files_port *files, const char *root, const char *host);

DEFINE_CLEANUP_VALUE(registry_settings, registry_settings, registry_settings_clear)
#define cleanup_registry_settings CLEANUP(registry_settings)

#endif
