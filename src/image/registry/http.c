/* SPDX-License-Identifier: MIT */
/* HTTP with libcurl. */
#include "image/registry/http.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/error.h"

#define REDIRECT_LIMIT  10
#define CONNECT_SECONDS 30L
#define STALL_SECONDS   60L /* without a byte: whoever sends has gone */
#define HEADER_LIMIT    256u

struct http_client {
    CURL *curl;
    char *authorities;
    bool unverified;
};

/* One request on its way; the context of libcurl's callbacks. */
typedef struct exchange {
    http_client *client;
    const http_request *request;
    http_response *response;
    bool began;         /* some of the body was read, of which a source has no second */
    wcow_status status; /* what a callback failed with */
    wcow_error error;
} exchange;

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start_library(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

wcow_status http_client_new(const http_trust *trust, http_client **out, wcow_error *err)
{
    http_client *client = calloc(1, sizeof(*client));

    pthread_once(&once, start_library);
    if (client)
        client->curl = curl_easy_init();
    if (client && trust)
        client->authorities = text_copy(trust->authorities);
    if (!client || !client->curl || (trust && trust->authorities && !client->authorities)) {
        http_client_free(client);
        return error_no_memory(err);
    }
    client->unverified = trust && trust->unverified;
    *out = client;
    return WCOW_OK;
}

void http_client_free(http_client *client)
{
    if (!client)
        return;
    curl_easy_cleanup(client->curl);
    free(client->authorities);
    free(client);
}

/* ---- callbacks ---- */

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    exchange *x = context;
    size_t length = size * count;
    char *line;
    char *value;

    while (length > 0 && (bytes[length - 1] == '\r' || bytes[length - 1] == '\n'))
        length--;
    line = text_copy_bytes(bytes, length);
    if (line && strncmp(line, "HTTP/", 5) == 0) /* of a 100 or a proxy before it: forget them */
        string_list_free(&x->response->headers);
    value = line ? strchr(line, ':') : NULL;
    for (char *c = line; value && c < value; c++)
        *c = (char)tolower((unsigned char)*c);
    if (!value || x->response->headers.count >= HEADER_LIMIT)
        free(line);
    else if (!string_list_own(&x->response->headers, line))
        return 0;
    return size * count;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    exchange *x = context;
    size_t length = size * count;
    long code = 0;

    curl_easy_getinfo(x->client->curl, CURLINFO_RESPONSE_CODE, &code);
    if (x->request->sink && code >= 200 && code < 300) {
        x->response->status = (int)code;
        x->status = x->request->sink(x->request->sink_context, bytes, length, &x->error);
        return x->status ? 0 : length;
    }
    if (x->response->body.length + length > HTTP_BODY_LIMIT) {
        x->status = error_set(&x->error, WCOW_CORRUPT, "the answer is too long");
        return 0;
    }
    text_add_bytes(&x->response->body, bytes, length);
    return x->response->body.failed ? 0 : length;
}

static size_t on_send(char *buffer, size_t size, size_t count, void *context)
{
    exchange *x = context;
    size_t got = 0;

    x->began = true;
    x->status = source_read(x->request->body, buffer, size * count, &got, &x->error);
    return x->status ? CURL_READFUNC_ABORT : got;
}

/* Back to the start of the body, for another connection. libcurl since 8.7 asks for that of an
 * upload that broke when the handle's next request begins, whatever that is, with the callbacks of
 * then; without this one it takes the context of on_send for a FILE. */
static int on_seek(void *context, curl_off_t offset, int origin)
{
    const exchange *x = context;

    (void)origin;
    return offset == 0 && !x->began ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    exchange *x = context;
    wcow_status status;

    (void)down_total, (void)down, (void)up_total, (void)up;
    status = progress_check(x->request->progress, &x->error);
    if (status)
        x->status = status;
    return status ? 1 : 0;
}

/* ---- one request ---- */

static bool add_header(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = line ? curl_slist_append(*list, line) : NULL;

    if (longer)
        *list = longer;
    return longer != NULL;
}

static bool make_headers(const http_request *request, bool authorized, struct curl_slist **list)
{
    bool added = add_header(list, "Expect:"); /* waiting for a 100 gains nothing here */

    for (size_t i = 0; i < request->headers.count && added; i++)
        added = add_header(list, request->headers.items[i]);
    if (added && authorized && request->authorization) {
        cleanup_free char *line = text_format("Authorization: %s", request->authorization);

        added = add_header(list, line);
    }
    return added;
}

static void set_method(CURL *curl, const http_request *request)
{
    if (request->body) {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_size);
    } else if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    } else if (strcmp(request->method, "GET") != 0) {
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, 0L);
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, "");
    }
    if (strcmp(request->method, "HEAD") != 0)
        curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

/* Another host than the one asked for has certificates of its own: the system's word counts. */
static void set_trust(const http_client *client, bool own_host)
{
    if (own_host && client->authorities)
        curl_easy_setopt(client->curl, CURLOPT_CAINFO, client->authorities);
    curl_easy_setopt(client->curl, CURLOPT_SSL_VERIFYPEER,
                     own_host && client->unverified ? 0L : 1L);
    curl_easy_setopt(client->curl, CURLOPT_SSL_VERIFYHOST,
                     own_host && client->unverified ? 0L : 2L);
    /* Schannel refuses what it cannot look up in a list of revoked certificates. Those of a
     * company's own authority are in none, and some machines reach no list. */
    curl_easy_setopt(client->curl, CURLOPT_SSL_OPTIONS, (long)CURLSSLOPT_REVOKE_BEST_EFFORT);
}

static void set_up(exchange *x, const char *url, struct curl_slist *headers, char *problem)
{
    CURL *curl = x->client->curl;

    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "wcow");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, problem);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_send);
    curl_easy_setopt(curl, CURLOPT_READDATA, x);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, x);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, x);
    set_method(curl, x->request);
    set_trust(x->client, http_same_origin(url, x->request->url));
}

static wcow_status curl_failure(const exchange *x, CURLcode code, const char *url,
                                const char *problem, wcow_error *err)
{
    const char *said = *problem ? problem : curl_easy_strerror(code);

    if (x->status) {
        if (err)
            *err = x->error;
        return x->status;
    }
    if (code == CURLE_OUT_OF_MEMORY)
        return error_no_memory(err);
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
        error_set(err, WCOW_DENIED, "%s %s: %s", x->request->method, url, said);
        error_hint(err, "a registry's own certificate authority goes to "
                        "<root>/certs.d/<host>/ca.crt; registries to be used without one are named "
                        "in \"insecure-registries\" of <root>/daemon.json.");
        return WCOW_DENIED;
    }
    if (code == CURLE_SSL_CONNECT_ERROR) {
        error_set(err, WCOW_UNAVAILABLE, "%s %s: %s", x->request->method, url, said);
        error_hint(err, "a registry that speaks no TLS is named in \"insecure-registries\" of "
                        "<root>/daemon.json.");
        return WCOW_UNAVAILABLE;
    }
    if (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY)
        return error_set(err, WCOW_FAILED, "%s %s: %s", x->request->method, url, said);
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return error_set(err, WCOW_INVALID, "%s %s: %s", x->request->method, url, said);
    return error_set(err, WCOW_UNAVAILABLE, "%s %s: %s", x->request->method, url, said);
}

static wcow_status send_once(exchange *x, const char *url, wcow_error *err)
{
    char problem[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    CURLcode code;
    long status = 0;

    http_response_clear(x->response);
    if (!make_headers(x->request, http_same_origin(url, x->request->url), &headers)) {
        curl_slist_free_all(headers);
        return error_no_memory(err);
    }
    set_up(x, url, headers, problem);
    code = curl_easy_perform(x->client->curl);
    curl_easy_getinfo(x->client->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    x->response->status = (int)status;
    if (code != CURLE_OK)
        return curl_failure(x, code, url, problem, err);
    x->response->url = text_copy(url);
    return x->response->url ? WCOW_OK : error_no_memory(err);
}

/* ---- redirects ---- */

static bool is_redirect(int status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where it leads; NULL with WCOW_OK: nowhere. Requests that change something are not repeated
 * elsewhere. */
static wcow_status redirect_target(const exchange *x, const char *url, char **out, wcow_error *err)
{
    const char *location = http_header(x->response, "location");

    *out = NULL;
    if (!is_redirect(x->response->status) || !location ||
        (strcmp(x->request->method, "GET") != 0 && strcmp(x->request->method, "HEAD") != 0))
        return WCOW_OK;
    *out = http_url_join(url, location);
    if (!*out)
        return error_set(err, WCOW_INVALID, "%s redirects to '%.200s', which is no URL", url,
                         location);
    if (text_starts_with(url, "https:") && !text_starts_with(*out, "https:")) {
        free(*out);
        *out = NULL;
        return error_set(err, WCOW_INVALID, "%s redirects to '%.200s', which is not encrypted", url,
                         location);
    }
    return WCOW_OK;
}

wcow_status http_send(http_client *client, const http_request *request, http_response *out,
                      wcow_error *err)
{
    exchange x = {client, request, out, false, WCOW_OK, WCOW_ERROR_INIT};
    cleanup_free char *url = text_copy(request->url);

    for (int i = 0; url && i <= REDIRECT_LIMIT; i++) {
        char *next = NULL;
        wcow_status status = send_once(&x, url, err);

        if (!status)
            status = redirect_target(&x, url, &next, err);
        if (status || !next)
            return status;
        free(url);
        url = next;
    }
    if (!url)
        return error_no_memory(err);
    return error_set(err, WCOW_INVALID, "%s redirects more than %d times", request->url,
                     REDIRECT_LIMIT);
}
