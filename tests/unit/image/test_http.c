/* SPDX-License-Identifier: MIT */
/* What libcurl is told, where no server of a test can tell the difference: Windows' own TLS. */
#include "tests/unit/status.h"

#include <stdarg.h>

#include <curl/curl.h>

#include "image/registry/http.h"

CURLcode __wrap_curl_easy_setopt(CURL *curl, CURLoption option, ...);
CURLcode __real_curl_easy_setopt(CURL *curl, CURLoption option, ...);

static void *tls;
static int tls_count;

/* Whatever comes after the option fills one register. */
CURLcode __wrap_curl_easy_setopt(CURL *curl, CURLoption option, ...)
{
    va_list arguments;
    void *value;

    va_start(arguments, option);
    value = va_arg(arguments, void *);
    va_end(arguments);
    if (option == CURLOPT_SSL_OPTIONS) {
        tls = value;
        tls_count++;
    }
    return __real_curl_easy_setopt(curl, option, value);
}

/*
 * Authorities of companies issue no lists of revoked certificates, and machines without a way out
 * cannot get any: Schannel refuses both unless told otherwise, and Docker's TLS never asks.
 */
static void missing_revocation_lists_are_forgiven(void **state)
{
    cleanup_http_response http_response response = {.status = 0};
    const http_request request = {.method = "GET", .url = "https://127.0.0.1:1/"};
    http_client *client = NULL;

    (void)state;
    assert_int_equal(http_client_new(NULL, &client, NULL), WCOW_OK);
    assert_int_not_equal(http_send(client, &request, &response, NULL), WCOW_OK);
    assert_int_equal(tls_count, 1);
    assert_int_equal((intptr_t)tls, CURLSSLOPT_REVOKE_BEST_EFFORT);
    http_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_revocation_lists_are_forgiven),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
