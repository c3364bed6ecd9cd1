/* SPDX-License-Identifier: MIT */
/**
 * Who the user is towards registries: Docker's own config.json (DOCKER_CONFIG, else ~/.docker), so
 * that one `docker login` or `wcow login` serves both. Passwords stand in "auths", or a helper
 * (docker-credential-<name>) that "credHelpers" or "credsStore" names keeps them.
 */
#ifndef WCOW_IMAGE_REGISTRY_CREDENTIALS_H
#define WCOW_IMAGE_REGISTRY_CREDENTIALS_H

#include <stdbool.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "port/files.h"

/** Nothing set: anonymous. A token (an identity token) goes to the token service only. */
typedef struct credentials {
    char *user;
    char *password;
    char *token;
} credentials;

/** The name that credentials of a registry's host are kept under: Docker Hub has one of its own. */
const char *credentials_server(const char *host);

/** Those for a host; none is WCOW_OK with nothing set. */
WCOW_CHECKED wcow_status credentials_find(files_port *files, const char *host, credentials *out,
                                          wcow_error *err);

/**
 * Keeps them.
 *
 * @param[out] plain  malloc'ed: the file that holds them unencrypted; NULL: a helper has them
 */
WCOW_CHECKED wcow_status credentials_store(files_port *files, const char *host,
                                           const credentials *given, char **plain, wcow_error *err);

/** Forgets them; *found tells whether there were any. */
WCOW_CHECKED wcow_status credentials_erase(files_port *files, const char *host, bool *found,
                                           wcow_error *err);

/** A text of the same file ("psFormat", "detachKeys", …); NULL if it has none. malloc'ed. */
WCOW_CHECKED wcow_status docker_config_text(files_port *files, const char *name, char **out,
                                            wcow_error *err);

void credentials_clear(credentials *c);

DEFINE_CLEANUP_VALUE(credentials, credentials, credentials_clear)
#define cleanup_credentials CLEANUP(credentials)

#endif
