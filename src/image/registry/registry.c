/* SPDX-License-Identifier: MIT */
/* Requests to a registry: where they go, and when they are sent again. */
#include "image/registry/registry.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "base/error.h"
#include "base/json.h"
#include "port/clock.h"

#define PAUSE_STEP 100u /* ms between two looks at whether it goes on */
#define DOUBLINGS  6u
#define SAID_LIMIT 300u

/* ---- opening ---- */

static char *base_of(const char *host)
{
    size_t length = strlen(host);

    if (text_starts_with(host, "http://") || text_starts_with(host, "https://")) {
        while (length > 0 && host[length - 1] == '/')
            length--;
        return text_copy_bytes(host, length);
    }
    return text_format("https://%s", text_equal(host, "docker.io") ? "registry-1.docker.io" : host);
}

static char *host_of(const char *host)
{
    const char *start = strstr(host, "://");

    start = start ? start + 3 : host;
    return text_copy_bytes(start, strcspn(start, "/"));
}

static bool copy_credentials(const credentials *from, credentials *out)
{
    out->user = text_copy(from->user);
    out->password = text_copy(from->password);
    out->token = text_copy(from->token);
    return (!from->user || out->user) && (!from->password || out->password) &&
           (!from->token || out->token);
}

static bool fill(registry *r, const registry_target *target)
{
    r->base = base_of(target->host);
    r->host = host_of(target->host);
    r->path = text_copy(target->path);
    r->scope = text_copy(target->scope);
    r->known = target->given != NULL;
    if (!r->base || !r->host || (target->path && !r->path) || (target->scope && !r->scope) ||
        (target->given && !copy_credentials(target->given, &r->who)))
        return false;
    r->insecure = registry_settings_insecure(r->context->settings, r->host);
    r->settled = strstr(target->host, "://") != NULL;
    r->authorities = registry_authorities(r->context->files, r->context->root, r->host);
    return true;
}

static bool make_lock(registry *r)
{
    if (pthread_mutex_init(&r->lock, NULL))
        return false;
    if (!pthread_cond_init(&r->authorized, NULL))
        return true;
    pthread_mutex_destroy(&r->lock);
    return false;
}

wcow_status registry_open(const registry_context *context, const registry_target *target,
                          registry **out, wcow_error *err)
{
    registry *r = calloc(1, sizeof(*r));

    if (!r || !make_lock(r)) {
        free(r);
        return error_no_memory(err);
    }
    r->context = context;
    if (!fill(r, target)) {
        registry_free(r);
        return error_no_memory(err);
    }
    *out = r;
    return WCOW_OK;
}

void registry_free(registry *r)
{
    if (!r)
        return;
    pthread_cond_destroy(&r->authorized);
    pthread_mutex_destroy(&r->lock);
    credentials_clear(&r->who);
    free(r->base);
    free(r->authorization);
    free(r->host);
    free(r->path);
    free(r->scope);
    free(r->authorities);
    free(r);
}

wcow_status registry_connect(registry *r, http_client **out, wcow_error *err)
{
    const http_trust trust = {r->authorities, r->insecure};

    return http_client_new(&trust, out, err);
}

/* ---- what answers mean ---- */

bool registry_busy(const http_response *response)
{
    return response->status == 429 || response->status == 408 || response->status >= 500;
}

/* The beginning of what it says, as one line. */
static char *one_line(const char *said)
{
    char *copy = text_copy_bytes(said, strnlen(said, SAID_LIMIT));

    for (char *c = copy; c && *c; c++) {
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    }
    return copy;
}

/* "manifest unknown: manifest unknown", as Docker prints {"code":"MANIFEST_UNKNOWN",…}. */
static char *first_error(const http_response *response)
{
    cleanup_json cJSON *json = NULL;
    cleanup_free char *code = NULL;
    cleanup_free char *line = NULL;
    const cJSON *error;

    if (json_parse(text_get(&response->body), response->body.length, "the answer", &json, NULL))
        return NULL;
    error = cJSON_GetArrayItem(json_member(json, "errors"), 0);
    if (!error)
        return one_line(json_text(json, "details", json_text(json, "message", "")));
    code = text_copy(json_text(error, "code", "unknown"));
    for (char *c = code; c && *c; c++) {
        *c = (char)(*c == '_' ? ' ' : *c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    }
    line = text_format("%s: %s", code ? code : "", json_text(error, "message", ""));
    return line ? one_line(line) : NULL;
}

static wcow_status status_of(int http_status)
{
    switch (http_status) {
    case 401:
    case 403:
        return WCOW_DENIED;
    case 404:
        return WCOW_NOT_FOUND;
    default:
        return http_status == 429 || http_status == 408 || http_status >= 500 ? WCOW_UNAVAILABLE
                                                                              : WCOW_FAILED;
    }
}

wcow_status registry_refused(const http_response *response, wcow_error *err)
{
    static const struct {
        int status;
        const char *words;
    } usual[] = {{401, "unauthorized: authentication required"},
                 {403, "denied: requested access to the resource is denied"},
                 {404, "not found"},
                 {429, "toomanyrequests: too many requests"}};
    cleanup_free char *said = first_error(response);
    const wcow_status status = status_of(response->status);

    if (said && *said)
        return error_set(err, status, "%s", said);
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        if (usual[i].status == response->status)
            return error_set(err, status, "%s", usual[i].words);
    }
    return error_set(err, status, "received unexpected HTTP status: %d", response->status);
}

/* ---- waiting ---- */

uint64_t registry_retry_after(const http_response *response)
{
    const char *value = http_header(response, "retry-after");
    time_t when;
    int64_t left;

    if (!value)
        return 0;
    if (strspn(value, "0123456789") == strlen(value))
        return strlen(value) < 9 ? (uint64_t)strtoul(value, NULL, 10) * 1000 : UINT32_MAX;
    when = curl_getdate(value, NULL);
    left = (int64_t)when * 1000 - clock_now() / 1000000;
    return when > 0 && left > 0 ? (uint64_t)left : 0;
}

wcow_status registry_pause(const registry *r, unsigned attempt, uint64_t asked, wcow_error *err)
{
    const registry_context *context = r->context;
    const uint64_t usual = (uint64_t)context->pauses.first
                           << (attempt < DOUBLINGS ? attempt : DOUBLINGS);
    const uint64_t most = context->pauses.longest;
    const uint64_t granted = asked < most ? asked : most;
    const uint64_t end = clock_ticks() + (granted > usual ? granted : usual);

    for (uint64_t now = clock_ticks(); now < end; now = clock_ticks()) {
        wcow_status status = progress_check(context->progress, err);

        if (status)
            return status;
        clock_sleep(end - now < PAUSE_STEP ? (uint32_t)(end - now) : PAUSE_STEP);
    }
    return WCOW_OK;
}

/* ---- sending ---- */

/* The URL and authorization of the moment. */
static bool snapshot(registry *r, const char *url, char **out, char **authorization)
{
    bool whole = text_starts_with(url, "http://") || text_starts_with(url, "https://");

    pthread_mutex_lock(&r->lock);
    if (whole)
        *out = text_copy(url);
    else if (r->path)
        *out = text_format("%s/v2/%s/%s", r->base, r->path, url);
    else
        *out = text_format("%s/v2/%s", r->base, url);
    /* A whole URL is what an upload's Location says: of this registry, or of a storage service. */
    *authorization = whole && !http_same_origin(url, r->base) ? NULL : text_copy(r->authorization);
    pthread_mutex_unlock(&r->lock);
    return *out != NULL;
}

static wcow_status send_once(registry *r, http_client *client, const registry_request *request,
                             char **authorization, http_response *out, wcow_error *err)
{
    cleanup_http_request http_request sent = {.method = request->method,
                                              .body_size = request->size,
                                              .sink = request->sink,
                                              .sink_context = request->sink_context};
    memory_bytes body;
    cleanup_free char *url = NULL;

    if (!snapshot(r, request->url, &url, authorization))
        return error_no_memory(err);
    sent.url = url;
    sent.authorization = *authorization;
    memory_bytes_init(&body, request->bytes, (size_t)request->size);
    sent.body = request->bytes ? &body.source : request->source;
    sent.progress = r->context->progress;
    for (const char *const *header = request->headers; header && *header; header++) {
        if (!string_list_add(&sent.headers, *header))
            return error_no_memory(err);
    }
    return http_send(client, &sent, out, err);
}

/* An insecure registry that does not speak TLS is asked without it. */
static bool fall_back(registry *r, wcow_status status)
{
    bool changed = false;

    pthread_mutex_lock(&r->lock);
    if ((status == WCOW_UNAVAILABLE || status == WCOW_DENIED) && r->insecure && !r->settled &&
        text_starts_with(r->base, "https://")) {
        char *plain = text_format("http://%s", r->base + strlen("https://"));

        if (plain) {
            free(r->base);
            r->base = plain;
            changed = true;
        }
    }
    r->settled |= status == WCOW_OK;
    pthread_mutex_unlock(&r->lock);
    return changed;
}

/* Others, to which redirects, uploads and foreign layers lead, may not ask for our credentials. */
static bool may_ask(registry *r, const http_response *response)
{
    bool own;

    pthread_mutex_lock(&r->lock);
    own = http_same_origin(response->url, r->base);
    pthread_mutex_unlock(&r->lock);
    return own;
}

static wcow_status send_authorized(registry *r, http_client *client,
                                   const registry_request *request, http_response *out,
                                   wcow_error *err)
{
    bool authorized = false;

    for (;;) {
        cleanup_free char *used = NULL;
        wcow_status status = send_once(r, client, request, &used, out, err);

        if (fall_back(r, status))
            continue;
        if (status || out->status != 401 || authorized || request->source || !may_ask(r, out))
            return status;
        status = registry_authorize(r, client, out, used, &authorized, err);
        if (status || !authorized)
            return status;
    }
}

static wcow_status send_patiently(registry *r, http_client *client, const registry_request *request,
                                  http_response *out, wcow_error *err)
{
    for (unsigned attempt = 0;; attempt++) {
        wcow_status status = send_authorized(r, client, request, out, err);

        if (status ? status != WCOW_UNAVAILABLE : !registry_busy(out))
            return status;
        if (request->once || attempt + 1 >= REGISTRY_ATTEMPTS)
            return status;
        status = registry_pause(r, attempt, status ? 0 : registry_retry_after(out), err);
        if (status)
            return status;
    }
}

wcow_status registry_send(registry *r, http_client *client, const registry_request *request,
                          http_response *out, wcow_error *err)
{
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = send_patiently(r, client, request, out, &problem);

    return error_pass(err, status, &problem);
}
