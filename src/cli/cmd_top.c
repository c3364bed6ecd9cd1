/* SPDX-License-Identifier: MIT */
/* wcow top: the columns of Docker on Windows (moby daemon/top_windows.go). */
#include <inttypes.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/table.h"

static void add_process(const wcow_process_info *process, text *cells)
{
    text_addf(cells, "%s\t%" PRIu32 "\t", process->name, process->pid);
    human_cpu(process->cpu_100ns, cells);
    text_add(cells, "\t");
    human_size(process->private_working_set, 4, cells);
    text_add(cells, "\n");
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    cleanup_wcow wcow_process_info *processes = NULL;
    cleanup_text text cells = TEXT_INIT;
    size_t count = 0;
    wcow_status status;

    (void)values;
    if (session->count > 1)
        return error_set(err, WCOW_INVALID, "Windows does not support arguments to top");
    status = session_container(session, session->arguments[0], &container, err);
    if (!status)
        status = wcow_container_processes(container, &processes, &count, err);
    if (status)
        return status;

    text_add(&cells, "Name\tPID\tCPU\tPrivate Working Set\n");
    for (size_t i = 0; i < count; i++)
        add_process(&processes[i], &cells);
    if (cells.failed)
        return error_no_memory(err);
    text_make_printable(cells.data); /* whoever is in the container names its programs */
    return table_print(session->out, text_get(&cells), TABLE_TOP_MINIMUM, err);
}

const struct command cmd_top = {
    .name = "top",
    .also = {"container top"},
    .section = SECTION_OTHER,
    .summary = "Display the running processes of a container",
    .arguments = "CONTAINER",
    .minimum = 1,
    .maximum = -1,
    .stops_at_word = true,
    .run = run,
};
