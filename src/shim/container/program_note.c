/* SPDX-License-Identifier: MIT */
#include "shim/container/program_note.h"

#include <string.h>

#include "base/path.h"

wcow_status program_note_write(files_port *files, const char *bundle, const char *program,
                               wcow_error *err)
{
    cleanup_free char *path = path_join(bundle, PROGRAM_NOTE_FILE);
    file_info info;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    if (HR_SUCCEEDED(files->info(files, path, &info)))
        return WCOW_OK;
    status = error_check(err, files->replace(files, path, program, strlen(program)), "write");
    return status ? error_wrap(err, status, "'%s'", path) : WCOW_OK;
}
