/* SPDX-License-Identifier: MIT */
/* wcow attach: this terminal ⇄ a running container. */
#include "base/error.h"
#include "cli/all.h"

struct attach {
    bool no_stdin, sig_proxy;
    const char *detach_keys;
};

static const struct attach defaults = {false, true, NULL};

static const struct option options[] = {
    {0, "detach-keys", OPTION_STRING, offsetof(struct attach, detach_keys), "string",
     "Override the key sequence for detaching a container (ctrl-p,ctrl-q)"},
    {0, "no-stdin", OPTION_FLAG, offsetof(struct attach, no_stdin), NULL, "Do not attach STDIN"},
    {0, "sig-proxy", OPTION_FLAG, offsetof(struct attach, sig_proxy), NULL,
     "Proxy received signals to the process (on unless =false)"},
    {0},
};

/* Docker's refusals, from what the container says of itself. */
static wcow_status check_state(wcow_container *container, bool input, bool *open_stdin,
                               wcow_error *err)
{
    cleanup_wcow wcow_container_info *info = NULL;
    wcow_status status = wcow_container_get_info(container, &info, err);

    if (status)
        return status;
    if (!info->running)
        return error_set(err, WCOW_CONFLICT,
                         "cannot attach to a stopped container, start it first");
    if (info->paused)
        return error_set(err, WCOW_CONFLICT,
                         "cannot attach to a paused container, unpause it first");
    *open_stdin = input && info->open_stdin;
    return session_check_terminal(input, info->tty, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    struct attach *attach = values;
    cleanup_wcow char *keys = NULL;
    wcow_attach_options how = WCOW_ATTACH_OPTIONS_INIT;
    cleanup_container wcow_container *container = NULL;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_status status = session_detach_keys(session, &attach->detach_keys, &keys, err);

    if (!status)
        status = session_container(session, session->arguments[0], &container, err);
    if (!status)
        status = check_state(container, !attach->no_stdin, &how.standard_input, err);
    if (status)
        return status;

    how.sig_proxy = attach->sig_proxy;
    how.detach_keys = attach->detach_keys;
    status = wcow_container_attach(container, &how, &outcome, err);
    if (!status)
        session_outcome(session, &outcome);
    return status;
}

const struct command cmd_attach = {
    .name = "attach",
    .also = {"container attach"},
    .section = SECTION_OTHER,
    .summary = "Attach local standard input, output, and error streams to a running container",
    .arguments = "CONTAINER",
    .options = options,
    .size = sizeof(struct attach),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = 1,
    .run = run,
};
