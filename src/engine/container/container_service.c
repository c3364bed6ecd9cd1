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

/* For the last process of a service to let go of the name, in a moment: unless somebody still reads
 * what its run has written. */
#define NAME_PATIENCE 1000u
#define NAME_PAUSE    20u
/* How many services of one container there may be at once; all but one of them end. */
#define NAMES 8u
/* What a monitor may take to end a container beside the container's own time, when the host goes
 * down. Seconds. */
#define SHUTDOWN_SECONDS 60

/* In vain where the id is shorter: then the manager says so. The first has no number. */
static char *name_of(const char *id, unsigned number)
{
    return number ? text_format(SERVICE_PREFIX "%.*s-%u", ID_SHORT_LENGTH, id, number + 1)
                  : text_format(SERVICE_PREFIX "%.*s", ID_SHORT_LENGTH, id);
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

/* Nobody holds a host for longer than an hour. */
int container_service_stop_seconds(const record *r)
{
    const int longest = 3600 - SHUTDOWN_SECONDS;
    const int own = r->stop_timeout < longest ? r->stop_timeout : longest;

    return own > 0 ? own : 0;
}

/* Milliseconds. */
static uint32_t shutdown_time(const record *r)
{
    return ((uint32_t)container_service_stop_seconds(r) + SHUTDOWN_SECONDS) * 1000;
}

/*
 * Only what Windows itself starts has to come after the services that it needs. Whoever depends on
 * a service keeps it from being restarted alone (Restart-Service without -Force).
 */
static const char *const *comes_after(bool automatic)
{
    static const char *const services[] = {"vmcompute", "hns", NULL};

    return automatic ? services : services + 2;
}

static int32_t create(services_port *services, const wcow_host *host, const record *r,
                      const char *name)
{
    const char *const arguments[] = {"--root", host->root, "monitor", "--service", r->id, NULL};
    const bool automatic = r->restart_mode != RESTART_NO;
    /* No two services may have one title either. */
    cleanup_free char *title = text_format("wcow container %s", name + strlen(SERVICE_PREFIX));
    cleanup_free char *description =
        text_format("Watches the container %s of %s (wcow service ls).", r->id, host->root);
    const service_spec spec = {
        .name = name,
        .title = title,
        .description = description,
        .arguments = arguments,
        .automatic = automatic,
        .after = comes_after(automatic),
        .shutdown = shutdown_time(r),
    };

    return title && description ? services->create(services, &spec) : HR_OUT_OF_MEMORY;
}

static int32_t make_fit(services_port *services, const record *r, const char *name)
{
    const bool automatic = r->restart_mode != RESTART_NO;

    return services->set_automatic(services, name, automatic, comes_after(automatic));
}

/* What was found of a container's services: an array to be freed with service_infos_free(). */
static int32_t list_own(services_port *services, const wcow_host *host, const char *id,
                        service_info **out, size_t *count)
{
    cleanup_free char *prefix = name_of(id, 0);
    service_info *all = NULL;
    size_t found = 0;
    size_t own = 0;
    int32_t hr = prefix ? services->list(services, prefix, &all, &found) : HR_OUT_OF_MEMORY;

    if (HR_FAILED(hr))
        return hr;
    for (size_t i = 0; i < found; i++) {
        if (is_of(host, &all[i], id)) {
            const service_info kept = all[own];

            all[own++] = all[i];
            all[i] = kept;
        }
    }
    for (size_t i = own; i < found; i++)
        service_info_clear(&all[i]);
    *out = all;
    *count = own;
    return HR_OK;
}

/* The one that there is, if it does not end; whatever its number. */
static char *find_name(services_port *services, const wcow_host *host, const char *id)
{
    service_info *own = NULL;
    size_t count = 0;
    char *name = NULL;

    if (HR_FAILED(list_own(services, host, id, &own, &count)))
        return NULL;
    for (size_t i = 0; i < count && !name; i++) {
        if (own[i].state != SERVICE_ENDING)
            name = text_copy(own[i].name);
    }
    service_infos_free(own, count);
    return name;
}

/* HR_SERVICE_MARKED_FOR_DELETE: it ends, and is not to come back. */
static int32_t make_use_of(services_port *services, const wcow_host *host, const record *r,
                           const char *name)
{
    cleanup_service_info service_info info = {0};
    int32_t hr = services->query(services, name, &info);

    if (HR_FAILED(hr))
        return hr;
    if (!is_of(host, &info, r->id))
        return HR_SERVICE_EXISTS;
    if (info.state == SERVICE_ENDING)
        return HR_SERVICE_MARKED_FOR_DELETE;
    return make_fit(services, r, name);
}

/* It ends as long as somebody reads its run's output, and would start again with the host. */
static void give_up_name(services_port *services, const wcow_host *host, const record *r,
                         const char *name)
{
    cleanup_service_info service_info info = {0};

    if (HR_SUCCEEDED(services->query(services, name, &info)) && is_of(host, &info, r->id))
        (void)services->remove(services, name);
}

/*
 * Under the first name that is free, or soon will be. One that another container has is never free,
 * and one whose last process ends may take long: as long as somebody reads.
 */
static int32_t make_new(services_port *services, const wcow_host *host, const record *r, char **out)
{
    const uint64_t give_up = ticks_after(NAME_PATIENCE);
    unsigned number = 0;

    for (;;) {
        cleanup_free char *name = name_of(r->id, number);
        int32_t hr = name ? create(services, host, r, name) : HR_OUT_OF_MEMORY;
        bool busy;

        if (hr == HR_SERVICE_EXISTS)
            hr = make_use_of(services, host, r, name);
        if (HR_SUCCEEDED(hr)) {
            *out = TAKE(name);
            return hr;
        }
        busy = hr == HR_SERVICE_MARKED_FOR_DELETE || hr == HR_SERVICE_DOES_NOT_EXIST;
        if (busy && ticks_now() < give_up) {
            clock_sleep(NAME_PAUSE);
            continue;
        }
        if ((!busy && hr != HR_SERVICE_EXISTS) || ++number == NAMES)
            return hr;
        if (busy)
            give_up_name(services, host, r, name);
    }
}

static int32_t make(services_port *services, const wcow_host *host, const record *r, bool noted,
                    char **out)
{
    cleanup_free char *name = noted ? find_name(services, host, r->id) : NULL;

    if (!name || HR_FAILED(make_fit(services, r, name)))
        return make_new(services, host, r, out);
    *out = TAKE(name);
    return HR_OK;
}

/* Whether there is a service, and whether there was. */
typedef struct notice {
    bool there, before;
} notice;

static wcow_status mark(void *context, state *s, wcow_error *err)
{
    notice *n = context;

    (void)err;
    n->before = s->service;
    s->service = n->there;
    return WCOW_OK;
}

static wcow_status note(wcow_host *host, const char *id, notice *n, wcow_error *err)
{
    return state_change(host, id, mark, n, err);
}

/* It stays noted where there may be one, whatever could not be done to it. */
static void note_none(services_port *services, wcow_host *host, const char *id)
{
    notice none = {false, false};
    service_info *own = NULL;
    size_t count = 0;

    if (HR_SUCCEEDED(list_own(services, host, id, &own, &count)) && !count)
        ignore(note(host, id, &none, NULL));
    service_infos_free(own, count);
}

/* Whether a folder of Windows' own is it, or has it in it; case does not matter. */
static bool lies_in(const char *path, const char *folder)
{
    const size_t length = strlen(folder);
    cleanup_free char *start = strlen(path) < length ? NULL : text_copy_bytes(path, length);

    return start && text_equal_ignore_case(start, folder) &&
           (!path[length] || path[length] == '\\');
}

/*
 * What is where it should be must not be told to go there: others were let in, or own it, which
 * lets them in at any time. So it is to be the administrators', whatever these are called here, and
 * what its folder inherits is well and is to count again, alone. What lies above is not wcow's to
 * reset.
 */
char *container_service_protection(const char *where)
{
    cleanup_free char *given = machine_environment("ProgramFiles");
    const char *programs = given && *given ? given : "C:\\Program Files";
    const bool here = lies_in(where, programs);

    if (here && where[strlen(programs)])
        return text_format("icacls \"%s\" shows who may change it; icacls \"%s\" /setowner "
                           "\"*S-1-5-32-544\" /t, then icacls \"%s\" /reset /t take that away",
                           where, where, where);
    if (here || lies_in(programs, where))
        return text_format("icacls \"%s\" shows who may change it; icacls \"%s\" /remove:g NAME "
                           "takes that away from one",
                           where, where);
    return text_format("put wcow.exe where only administrators write: %s\\wcow", programs);
}

/* A service would run, as LocalSystem, what others put in the place of wcow.exe, or want of it. */
static wcow_status check_exposed(const wcow_host *host, wcow_error *err)
{
    cleanup_free char *where = NULL;
    cleanup_free char *advice = NULL;

    if (container_service_forced() || !service_exposed(host->root, &where))
        return WCOW_OK;
    if (text_equal(where, host->root)) {
        error_set(err, WCOW_DENIED,
                  "programs that are not elevated may put files into '%s', which a service would "
                  "believe; " HOST_ROOT_REMEDY,
                  where);
        return WCOW_DENIED;
    }
    advice = container_service_protection(where ? where : "");
    error_set(err, WCOW_DENIED,
              "programs that are not elevated may change '%s', and a service would run what they "
              "put there; %s",
              where ? where : "wcow.exe", advice ? advice : "");
    return WCOW_DENIED;
}

bool container_service_forced(void)
{
    cleanup_free char *given = machine_environment("WCOW_MONITOR");

    return given && text_equal(given, "service");
}

static wcow_status say_taken(const record *r, wcow_error *err)
{
    error_set(err, WCOW_CONFLICT,
              "each of the %u services that it may have ends only when somebody has read what an "
              "earlier run wrote",
              NAMES);
    error_hint(err, "end the commands that are attached to earlier runs of '%s': wcow service ls",
               r->name);
    return WCOW_CONFLICT;
}

wcow_status container_service_make(wcow_host *host, const record *r, char **out, wcow_error *err)
{
    cleanup_free char *name = NULL;
    services_port *services = NULL;
    notice n = {true, false};
    wcow_status status = host_services(host, &services, err);
    int32_t hr;

    if (!status)
        status = check_exposed(host, err);
    if (!status)
        status = note(host, r->id, &n, err);
    if (status)
        return status;
    hr = make(services, host, r, n.before, &name);
    if (HR_FAILED(hr))
        note_none(services, host, r->id);
    if (hr == HR_SERVICE_MARKED_FOR_DELETE)
        return say_taken(r, err);
    if (HR_FAILED(hr))
        return error_hresult(err, hr, "CreateService");
    *out = TAKE(name);
    return WCOW_OK;
}

int32_t container_service_start(wcow_host *host, const char *name)
{
    services_port *services = NULL;

    if (host_services(host, &services, NULL))
        return HR_NOT_SUPPORTED;
    return services->start(services, name, true);
}

bool container_service_ended(wcow_host *host, const char *name, uint32_t *exit_code)
{
    cleanup_service_info service_info info = {0};
    services_port *services = NULL;
    int32_t hr;

    if (host_services(host, &services, NULL))
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

/* All of them: of an earlier run, too, that still ends, and of whoever died before it had a name.
 */
static int32_t remove_own(services_port *services, const wcow_host *host, const char *id)
{
    service_info *own = NULL;
    size_t count = 0;
    int32_t first = list_own(services, host, id, &own, &count);

    for (size_t i = 0; i < count; i++) {
        const int32_t hr = services->remove(services, own[i].name);

        if (HR_FAILED(hr) && hr != HR_SERVICE_DOES_NOT_EXIST &&
            hr != HR_SERVICE_MARKED_FOR_DELETE && HR_SUCCEEDED(first))
            first = hr;
    }
    service_infos_free(own, count);
    return first;
}

/* Where there is no manager there is no service either: a state that cannot be read says it has. */
wcow_status container_service_remove(wcow_host *host, const char *id, state *s, wcow_error *err)
{
    services_port *services = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = WCOW_OK;

    if (!s->service)
        return WCOW_OK;
    status = host_services(host, &services, &problem);
    if (!status)
        status = error_check(&problem, remove_own(services, host, id), "DeleteService");
    if (!status || status == WCOW_UNSUPPORTED)
        s->service = false;
    return s->service ? error_pass(err, status, &problem) : WCOW_OK;
}

void container_service_settle(wcow_host *host, const record *r, state *s)
{
    if (s->service && !container_service_wanted(r, s))
        ignore(container_service_remove(host, r->id, s, NULL)); /* it stays noted */
}

/* Removed, and crossed out. */
static wcow_status forget(wcow_host *host, const char *id, state *s, wcow_error *err)
{
    notice none = {false, false};
    wcow_status status;

    if (!s->service)
        return WCOW_OK;
    status = container_service_remove(host, id, s, err);
    return status ? status : note(host, id, &none, err);
}

/* One that never ran has none before its first start. */
wcow_status container_service_follow(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_free char *name = NULL;
    cleanup_record record *r = NULL;
    cleanup_state state *s = NULL;
    wcow_status status = record_read(host, id, &r, err);

    if (!status)
        status = state_read(host, id, &s, err);
    if (status || !s->booted)
        return status;
    if (state_is_active(s) ? s->service || r->restart_mode != RESTART_NO
                           : container_service_wanted(r, s))
        return container_service_make(host, r, &name, err);
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
