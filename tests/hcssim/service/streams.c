/* SPDX-License-Identifier: MIT */
/* Handing the streams of a container's process to the client that started it. */
#include "base/error.h"

#include "../guest/pipes.h"
#include "service.h"

int32_t streams_input(HANDLE *ours, HANDLE *theirs)
{
    return pipes_new(true, true, ours, theirs);
}

/* Makes it a handle of the client, and none of ours any more. */
static int32_t move(HANDLE client, HANDLE *handle, intptr_t *out)
{
    HANDLE given = NULL;

    if (!*handle)
        return HR_OK;
    if (!DuplicateHandle(GetCurrentProcess(), *handle, client, &given, 0, FALSE,
                         DUPLICATE_SAME_ACCESS))
        return HR_FROM_WIN32(GetLastError());
    pipes_close(handle);
    *out = (intptr_t)given;
    return HR_OK;
}

int32_t streams_give(uint32_t client_pid, client_streams *streams, sim_started *out)
{
    HANDLE client = OpenProcess(PROCESS_DUP_HANDLE, FALSE, client_pid);
    int32_t hr = client ? HR_OK : HR_FROM_WIN32(GetLastError());

    out->in = out->out = out->err = 0;
    if (HR_SUCCEEDED(hr))
        hr = move(client, &streams->in, &out->in);
    if (HR_SUCCEEDED(hr))
        hr = move(client, &streams->out, &out->out);
    if (HR_SUCCEEDED(hr))
        hr = move(client, &streams->err, &out->err);
    if (client)
        CloseHandle(client);
    if (HR_FAILED(hr))
        streams_take_back(client_pid, out);
    pipes_close(&streams->in);
    pipes_close(&streams->out);
    pipes_close(&streams->err);
    return hr;
}

void streams_take_back(uint32_t client_pid, const sim_started *started)
{
    const intptr_t given[3] = {started->in, started->out, started->err};
    HANDLE client = OpenProcess(PROCESS_DUP_HANDLE, FALSE, client_pid);

    for (int i = 0; client && i < 3; i++)
        if (given[i])
            DuplicateHandle(client, (HANDLE)given[i], NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
    if (client)
        CloseHandle(client);
}
