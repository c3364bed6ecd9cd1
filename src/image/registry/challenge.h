/* SPDX-License-Identifier: MIT */
/** WWW-Authenticate: how a registry wants to know who asks (RFC 9110, distribution's token spec).
 */
#ifndef WCOW_IMAGE_REGISTRY_CHALLENGE_H
#define WCOW_IMAGE_REGISTRY_CHALLENGE_H

#include <stdbool.h>

#include "base/cleanup.h"

typedef enum challenge_kind { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER } challenge_kind;

typedef struct auth_challenge {
    challenge_kind kind;
    char *realm; /* where tokens come from; NULL if missing, as the others */
    char *service;
    char *scope;
} auth_challenge;

/**
 * Takes one header's challenges into `out`: a Bearer is preferred over a Basic, the first of a kind
 * counts, other kinds are passed over. Malformed ones are none.
 *
 * @return false when out of memory
 */
bool auth_challenge_parse(const char *header, auth_challenge *out);
void auth_challenge_clear(auth_challenge *challenge);

DEFINE_CLEANUP_VALUE(challenge, auth_challenge, auth_challenge_clear)
#define cleanup_challenge CLEANUP(challenge)

#endif
