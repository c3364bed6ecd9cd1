/* SPDX-License-Identifier: MIT */
/* Opening and freeing a host; its ports are opened when first needed. */
#include "engine/host/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/options.h"
#include "base/path.h"
#include "base/text.h"

static const host_limits default_limits = {
    .lock = 30000,
    .owner = 10000,
    .connect = 30000,
    .request = 60000,
    .drain = 500,
    .shutdown = 30000,
    .terminate = 30000,
    .lull = 1000,
    .boot = 180000,
    .answer = 10000,
    .guest = 60000,
    .patience = 60000,
    .retry = 500,
    .retry_longest = 60000,
};

static int32_t start_self(void *context, wcow_host *host, const char *id, machine_child **child)
{
    const char *const arguments[] = {"--root", host->root, "monitor", id, NULL};

    (void)context;
    return machine_start_self(arguments, child);
}

static wcow_host *new_host(char *root)
{
    wcow_host *host = calloc(1, sizeof *host);

    if (!host || pthread_mutex_init(&host->lock, NULL)) {
        free(host);
        free(root);
        return NULL;
    }
    host->root = root;
    host->start_monitor = start_self;
    host->limits = default_limits;
    machine_version_get(&host->version);
    host->processors = machine_processors();
    host->local_value = machine_local_value;
    host->port_owner = socket_owner_find;
    return host;
}

/* What the caller gave counts from the opening of the host. */
static void tell_caller(void *context, const char *what, uint64_t when)
{
    const wcow_host *host = context;

    host->step(host->step_context, what, when > host->opened ? when - host->opened : 0);
}

static void watch_steps(wcow_host *host, const wcow_host_options *how)
{
    if (!how->step)
        return;
    host->step = how->step;
    host->step_context = how->step_context;
    host->opened = step_clock();
    host->steps = (step_sink){tell_caller, host};
}

wcow_status host_step(const wcow_host *host, wcow_status status, const char *what)
{
    if (!status)
        step_done(&host->steps, what);
    return status;
}

wcow_status host_new(const char *root, hcs_port *hcs, storage_port *storage, files_port *files,
                     wcow_host **out, wcow_error *err)
{
    char *copy = text_copy(root);
    wcow_host *host = copy ? new_host(copy) : NULL;

    if (!host)
        return error_no_memory(err);
    host->hcs = hcs;
    host->storage = storage;
    host->files = files;
    host->borrowed = true;
    *out = host;
    return WCOW_OK;
}

wcow_status host_beside(const wcow_host *host, wcow_host **out, wcow_error *err)
{
    wcow_host *made = NULL;
    wcow_status status =
        host->borrowed ? host_new(host->root, host->hcs, host->storage, host->files, &made, err)
                       : host_new(host->root, NULL, NULL, NULL, &made, err);

    if (status)
        return status;
    made->borrowed = host->borrowed;
    made->services = host->borrowed ? host->services : NULL;
    made->limits = host->limits;
    made->version = host->version;
    made->processors = host->processors;
    made->local_value = host->local_value;
    made->port_owner = host->port_owner;
    *out = made;
    return WCOW_OK;
}

/* *is_default: nobody has named another. */
static char *default_root(bool *is_default)
{
    char *root = machine_environment("WCOW_ROOT");

    *is_default = !root || !*root;
    if (!*is_default)
        return root;
    free(root);
    return machine_default_root();
}

/* As the service gets paths from everybody else; and "C:/wcow", "C:\wcow\" and "C:\wcow" are one
 * store. */
static void tidy_root(char *root)
{
    size_t length = strlen(root);

    if (path_separator(root) == '\\') {
        for (char *c = root; *c; c++)
            *c = *c == '/' ? '\\' : *c;
    }
    while (length > 3 && (root[length - 1] == '/' || root[length - 1] == '\\'))
        root[--length] = '\0';
}

wcow_status wcow_host_open(const wcow_host_options *options, wcow_host **out, wcow_error *err)
{
    wcow_host_options how = WCOW_HOST_OPTIONS_INIT;
    bool is_default = false;
    char *root;
    wcow_status status = options_copy(&how, sizeof how, options, "wcow_host_options", err);

    if (status)
        return status;
    root = how.root ? text_copy(how.root) : default_root(&is_default);
    if (!root)
        return error_no_memory(err);
    if (!path_is_absolute(root)) {
        status = error_set(err, WCOW_INVALID,
                           "the root '%s' is no absolute path: give the whole path", root);
        free(root);
        return status;
    }
    tidy_root(root);

    wcow_host *host = new_host(root);

    if (!host)
        return error_no_memory(err);
    host->root_is_default = is_default;
    watch_steps(host, &how);
    *out = host;
    return WCOW_OK;
}

void host_stray(wcow_host *host, int change)
{
    pthread_mutex_lock(&host->lock);
    host->strays += (unsigned)change;
    pthread_mutex_unlock(&host->lock);
}

static bool has_strays(wcow_host *host)
{
    bool some;

    pthread_mutex_lock(&host->lock);
    some = host->strays > 0;
    pthread_mutex_unlock(&host->lock);
    return some;
}

void wcow_host_free(wcow_host *host)
{
    if (host && host->end_monitors)
        host->end_monitors(host->start_context);
    if (!host || has_strays(host))
        return;
    if (!host->borrowed) {
        if (host->hcs)
            host->hcs->free(host->hcs);
        if (host->storage)
            host->storage->free(host->storage);
        if (host->files)
            host->files->free(host->files);
        if (host->services)
            host->services->free(host->services);
    }
    if (host->hives)
        host->hives->free(host->hives);
    pthread_mutex_destroy(&host->lock);
    free(host->root);
    free(host);
}

static wcow_status explain_no_service(int32_t hr, const char *call, wcow_error *err)
{
    wcow_status status;

    if (hr == HR_NOT_SUPPORTED)
        return error_set(err, WCOW_UNAVAILABLE,
                         "this needs a Windows host: there is no Host Compute Service here");
    status = error_hresult(err, hr, call);
    error_hint(err, "Windows' Containers feature makes the Host Compute Service available: "
                    "Enable-WindowsOptionalFeature -Online -FeatureName Containers");
    return error_wrap(err, status == WCOW_NOT_FOUND ? WCOW_UNAVAILABLE : status,
                      "the Host Compute Service cannot be reached");
}

wcow_status host_hcs(wcow_host *host, hcs_port **out, wcow_error *err)
{
    int32_t hr = HR_OK;

    pthread_mutex_lock(&host->lock);
    if (!host->hcs)
        hr = host->borrowed ? HR_NOT_SUPPORTED : hcs_port_open(&host->hcs);
    if (HR_SUCCEEDED(hr))
        *out = host->hcs;
    pthread_mutex_unlock(&host->lock);
    return HR_SUCCEEDED(hr) ? WCOW_OK : explain_no_service(hr, "load vmcompute.dll", err);
}

wcow_status host_storage(wcow_host *host, storage_port **out, wcow_error *err)
{
    int32_t hr = HR_OK;

    pthread_mutex_lock(&host->lock);
    if (!host->storage)
        hr = host->borrowed ? HR_NOT_SUPPORTED : storage_port_open(&host->storage);
    if (HR_SUCCEEDED(hr))
        *out = host->storage;
    pthread_mutex_unlock(&host->lock);
    return HR_SUCCEEDED(hr) ? WCOW_OK : explain_no_service(hr, "load vmcompute.dll", err);
}

static bool is_absent(int32_t hr)
{
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND;
}

static wcow_status refuse_root(const wcow_host *host, bool ours, wcow_error *err)
{
    if (ours) {
        error_set(err, WCOW_DENIED,
                  "others may put files into the folder '%s', which wcow would trust", host->root);
        error_hint(err, HOST_ROOT_REMEDY);
    } else {
        error_set(err, WCOW_DENIED,
                  "the folder '%s' belongs to somebody else, who may have prepared it", host->root);
        error_hint(err, "look at what is in it, then remove it or take it over (takeown /a /r /f "
                        "FOLDER), or name another folder with --root");
    }
    return WCOW_DENIED;
}

wcow_status host_check_root(const wcow_host *host, files_port *files, wcow_error *err)
{
    bool ours = false;
    bool shared = false;
    int32_t hr = files->is_ours(files, host->root, &ours);

    if (HR_SUCCEEDED(hr) && ours)
        hr = files->is_shared(files, host->root, &shared);
    if (is_absent(hr))
        return WCOW_OK;
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "look at who may change it"),
                          "cannot use '%s'", host->root);
    return ours && !shared ? WCOW_OK : refuse_root(host, ours, err);
}

void host_distrust_root(wcow_host *host)
{
    pthread_mutex_lock(&host->lock);
    host->root_checked = host->root_checked && host->distrusted;
    host->distrusted = true;
    pthread_mutex_unlock(&host->lock);
}

wcow_status host_files(wcow_host *host, files_port **out, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    pthread_mutex_lock(&host->lock);
    if (!host->files)
        status = error_check(err, files_port_open(&host->files), "open the file system");
    if (!status && (host->root_is_default || host->distrusted) && !host->root_checked)
        status = host_check_root(host, host->files, err);
    if (!status) {
        host->root_checked = true;
        *out = host->files;
    }
    pthread_mutex_unlock(&host->lock);
    return status;
}

wcow_status host_hives(wcow_host *host, hives_port **out, wcow_error *err)
{
    int32_t hr = HR_OK;

    pthread_mutex_lock(&host->lock);
    if (!host->hives)
        hr = hives_port_open(&host->hives);
    if (HR_SUCCEEDED(hr))
        *out = host->hives;
    pthread_mutex_unlock(&host->lock);
    if (hr == HR_MODULE_NOT_FOUND)
        return error_set(err, WCOW_UNAVAILABLE,
                         "Windows' offline registry library is missing on this host: put the "
                         "offreg.dll of the Windows Driver Kit into System32");
    return error_check(err, hr, "load offreg.dll");
}

wcow_status host_services(wcow_host *host, services_port **out, wcow_error *err)
{
    int32_t hr = HR_OK;

    pthread_mutex_lock(&host->lock);
    if (!host->services)
        hr = host->borrowed ? HR_NOT_SUPPORTED : services_port_open(&host->services);
    if (HR_SUCCEEDED(hr))
        *out = host->services;
    pthread_mutex_unlock(&host->lock);
    return error_check(err, hr, "OpenSCManager");
}

void wcow_free(void *memory)
{
    free(memory);
}
