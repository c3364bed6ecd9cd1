/* SPDX-License-Identifier: MIT */
#include "tests/unit/status.h"

#include <stdio.h>
#include <string.h>

#include "shim/stdio/log_uri.h"

#define NO_WORDS   ((const char *const[]){NULL})
#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_log(const char *text, log_kind kind, const char *path, const char *const *words)
{
    cleanup_log_uri log_uri uri = LOG_URI_INIT;
    wcow_error error = WCOW_ERROR_INIT;
    size_t count = 0;

    assert_ok(&error, log_uri_parse(text, &uri, &error));
    assert_int_equal(uri.kind, kind);
    assert_string_equal(uri.path, path);
    for (; words[count]; count++) {
        assert_true(count < uri.arguments.count);
        assert_string_equal(uri.arguments.items[count], words[count]);
    }
    assert_int_equal(uri.arguments.count, count);
}

static void assert_refused(const char *text, const char *why)
{
    cleanup_log_uri log_uri uri = LOG_URI_INIT;
    wcow_error error = WCOW_ERROR_INIT;
    char expected[512];

    snprintf(expected, sizeof(expected), "log '%s': %s", text, why);
    assert_fails(&error, WCOW_INVALID, expected, log_uri_parse(text, &uri, &error));
    assert_int_equal(uri.kind, LOG_NONE);
    assert_null(uri.path);
}

/* As ctr wrote it in the recorded scene; there the pairs arrived in another order. */
static void a_program_gets_its_query_as_arguments(void **state)
{
    (void)state;
    assert_log("binary:///C:/ctd/logger.exe?id=abc&n=1", LOG_BINARY, "C:\\ctd\\logger.exe",
               WORDS("id", "abc", "n", "1"));
    assert_log("binary:///C:/ctd/logger.exe", LOG_BINARY, "C:\\ctd\\logger.exe", NO_WORDS);
    assert_log("binary:///C:/ctd/logger.exe?", LOG_BINARY, "C:\\ctd\\logger.exe", NO_WORDS);
    assert_log("BINARY:/C:/a.exe?&&a&b=&=c&", LOG_BINARY, "C:\\a.exe", WORDS("a", "b", "", "c"));
    assert_log("binary:///C:/a.exe?k=1&k=2&j=k", LOG_BINARY, "C:\\a.exe",
               WORDS("k", "1", "j", "k"));
    assert_log("binary:///C:/a.exe?a=b=c?d#e?f=g", LOG_BINARY, "C:\\a.exe", WORDS("a", "b=c?d"));
    assert_log("binary:///C:/a.exe#x?y=z", LOG_BINARY, "C:\\a.exe", NO_WORDS);
}

/* nerdctl's, whose keys and values are those of a form. */
static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    assert_log("binary:///C:/Program%20Files/a+b/n.exe?_LOGGING=C%3A%5CProgram+Data%5Cx",
               LOG_BINARY, "C:\\Program Files\\a+b\\n.exe",
               WORDS("_LOGGING", "C:\\Program Data\\x"));
    assert_log("binary:///C%3a/%C3%A4.exe?%26=%3D", LOG_BINARY, "C:\\\xc3\xa4.exe",
               WORDS("&", "="));
}

static void a_file_has_a_path(void **state)
{
    (void)state;
    assert_log("file:///C:/ctd/out.log", LOG_FILE, "C:\\ctd\\out.log", NO_WORDS);
    assert_log("file:///var/log/out.log", LOG_FILE, "/var/log/out.log", NO_WORDS);
    assert_log("file:///C:%5Ca%5Cb", LOG_FILE, "C:\\a\\b", NO_WORDS);
}

static void what_is_no_log_is_left_alone(void **state)
{
    static const char *const others[] = {"",
                                         "\\\\.\\pipe\\a",
                                         "npipe:////./pipe/a",
                                         "binary",
                                         "fil",
                                         "ttrpc+unix:///a?streaming_id=1"};

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        cleanup_log_uri log_uri uri = LOG_URI_INIT;
        wcow_error error = WCOW_ERROR_INIT;

        assert_ok(&error, log_uri_parse(others[i], &uri, &error));
        assert_int_equal(uri.kind, LOG_NONE);
        assert_null(uri.path);
    }
}

/* A share would be asked for a program to run, or told what a container writes. */
static void what_leads_elsewhere_is_refused(void **state)
{
    static const char elsewhere[] = "it is on another computer, or a device";
    static const char host[] = "it names a host: three slashes begin a path of this one";
    static const char relative[] = "its path is not absolute, as /C:/folder/name is";

    (void)state;
    assert_refused("binary:////server/share/a.exe", elsewhere);
    assert_refused("binary:///%5Cserver/share/a.exe", elsewhere);
    assert_refused("binary:///%2fserver/share/a.exe", elsewhere);
    assert_refused("binary:%5C%5Cserver%5Cshare%5Ca.exe", elsewhere);
    assert_refused("file:////./pipe/a", elsewhere);
    assert_refused("file:////?/C:/a", elsewhere);
    assert_refused("binary://server/share/a.exe", host);
    assert_refused("binary://C:/a.exe", host);
    assert_refused("binary://", host);
    assert_refused("binary:a.exe", relative);
    assert_refused("binary:///C:a.exe", relative);
    assert_refused("binary:///C:", relative);
    assert_refused("binary:C:a.exe", relative);
    assert_refused("file:///C:/a.txt:stream", "its path has a ':' that is not a drive's");
    assert_refused("file:///a:b", relative);
    assert_refused("file:///ab:c", "its path has a ':' that is not a drive's");
    assert_refused("file:///C:/", "its path is a folder's");
    assert_refused("file:///C:/a%5C", "its path is a folder's");
    assert_refused("file:///", "its path is a folder's");
    assert_refused("file:", "it has no path");
    assert_refused("binary:?a=b", "it has no path");
}

static void what_cannot_be_decoded_is_refused(void **state)
{
    static const char number[] = "'%' is not followed by a character's number";

    (void)state;
    assert_refused("file:///C:/a%", number);
    assert_refused("file:///C:/a%4", number);
    assert_refused("file:///C:/a%4g", number);
    assert_refused("file:///C:/a%00b", number);
    assert_refused("binary:///C:/a?a=%", number);
    assert_refused("binary:///C:/a?%=b", number);
    assert_refused("file:///C:/a%ff", "it is not UTF-8");
    assert_refused("binary:///C:/a?b=%ff", "it is not UTF-8");
}

static void a_uri_without_an_end_is_refused(void **state)
{
    static char text[LOG_URI_LIMIT + 2];
    cleanup_log_uri log_uri uri = LOG_URI_INIT;
    wcow_error error = WCOW_ERROR_INIT;

    (void)state;
    memset(text, 'a', LOG_URI_LIMIT + 1);
    memcpy(text, "file:///C:/", 11);
    assert_fails(&error, WCOW_INVALID, "a log's URI is longer than 32767 bytes",
                 log_uri_parse(text, &uri, &error));
    text[LOG_URI_LIMIT] = '\0';
    error = (wcow_error)WCOW_ERROR_INIT;
    assert_ok(&error, log_uri_parse(text, &uri, &error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_gets_its_query_as_arguments),
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(a_file_has_a_path),
        cmocka_unit_test(what_is_no_log_is_left_alone),
        cmocka_unit_test(what_leads_elsewhere_is_refused),
        cmocka_unit_test(what_cannot_be_decoded_is_refused),
        cmocka_unit_test(a_uri_without_an_end_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
