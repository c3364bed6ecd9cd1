/* SPDX-License-Identifier: MIT */
/* Where a process's output is to go, as a client of containerd's writes it; and names of pipes. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/error.h"
#include "base/pipe_name.h"
#include "base/text.h"
#include "base/utf.h"
#include "shim/stdio/log_uri.h"

static bool is_slash(char c)
{
    return c == '/' || c == '\\';
}

/* Whatever was read is a file of this computer, or a program with arguments that it can be given.
 */
static void check_uri(const log_uri *uri)
{
    FUZZ_CHECK(uri->path && utf8_valid(uri->path, strlen(uri->path)));
    FUZZ_CHECK(is_slash(uri->path[0]) || (uri->path[1] == ':' && is_slash(uri->path[2])));
    FUZZ_CHECK(!is_slash(uri->path[0]) || !is_slash(uri->path[1]));
    FUZZ_CHECK(!is_slash(uri->path[strlen(uri->path) - 1]));
    for (size_t i = 0; i < uri->arguments.count; i++)
        FUZZ_CHECK(utf8_valid(uri->arguments.items[i], strlen(uri->arguments.items[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *words = text_copy_bytes((const char *)data, size);
    cleanup_log_uri log_uri uri = LOG_URI_INIT;
    cleanup_free char *name = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    FUZZ_CHECK(words);
    status = log_uri_parse(words, &uri, &err);
    FUZZ_CHECK(status == WCOW_OK || (status == WCOW_INVALID && uri.kind == LOG_NONE));
    if (uri.kind == LOG_NONE)
        FUZZ_CHECK(!uri.path);
    else
        check_uri(&uri);
    if (HR_SUCCEEDED(pipe_name_parse(words, &name)))
        FUZZ_CHECK(*name && !strchr(name, '/') && !strstr(name, "\\\\"));
    return 0;
}
