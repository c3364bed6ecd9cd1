/* SPDX-License-Identifier: MIT */
#include "shim/container/sandbox_file.h"

#include "base/condition.h"
#include "base/error.h"
#include "base/path.h"
#include "port/clock.h"
#include "shim/task/pod.h"

#define SANDBOX       "sandbox"
#define READ_INTERVAL 50u /* ms */

wcow_status bundle_sandbox(files_port *files, const char *bundle, uint64_t deadline, char **out,
                           wcow_error *err)
{
    cleanup_free char *path = path_join(bundle, SANDBOX);
    size_t size = 0;
    int32_t hr;

    *out = NULL;
    if (!path)
        return error_no_memory(err);
    for (;;) {
        hr = files->read(files, path, TASK_MOST_ID, out, &size);
        if (HR_SUCCEEDED(hr) || hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND ||
            hr == HR_FILE_TOO_LARGE)
            return WCOW_OK;
        if (ticks_now() >= deadline)
            return error_wrap(err, error_hresult(err, hr, "read"), "'%s'", path);
        clock_sleep(READ_INTERVAL);
    }
}
