/* SPDX-License-Identifier: MIT */
#include "shim/host/pipe_names.h"

#include "base/text.h"

char *shim_task_pipe(const char *space, const char *id)
{
    return text_format("\\\\.\\pipe\\ProtectedPrefix\\Administrators\\containerd-shim-%s-%s-pipe",
                       space, id);
}

char *shim_log_pipe(const char *space, const char *id)
{
    return text_format("\\\\.\\pipe\\containerd-shim-%s-%s-log", space, id);
}
