/* SPDX-License-Identifier: MIT */
/* The program: global options, the command, its options, its run, its exit code. */
#include "cli/program.h"

#include <string.h>

#include "base/error.h"
#include "base/program_main.h"
#include "cli/commands.h"
#include "cli/help.h"

/* Every message about a bad command line is one line with a pointer to the right --help. */
static wcow_status see_help(wcow_error *err, const char *path)
{
    if (!err)
        return WCOW_INVALID;
    return error_set(err, WCOW_INVALID, "%s (see 'wcow %s%s--help')", err->message, path,
                     *path ? " " : "");
}

static wcow_status check_count(const struct session *session, wcow_error *err)
{
    const struct command *command = session->command;
    const char *kind = "at most ";
    int limit = command->minimum;

    if (session->count >= command->minimum &&
        (command->maximum < 0 || session->count <= command->maximum))
        return WCOW_OK;
    if (command->maximum == 0)
        return error_set(err, WCOW_INVALID, "'wcow %s' accepts no arguments", session->path);
    if (command->minimum == command->maximum)
        kind = "";
    else if (session->count < command->minimum)
        kind = "at least ";
    else
        limit = command->maximum;
    return error_set(err, WCOW_INVALID, "'wcow %s' requires %s%d argument%s", session->path, kind,
                     limit, limit == 1 ? "" : "s");
}

static wcow_status run_parsed(struct session *session, struct option_result *parsed, void *values,
                              wcow_error *err)
{
    wcow_status status;

    if (parsed->help) {
        help_command(session->out, session->command, session->path);
        return WCOW_OK;
    }
    session->arguments = parsed->arguments;
    session->count = parsed->count;
    status = check_count(session, err);
    if (status)
        return see_help(err, session->path);
    return session->command->run(session, values, err);
}

static wcow_status run_command(struct session *session, int count, char *const *arguments,
                               wcow_error *err)
{
    const struct command *command = session->command;
    struct option_rules rules = {command->options, command->stops_at_word,
                                 command->negative_numbers, command->name};
    struct option_result parsed = {NULL, 0, false};
    cleanup_free void *values = calloc(1, command->size + 1);
    wcow_status status;

    if (!values)
        return error_no_memory(err);
    if (command->defaults)
        memcpy(values, command->defaults, command->size);
    session->stage = STAGE_FLAGS;
    status = options_parse(&rules, count, arguments, values, &parsed, err);
    if (status) {
        status = see_help(err, session->path);
    } else {
        session->stage = STAGE_COMMAND;
        status = run_parsed(session, &parsed, values, err);
    }
    options_free(command->options, values);
    free(parsed.arguments);
    return status;
}

/* What is no command: a group, or a mistake. */
static wcow_status run_group(struct session *session, int count, char *const *words,
                             wcow_error *err)
{
    const struct command_group *group = command_group_find(words[0]);

    if (!group || (count > 1 && strcmp(words[1], "--help") != 0 && strcmp(words[1], "-h") != 0))
        return command_unknown(count, words, err);
    help_group(session->out, group);
    return WCOW_OK;
}

static wcow_status run_words(struct session *session, int count, char *const *words,
                             wcow_error *err)
{
    int used = 0;

    if (count == 0) {
        help_program(session->out);
        return WCOW_OK;
    }
    session->command = command_find(count, words, &used, &session->path);
    if (!session->command)
        return run_group(session, count, words, err);
    return run_command(session, count - used, words + used, err);
}

static wcow_status read_errors(struct session *session, const char *errors, wcow_error *err)
{
    session->json_errors = errors && strcmp(errors, "json") == 0;
    if (!errors || session->json_errors || strcmp(errors, "text") == 0)
        return WCOW_OK;
    return error_set(err, WCOW_INVALID, "invalid --errors '%s': it is text or json", errors);
}

static wcow_status run_program(struct session *session, int count, char *const *arguments,
                               wcow_error *err)
{
    struct option_rules rules = {global_options, true, false, ""};
    struct option_result parsed = {NULL, 0, false};
    struct global global = {NULL, NULL, false, false};
    wcow_status status;

    session->stage = STAGE_FLAGS;
    status = options_parse(&rules, count, arguments, &global, &parsed, err);
    if (status)
        return see_help(err, "");
    status = read_errors(session, global.errors, err);
    if (status) {
        free(parsed.arguments);
        return see_help(err, "");
    }
    session->stage = STAGE_COMMAND;
    session->root = global.root;
    session->debug = global.debug;
    if (parsed.help)
        help_program(session->out);
    else if (global.version)
        fprintf(session->out, "wcow version %s\n", wcow_version());
    else
        status = run_words(session, parsed.count, parsed.arguments, err);
    free(parsed.arguments);
    return status;
}

uint32_t program_run(FILE *in, FILE *out, FILE *err, int argc, char *const *argv)
{
    struct session session = {.in = in, .out = out, .err = err};
    wcow_error failure = WCOW_ERROR_INIT;
    int skipped = argc > 0;

    if (run_program(&session, argc - skipped, argv + skipped, &failure) && !session.declined)
        session_report(&session, &failure);
    wcow_host_free(session.host);
    fflush(err);
    /* What could not be written (a full disk, a closed pipe) must not look like success. */
    if ((fflush(out) != 0 || ferror(out)) && session.exit_code == EXIT_CODE_OK)
        session.exit_code = session_failure_code(&session, WCOW_FAILED);
    return session.exit_code;
}

uint32_t program_main(int argc, char **argv)
{
    return program_run(stdin, stdout, stderr, argc, argv);
}
