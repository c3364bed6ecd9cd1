/* SPDX-License-Identifier: MIT */
/* wcow help. */
#include "base/error.h"
#include "cli/all.h"
#include "cli/help.h"

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct command *command;
    const struct command_group *group;
    const char *path = NULL;
    int used = 0;

    (void)values;
    if (session->count == 0) {
        help_program(session->out);
        return WCOW_OK;
    }
    command = command_find(session->count, session->arguments, &used, &path);
    group = command_group_find(session->arguments[0]);
    if (command && used == session->count)
        help_command(session->out, command, path);
    else if (group && session->count == 1)
        help_group(session->out, group);
    else if (command)
        return error_set(err, WCOW_INVALID, "'%s' is not a wcow command (see 'wcow --help')",
                         session->arguments[used]);
    else
        return command_unknown(session->count, session->arguments, err);
    return WCOW_OK;
}

const struct command cmd_help = {
    .name = "help",
    .section = SECTION_OTHER,
    .summary = "Help about any command",
    .arguments = "[COMMAND]",
    .maximum = 2,
    .run = run,
};
