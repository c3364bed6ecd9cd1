/* SPDX-License-Identifier: MIT */
/* A step on who asks: which token and which job a session gives its processes (a console, SSH,
 * WinRM and the task scheduler give different ones), and whether a monitor can live with them. */
#include "base/error.h"
#include "engine/self_test/self_test.h"
#include "port/clock.h"
#include "port/pipe.h"
#include "port/survey.h"

#define REACHED_WITHIN 2000u  /* ms; it listens before anybody connects */
#define CHILD_PATIENCE 30000u /* ms for one that prints its version */

/* winnt.h: JOB_OBJECT_LIMIT_… */
#define JOB_BREAKAWAY_OK        0x0800u
#define JOB_SILENT_BREAKAWAY_OK 0x1000u
#define JOB_KILL_ON_CLOSE       0x2000u

static void note_token(self_test *t)
{
    static const char *const types[] = {"?", "the only one", "full", "limited"};
    const uint64_t since = clock_ticks();
    survey_token token;
    const int32_t hr = survey_token_of_process(&token);

    note_call(t, "GetTokenInformation", "of this process", hr, since);
    if (HR_FAILED(hr))
        return;
    note_text(t, "owner", token.owner);
    note_text(t, "elevated", token.elevated ? "yes" : "no");
    note_text(t, "token", types[token.elevation_type < 4 ? token.elevation_type : 0]);
    note_number(t, "administrators", token.administrators);
    note_text(t, "mayOwnAsAdministrators", token.administrators & TOKEN_GROUP_OWNER ? "yes" : "no");
}

/* ---- the pipe of a monitor ---- */

/* With Administrators as its owner where the token may name them, else with the user. */
static bool can_be_reached(self_test *t, const char *name)
{
    cleanup_pipe_server pipe_server *server = NULL;
    cleanup_stream stream *ours = NULL;
    cleanup_stream stream *theirs = NULL;
    uint64_t since = clock_ticks();
    int32_t hr = pipe_listen(name, &server);

    note_call(t, "listen on a pipe", NULL, hr, since);
    if (HR_FAILED(hr))
        return false;
    since = clock_ticks();
    hr = pipe_connect(name, REACHED_WITHIN, &theirs);
    note_call(t, "connect to it", NULL, hr, since);
    if (HR_SUCCEEDED(hr)) /* who has connected is there: this does not wait */
        hr = pipe_accept(server, &ours);
    return HR_SUCCEEDED(hr);
}

static void try_pipe(self_test *t)
{
    cleanup_free char *name = text_format("wcow-self-test-%u", machine_process_id());
    const uint64_t since = clock_ticks();
    int32_t hr;

    if (!name) {
        t->no_memory = true;
        return;
    }
    hr = survey_administrators_pipe(name);
    note_call(t, "CreateNamedPipe", "owned by Administrators", hr, since);
    note_expected(t, "a pipe of this session is listened on and reached", can_be_reached(t, name));
}

/* ---- its job ---- */

/* Nested jobs all have a say, and only the innermost can be asked: so a child tries it. */
static void try_leaving(self_test *t)
{
    static const char *const arguments[] = {"version", NULL};
    cleanup_child machine_child *child = NULL;
    const uint64_t since = clock_ticks();
    uint32_t code = 0;
    int32_t hr = machine_start_self(arguments, &child);

    if (HR_SUCCEEDED(hr)) {
        note_text(t, "monitorsLeaveTheJob", machine_child_bound(child) ? "no" : "yes");
        hr = machine_child_wait(child, CHILD_PATIENCE, &code);
    }
    note_call(t, "CreateProcess", "out of the job", hr, since);
}

static void note_job(self_test *t)
{
    const uint64_t since = clock_ticks();
    bool within = false;
    uint32_t limits = 0;
    const int32_t hr = survey_job(&within, &limits);

    note_call(t, "IsProcessInJob", NULL, hr, since);
    if (HR_FAILED(hr))
        return;
    note_text(t, "inJob", within ? "yes" : "no");
    if (!within)
        return;
    note_number(t, "jobLimitFlags", limits);
    note_text(t, "jobLetsGo",
              limits & JOB_SILENT_BREAKAWAY_OK ? "silently"
              : limits & JOB_BREAKAWAY_OK      ? "who asks"
                                               : "nobody");
    note_text(t, "jobEndsWithItsHandle", limits & JOB_KILL_ON_CLOSE ? "yes" : "no");
    try_leaving(t);
}

void step_session(self_test *t)
{
    note_token(t);
    note_job(t);
    try_pipe(t);
}
