/* SPDX-License-Identifier: MIT */
/* URLs and headers. */
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "image/registry/http.h"

bool http_succeeded(const http_response *response)
{
    return response->status >= 200 && response->status <= 299;
}

const char *http_header(const http_response *response, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < response->headers.count; i++) {
        const char *line = response->headers.items[i];

        if (strncmp(line, name, length) == 0 && line[length] == ':') {
            line += length + 1;
            return line + strspn(line, " \t");
        }
    }
    return NULL;
}

void http_request_clear(http_request *request)
{
    string_list_free(&request->headers);
}

void http_response_clear(http_response *response)
{
    string_list_free(&response->headers);
    text_free(&response->body);
    free(response->url);
    response->url = NULL;
    response->status = 0;
}

static char *take_part(CURLU *url, CURLUPart part, unsigned flags)
{
    char *value = NULL;
    char *copy = NULL;

    if (curl_url_get(url, part, &value, flags) == CURLUE_OK)
        copy = text_copy(value);
    curl_free(value);
    return copy;
}

char *http_url_join(const char *base, const char *location)
{
    CURLU *url = curl_url();
    char *joined = NULL;

    if (url && curl_url_set(url, CURLUPART_URL, base, 0) == CURLUE_OK &&
        curl_url_set(url, CURLUPART_URL, location, 0) == CURLUE_OK)
        joined = take_part(url, CURLUPART_URL, 0);
    curl_url_cleanup(url);
    if (joined && !text_starts_with(joined, "http://") && !text_starts_with(joined, "https://")) {
        free(joined);
        return NULL;
    }
    return joined;
}

static bool parts_equal(CURLU *a, CURLU *b, CURLUPart part)
{
    cleanup_free char *of_a = take_part(a, part, CURLU_DEFAULT_PORT);
    cleanup_free char *of_b = take_part(b, part, CURLU_DEFAULT_PORT);

    return of_a && of_b && text_equal_ignore_case(of_a, of_b);
}

bool http_same_origin(const char *a, const char *b)
{
    CURLU *left = curl_url();
    CURLU *right = curl_url();
    bool same = left && right && curl_url_set(left, CURLUPART_URL, a, 0) == CURLUE_OK &&
                curl_url_set(right, CURLUPART_URL, b, 0) == CURLUE_OK &&
                parts_equal(left, right, CURLUPART_SCHEME) &&
                parts_equal(left, right, CURLUPART_HOST) &&
                parts_equal(left, right, CURLUPART_PORT);

    curl_url_cleanup(left);
    curl_url_cleanup(right);
    return same;
}

char *http_escape(const char *value)
{
    static const char digits[] = "0123456789ABCDEF";
    cleanup_text text escaped = TEXT_INIT;

    text_add(&escaped, "");
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            strchr("-._~", c)) {
            text_add_char(&escaped, (char)c);
        } else {
            text_add_char(&escaped, '%');
            text_add_char(&escaped, digits[c >> 4]);
            text_add_char(&escaped, digits[c & 15]);
        }
    }
    text_add_bytes(&escaped, "", 0);
    return text_take(&escaped);
}
