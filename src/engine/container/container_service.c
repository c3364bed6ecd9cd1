/* SPDX-License-Identifier: MIT */
/* The Windows service of a container. */
#include "engine/container/container_service.h"

#include <stdlib.h>
#include <string.h>

#include "base/command_line.h"
#include "base/condition.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/id.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "port/clock.h"

/* For the last process of a service, or whoever looks at it, to let go of the name. */
#define NAME_PAUSE 20u
/* What a monitor may take to end a container beside the container's own time, when the host goes
 * down. Seconds. */
#define SHUTDOWN_SECONDS 60

/* In vain where the id is shorter: then the manager says so. */
static char *name_of(const char *id)
{
    return text_format(SERVICE_PREFIX "%.*s", ID_SHORT_LENGTH, id);
}

/* ---- what it says of itself ---- */

/* One root has many spellings, which host.c has made one of but for the case. */
bool container_service_is_here(const wcow_host *host, const service_words *words)
{
    return path_separator(host->root) == '\\' ? text_equal_ignore_case(host->root, words->root)
                                              : text_equal(host->root, words->root);
}

void service_words_free(service_words *w)
{
    free(w->root);
    free(w->id);
    *w = (service_words){0};
}

/* "C:\…\wcow.exe" --root ROOT monitor --service ID */
bool service_words_read(const char *command_line, service_words *out)
{
    cleanup_strings string_list words = STRING_LIST_INIT;
    const char *rest = *command_line == '"' ? strchr(command_line + 1, '"') : NULL;

    if (!rest || !command_line_split(rest + 1, &words) || words.count != 5 ||
        !text_equal(words.items[0], "--root") || !text_equal(words.items[2], "monitor") ||
        !text_equal(words.items[3], "--service") || !id_valid(words.items[4]))
        return false;
    out->root = text_copy(words.items[1]);
    out->id = text_copy(words.items[4]);
    return out->root && out->id;
}

/* Whether what has the name is the container's, and not another's whose id begins as its does. */
static bool is_of(const wcow_host *host, const service_info *info, const char *id)
{
    CLEANUP(service_words) service_words words = {0};

    return service_words_read(info->command_line, &words) && text_equal(words.id, id) &&
           container_service_is_here(host, &words);
}

/* ---- making ---- */

/* Milliseconds; nobody holds a host for longer than an hour. */
static uint32_t shutdown_time(const record *r)
{
    const int own =
        r->stop_timeout < 3600 - SHUTDOWN_SECONDS ? r->stop_timeout : 3600 - SHUTDOWN_SECONDS;

    return ((uint32_t)(own > 0 ? own : 0) + SHUTDOWN_SECONDS) * 1000;
}

static int32_t create(services_port *services, const wcow_host *host, const record *r,
                      const char *name)
{
    const char *const arguments[] = {"--root", host->root, "monitor", "--service", r->id, NULL};
    const char *const after[] = {"vmcompute", "hns", NULL};
    cleanup_free char *title = text_format("wcow container %.*s", ID_SHORT_LENGTH, r->id);
    cleanup_free char *description =
        text_format("Watches the container %s of %s (wcow service ls).", r->id, host->root);
    const service_spec spec = {
        .name = name,
        .title = title,
        .description = description,
        .arguments = arguments,
        .after = after,
        .automatic = r->restart_mode != RESTART_NO,
        .shutdown = shutdown_time(r),
    };

    return title && description ? services->create(services, &spec) : HR_OUT_OF_MEMORY;
}

/* It is there already: of the last run, or since it comes back with the host. */
static int32_t make_use_of(services_port *services, const wcow_host *host, const record *r,
                           const char *name)
{
    cleanup_service_info service_info info = {0};
    int32_t hr = services->query(services, name, &info);

    if (HR_FAILED(hr))
        return hr;
    if (!is_of(host, &info, r->id))
        return HR_SERVICE_EXISTS;
    return services->set_automatic(services, name, r->restart_mode != RESTART_NO);
}

/* Whether the container's own is there, whatever could not be done to it. */
static bool is_ours(services_port *services, const wcow_host *host, const record *r,
                    const char *name)
{
    cleanup_service_info service_info info = {0};

    return HR_SUCCEEDED(services->query(services, name, &info)) && is_of(host, &info, r->id);
}

/* A name that is to go is free when the last process of it has ended, in a moment. */
static int32_t make(services_port *services, const wcow_host *host, const record *r,
                    const char *name)
{
    const uint64_t give_up = ticks_after(host->limits.owner);

    for (;;) {
        int32_t hr = create(services, host, r, name);

        if (hr == HR_SERVICE_EXISTS)
            hr = make_use_of(services, host, r, name);
        if ((hr != HR_SERVICE_MARKED_FOR_DELETE && hr != HR_SERVICE_DOES_NOT_EXIST) ||
            ticks_now() >= give_up)
            return hr;
        clock_sleep(NAME_PAUSE);
    }
}

static wcow_status mark(void *context, state *s, wcow_error *err)
{
    (void)err;
    s->service = *(const bool *)context;
    return WCOW_OK;
}

static wcow_status note(wcow_host *host, const char *id, bool there, wcow_error *err)
{
    return state_change(host, id, mark, &there, err);
}

/* A service would run, as LocalSystem, what others put in the place of wcow.exe. */
static wcow_status check_executable(wcow_error *err)
{
    cleanup_free char *where = NULL;

    if (container_service_forced() || !service_exposed(&where))
        return WCOW_OK;
    error_set(err, WCOW_DENIED,
              "programs that are not elevated may change '%s', and a service would run what they "
              "put there; keep wcow.exe in a folder like C:\\Program Files\\wcow",
              where ? where : "wcow.exe");
    return WCOW_DENIED;
}

bool container_service_forced(void)
{
    cleanup_free char *given = machine_environment("WCOW_MONITOR");

    return given && text_equal(given, "service");
}

wcow_status container_service_make(wcow_host *host, const record *r, wcow_error *err)
{
    cleanup_free char *name = name_of(r->id);
    services_port *services = NULL;
    wcow_status status = name ? host_services(host, &services, err) : error_no_memory(err);
    int32_t hr;

    if (!status)
        status = check_executable(err);
    if (!status)
        status = note(host, r->id, true, err);
    if (status)
        return status;
    hr = make(services, host, r, name);
    if (HR_FAILED(hr) && !is_ours(services, host, r, name))
        ignore(note(host, r->id, false, NULL));
    return error_check(err, hr, "CreateService");
}

int32_t container_service_start(wcow_host *host, const char *id)
{
    cleanup_free char *name = name_of(id);
    services_port *services = NULL;

    if (!name)
        return HR_OUT_OF_MEMORY;
    if (host_services(host, &services, NULL))
        return HR_NOT_SUPPORTED;
    return services->start(services, name, true);
}

bool container_service_ended(wcow_host *host, const char *id, uint32_t *exit_code)
{
    cleanup_free char *name = name_of(id);
    cleanup_service_info service_info info = {0};
    services_port *services = NULL;
    int32_t hr;

    if (!name || host_services(host, &services, NULL))
        return false;
    hr = services->query(services, name, &info);
    if (HR_SUCCEEDED(hr))
        *exit_code = info.exit_code;
    return hr == HR_SERVICE_DOES_NOT_EXIST || (HR_SUCCEEDED(hr) && info.state == SERVICE_AT_REST);
}

/* ---- going ---- */

bool container_service_wanted(const record *r, const state *s)
{
    const restart_policy policy = record_restart(r);
    const restart_facts how = state_restart_facts(s);

    return s->booted && restart_follows(&policy, &how);
}

/* One that is of another container is none of ours to touch. */
static int32_t remove_own(services_port *services, const wcow_host *host, const char *id)
{
    cleanup_free char *name = name_of(id);
    cleanup_service_info service_info info = {0};
    int32_t hr = name ? services->query(services, name, &info) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr) && is_of(host, &info, id))
        hr = services->remove(services, name);
    return hr == HR_SERVICE_DOES_NOT_EXIST || hr == HR_SERVICE_MARKED_FOR_DELETE ? HR_OK : hr;
}

wcow_status container_service_remove(wcow_host *host, const char *id, state *s, wcow_error *err)
{
    services_port *services = NULL;
    wcow_status status;

    if (!s->service)
        return WCOW_OK;
    status = host_services(host, &services, err);
    if (!status)
        status = error_check(err, remove_own(services, host, id), "DeleteService");
    if (!status)
        s->service = false;
    return status;
}

void container_service_settle(wcow_host *host, const record *r, state *s)
{
    if (s->service && !container_service_wanted(r, s))
        ignore(container_service_remove(host, r->id, s, NULL)); /* it stays noted */
}

/* Removed, and crossed out. */
static wcow_status forget(wcow_host *host, const char *id, state *s, wcow_error *err)
{
    wcow_status status;

    if (!s->service)
        return WCOW_OK;
    status = container_service_remove(host, id, s, err);
    return status ? status : note(host, id, false, err);
}

/* One that never ran has none before its first start. */
wcow_status container_service_follow(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_record record *r = NULL;
    cleanup_state state *s = NULL;
    wcow_status status = record_read(host, id, &r, err);

    if (!status)
        status = state_read(host, id, &s, err);
    if (status || !s->booted)
        return status;
    if (state_is_active(s) ? s->service || r->restart_mode != RESTART_NO
                           : container_service_wanted(r, s))
        return container_service_make(host, r, err);
    return forget(host, id, s, err);
}

void container_service_leave(wcow_host *host, const char *id)
{
    cleanup_record record *r = NULL;
    cleanup_state state *s = NULL;

    if (!record_read(host, id, &r, NULL) && !state_read(host, id, &s, NULL) &&
        !container_service_wanted(r, s))
        ignore(forget(host, id, s, NULL));
}

/* ---- strays ---- */

static bool is_stray(wcow_host *host, const service_info *info)
{
    CLEANUP(service_words) service_words words = {0};
    cleanup_free char *path = NULL;

    if (!service_words_read(info->command_line, &words) || !container_service_is_here(host, &words))
        return false;
    path = path_in_container(host, words.id, FILE_RECORD);
    return path && store_absent(host, path);
}

wcow_status container_services_sweep(wcow_host *host, size_t *swept, wcow_error *err)
{
    services_port *services = NULL;
    service_info *all = NULL;
    size_t count = 0;
    wcow_status first;

    if (host_services(host, &services, NULL)) /* then there is none either */
        return WCOW_OK;
    first = error_check(err, services->list(services, SERVICE_PREFIX, &all, &count),
                        "EnumServicesStatus");
    for (size_t i = 0; i < count; i++) {
        wcow_status status;

        if (!is_stray(host, &all[i]))
            continue;
        status = error_check(first ? NULL : err, services->remove(services, all[i].name),
                             "DeleteService");
        *swept += !status;
        first = first ? first : status;
    }
    service_infos_free(all, count);
    return first;
}
