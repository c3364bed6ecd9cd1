/* SPDX-License-Identifier: MIT */
/** Registries: who the user is there. Credentials are shared with Docker (its config.json). */
#ifndef WCOW_REGISTRY_H
#define WCOW_REGISTRY_H

#include <wcow/host.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Tries credentials at a registry and keeps them: in the credential helper that Docker's
 * config.json names, else in that file.
 *
 * @param server     "myregistry.example:5000"; NULL: Docker Hub
 * @param[out] kept_in  owned by the caller, wcow_free(): the file in which the password now stands
 *                   unencrypted; NULL when a helper has it
 * @return WCOW_DENIED if the registry does not accept them
 */
WCOW_API WCOW_CHECKED wcow_status wcow_registry_login(wcow_host *host, const char *server,
                                                      const char *user, const char *password,
                                                      char **kept_in, wcow_error *err);

/**
 * The user of the credentials that are kept for a registry.
 *
 * @param[out] user  owned by the caller, wcow_free(); NULL: there are none
 */
WCOW_API WCOW_CHECKED wcow_status wcow_registry_user(wcow_host *host, const char *server,
                                                     char **user, wcow_error *err);

/** Tries the credentials that are kept for a registry. */
WCOW_API WCOW_CHECKED wcow_status wcow_registry_check(wcow_host *host, const char *server,
                                                      wcow_error *err);

/** Forgets the credentials of a registry; WCOW_NOT_FOUND: there were none. */
WCOW_API WCOW_CHECKED wcow_status wcow_registry_logout(wcow_host *host, const char *server,
                                                       wcow_error *err);

#ifdef __cplusplus
}
#endif

#endif
