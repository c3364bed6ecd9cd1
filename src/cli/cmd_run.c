/* SPDX-License-Identifier: MIT */
/* wcow run: create, start, attach. */
#include "base/error.h"
#include "cli/all.h"
#include "cli/container_options.h"
#include "client/detach_keys.h"

struct run {
    struct container_options options;
    bool detach, sig_proxy;
    const char *detach_keys;
};

static const struct run defaults = {CONTAINER_OPTIONS_INIT, false, true, NULL};

static const struct option options[] = {
    {'d', "detach", OPTION_FLAG, offsetof(struct run, detach), NULL,
     "Run container in background and print container ID"},
    {0, "detach-keys", OPTION_STRING, offsetof(struct run, detach_keys), "string",
     "Override the key sequence for detaching a container (ctrl-p,ctrl-q)"},
    {0, "sig-proxy", OPTION_FLAG, offsetof(struct run, sig_proxy), NULL,
     "Proxy received signals to the process (on unless =false)"},
    CONTAINER_OPTIONS(struct run),
    {0},
};

static wcow_status check(const struct run *run, const struct container_request *request,
                         wcow_error *err)
{
    wcow_status status = detach_keys_check(run->detach_keys, err);

    if (status)
        return status;
    if (run->detach && run->options.attach.count)
        return error_set(err, WCOW_INVALID,
                         "conflicting options: cannot specify both --attach and --detach");
    if (run->detach || run->options.dry_run)
        return WCOW_OK;
    return session_check_terminal(request->attach_input, run->options.tty, err);
}

/*
 * Whether this process watches the container itself, which spares another one: of --rm whose user
 * waits for its end. Of one that he may leave behind (by the detach keys, or by a Ctrl-C that is
 * not passed on) he expects that it runs on.
 */
static bool is_watched_here(const struct run *run)
{
    return run->options.auto_remove && !run->detach && !run->options.tty && run->sig_proxy &&
           !run->options.dry_run;
}

/*
 * A container that never started, or whose monitor died, has nobody but us to keep the promise of
 * --rm. One that runs on when its session has ended (nobody reads our output any more, three times
 * Ctrl-C) has its monitor for that: so not by force.
 */
static wcow_status start_failed(const struct run *run, wcow_container *container,
                                wcow_status status)
{
    if (run->options.auto_remove) {
        wcow_container_remove_options how = WCOW_CONTAINER_REMOVE_OPTIONS_INIT;
        wcow_status ignored;

        how.volumes = true;
        how.force = is_watched_here(run); /* nobody else watches it when we are gone */
        ignored = wcow_container_remove_with(container, &how, NULL);
        (void)ignored; /* most often it is gone already, and the first failure is what counts */
    }
    return status;
}

static wcow_status start_attached(struct session *session, const struct run *run,
                                  const struct container_request *request,
                                  wcow_container *container, wcow_error *err)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_status status;

    attach.standard_input = request->attach_input && request->spec.open_stdin;
    attach.standard_output = request->attach_output;
    attach.standard_error = request->attach_error;
    attach.sig_proxy = run->sig_proxy;
    attach.detach_keys = run->detach_keys;
    fflush(session->out);
    status = wcow_container_start(container, &attach, &outcome, err);
    if (status)
        return start_failed(run, container, status);
    session_outcome(session, &outcome);
    return WCOW_OK;
}

static wcow_status watch_here(struct session *session, wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    return status ? status : wcow_monitor_within(host, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    struct run *run = values;
    cleanup_wcow char *keys = NULL;
    cleanup_request struct container_request request = {0};
    cleanup_container wcow_container *container = NULL;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_status status;

    session->stage = STAGE_FLAGS;
    status = container_request_make(&request, &run->options, session->arguments, err);
    if (status)
        return status;
    session->stage = STAGE_RUN;
    status = session_setting(session, "detachKeys", &run->detach_keys, &keys, err);
    if (status)
        return status;
    session->stage = STAGE_COMMAND;
    status = check(run, &request, err);
    if (status)
        return status;
    session->stage = STAGE_RUN;
    request.spec.start_follows = true;
    if (is_watched_here(run))
        status = watch_here(session, err);
    if (status)
        return status;
    status = container_request_run(session, &request, &run->options, &container, err);
    if (status || !container)
        return status;

    if (!run->detach)
        return start_attached(session, run, &request, container, err);
    status = wcow_container_start(container, NULL, &outcome, err);
    if (status)
        return start_failed(run, container, status);
    session_warn(session, &outcome);
    fprintf(session->out, "%s\n", wcow_container_id(container));
    return WCOW_OK;
}

const struct command cmd_run = {
    .name = "run",
    .also = {"container run"},
    .section = SECTION_COMMON,
    .summary = "Create and run a new container from an image",
    .arguments = "IMAGE [COMMAND] [ARG...]",
    .notes = "With --rm, and without -d, -t and --sig-proxy=false, the container ends with this "
             "command, however that ends: killed, its window closed, the third Ctrl-C, a sign-out. "
             "In Docker it runs on; so it does here with -d.",
    .options = options,
    .size = sizeof(struct run),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = -1,
    .stops_at_word = true,
    .run = run,
};
