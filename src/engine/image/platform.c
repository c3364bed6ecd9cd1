/* SPDX-License-Identifier: MIT */
/* Platforms: windows/amd64, and of which build. */
#include "engine/image/platform.h"

#include <wcow/image.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/isolation.h"
#include "engine/host/host_stores.h"

static wcow_status invalid(const char *platform, wcow_error *err)
{
    return error_set(err, WCOW_INVALID,
                     "invalid platform '%s': it is windows/amd64, or with a build "
                     "\"windows(10.0.20348)/amd64\", in quotes",
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

/* ---- when nothing fits ---- */

/* What Microsoft's tags call the long-term builds. */
static const struct {
    uint32_t build;
    const char *tag;
} long_term[] = {
    {14393, "ltsc2016"}, {17763, "ltsc2019"}, {20348, "ltsc2022"}, {26100, "ltsc2025"}};

/* The newest of them that the host can run; NULL: none. */
static const char *tag_for(const wcow_host *host)
{
    const char *found = NULL;

    for (size_t i = 0; i < sizeof(long_term) / sizeof(long_term[0]); i++) {
        if (long_term[i].build <= host->version.build)
            found = long_term[i].tag;
    }
    return found;
}

static void add(text *list, const char *os_version)
{
    text_addf(list, "%s%s", list->length ? ", " : "", os_version);
}

static void advise(const platform_wish *wish, const text *process, const text *hyperv,
                   wcow_error *err)
{
    const char *tag = tag_for(wish->host);

    if (process->length && *wish->os_version)
        error_hint(err, "without --platform this host runs %.150s.", text_get(process));
    if (hyperv->length)
        error_hint(err, "%s--isolation=hyperv this host runs %.150s.",
                   *wish->os_version ? "without --platform and with " : "with ", text_get(hyperv));
    if (!process->length && !hyperv->length)
        error_hint(err, "no isolation runs an image newer than its host: take an older one, or "
                        "update Windows.");
    if (tag && !process->length)
        error_hint(err, "a tag for build %u or older is often called %s.",
                   wish->host->version.build, tag);
}

/* Says what is offered, and which isolation or tag would work. */
static wcow_status refuse(void *context, const char *name, const string_list *os_versions,
                          wcow_error *err)
{
    const platform_wish *wish = context;
    const machine_version *own = &wish->host->version;
    cleanup_text text all = TEXT_INIT;
    cleanup_text text process = TEXT_INIT;
    cleanup_text text hyperv = TEXT_INIT;

    for (size_t i = 0; i < os_versions->count; i++) {
        const char *version = os_versions->items[i];

        add(&all, version);
        if (isolation_check(wish->host, WCOW_ISOLATION_PROCESS, "", version, NULL) == WCOW_OK)
            add(&process, version);
        else if (isolation_check(wish->host, WCOW_ISOLATION_HYPERV, "", version, NULL) == WCOW_OK)
            add(&hyperv, version);
    }
    if (all.failed || process.failed || hyperv.failed)
        return error_no_memory(err);
    if (*wish->os_version)
        error_set(err, WCOW_UNSUPPORTED,
                  "no image of %s is for Windows %s: it offers Windows %.300s", name,
                  wish->os_version, text_get(&all));
    else
        error_set(err, WCOW_UNSUPPORTED,
                  "no image of %s fits %sthis host, Windows %u.%u.%u.%u: it offers Windows %.300s",
                  name, wish->process ? "process isolation on " : "", own->major, own->minor,
                  own->build, own->revision, text_get(&all));
    if (own->build)
        advise(wish, &process, &hyperv, err);
    return WCOW_UNSUPPORTED;
}

/* "windows(10.0.20348.1)/amd64", as far as it is known. */
static char *platform_text(const char *os_version, const char *architecture)
{
    const bool versioned = os_version && *os_version;

    return text_format("windows%s%s%s/%s", versioned ? "(" : "", versioned ? os_version : "",
                       versioned ? ")" : "", architecture ? architecture : "amd64");
}

wcow_status platform_check(const wcow_host *host, const char *platform, const char *reference,
                           const image *i, wcow_error *err)
{
    const char *version = i->config->os_version ? i->config->os_version : "";
    const char *architecture = architecture_normal(i->config->architecture);
    cleanup_free char *own = platform_text(version, architecture);
    cleanup_free char *wanted = NULL;
    platform_wish wish;
    wcow_status status = platform ? platform_parse(host, platform, false, &wish, err) : WCOW_OK;

    if (status || !platform)
        return status;
    if ((!architecture || text_equal(architecture, wish.architecture)) &&
        (!*wish.os_version || is_of(version, wish.os_version)))
        return WCOW_OK;
    wanted = platform_text(wish.os_version, wish.architecture);
    if (!own || !wanted)
        return error_no_memory(err);
    return error_set(err, WCOW_NOT_FOUND,
                     "image with reference %s was found but its platform (%s) does not match the "
                     "specified platform (%s)",
                     reference, own, wanted);
}

wcow_status wcow_image_check_platform(wcow_host *host, const char *reference, const char *platform,
                                      wcow_error *err)
{
    cleanup_image image *one = NULL;
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = image_store_open(&images, reference, &one, err);
    return status ? status : platform_check(host, platform, reference, one, err);
}

image_choice platform_choice(platform_wish *wish)
{
    return (image_choice){
        .rank = rank, .refuse = refuse, .context = wish, .architecture = wish->architecture};
}
