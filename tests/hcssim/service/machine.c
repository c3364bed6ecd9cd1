/* SPDX-License-Identifier: MIT */
/* The machine under the simulated service: volumes, guests of both isolations, their processes. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

#include "mappings.h"
#include "service.h"
#include "volume.h"
#include "wide.h"

#define VOLUMES L"C:\\hcssim\\volumes"

static machine *of(sim_machine *m)
{
    return (machine *)m;
}

wchar_t *machine_volume(const machine *m, const char *volume)
{
    cleanup_free wchar_t *name = wide_from_utf8(volume);

    return name ? wide_join(m->volumes, name) : NULL;
}

static int32_t volume_prepare(sim_machine *m, const char *volume, const char *scratch,
                              const char *const *layers)
{
    cleanup_free wchar_t *folder = machine_volume(of(m), volume);
    int32_t hr = folder ? volume_fill(folder, layers, scratch, false) : HR_OUT_OF_MEMORY;

    if (folder && HR_FAILED(hr) && tree_remove(folder) == HR_OK)
        tree_make(folder);
    return hr;
}

static int32_t volume_release(sim_machine *m, const char *volume, const char *scratch)
{
    cleanup_free wchar_t *folder = machine_volume(of(m), volume);
    int32_t hr;

    if (!folder)
        return HR_OUT_OF_MEMORY;
    if (GetFileAttributesW(folder) == INVALID_FILE_ATTRIBUTES)
        return HR_OK;
    volume_keep(folder, scratch);
    hr = tree_remove(folder);
    return HR_SUCCEEDED(hr) ? tree_make(folder) : hr; /* it is still attached */
}

/* ---- guests ---- */

static int32_t guest_start(sim_machine *m, const sim_guest_spec *spec, sim_guest **out)
{
    sim_guest *guest = calloc(1, sizeof(*guest));
    int32_t hr = HR_OUT_OF_MEMORY;

    if (guest) {
        guest->machine = of(m);
        hr = spec->hyperv ? vm_start(spec, &guest->vm) : silo_start(of(m), spec, guest);
    }
    if (HR_FAILED(hr)) {
        free(guest);
        return hr;
    }
    *out = guest;
    return HR_OK;
}

static int32_t guest_shutdown(sim_machine *m, sim_guest *guest)
{
    (void)m;
    return guest->vm ? vm_shutdown(guest->vm) : runner_shutdown(guest->runner);
}

static void guest_stop(sim_machine *m, sim_guest *guest, uint32_t exit_code)
{
    (void)m;
    if (guest->vm)
        vm_stop(guest->vm, exit_code);
    if (guest->runner)
        runner_stop(guest->runner, exit_code);
    runner_free(guest->runner);
    mappings_remove(guest->mappings);
    free(guest);
}

static int32_t guest_pause(sim_machine *m, sim_guest *guest, bool pause)
{
    (void)m;
    return guest->vm ? vm_pause(guest->vm, pause) : runner_pause(guest->runner, pause);
}

static int32_t guest_processes(sim_machine *m, sim_guest *guest, sim_process_row **rows,
                               size_t *count)
{
    (void)m;
    return guest->vm ? vm_processes(guest->vm, rows, count)
                     : runner_list(guest->runner, rows, count);
}

/* ---- processes ---- */

static int32_t process_start(sim_machine *m, sim_guest *guest, const sim_process_spec *spec,
                             sim_started *out)
{
    (void)m;
    return guest->vm ? vm_process_start(guest->vm, spec, out)
                     : silo_process_start(guest, spec, out);
}

static int32_t process_kill(sim_machine *m, sim_process *process, uint32_t exit_code)
{
    (void)m;
    return process->remote ? vm_process_kill(process->remote, exit_code)
                           : runner_process_kill(process->process, exit_code);
}

static int32_t process_signal(sim_machine *m, sim_process *process, int event)
{
    (void)m;
    return process->remote ? vm_process_signal(process->remote, event)
                           : runner_process_signal(process->process, event);
}

static int32_t process_resize(sim_machine *m, sim_process *process, uint16_t columns, uint16_t rows)
{
    (void)m;
    return process->remote ? vm_process_resize(process->remote, columns, rows)
                           : runner_process_resize(process->process, columns, rows);
}

static int32_t process_close_stdin(sim_machine *m, sim_process *process)
{
    (void)m;
    relay_finish(process->in);
    return HR_OK;
}

static void process_free(sim_machine *m, sim_process *process)
{
    (void)m;
    if (process->remote)
        vm_process_free(process->remote);
    runner_process_free(process->process);
    relay_free(process->in);
    free(process);
}

static void streams_close(sim_machine *m, uint32_t client_pid, const sim_started *started)
{
    (void)m;
    streams_take_back(client_pid, started);
}

static int32_t kill_client(sim_machine *m, uint32_t pid)
{
    HANDLE client = OpenProcess(PROCESS_TERMINATE, FALSE, pid);
    int32_t hr = client && TerminateProcess(client, 1) ? HR_OK : HR_FROM_WIN32(GetLastError());

    (void)m;
    if (client)
        CloseHandle(client);
    return hr;
}

static int64_t now(sim_machine *m)
{
    FILETIME time;
    uint64_t ticks;

    (void)m;
    GetSystemTimePreciseAsFileTime(&time);
    ticks = (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
    return (int64_t)(ticks - 116444736000000000ull) * 100;
}

int32_t machine_open(machine *m)
{
    sim_machine *calls = &m->calls;

    m->volumes = _wcsdup(VOLUMES);
    if (!m->volumes)
        return HR_OUT_OF_MEMORY;
    host_files_install(calls);
    host_metadata_install(calls);
    disks_install(calls);
    ports_install(calls);
    calls->volume_prepare = volume_prepare;
    calls->volume_release = volume_release;
    calls->guest_start = guest_start;
    calls->guest_shutdown = guest_shutdown;
    calls->guest_stop = guest_stop;
    calls->guest_pause = guest_pause;
    calls->guest_processes = guest_processes;
    calls->process_start = process_start;
    calls->process_kill = process_kill;
    calls->process_signal = process_signal;
    calls->process_resize = process_resize;
    calls->process_close_stdin = process_close_stdin;
    calls->process_free = process_free;
    calls->streams_close = streams_close;
    calls->kill_client = kill_client;
    calls->now = now;
    return vm_open();
}

void machine_close(machine *m)
{
    free(m->volumes);
    m->volumes = NULL;
}
