/* SPDX-License-Identifier: MIT */
/* Process isolation: a job on the host itself, programs from the volume's folder. */
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

#include "../guest/pipes.h"
#include "mappings.h"
#include "service.h"

int32_t silo_start(machine *m, const sim_guest_spec *spec, sim_guest *guest)
{
    cleanup_free wchar_t *root = machine_volume(m, spec->volume);
    int32_t hr =
        root ? mappings_make(root, spec->mounts, NULL, &guest->mappings) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr))
        hr = runner_new(root, spec->hostname, &guest->runner);
    if (HR_FAILED(hr)) {
        mappings_remove(guest->mappings);
        guest->mappings = NULL;
    }
    return hr;
}

/* Between the client and the process, so that the service can end the input while the client keeps
   its handle. */
static int32_t connect_input(runner_started *started, sim_process *process, HANDLE *theirs)
{
    HANDLE ours = NULL;
    int32_t hr = started->in ? streams_input(&ours, theirs) : HR_OK;

    if (!started->in || HR_FAILED(hr))
        return hr;
    process->in = relay_start(RELAY_PIPE(ours), RELAY_PIPE(started->in));
    started->in = NULL;
    return process->in ? HR_OK : HR_OUT_OF_MEMORY;
}

int32_t silo_process_start(sim_guest *guest, const sim_process_spec *spec, sim_started *out)
{
    sim_process *process = calloc(1, sizeof(*process));
    runner_started started = {0};
    client_streams streams = {0};
    int32_t hr = process ? runner_start(guest->runner, spec, &started) : HR_OUT_OF_MEMORY;

    if (HR_FAILED(hr)) {
        free(process);
        return hr;
    }
    hr = connect_input(&started, process, &streams.in);
    streams.out = started.out;
    streams.err = started.err;
    if (HR_SUCCEEDED(hr))
        hr = streams_give(spec->client_pid, &streams, out);
    if (HR_FAILED(hr)) {
        pipes_close(&started.in);
        pipes_close(&streams.in);
        runner_process_kill(started.process, 1);
        runner_process_free(started.process);
        relay_free(process->in);
        free(process);
        return hr;
    }
    process->process = started.process;
    out->pid = started.pid;
    out->process = process;
    return HR_OK;
}
