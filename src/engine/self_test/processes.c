/* SPDX-License-Identifier: MIT */
/* A step on a container's processes, asked of the service itself: a monitor hides what it answers.
 */
#include "base/error.h"
#include "engine/self_test/self_test.h"
#include "hcs/process.h"
#include "port/clock.h"
#include "port/survey.h"

#define NAME            "processes"
#define ENDS_WITHIN     60000u /* ms, for one that does nothing */
#define BETWEEN_QUERIES 1100u  /* ms: CreateTimestamp could be counted in seconds */
#define PAUSED_PATIENCE 30000u /* ms for a list of what stands still */

static void free_streams(hcs_process_io *io)
{
    stream_free(io->in);
    stream_free(io->out);
    stream_free(io->err);
}

DEFINE_CLEANUP_VALUE(io, hcs_process_io, free_streams)

/* Runs one that does nothing to its end; NULL if that cannot be had. */
static compute_process *run_short(self_test *t, compute_system *system, const char *what,
                                  const char *document, hcs_process_io *io)
{
    cleanup_process compute_process *process = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    uint64_t since = clock_ticks();
    uint32_t code = 0;
    wcow_status status = compute_process_create(system, document, io, &process, &err);

    note_status(t, "HcsCreateProcess", what, status, &err, since);
    if (!note_expected(t, "a process is made in it", !status))
        return NULL;
    since = clock_ticks();
    status = compute_process_wait(process, ENDS_WITHIN, &code, &err);
    note_status(t, "wait for its end", what, status, &err, since);
    return note_expected(t, "it ends with its code", !status && code == 5) ? TAKE(process) : NULL;
}

/* Of three streams one is asked for: what stands in the place of the others? */
static void try_streams(self_test *t, compute_system *system)
{
    static const char document[] =
        "{\"CommandLine\":\"cmd /c exit 5\",\"WorkingDirectory\":\"C:\\\\\","
        "\"CreateStdOutPipe\":true,\"ConsoleSize\":[0,0]}";
    CLEANUP(io) hcs_process_io io = {0, NULL, NULL, NULL};
    cleanup_process compute_process *process =
        run_short(t, system, "with its output alone", document, &io);
    int64_t value = 0;

    if (!process)
        return;
    note_expected(t, "it has the stream that was asked for, and no other",
                  io.out && !io.in && !io.err);
    if (HR_SUCCEEDED(survey_unasked_stream(&value)))
        note_number(t, "unaskedStream", value);
}

/* Which code a size has that is set where there is no console, and what becomes of an error stream
 * where a console has the output: hcsshim's comments do not say. */
static void try_mixed(self_test *t, compute_system *system)
{
    static const char plain[] =
        "{\"CommandLine\":\"ping -t localhost\",\"WorkingDirectory\":\"C:\\\\\","
        "\"ConsoleSize\":[0,0]}";
    static const char both[] =
        "{\"CommandLine\":\"cmd /c exit 5\",\"WorkingDirectory\":\"C:\\\\\","
        "\"EmulateConsole\":true,\"CreateStdOutPipe\":true,\"CreateStdErrPipe\":true,"
        "\"ConsoleSize\":[30,100]}";
    CLEANUP(io) hcs_process_io none = {0, NULL, NULL, NULL};
    CLEANUP(io) hcs_process_io io = {0, NULL, NULL, NULL};
    cleanup_process compute_process *process = NULL;
    cleanup_process compute_process *other = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    uint64_t since = clock_ticks();
    wcow_status status = compute_process_create(system, plain, &none, &process, &err);

    note_status(t, "HcsCreateProcess", "without any stream", status, &err, since);
    if (!status) {
        since = clock_ticks();
        status = compute_process_resize(process, 40, 120, &err);
        note_status(t, "HcsModifyProcess", "ConsoleSize, without a console", status, &err, since);
        since = clock_ticks();
        status = compute_process_kill(process, &err);
        note_status(t, "HcsTerminateProcess", "without any stream", status, &err, since);
    }
    since = clock_ticks();
    status = compute_process_create(system, both, &io, &other, &err);
    note_status(t, "HcsCreateProcess", "a console and an error stream", status, &err, since);
    if (!status)
        note_text(t, "consoleHasErrorStream", io.err ? "yes" : "no");
}

/* A terminal may change its size after the program has ended, before anybody knows. */
static void try_size(self_test *t, compute_system *system)
{
    static const char document[] =
        "{\"CommandLine\":\"cmd /c exit 5\",\"WorkingDirectory\":\"C:\\\\\","
        "\"EmulateConsole\":true,\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,"
        "\"ConsoleSize\":[30,100]}";
    CLEANUP(io) hcs_process_io io = {0, NULL, NULL, NULL};
    cleanup_process compute_process *process =
        run_short(t, system, "with a console", document, &io);
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    wcow_status status;

    if (!process)
        return;
    status = compute_process_resize(process, 40, 120, &err);
    note_status(t, "HcsModifyProcess", "ConsoleSize, of an ended process", status, &err, since);
}

/* ---- the list ---- */

static const cJSON *row_of(const cJSON *properties, int64_t pid)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, json_member(properties, "ProcessList")) {
        if (json_integer(row, "ProcessId", -1) == pid)
            return row;
    }
    return NULL;
}

static wcow_status list(self_test *t, compute_system *system, cJSON **out)
{
    static const char *const types[] = {"ProcessList", NULL};
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    wcow_status status = compute_system_properties(system, types, out, &err);

    note_status(t, "HcsGetComputeSystemProperties", "ProcessList", status, &err, since);
    return status;
}

/* Notes of execs (engine/container/exec_note.c) know a process again by it and its id. */
static void try_timestamps(self_test *t, compute_system *system)
{
    cleanup_json cJSON *first = NULL;
    cleanup_json cJSON *second = NULL;
    const cJSON *row;
    size_t known = 0;
    bool same = true;
    wcow_status status = list(t, system, &first);

    clock_sleep(BETWEEN_QUERIES);
    if (!status)
        status = list(t, system, &second);
    if (!note_expected(t, "its processes are listed", !status))
        return;
    cJSON_ArrayForEach (row, json_member(first, "ProcessList")) {
        const char *created = json_text(row, "CreateTimestamp", "");
        const cJSON *again = row_of(second, json_integer(row, "ProcessId", -2));

        if (!again)
            continue;
        known++;
        same = same && *created && text_equal(created, json_text(again, "CreateTimestamp", ""));
    }
    note_number(t, "processes", (int64_t)known);
    note_expected(t, "a process keeps its CreateTimestamp", known > 0 && same);
    note_json(t, "list", cJSON_Duplicate(json_member(second, "ProcessList"), true));
}

/* A guest that stands still can answer nothing: the query may fail, wait, or come from outside. A
 * process of its own asks, which can be ended. */
static void try_paused(self_test *t)
{
    static const char *const top[] = {"top", NAME, NULL};
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;

    if (!note_expected(t, "it is paused", self_test_code(t, "pause", NAME) == 0))
        return;
    self_test_wcow(t, top, NULL, PAUSED_PATIENCE, &ran);
    note_text(t, "listedWhilePaused",
              ran.hr == HR_WAIT_TIMEOUT                ? "not in 30 s"
              : HR_SUCCEEDED(ran.hr) && !ran.exit_code ? "yes"
                                                       : "no");
    note_expected(t, "it goes on", self_test_code(t, "unpause", NAME) == 0);
}

void step_processes(self_test *t)
{
    cleanup_system compute_system *system = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    uint64_t since;
    wcow_status status;

    if (!self_test_start(t, NAME))
        return;
    since = clock_ticks();
    status = self_test_system(t, NAME, &system, &err);
    note_status(t, "HcsOpenComputeSystem", NULL, status, &err, since);
    if (note_expected(t, "its system is opened", !status)) {
        try_streams(t, system);
        try_size(t, system);
        try_mixed(t, system);
        try_timestamps(t, system);
    }
    if (text_equal(t->isolation, "hyperv"))
        try_paused(t);
    self_test_end(t, NAME);
}
