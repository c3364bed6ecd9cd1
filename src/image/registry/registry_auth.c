/* SPDX-License-Identifier: MIT */
/* Answers to a 401: Basic, or a token of the registry's token service. */
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/error.h"
#include "base/json.h"
#include "image/registry/challenge.h"
#include "image/registry/registry.h"

#define CLIENT_ID "wcow"

/* What is read of `who` and written to it here is the one thread's that is authorizing. */
static wcow_status look_up(registry *r, wcow_error *err)
{
    wcow_status status;

    if (r->known)
        return WCOW_OK;
    status = credentials_find(r->context->files, r->host, &r->who, err);
    r->known = status == WCOW_OK;
    return status;
}

static char *basic(const credentials *who)
{
    cleanup_free char *pair = text_format("%s:%s", who->user, who->password);
    cleanup_free char *encoded = pair ? base64_encode(pair, strlen(pair)) : NULL;

    return encoded ? text_format("Basic %s", encoded) : NULL;
}

static bool has_password(const credentials *who)
{
    return who->user && *who->user && who->password;
}

static void add_parameter(text *query, const char *name, const char *value)
{
    cleanup_free char *escaped = value ? http_escape(value) : NULL;

    if (!value)
        return;
    if (!escaped)
        query->failed = true;
    else
        text_addf(query, "%s%s=%s", query->length ? "&" : "", name, escaped);
}

static void add_scopes(text *query, const registry *r, const auth_challenge *challenge)
{
    cleanup_free char *scopes = text_copy(r->scope ? r->scope : challenge->scope);
    char *rest = NULL;

    for (char *scope = scopes ? strtok_r(scopes, " ", &rest) : NULL; scope;
         scope = strtok_r(NULL, " ", &rest))
        add_parameter(query, "scope", scope);
}

/* GET: scopes one by one; who asks is told by Basic. */
static wcow_status ask_by_password(const registry *r, http_client *client,
                                   const auth_challenge *challenge, http_response *out,
                                   wcow_error *err)
{
    cleanup_text text query = TEXT_INIT;
    cleanup_free char *authorization = has_password(&r->who) ? basic(&r->who) : NULL;
    cleanup_free char *url = NULL;
    http_request request = {.method = "GET", .authorization = authorization};

    if (authorization)
        add_parameter(&query, "account", r->who.user);
    add_parameter(&query, "service", challenge->service);
    add_scopes(&query, r, challenge);
    if (!query.failed)
        url = text_format("%s%s%s", challenge->realm, strchr(challenge->realm, '?') ? "&" : "?",
                          text_get(&query));
    if (!url || (has_password(&r->who) && !authorization))
        return error_no_memory(err);
    request.url = url;
    request.progress = r->context->progress;
    return http_send(client, &request, out, err);
}

/* POST (OAuth 2): an identity token for an access token. */
static wcow_status ask_by_token(const registry *r, http_client *client,
                                const auth_challenge *challenge, http_response *out,
                                wcow_error *err)
{
    cleanup_text text query = TEXT_INIT;
    cleanup_http_request http_request request = {.method = "POST", .url = challenge->realm};
    memory_bytes form;

    add_parameter(&query, "grant_type", "refresh_token");
    add_parameter(&query, "service", challenge->service);
    add_parameter(&query, "client_id", CLIENT_ID);
    add_parameter(&query, "scope", r->scope ? r->scope : challenge->scope);
    add_parameter(&query, "refresh_token", r->who.token);
    if (query.failed ||
        !string_list_add(&request.headers, "Content-Type: application/x-www-form-urlencoded"))
        return error_no_memory(err);
    memory_bytes_init(&form, text_get(&query), query.length);
    request.body = &form.source;
    request.body_size = query.length;
    request.progress = r->context->progress;
    return http_send(client, &request, out, err);
}

/* Busy token services are asked again, as registries are. */
static wcow_status ask(registry *r, http_client *client, const auth_challenge *challenge,
                       http_response *out, wcow_error *err)
{
    for (unsigned attempt = 0;; attempt++) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = r->who.token ? ask_by_token(r, client, challenge, out, &problem)
                                          : ask_by_password(r, client, challenge, out, &problem);

        if (status ? status != WCOW_UNAVAILABLE : !registry_busy(out))
            return error_pass(err, status, &problem);
        if (attempt + 1 >= REGISTRY_ATTEMPTS)
            return error_pass(err, status, &problem);
        status = registry_pause(r, attempt, status ? 0 : registry_retry_after(out), err);
        if (status)
            return status;
    }
}

static bool is_encrypted(registry *r)
{
    bool encrypted;

    pthread_mutex_lock(&r->lock);
    encrypted = text_starts_with(r->base, "https://");
    pthread_mutex_unlock(&r->lock);
    return encrypted;
}

/* Docker's services say "token", OAuth 2 says "access_token"; some have both, one of them empty. */
static const char *token_of(const cJSON *answer)
{
    const char *token = json_text(answer, "token", "");

    return *token ? token : json_text(answer, "access_token", "");
}

static wcow_status get_token(registry *r, http_client *client, const auth_challenge *challenge,
                             char **out, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_json cJSON *json = NULL;
    const char *token;
    wcow_status status;

    if (is_encrypted(r) && !text_starts_with(challenge->realm, "https://"))
        return error_set(err, WCOW_DENIED,
                         "the registry sends us to '%.200s' for a token, which is not encrypted",
                         challenge->realm);
    status = ask(r, client, challenge, &response, err);
    if (status)
        return error_wrap(err, status, "cannot get a token");
    if (!http_succeeded(&response))
        return registry_refused(&response, err);
    status = json_parse(text_get(&response.body), response.body.length,
                        "the token service's answer", &json, err);
    if (status)
        return status;
    token = token_of(json);
    if (!*token || strpbrk(token, "\r\n"))
        return error_set(err, WCOW_CORRUPT, "the token service's answer has no token");
    *out = text_format("Bearer %s", token);
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status read_challenge(const http_response *refusal, auth_challenge *out,
                                  wcow_error *err)
{
    static const char name[] = "www-authenticate:";

    for (size_t i = 0; i < refusal->headers.count; i++) {
        const char *line = refusal->headers.items[i];

        if (text_starts_with(line, name) && !auth_challenge_parse(line + strlen(name), out))
            return error_no_memory(err);
    }
    return WCOW_OK;
}

static wcow_status authorize(registry *r, http_client *client, const http_response *refusal,
                             char **out, wcow_error *err)
{
    cleanup_challenge auth_challenge challenge = {CHALLENGE_NONE, NULL, NULL, NULL};
    wcow_status status = read_challenge(refusal, &challenge, err);

    if (!status)
        status = look_up(r, err);
    if (status)
        return status;
    if (challenge.kind == CHALLENGE_BEARER)
        return get_token(r, client, &challenge, out, err);
    if (challenge.kind == CHALLENGE_NONE || !has_password(&r->who))
        return WCOW_OK;
    *out = basic(&r->who);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* Waits while another thread gets what `used` is to be replaced by; whether it is for us to get. */
static bool take_turn(registry *r, const char *used)
{
    bool ours;

    pthread_mutex_lock(&r->lock);
    while (r->authorizing && text_equal(used, r->authorization))
        pthread_cond_wait(&r->authorized, &r->lock);
    ours = text_equal(used, r->authorization);
    r->authorizing |= ours;
    pthread_mutex_unlock(&r->lock);
    return ours;
}

/* NULL: there is nothing new. Whoever waits takes it, or has a turn of his own. */
static void end_turn(registry *r, char *authorization)
{
    pthread_mutex_lock(&r->lock);
    if (authorization) {
        free(r->authorization);
        r->authorization = authorization;
    }
    r->authorizing = false;
    pthread_cond_broadcast(&r->authorized);
    pthread_mutex_unlock(&r->lock);
}

/* Services may be slow and helpers may ask a user: nothing is locked meanwhile, so that whoever
 * needs no authorization goes on. */
wcow_status registry_authorize(registry *r, http_client *client, const http_response *refusal,
                               const char *used, bool *changed, wcow_error *err)
{
    char *authorization = NULL;
    wcow_status status;

    if (!take_turn(r, used)) {
        *changed = true;
        return WCOW_OK;
    }
    status = authorize(r, client, refusal, &authorization, err);
    *changed = authorization && !text_equal(used, authorization);
    end_turn(r, authorization);
    return status;
}
