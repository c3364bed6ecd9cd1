/* SPDX-License-Identifier: MIT */
/*
 * Hyper-V isolation: a utility VM is a second Wine prefix, whose C: holds the container's files
 * over Wine's own, with an agent in it. On this host there is one vmwp.exe for it and nothing else
 * to see.
 */
#define _CRT_RAND_S /* for rand_s() of stdlib.h */
#include "vm.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#include "../guest/create.h"
#include "../guest/pipes.h"
#include "mappings.h"
#include "script.h"
#include "volume.h"
#include "wide.h"

#define BOOT_TIMEOUT 60000
#define STOP_TIMEOUT 20000

int32_t vm_open(void)
{
    return vm_link_open();
}

void vm_release(vm *v)
{
    if (!v || InterlockedDecrement(&v->references))
        return;
    link_free(v->link);
    pipes_close(&v->worker);
    pipes_close(&v->dead);
    pipes_close(&v->watcher);
    pipes_close(&v->reader);
    DeleteCriticalSection(&v->lock);
    free(v->folder);
    free(v->unix_folder);
    free(v->scratch);
    free(v);
}

static bool exists(const wchar_t *path)
{
    return path && GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static bool wait_for_file(const wchar_t *path, bool there, DWORD milliseconds)
{
    for (DWORD waited = 0; waited < milliseconds; waited += 5) {
        if (exists(path) == there)
            return true;
        Sleep(5);
    }
    return false;
}

static int32_t run_vm(vm *v, const char *hostname)
{
    cleanup_free wchar_t *template = wide_environment(L"HCSSIM_TEMPLATE");
    cleanup_free wchar_t *binaries = wide_environment(L"HCSSIM_GUEST");
    cleanup_free wchar_t *folder = wide_from_utf8(v->unix_folder);
    cleanup_free wchar_t *name = wide_from_utf8(hostname && *hostname ? hostname : "container");
    cleanup_free wchar_t *token = wide_from_utf8(v->token);
    cleanup_free wchar_t *arguments = NULL;

    if (!template || !binaries || !folder || !name || !token)
        return HR_NOT_SUPPORTED;
    arguments = wide_format(L"run \"%ls\" \"%ls\" \"%ls\" %u %ls \"%ls\"", template, folder,
                            binaries, (unsigned)vm_link_port(), token, name);
    return arguments ? script_run(arguments) : HR_OUT_OF_MEMORY;
}

static void remove_vm(vm *v)
{
    cleanup_free wchar_t *folder = wide_from_utf8(v->unix_folder);
    cleanup_free wchar_t *arguments = folder ? wide_format(L"stop \"%ls\"", folder) : NULL;

    if (arguments && HR_SUCCEEDED(script_run(arguments)))
        wait_for_file(v->folder, false, STOP_TIMEOUT);
}

/* ---- starting ---- */

static bool make_token(char token[LINK_TOKEN_SIZE])
{
    for (int i = 0; i < 4; i++) {
        cleanup_free char *digits = NULL;
        unsigned number;

        if (rand_s(&number) != 0 || !(digits = text_format("%08x", number)))
            return false;
        memcpy(token + 8 * i, digits, 9);
    }
    return true;
}

/* /a/b → Z:\a\b */
static wchar_t *windows_path(const char *unix_path)
{
    cleanup_free wchar_t *wide = wide_from_utf8(unix_path);

    for (wchar_t *c = wide; c && *c; c++)
        *c = *c == L'/' ? L'\\' : *c;
    return wide ? wide_format(L"Z:%ls", wide) : NULL;
}

static vm *vm_new(const sim_guest_spec *spec)
{
    static volatile LONG count;
    cleanup_free wchar_t *home = wide_environment(L"HCSSIM_HOME");
    cleanup_free char *unix_home = utf8_from_wide(home);
    vm *v = unix_home ? calloc(1, sizeof(*v)) : NULL;

    if (!v)
        return NULL;
    v->references = 1;
    InitializeCriticalSection(&v->lock);
    v->unix_folder = text_format("%s/vms/%lu-%ld", unix_home, GetCurrentProcessId(),
                                 InterlockedIncrement(&count));
    v->folder = v->unix_folder ? windows_path(v->unix_folder) : NULL;
    v->scratch = text_copy(spec->scratch);
    v->dead = CreateEventW(NULL, TRUE, FALSE, NULL);
    v->exited = spec->exited;
    v->context = spec->context;
    if (!v->folder || !v->dead || !make_token(v->token)) {
        vm_release(v);
        return NULL;
    }
    return v;
}

static int32_t fill(vm *v, const sim_guest_spec *spec)
{
    cleanup_free wchar_t *made = wide_join(v->folder, L"made");
    cleanup_free wchar_t *drive = wide_join(v->folder, L"drive_c");
    cleanup_free wchar_t *filled = wide_join(v->folder, L"filled");
    cleanup_free char *drives = NULL;
    HANDLE file;
    DWORD done;
    int32_t hr;

    if (!made || !drive || !filled)
        return HR_OUT_OF_MEMORY;
    if (!wait_for_file(made, true, BOOT_TIMEOUT))
        return HR_TIMEOUT;
    hr = volume_fill(drive, spec->layers, spec->scratch, true);
    if (HR_SUCCEEDED(hr))
        hr = mappings_make(drive, spec->mounts, &drives, &v->mappings);
    if (HR_FAILED(hr))
        return hr;
    /* Under its name only when it is whole: the script waits for that. */
    file = CreateFileW(made, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return HR_FROM_WIN32(GetLastError());
    WriteFile(file, drives, (DWORD)strlen(drives), &done, NULL);
    CloseHandle(file);
    return MoveFileExW(made, filled, 0) ? HR_OK : HR_FROM_WIN32(GetLastError());
}

/* The VM's worker process on the host. It ends when its input does: when this service is gone. */
static int32_t start_worker(vm *v, const sim_guest_spec *spec)
{
    cleanup_free wchar_t *folder = wide_program_folder();
    cleanup_free wchar_t *id = wide_from_utf8(spec->id);
    cleanup_free wchar_t *line =
        folder && id ? wide_format(L"\"%ls\\vmwp.exe\" %lu %ls", folder, GetCurrentProcessId(), id)
                     : NULL;
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION made;

    if (!line)
        return HR_OUT_OF_MEMORY;
    if (!create_process(NULL, line, FALSE, DETACHED_PROCESS, NULL, NULL, &startup, &made))
        return HR_FROM_WIN32(GetLastError());
    CloseHandle(made.hThread);
    v->worker = made.hProcess;
    return HR_OK;
}

/* ---- its end ---- */

/* Waits for the end of the worker or of the agent: if nobody asked for it, the VM has died. */
static DWORD WINAPI watch(void *argument)
{
    vm *v = argument;
    HANDLE waits[2] = {v->worker, v->dead};

    WaitForMultipleObjects(2, waits, FALSE, INFINITE);
    SetEvent(v->dead);
    if (!InterlockedExchange(&v->stopping, 1)) {
        TerminateProcess(v->worker, 1);
        vm_processes_end(v, 0xC0370106u);
        v->exited(v->context, (int32_t)0xC0370106);
    }
    return 0;
}

static int32_t connect_agent(vm *v, vm_expected *control)
{
    SOCKET socket = vm_link_wait(control, v->worker, BOOT_TIMEOUT);

    if (socket == INVALID_SOCKET)
        return (int32_t)0xC0370108; /* no connection to the guest */
    v->link = link_new(socket);
    if (!v->link)
        return HR_OUT_OF_MEMORY;
    v->reader = CreateThread(NULL, 0, vm_read, v, 0, NULL);
    v->watcher = v->reader ? CreateThread(NULL, 0, watch, v, 0, NULL) : NULL;
    return v->watcher ? HR_OK : HR_OUT_OF_MEMORY;
}

static int32_t boot(vm *v, const sim_guest_spec *spec)
{
    vm_expected control;
    int32_t hr = vm_link_expect(&control, v->token, 0, LINK_CONTROL);

    if (HR_FAILED(hr))
        return hr;
    hr = run_vm(v, spec->hostname);
    if (HR_SUCCEEDED(hr))
        hr = start_worker(v, spec);
    if (HR_SUCCEEDED(hr))
        hr = fill(v, spec);
    if (HR_SUCCEEDED(hr))
        return connect_agent(v, &control);
    vm_link_wait(&control, NULL, 0);
    return hr;
}

int32_t vm_start(const sim_guest_spec *spec, vm **out)
{
    vm *v = vm_new(spec);
    int32_t hr = v ? boot(v, spec) : HR_OUT_OF_MEMORY;

    if (HR_FAILED(hr)) {
        if (v)
            vm_stop(v, 1);
        return hr;
    }
    *out = v;
    return HR_OK;
}

static void join(HANDLE thread)
{
    if (thread && GetThreadId(thread) != GetCurrentThreadId())
        WaitForSingleObject(thread, INFINITE);
}

int32_t vm_shutdown(vm *v)
{
    return vm_call(v, "shutdown", cJSON_CreateObject(), NULL);
}

void vm_stop(vm *v, uint32_t exit_code)
{
    cJSON *request = cJSON_CreateObject();
    cleanup_free wchar_t *drive = wide_join(v->folder, L"drive_c");

    InterlockedExchange(&v->stopping, 1);
    json_add_integer(request, "code", exit_code);
    if (v->link)
        vm_call(v, "stop", request, NULL);
    else
        cJSON_Delete(request);
    vm_processes_end(v, exit_code);
    SetEvent(v->dead);
    if (v->link)
        shutdown(v->link->socket, SD_BOTH);
    if (v->worker)
        TerminateProcess(v->worker, 0);
    join(v->reader);
    join(v->watcher);
    mappings_remove(v->mappings);
    if (drive && v->scratch && v->link)
        volume_keep(drive, v->scratch);
    remove_vm(v);
    vm_release(v);
}

int32_t vm_pause(vm *v, bool pause)
{
    cJSON *request = cJSON_CreateObject();

    json_add_bool(request, "pause", pause);
    return vm_call(v, "pause", request, NULL);
}

static void read_row(const cJSON *item, sim_process_row *row)
{
    const char *name = json_text(item, "name", "");
    size_t length = strlen(name);

    length = length < sizeof(row->name) ? length : sizeof(row->name) - 1;
    memcpy(row->name, name, length);
    row->name[length] = 0;
    row->pid = (uint32_t)json_integer(item, "pid", 0);
    row->user_100ns = (uint64_t)json_integer(item, "user", 0);
    row->kernel_100ns = (uint64_t)json_integer(item, "kernel", 0);
    row->commit = (uint64_t)json_integer(item, "commit", 0);
    row->private_ws = (uint64_t)json_integer(item, "private", 0);
    row->shared_ws = (uint64_t)json_integer(item, "shared", 0);
    row->created = json_integer(item, "created", 0) * 1000;
}

int32_t vm_processes(vm *v, sim_process_row **rows, size_t *count)
{
    cleanup_json cJSON *reply = NULL;
    int32_t hr = vm_call(v, "list", cJSON_CreateObject(), &reply);
    const cJSON *list = json_member(reply, "processes");
    sim_process_row *made;
    const cJSON *item;
    size_t found = 0;

    if (HR_FAILED(hr))
        return hr;
    made = calloc((size_t)cJSON_GetArraySize(list) + 1, sizeof(*made));
    if (!made)
        return HR_OUT_OF_MEMORY;
    cJSON_ArrayForEach (item, list)
        read_row(item, &made[found++]);
    *rows = made;
    *count = found;
    return HR_OK;
}
