/* SPDX-License-Identifier: MIT */
/*
 * A step on programs that keep the signal to shut down to themselves. No base image has one, so
 * wcow itself is one: a copy of it is shared with a container (wcow_self_test_deaf()).
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/thread.h"
#include "engine/self_test/self_test.h"
#include "hcs/process.h"
#include "port/clock.h"
#include "port/console.h"
#include "port/survey.h"

#define FOLDER "deaf"
#define NAME   "deaf"
/* Another name than wcow.exe: whoever sees it in a list of processes is not to take it for one of
 * theirs. */
#define LEAF        "stuck.exe"
#define IN_THERE    "C:\\deaf\\stuck.exe"
#define READY_AFTER 2000u /* ms until it surely listens */

/* ---- the program ---- */

#define LIFETIME 120000u /* ms: nobody has to end it for good */

static void told(void *context, int event)
{
    static const char *const names[] = {"Ctrl-C", "Ctrl-Break", "shutdown, log-off or close"};
    const bool *stays = context;

    printf("heard %s\n", names[event]);
    fflush(stdout);
    if (*stays && event == CONSOLE_CLOSE)
        clock_sleep(LIFETIME);
}

wcow_status wcow_self_test_deaf(bool stays, wcow_error *err)
{
    static bool how;

    (void)err;
    how = stays;
    console_on_interrupt(told, &how);
    printf("listening\n");
    fflush(stdout);
    clock_sleep(LIFETIME);
    return WCOW_OK;
}

/* ---- stop, of one that returns from its handler ---- */

/* As an administrator: the folder is nobody else's, and what shares it does not change that. */
static bool run_deaf(self_test *t, const char *mount)
{
    return note_expected(t, "a program from a shared folder is started",
                         self_test_code(t, "run", "-d", "--name", NAME, "--user",
                                        "ContainerAdministrator", "-v", mount, "--isolation",
                                        "{isolation}", "{image}", IN_THERE, "deaf",
                                        "returns") == 0);
}

static void try_stop(self_test *t)
{
    static const char *const stop[] = {"stop", "-t", "10", NAME, NULL};
    cleanup_ran self_test_ran ran = SELF_TEST_RAN_INIT;

    self_test_wcow(t, stop, NULL, 0, &ran);
    note_number(t, "stopMs", (int64_t)ran.milliseconds);
    note_expected(t, "stop ends it", HR_SUCCEEDED(ran.hr) && ran.exit_code == 0);
    (void)self_test_code(t, "wait", NAME); /* at rest: it tells the code at once */
    (void)self_test_code(t, "logs", NAME);
}

/* ---- a signal whose call does not return ---- */

#define ENDED_WITHIN  30000u /* ms, after it was terminated */
#define KILLED_WITHIN 10000u /* ms: longer means that it has waited for the signal */
#define POLL          20u

/* What the signal's thread shares with us; who is last frees it. */
typedef struct signalling {
    atomic_int owners;
    atomic_bool returned;
    compute_system *system; /* its own */
    compute_process *process;
    wcow_status status;
    wcow_error err;
    uint64_t begun, ended;
} signalling;

static void signalling_drop(signalling *s)
{
    if (!s || atomic_fetch_sub(&s->owners, 1) > 1)
        return;
    compute_process_close(s->process);
    compute_system_close(s->system);
    free(s);
}

DEFINE_CLEANUP(signalling, signalling *, signalling_drop)

static void *send_signal(void *context)
{
    signalling *s = context;

    s->status = compute_process_signal(s->process, "CtrlShutdown", NULL, &s->err);
    s->ended = clock_ticks();
    atomic_store(&s->returned, true);
    signalling_drop(s);
    return NULL;
}

static bool has_returned(signalling *s, uint32_t milliseconds)
{
    const uint64_t since = clock_ticks();

    while (!atomic_load(&s->returned) && clock_ticks() - since < milliseconds)
        clock_sleep(POLL);
    return atomic_load(&s->returned);
}

static wcow_status make_stuck(self_test *t, signalling *s, wcow_error *err)
{
    static const char document[] =
        "{\"CommandLine\":\"C:\\\\" FOLDER "\\\\" LEAF " deaf stays\","
        "\"WorkingDirectory\":\"C:\\\\\",\"User\":\"ContainerAdministrator\","
        "\"ConsoleSize\":[0,0]}";
    hcs_process_io io = {0, NULL, NULL, NULL}; /* no stream is asked for */
    wcow_status status = self_test_system(t, NAME, &s->system, err);

    return status ? status : compute_process_create(s->system, document, &io, &s->process, err);
}

static void note_signal(self_test *t, signalling *s, bool returned)
{
    if (!returned) {
        note_text(t, "signalReturned", "no");
        return;
    }
    note_text(t, "signalReturned", "yes");
    note_number(t, "signalMs", (int64_t)(s->ended - s->begun));
    note_status(t, "HcsSignalProcess", "CtrlShutdown, kept by the program", s->status, &s->err,
                clock_ticks());
}

static void terminate_beside(self_test *t, signalling *s)
{
    wcow_error err = WCOW_ERROR_INIT;
    const bool before = has_returned(s, 1000);
    const uint64_t since = clock_ticks();
    uint32_t code = 0;
    wcow_status status = compute_process_kill(s->process, &err);
    const uint64_t took = clock_ticks() - since;

    note_text(t, "signalReturnedBeforeTheKill", before ? "yes" : "no");
    note_status(t, "HcsTerminateProcess", "beside a signal, through a second handle", status, &err,
                since);
    note_number(t, "killMs", (int64_t)took);
    note_expected(t, "a terminate does not wait for a signal", !status && took < KILLED_WITHIN);
    if (!status) {
        status = compute_process_wait(s->process, ENDED_WITHIN, &code, &err);
        note_status(t, "wait for its end", NULL, status, &err, since);
    }
    note_expected(t, "it is ended", !status);
    note_signal(t, s, has_returned(s, status ? 0 : ENDED_WITHIN));
}

static void try_beside(self_test *t)
{
    CLEANUP(signalling) signalling *s = calloc(1, sizeof *s);
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    wcow_status status;

    if (!s) {
        t->no_memory = true;
        return;
    }
    atomic_init(&s->owners, 1);
    status = make_stuck(t, s, &err);
    note_status(t, "HcsCreateProcess", "one that never returns from its handler", status, &err,
                since);
    if (!note_expected(t, "it is started", !status))
        return;
    clock_sleep(READY_AFTER);
    s->begun = clock_ticks();
    atomic_store(&s->owners, 2);
    if (!thread_start_detached(send_signal, s)) {
        atomic_store(&s->owners, 1);
        t->no_memory = true;
        return;
    }
    terminate_beside(t, s);
}

/* ---- the step ---- */

/* The mount of a folder with a copy of this program; NULL if there is none. */
static char *share_self(self_test *t)
{
    files_port *files = t->host->files;
    cleanup_free char *folder = self_test_path(t, FOLDER);
    cleanup_free char *path = folder ? path_join(folder, LEAF) : NULL;
    const uint64_t since = clock_ticks();
    int32_t hr = path ? files->make_directory(files, folder) : HR_OUT_OF_MEMORY;

    if (HR_SUCCEEDED(hr) || hr == HR_ALREADY_EXISTS)
        hr = survey_copy_self(path);
    note_call(t, "CopyFile", "this program", hr, since);
    return HR_SUCCEEDED(hr) ? text_format("%s:C:\\" FOLDER, folder) : NULL;
}

void step_deaf(self_test *t)
{
    cleanup_free char *mount = share_self(t);

    if (!note_expected(t, "this program is copied", mount) || !run_deaf(t, mount))
        return;
    try_beside(t); /* takes its time: the first one listens by then */
    try_stop(t);
    self_test_end(t, NAME);
}
