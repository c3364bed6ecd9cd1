/* SPDX-License-Identifier: MIT */
/* Rules and words: moby daemon/oci_windows.go, setupContainerCredentialSpec…; hcs.md 8.1. */
#include "engine/container/credential_spec.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"

#define FOLDER "CredentialSpecs"
#define KEY                                                                                        \
    "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Virtualization\\Containers\\CredentialSpecs"
#define LIMIT ((size_t)1 << 20)

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* Whether a relative path leads out of where it begins. */
static bool leads_out(const char *path)
{
    int depth = 0;

    while (*path && depth >= 0) {
        const size_t length = strcspn(path, "/\\");

        if (length == 2 && !strncmp(path, "..", 2))
            depth--;
        else if (length && !(length == 1 && *path == '.'))
            depth++;
        path += length + (path[length] != '\0');
    }
    return depth < 0;
}

/* What PowerShell's > writes is UTF-16. */
static wcow_status check_text(const char *path, const char *bytes, size_t size, wcow_error *err)
{
    if (size && strlen(bytes) == size)
        return WCOW_OK;
    return error_set(err, WCOW_INVALID, "failed to load credential spec: '%s' %s", path,
                     size ? "is not UTF-8 text" : "is empty");
}

static wcow_status read_file(wcow_host *host, const char *path, char **out, wcow_error *err)
{
    files_port *files = NULL;
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    wcow_status status = host_files(host, &files, err);

    if (!status)
        status = error_check(err, files->read(files, path, LIMIT, &bytes, &size), path);
    if (status) /* the container cannot be made so: "not found" is for its image */
        return error_wrap(err, status == WCOW_NOT_FOUND ? WCOW_INVALID : status,
                          "failed to load credential spec");
    status = check_text(path, bytes, size, err);
    if (!status)
        *out = TAKE(bytes);
    return status;
}

static wcow_status take_file(wcow_host *host, const char *name, char **out, wcow_error *err)
{
    cleanup_free char *folder = path_join(host->root, FOLDER);
    cleanup_free char *path = folder ? path_join(folder, name) : NULL;

    if (!path)
        return error_no_memory(err);
    if (path_is_absolute(name) || is_separator(*name) || strchr(name, ':')) {
        error_set(err, WCOW_INVALID, "invalid credential spec: file:// path cannot be absolute");
        error_hint(err, "put the file into '%s' and give its name", folder);
        return WCOW_INVALID;
    }
    if (leads_out(name))
        return error_set(err, WCOW_INVALID,
                         "invalid credential spec: file:// path must be under %s", folder);
    return read_file(host, path, out, err);
}

static wcow_status take_raw(wcow_host *host, const char *words, char **out, wcow_error *err)
{
    (void)host;
    *out = text_copy(words);
    return *out ? WCOW_OK : error_no_memory(err);
}

/* Docker's words for what is not there; the rest is what Windows says. */
static wcow_status take_value(wcow_host *host, const char *name, char **out, wcow_error *err)
{
    cleanup_free char *value = NULL;
    const int32_t hr = host->local_value(KEY, name, &value);
    wcow_status status;

    if (status_from_hresult(hr) == WCOW_NOT_FOUND) {
        error_set(err, WCOW_INVALID, "registry credential spec \"%s\" was not found", name);
        error_hint(err, "it is a text value of HKLM\\" KEY);
        return WCOW_INVALID;
    }
    status = error_check(err, hr, "RegGetValue");
    if (status)
        return error_wrap(err, status, "cannot read registry credential spec \"%s\"", name);
    *out = TAKE(value);
    return WCOW_OK;
}

static const struct source {
    const char *scheme;
    wcow_status (*take)(wcow_host *host, const char *value, char **out, wcow_error *err);
} sources[] = {
    {"file", take_file},
    {"raw", take_raw},
    {"registry", take_value},
};

static wcow_status take_spec(wcow_host *host, const char *given, char **out, wcow_error *err)
{
    const char *end = strstr(given, "://");
    cleanup_free char *scheme = end ? text_copy_bytes(given, (size_t)(end - given)) : NULL;

    if (end && !scheme)
        return error_no_memory(err);
    for (size_t i = 0; end && end[3] && i < sizeof sources / sizeof sources[0]; i++) {
        if (text_equal_ignore_case(sources[i].scheme, scheme))
            return sources[i].take(host, end + 3, out, err);
    }
    return error_set(err, WCOW_INVALID,
                     "invalid credential spec security option - value must be prefixed by "
                     "'file://', 'registry://', or 'raw://' followed by a non-empty value");
}

static wcow_status take_option(wcow_host *host, const char *option, char **out, wcow_error *err)
{
    const char *equals = strchr(option, '=');
    cleanup_free char *name = equals ? text_copy_bytes(option, (size_t)(equals - option)) : NULL;

    if (!equals)
        return error_set(err, WCOW_INVALID,
                         "invalid security option: no equals sign in supplied value %s", option);
    if (!name)
        return error_no_memory(err);
    if (!text_equal_ignore_case(name, "credentialspec"))
        return error_set(err, WCOW_INVALID, "security option not supported: %s", name);
    return take_spec(host, equals + 1, out, err);
}

wcow_status credential_spec_read(wcow_host *host, const char *const *options, char **out,
                                 wcow_error *err)
{
    cleanup_free char *last = NULL; /* of several that one counts, as in dockerd */

    for (; options && *options; options++) {
        char *found = NULL;
        wcow_status status = take_option(host, *options, &found, err);

        if (status)
            return status;
        free(last);
        last = found;
    }
    *out = TAKE(last);
    return WCOW_OK;
}
