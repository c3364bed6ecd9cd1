/* SPDX-License-Identifier: MIT */
/*
 * wcow top: the columns of Docker on Windows (moby daemon/top_windows.go). --format and --human are
 * ours: a script wants objects, and bytes.
 */
#include <inttypes.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"
#include "cli/listing.h"
#include "cli/table.h"

struct top {
    bool human;
    const char *format;
};

static const struct top defaults = {.human = true};

static const struct option options[] = {
    {0, "format", OPTION_STRING, offsetof(struct top, format), "string",
     "Format output: table, table TEMPLATE, json, or TEMPLATE"},
    {0, "human", OPTION_FLAG, offsetof(struct top, human), NULL, HUMAN_SIZES_HELP},
    {0},
};

static const struct column columns[] = {
    {"CPU", "CPU"}, {"Name", "Name"}, {"PID", "PID"}, {"PrivateWorkingSet", "Private Working Set"},
    {NULL, NULL},
};

static void add_process(const struct top *top, const wcow_process_info *process, text *cells)
{
    text_addf(cells, "%s\t%" PRIu32 "\t", process->name, process->pid);
    human_cpu(process->cpu_100ns, cells);
    text_add(cells, "\t");
    human_size_or_bytes(top->human, process->private_working_set, 4, cells);
    text_add(cells, "\n");
}

static wcow_status print_table(FILE *out, const struct top *top, const wcow_process_info *processes,
                               size_t count, wcow_error *err)
{
    cleanup_text text cells = TEXT_INIT;

    text_add(&cells, "Name\tPID\tCPU\tPrivate Working Set\n");
    for (size_t i = 0; i < count; i++)
        add_process(top, &processes[i], &cells);
    if (cells.failed)
        return error_no_memory(err);
    text_make_printable(cells.data); /* whoever is in the container names its programs */
    return table_print(out, text_get(&cells), TABLE_TOP_MINIMUM, err);
}

static bool add(cJSON *row, const char *key, text *value)
{
    bool fine = !value->failed && json_add_text(row, key, text_get(value));

    text_cut(value, 0);
    return fine;
}

static cJSON *row_new(const struct top *top, const wcow_process_info *process)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    cleanup_text text value = TEXT_INIT;
    bool fine = row != NULL;

    human_cpu(process->cpu_100ns, &value);
    fine = fine && add(row, "CPU", &value) && json_add_text(row, "Name", process->name);
    text_addf(&value, "%" PRIu32, process->pid);
    fine = fine && add(row, "PID", &value);
    human_size_or_bytes(top->human, process->private_working_set, 4, &value);
    fine = fine && add(row, "PrivateWorkingSet", &value);
    return fine ? TAKE(row) : NULL;
}

static wcow_status print_rows(FILE *out, const struct top *top, const wcow_process_info *processes,
                              size_t count, wcow_error *err)
{
    const struct listing listing = {
        .format = top->format,
        .standard = "{{.Name}}\t{{.PID}}\t{{.CPU}}\t{{.PrivateWorkingSet}}",
        .columns = columns,
    };
    cleanup_json cJSON *rows = cJSON_CreateArray();

    for (size_t i = 0; i < count; i++)
        if (!json_append(rows, row_new(top, &processes[i])))
            return error_no_memory(err);
    return rows ? listing_print(out, &listing, rows, err) : error_no_memory(err);
}

/* They are ps's, so what begins with '-' is no option of ours: whoever means one is told. */
static wcow_status refuse_arguments(const struct session *session, wcow_error *err)
{
    cleanup_text text words = TEXT_INIT;

    error_set(err, WCOW_INVALID, "Windows does not support arguments to top");
    if (session->arguments[1][0] != '-')
        return WCOW_INVALID;
    for (int i = 1; i < session->count; i++)
        text_addf(&words, "%s ", session->arguments[i]);
    error_hint(err, "options of wcow stand before the container: wcow top %s%s", text_get(&words),
               session->arguments[0]);
    return words.failed ? error_no_memory(err) : WCOW_INVALID;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct top *top = values;
    cleanup_container wcow_container *container = NULL;
    cleanup_wcow wcow_process_info *processes = NULL;
    size_t count = 0;
    wcow_status status;

    if (session->count > 1)
        return refuse_arguments(session, err);
    status = session_container(session, session->arguments[0], &container, err);
    if (!status)
        status = wcow_container_processes(container, &processes, &count, err);
    if (status)
        return status;
    return listing_is_table(top->format) ? print_table(session->out, top, processes, count, err)
                                         : print_rows(session->out, top, processes, count, err);
}

const struct command cmd_top = {
    .name = "top",
    .also = {"container top"},
    .section = SECTION_OTHER,
    .summary = "Display the running processes of a container",
    .arguments = "CONTAINER",
    .options = options,
    .size = sizeof(struct top),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = -1,
    .stops_at_word = true,
    .run = run,
};
