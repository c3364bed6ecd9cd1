/* SPDX-License-Identifier: MIT */
/* The rules of Windows versions: which image runs on which host in which isolation. */
#include "engine/container/isolation.h"

#include <stdlib.h>

#include "base/error.h"

#define BUILD_SERVER_2022 20348u
#define BUILD_SERVER_2025 26100u
#define BUILD_SERVER_2016 14393u

wcow_isolation isolation_resolve(const wcow_host *host, wcow_isolation wanted)
{
    if (wanted != WCOW_ISOLATION_DEFAULT)
        return wanted;
    /* No build: no Windows, as when a plan is made elsewhere. Servers are what containers run on.
     */
    return host->version.server || !host->version.build ? WCOW_ISOLATION_PROCESS
                                                        : WCOW_ISOLATION_HYPERV;
}

static bool parse_version(const char *os_version, machine_version *out)
{
    unsigned long long parts[4] = {0};
    const char *next = os_version;
    int count = 0;

    while (count < 4 && *next >= '0' && *next <= '9') {
        char *end;

        parts[count] = strtoull(next, &end, 10);
        if (parts[count++] > UINT32_MAX)
            return false;
        next = *end == '.' ? end + 1 : "";
    }
    if (count < 3)
        return false;
    out->major = (uint32_t)parts[0];
    out->minor = (uint32_t)parts[1];
    out->build = (uint32_t)parts[2];
    out->revision = (uint32_t)parts[3];
    return true;
}

/* Since Server 2022 the container ABI is stable: a host runs images back to the LTSC before it. */
static uint32_t oldest_build(uint32_t host_build)
{
    if (host_build < BUILD_SERVER_2022)
        return host_build;
    return host_build > BUILD_SERVER_2025 ? BUILD_SERVER_2025 : BUILD_SERVER_2022;
}

/* Server 2016 alone wants the same revision, too; an image that tells none passes. */
static bool is_other_revision(const machine_version *host, const machine_version *image)
{
    return host->build == BUILD_SERVER_2016 && image->build == host->build && image->revision &&
           host->revision && image->revision != host->revision;
}

static bool process_fits(const machine_version *host, const machine_version *image)
{
    if (host->major != image->major || host->minor != image->minor ||
        is_other_revision(host, image))
        return false;
    return image->build <= host->build && image->build >= oldest_build(host->build);
}

static wcow_status refuse_process(const machine_version *host, const char *image,
                                  const char *os_version, const machine_version *theirs,
                                  bool hyperv_would, wcow_error *err)
{
    error_set(err, WCOW_UNSUPPORTED,
              "image '%s' is for Windows %s: this host, Windows %u.%u.%u.%u, cannot run it with "
              "process isolation",
              image, os_version, host->major, host->minor, host->build, host->revision);
    if (is_other_revision(host, theirs))
        error_hint(err,
                   "process isolation on Windows Server 2016 needs the very revision of the host: "
                   "take the image's tag 10.0.%u.%u, or update the host to revision %u.",
                   host->build, host->revision, theirs->revision);
    else if (oldest_build(host->build) == host->build)
        error_hint(err, "process isolation here needs an image of build %u.", host->build);
    else
        error_hint(err, "process isolation here needs an image of a build from %u to %u.",
                   oldest_build(host->build), host->build);
    if (hyperv_would)
        error_hint(err, "--isolation=hyperv runs this image.");
    return WCOW_UNSUPPORTED;
}

wcow_status isolation_check(const wcow_host *host, wcow_isolation isolation, const char *image,
                            const char *os_version, wcow_error *err)
{
    const machine_version *own = &host->version;
    machine_version theirs;
    bool hyperv_fits;

    if (!own->build || !parse_version(os_version, &theirs))
        return WCOW_OK;
    hyperv_fits = theirs.build <= own->build;
    if (isolation == WCOW_ISOLATION_PROCESS && !process_fits(own, &theirs))
        return refuse_process(own, image, os_version, &theirs, hyperv_fits, err);
    if (isolation == WCOW_ISOLATION_HYPERV && !hyperv_fits) {
        error_set(err, WCOW_UNSUPPORTED,
                  "image '%s' is for Windows %s, which is newer than this host, Windows %u.%u.%u",
                  image, os_version, own->major, own->minor, own->build);
        error_hint(err,
                   "no isolation runs an image newer than its host: take an image of build %u "
                   "or older, or update Windows.",
                   own->build);
        return WCOW_UNSUPPORTED;
    }
    return WCOW_OK;
}
