/* SPDX-License-Identifier: MIT */
/**
 * HTTP with libcurl, as registries need it: one request at a time on a connection that is kept,
 * redirects that take no credentials to other hosts, bodies streamed in both directions.
 */
#ifndef WCOW_IMAGE_REGISTRY_HTTP_H
#define WCOW_IMAGE_REGISTRY_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <wcow/error.h>

#include "base/cleanup.h"
#include "base/progress.h"
#include "base/source.h"
#include "base/strings.h"
#include "base/text.h"

/** A connection that is kept between requests. One thread at a time. */
typedef struct http_client http_client;

/** How a host is trusted. */
typedef struct http_trust {
    const char *authorities; /* a PEM file; NULL: the system's */
    bool unverified;         /* any certificate will do (an insecure registry) */
} http_trust;

/** Sees the body of a successful answer, piece by piece; its failure ends the request. */
typedef wcow_status http_sink(void *context, const void *bytes, size_t size, wcow_error *err);

typedef struct http_request {
    const char *method; /* "GET" */
    const char *url;
    const char *authorization; /* NULL: none; goes to this URL's own host only */
    string_list headers;       /* "Accept: …" */
    const byte_source *body;   /* NULL: none */
    uint64_t body_size;
    http_sink *sink; /* NULL: into the response's body, up to a limit */
    void *sink_context;
    progress_sink *progress; /* asked now and then, while bytes move or do not */
} http_request;

typedef struct http_response {
    int status;          /* 200 … */
    string_list headers; /* "name: value", names in lower case; of the last answer */
    text body;           /* of failures always, of successes where there is no sink */
    char *url;           /* the one that answered, after redirects */
} http_response;

/** Most bytes of a body that is not streamed. */
#define HTTP_BODY_LIMIT ((size_t)4 << 20)

WCOW_CHECKED wcow_status http_client_new(const http_trust *trust, http_client **out,
                                         wcow_error *err);
void http_client_free(http_client *client);

/**
 * Sends a request and reads the answer, whatever its status.
 *
 * @return WCOW_UNAVAILABLE when no whole answer came (worth a retry), WCOW_DENIED for a certificate
 *         that is not trusted, WCOW_INVALID for a redirect that must not be followed
 */
WCOW_CHECKED wcow_status http_send(http_client *client, const http_request *request,
                                   http_response *out, wcow_error *err);

/** Whether it is any of 2xx: which one, registries and proxies differ in. */
bool http_succeeded(const http_response *response);
/** The value of the first header of that (lower-case) name; NULL: there is none. */
const char *http_header(const http_response *response, const char *name);
void http_request_clear(http_request *request);
void http_response_clear(http_response *response);

/** Makes an absolute URL of what a Location header says. NULL: out of memory, or malformed. */
char *http_url_join(const char *base, const char *location);
/** Whether two URLs have the same scheme, host and port. */
bool http_same_origin(const char *a, const char *b);
/** Escapes a text for a query; malloc'ed, NULL: out of memory. */
char *http_escape(const char *value);

DEFINE_CLEANUP(http_client, http_client *, http_client_free)
#define cleanup_http_client CLEANUP(http_client)
DEFINE_CLEANUP_VALUE(http_request, http_request, http_request_clear)
#define cleanup_http_request CLEANUP(http_request)
DEFINE_CLEANUP_VALUE(http_response, http_response, http_response_clear)
#define cleanup_http_response CLEANUP(http_response)

#endif
