/* SPDX-License-Identifier: MIT */
/* Platforms: windows/amd64, and of which build. */
#include "container/platform.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "container/isolation.h"

static wcow_status invalid(const char *platform, wcow_error *err)
{
    return error_set(err, WCOW_INVALID,
                     "invalid platform '%s': it is windows/amd64, or with a build "
                     "windows(10.0.20348)/amd64",
                     platform);
}

wcow_status platform_parse(const wcow_host *host, const char *platform, bool process,
                           platform_wish *out, wcow_error *err)
{
    platform_wish wish = {.host = host, .process = process, .architecture = "amd64"};
    const char *rest = platform ? platform : "windows";
    size_t length;

    if (!text_starts_with(rest, "windows"))
        return strncmp(rest, "linux", 5) == 0
                   ? error_set(err, WCOW_UNSUPPORTED, "wcow runs Windows containers, not %s ones",
                               rest)
                   : invalid(platform, err);
    rest += strlen("windows");
    if (*rest == '(') {
        length = strcspn(++rest, ")");
        if (rest[length] != ')' || !length || length >= sizeof(wish.os_version) ||
            strspn(rest, "0123456789.") != length)
            return invalid(platform, err);
        memcpy(wish.os_version, rest, length);
        rest += length + 1;
    }
    if (*rest == '/') {
        length = strlen(++rest);
        if (!length || length >= sizeof(wish.architecture))
            return invalid(platform, err);
        memcpy(wish.architecture, rest, length + 1);
        rest += length;
    }
    if (*rest)
        return invalid(platform, err);
    *out = wish;
    return WCOW_OK;
}

/* "10.0.20348" is the build of "10.0.20348.2031", and not of "10.0.203480". */
static bool is_of(const char *os_version, const char *wanted)
{
    size_t length = strlen(wanted);

    return strncmp(os_version, wanted, length) == 0 &&
           (os_version[length] == '\0' || os_version[length] == '.');
}

/* The first three numbers are the host's own. */
static bool is_own_build(const wcow_host *host, const char *os_version)
{
    cleanup_free char *own =
        text_format("%u.%u.%u", host->version.major, host->version.minor, host->version.build);

    return own && is_of(os_version, own);
}

/* Docker's order: what is for the host's own build, then the others as they are listed. */
static int rank(void *context, const char *os_version)
{
    const platform_wish *wish = context;
    const bool runs_in_process =
        isolation_check(wish->host, WCOW_ISOLATION_PROCESS, "", os_version, NULL) == WCOW_OK;

    if (*wish->os_version)
        return is_of(os_version, wish->os_version) ? 0 : -1;
    if (wish->process && !runs_in_process)
        return -1;
    if (isolation_check(wish->host, WCOW_ISOLATION_HYPERV, "", os_version, NULL))
        return -1;
    return is_own_build(wish->host, os_version) ? 0 : runs_in_process ? 1 : 2;
}

image_choice platform_choice(platform_wish *wish)
{
    return (image_choice){.rank = rank, .context = wish, .architecture = wish->architecture};
}
