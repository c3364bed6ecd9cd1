/* SPDX-License-Identifier: MIT */
/* What fetching and sending have in common, and the small requests. */
#include "image/transfer/transfer.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

#define PAGES_LIMIT 1000u

/* The URL of a Link header's rel="next": "</v2/…?last=x>; rel=\"next\"". */
static char *next_page(const http_response *response)
{
    const char *link = http_header(response, "link");
    const char *end = link ? strchr(link, '>') : NULL;
    cleanup_free char *target = NULL;
    char *url;

    if (!link || *link != '<' || !end || !strstr(end, "next"))
        return NULL;
    target = text_copy_bytes(link + 1, (size_t)(end - link - 1));
    url = target ? http_url_join(response->url, target) : NULL;
    if (url && !http_same_origin(url, response->url)) {
        free(url);
        return NULL;
    }
    return url;
}

static wcow_status read_page(registry *r, http_client *client, const char *url, string_list *out,
                             char **next, wcow_error *err)
{
    cleanup_http_response http_response response = {.status = 0};
    cleanup_json cJSON *json = NULL;
    const registry_request request = {.method = "GET", .url = url};
    wcow_status status = registry_send(r, client, &request, &response, err);

    if (status)
        return status;
    if (!http_succeeded(&response))
        return registry_refused(&response, err);
    status =
        json_parse(text_get(&response.body), response.body.length, "the list of tags", &json, err);
    if (!status && !json_strings(json, "tags", out))
        status = error_set(err, WCOW_CORRUPT, "the list of tags is malformed");
    *next = status ? NULL : next_page(&response);
    return status;
}

static wcow_status tags_from(const registry_context *context, const char *host,
                             const image_reference *reference, string_list *out, wcow_error *err)
{
    cleanup_free char *scope = text_format("repository:%s:pull", reference->path);
    cleanup_free char *url = text_copy("tags/list?n=1000");
    cleanup_strings string_list tags = STRING_LIST_INIT;
    cleanup_registry registry *r = NULL;
    cleanup_http_client http_client *client = NULL;
    wcow_status status;

    if (!scope || !url)
        return error_no_memory(err);
    status = registry_open(
        context, &(registry_target){.host = host, .path = reference->path, .scope = scope}, &r,
        err);
    if (!status)
        status = registry_connect(r, &client, err);
    for (unsigned page = 0; !status && url && page < PAGES_LIMIT; page++) {
        char *next = NULL;

        status = read_page(r, client, url, &tags, &next, err);
        free(url);
        url = next;
    }
    if (status)
        return status;
    *out = tags;
    tags = (string_list)STRING_LIST_INIT;
    return WCOW_OK;
}

/* A mirror that does not have it, or does not work, is no reason to fail; see image_fetch(). */
wcow_status image_tags(const registry_context *context, const image_reference *reference,
                       string_list *out, wcow_error *err)
{
    const string_list *mirrors = &context->settings->mirrors;

    for (size_t i = 0; i < mirrors->count && text_equal(reference->domain, "docker.io"); i++) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status = tags_from(context, mirrors->items[i], reference, out, &problem);

        if (status == WCOW_OK || status == WCOW_CANCELLED || status == WCOW_NO_MEMORY)
            return error_pass(err, status, &problem);
    }
    return tags_from(context, reference->domain, reference, out, err);
}

wcow_status registry_check(const registry_context *context, const char *host,
                           const credentials *given, wcow_error *err)
{
    cleanup_registry registry *r = NULL;
    cleanup_http_client http_client *client = NULL;
    cleanup_http_response http_response response = {.status = 0};
    const registry_request request = {.method = "GET", .url = ""};
    wcow_status status =
        registry_open(context, &(registry_target){.host = host, .given = given}, &r, err);

    if (!status)
        status = registry_connect(r, &client, err);
    if (!status)
        status = registry_send(r, client, &request, &response, err);
    if (status || http_succeeded(&response))
        return status;
    return registry_refused(&response, err);
}
