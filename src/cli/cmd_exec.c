/* SPDX-License-Identifier: MIT */
/* wcow exec: a further process in a running container. */
#include "base/error.h"
#include "cli/all.h"
#include "cli/container_options.h"

struct exec {
    bool detach, interactive, tty;
    string_list environment, environment_files;
    const char *user, *working_directory, *detach_keys;
};

static const struct option options[] = {
    {'d', "detach", OPTION_FLAG, offsetof(struct exec, detach), NULL,
     "Detached mode: run command in the background"},
    {0, "detach-keys", OPTION_STRING, offsetof(struct exec, detach_keys), "string",
     "Override the key sequence for detaching a container (ctrl-p,ctrl-q)"},
    {'e', "env", OPTION_LIST, offsetof(struct exec, environment), "list",
     "Set environment variables"},
    {0, "env-file", OPTION_LIST, offsetof(struct exec, environment_files), "list",
     "Read in a file of environment variables"},
    {'i', "interactive", OPTION_FLAG, offsetof(struct exec, interactive), NULL,
     "Keep STDIN open even if not attached"},
    {'t', "tty", OPTION_FLAG, offsetof(struct exec, tty), NULL, "Allocate a pseudo-TTY"},
    {'u', "user", OPTION_STRING, offsetof(struct exec, user), "string",
     "Username to run the command as"},
    {'w', "workdir", OPTION_STRING, offsetof(struct exec, working_directory), "string",
     "Working directory inside the container"},
    {0},
};

static wcow_status exec_in(struct session *session, const struct exec *exec,
                           const wcow_exec_spec *spec, wcow_container *container, wcow_error *err)
{
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_status status;

    if (exec->detach)
        return wcow_container_exec(container, spec, NULL, NULL, err);
    attach.standard_input = exec->interactive;
    attach.detach_keys = exec->detach_keys;
    status = wcow_container_exec(container, spec, &attach, &outcome, err);
    if (!status)
        session_outcome(session, &outcome);
    return status;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    struct exec *exec = values;
    cleanup_wcow char *keys = NULL;
    cleanup_container wcow_container *container = NULL;
    cleanup_strings string_list environment = STRING_LIST_INIT;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    wcow_status status = session_detach_keys(session, &exec->detach_keys, &keys, err);

    if (!status)
        status =
            environment_collect(&exec->environment_files, &exec->environment, &environment, err);
    /* That the container is not there counts for more than a missing terminal, as in Docker. */
    if (!status)
        status = session_container(session, session->arguments[0], &container, err);
    if (!status && !exec->detach)
        status = session_check_terminal(exec->interactive, exec->tty, err);
    if (status)
        return status;

    spec.command = (const char *const *)session->arguments + 1;
    spec.environment = (const char *const *)environment.items;
    spec.working_directory = exec->working_directory;
    spec.user = exec->user;
    spec.tty = exec->tty;
    session->stage = STAGE_EXEC;
    return exec_in(session, exec, &spec, container, err);
}

const struct command cmd_exec = {
    .name = "exec",
    .also = {"container exec"},
    .section = SECTION_COMMON,
    .summary = "Execute a command in a running container",
    .arguments = "CONTAINER COMMAND [ARG...]",
    .options = options,
    .size = sizeof(struct exec),
    .minimum = 2,
    .maximum = -1,
    .stops_at_word = true,
    .run = run,
};
