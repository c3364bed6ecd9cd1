/* SPDX-License-Identifier: MIT */
/* Checks of the machine, its Windows, and who may change wcow on it. */
#include "base/error.h"
#include "base/path.h"
#include "engine/container/catalog.h"
#include "engine/container/container_service.h"
#include "engine/doctor/doctor.h"

#define OLDEST_BUILD 14393u /* Windows Server 2016, the first with containers */
#define SECOND       INT64_C(1000000000)
#define YEAR_2025    (INT64_C(1735689600) * SECOND)
#define YEAR_2100    (INT64_C(4102444800) * SECOND)
#define TOLERANCE    (300 * SECOND) /* of what is said to come from the future */

void check_elevation(examination *x)
{
    if (x->ask->elevated()) {
        found(x, "yes");
        return;
    }
    found(x, "no: it is not elevated");
    found_wrong(x, WCOW_VERDICT_WARNING,
                "run wcow from an elevated prompt: help, version, explain, completion and doctor "
                "alone work without");
}

void check_windows(examination *x)
{
    const machine_version *v = &x->host->version;
    cleanup_free char *name = machine_os_name();

    if (!v->build) {
        found(x, "this is no Windows");
        found_wrong(x, WCOW_VERDICT_BROKEN, "containers run on Windows 10, Server 2016 and later");
        return;
    }
    found(x, "%s, build %u.%u, %s", name ? name : "Windows", v->build, v->revision,
          v->server ? "server" : "client");
    if (v->build < OLDEST_BUILD)
        found_wrong(x, WCOW_VERDICT_BROKEN,
                    "Windows has containers from build %u on (Windows 10 1607, Server 2016)",
                    OLDEST_BUILD);
}

/* When the newest container was made: what was written down later than now tells of a bad clock. */
static int64_t newest(wcow_host *host)
{
    cleanup_catalog catalog all = CATALOG_INIT;
    int64_t latest = 0;

    if (catalog_read(host, &all, NULL))
        return 0; /* another check tells of it */
    for (size_t i = 0; i < all.count; i++) {
        if (all.items[i].record->created > latest)
            latest = all.items[i].record->created;
    }
    return latest;
}

void check_clock(examination *x)
{
    const int64_t now = x->ask->now();
    const int64_t latest = newest(x->host);

    if (now < YEAR_2025 || now > YEAR_2100) {
        found(x, "it cannot be so early or late: certificates of registries are refused");
        found_wrong(x, WCOW_VERDICT_BROKEN, "set the clock: w32tm /resync, or Set-Date");
    } else if (latest > now + TOLERANCE) {
        found(x, "a container was made %lld minutes from now: the clock was set back",
              (long long)((latest - now) / SECOND / 60));
        found_wrong(x, WCOW_VERDICT_WARNING, "look at it: w32tm /query /status");
    } else {
        found(x, "it is plausible");
    }
}

static void tell_how_to_protect(examination *x, const char *where)
{
    cleanup_free char *advice = container_service_protection(where);

    found_wrong(x, WCOW_VERDICT_WARNING, "%s", advice ? advice : "");
}

/* A folder above may be exchanged, too: then no monitor becomes a service (container_service.c). */
static void look_at_folders_above(examination *x, const char *path)
{
    cleanup_free char *where = NULL;

    if (!x->ask->service_exposed(x->host->root, &where)) {
        found(x, "yes: '%s'", path);
        return;
    }
    found(x,
          "programs that are not elevated may change '%s': containers get no Windows services, end "
          "with the session or the job that started them, and do not come back with the host",
          where ? where : path);
    if (text_equal(where, x->host->root))
        found_wrong(x, WCOW_VERDICT_WARNING, "%s", HOST_ROOT_REMEDY);
    else
        tell_how_to_protect(x, where ? where : path);
}

/* Monitors run as SYSTEM or as an administrator: who can replace their program can do all that. */
void check_program(examination *x)
{
    cleanup_strings string_list writers = STRING_LIST_INIT;
    cleanup_free char *folder = NULL;
    cleanup_free char *path = NULL;
    const int32_t hr = x->ask->program_writers(&path, &writers);

    if (HR_FAILED(hr)) {
        found_unknown(x, "look at who may write to wcow.exe", hr);
        return;
    }
    if (!writers.count) {
        look_at_folders_above(x, path);
        return;
    }
    found(x, "'%s' or its folder can be changed by ", path);
    for (size_t i = 0; i < writers.count; i++)
        found(x, "%s%s", i ? ", " : "", writers.items[i]);
    folder = path_parent(path);
    tell_how_to_protect(x, folder ? folder : path);
}
