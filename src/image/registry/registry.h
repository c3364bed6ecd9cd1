/* SPDX-License-Identifier: MIT */
/**
 * A repository of a registry, as one user sees it (OCI distribution spec, Docker's v2 protocol and
 * its token service). Registries that are busy or broken are asked again, a few times, later and
 * later; a 401 is answered with credentials once.
 */
#ifndef WCOW_IMAGE_REGISTRY_REGISTRY_H
#define WCOW_IMAGE_REGISTRY_REGISTRY_H

#include <pthread.h>

#include "image/registry/credentials.h"
#include "image/registry/http.h"
#include "image/registry/registry_settings.h"
#include "oci/manifest.h"

/** How long to wait before a request is sent again. Milliseconds. */
typedef struct registry_pauses {
    uint32_t first;   /* after the first failure; doubled each time */
    uint32_t longest; /* of what a registry may ask for (Retry-After) */
} registry_pauses;

/** What registries are reached with; everything borrowed for as long as they live. */
typedef struct registry_context {
    files_port *files;
    const char *root;
    const registry_settings *settings;
    registry_pauses pauses;
    progress_sink *progress; /* asked by every request and pause */
} registry_context;

/** Shared between threads. */
typedef struct registry registry;

/** Where to go, and as whom; all borrowed. */
typedef struct registry_target {
    const char *host;         /* "docker.io", "localhost:5000", or a mirror's URL */
    const char *path;         /* of the repository; NULL: the registry itself (login) */
    const char *scope;        /* of the token to be asked for, "repository:x:pull,push"; NULL: what
                                 the registry says */
    const credentials *given; /* NULL: those that Docker's config.json has for the host */
} registry_target;

/** Contacts nobody yet. */
WCOW_CHECKED wcow_status registry_open(const registry_context *context,
                                       const registry_target *target, registry **out,
                                       wcow_error *err);
void registry_free(registry *r);
DEFINE_CLEANUP(registry, registry *, registry_free)
#define cleanup_registry CLEANUP(registry)

/** One thread's connection to it. */
WCOW_CHECKED wcow_status registry_connect(registry *r, http_client **out, wcow_error *err);

/** A request; all borrowed. */
typedef struct registry_request {
    const char *method;
    const char *url;            /* below /v2/<path>/ ("manifests/latest"), or a whole URL */
    const char *const *headers; /* NULL-terminated, or NULL */
    const void *bytes;          /* a body in memory … */
    const byte_source *source;  /* … or streamed; NULL: none */
    uint64_t size;
    http_sink *sink;
    void *sink_context;
    bool once; /* the caller itself tries again */
} registry_request;

/** Sends it; the answer is one to judge, whatever its status is. */
WCOW_CHECKED wcow_status registry_send(registry *r, http_client *client,
                                       const registry_request *request, http_response *out,
                                       wcow_error *err);

/** The error that an answer other than the expected ones is, in the registry's own words. */
wcow_status registry_refused(const http_response *response, wcow_error *err);

/** Whether it is worth a retry: busy, or broken. */
bool registry_busy(const http_response *response);
/** How long an answer asks to wait (Retry-After), in milliseconds; 0: it does not. */
uint64_t registry_retry_after(const http_response *response);
/** Waits before the next attempt (0, 1, …), at least for as long as was asked for, within the
 * context's limits; WCOW_CANCELLED if its progress says so. */
WCOW_CHECKED wcow_status registry_pause(const registry *r, unsigned attempt, uint64_t asked,
                                        wcow_error *err);

#define REGISTRY_ATTEMPTS 5u

/* ---- private to registry*.c ---- */

struct registry {
    const registry_context *context;
    char *host; /* for credentials */
    char *path;
    char *scope;
    char *authorities;
    bool insecure;
    pthread_mutex_t lock;      /* guards what follows; held for moments, never during a request */
    pthread_cond_t authorized; /* `authorizing` ended */
    char *base;                /* "https://host" */
    char *authorization;       /* NULL: none yet */
    bool settled;              /* a request came through: http or https is decided */
    bool authorizing;          /* a thread gets another authorization; these are its own then: */
    credentials who;
    bool known; /* `who` was looked up */
};

/** Answers a 401: gets a new authorization, unless another thread did since `used` was, or does
 * now: then it waits for that. Nothing has changed when there is nobody to be: then the 401 is the
 * answer. */
WCOW_CHECKED wcow_status registry_authorize(registry *r, http_client *client,
                                            const http_response *refusal, const char *used,
                                            bool *changed, wcow_error *err);

#endif
