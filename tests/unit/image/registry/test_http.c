/* SPDX-License-Identifier: MIT */
/*
 * What libcurl is told, where no server of a test can tell the difference: Windows' own TLS, and
 * what only other versions of it ask for.
 */
#include "tests/unit/status.h"

#include <stdarg.h>

#include <curl/curl.h>

#include "image/registry/http.h"

CURLcode __wrap_curl_easy_setopt(CURL *curl, CURLoption option, ...);
CURLcode __real_curl_easy_setopt(CURL *curl, CURLoption option, ...);

static void *tls;
static int tls_count;

static struct {
    curl_read_callback read;
    curl_seek_callback seek;
    void *read_context;
    void *seek_context;
    int before, after; /* what seeking to the start gives before the body is read, and after */
} upload;

static bool reading;

/* The last moment before a request at which its context exists. */
static void try_to_rewind(void)
{
    char byte[1];

    assert_non_null(upload.read);
    assert_non_null(upload.seek);
    upload.before = upload.seek(upload.seek_context, 0, SEEK_SET);
    if (reading)
        assert_int_equal(upload.read(byte, 1, 1, upload.read_context), 0);
    upload.after = upload.seek(upload.seek_context, 0, SEEK_SET);
}

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
        try_to_rewind();
    }
    if (option == CURLOPT_READFUNCTION)
        upload.read = (curl_read_callback)(uintptr_t)value;
    if (option == CURLOPT_SEEKFUNCTION)
        upload.seek = (curl_seek_callback)(uintptr_t)value;
    if (option == CURLOPT_READDATA)
        upload.read_context = value;
    if (option == CURLOPT_SEEKDATA)
        upload.seek_context = value;
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

static wcow_status read_nothing(void *context, void *buffer, size_t size, size_t *got,
                                wcow_error *err)
{
    (void)context, (void)buffer, (void)size, (void)err;
    *got = 0;
    return WCOW_OK;
}

/*
 * libcurl 8.14 rewinds the body of an upload that broke when the next request begins, with that
 * one's callbacks: so every request has them. A body that was begun has no start any more.
 */
static void every_request_can_be_asked_to_rewind(void **state)
{
    cleanup_http_response http_response response = {.status = 0};
    const byte_source source = {.read = read_nothing};
    http_request request = {.method = "GET", .url = "http://127.0.0.1:1/"};
    http_client *client = NULL;

    (void)state;
    assert_int_equal(http_client_new(NULL, &client, NULL), WCOW_OK);
    assert_int_not_equal(http_send(client, &request, &response, NULL), WCOW_OK);
    assert_int_equal(upload.before, CURL_SEEKFUNC_OK);
    assert_int_equal(upload.after, CURL_SEEKFUNC_OK);
    request = (http_request){.method = "PUT", .url = request.url, .body = &source, .body_size = 1};
    reading = true;
    assert_int_not_equal(http_send(client, &request, &response, NULL), WCOW_OK);
    reading = false;
    assert_int_equal(upload.before, CURL_SEEKFUNC_OK);
    assert_int_equal(upload.after, CURL_SEEKFUNC_FAIL);
    http_client_free(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(missing_revocation_lists_are_forgiven),
        cmocka_unit_test(every_request_can_be_asked_to_rewind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
