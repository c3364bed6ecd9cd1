/* SPDX-License-Identifier: MIT */
/* What commands share: the host, containers by name, how failures are told. */
#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/command.h"
#include "client/detach_keys.h"

/* --debug: where the time goes. One call, so that lines of several threads stay whole. */
static void print_step(void *context, const char *step, uint64_t microseconds)
{
    struct session *session = context;

    fprintf(session->err, "%8.1f ms  %s\n", (double)microseconds / 1000, step);
    fflush(session->err);
}

wcow_status session_host(struct session *session, wcow_host **out, wcow_error *err)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_status status;

    if (!session->host) {
        options.root = session->root;
        if (session->debug) {
            options.step = print_step;
            options.step_context = session;
        }
        status = wcow_host_open(&options, &session->host, err);
        if (status)
            return status;
    }
    *out = session->host;
    return WCOW_OK;
}

wcow_status session_setting(struct session *session, const char *name, const char **value,
                            char **kept, wcow_error *err)
{
    wcow_error failure = WCOW_ERROR_INIT;
    wcow_host *host = NULL;
    wcow_status status;

    if (*value && **value)
        return WCOW_OK;
    status = session_host(session, &host, err);
    if (status)
        return status;
    if (wcow_host_user_setting(host, name, kept, &failure))
        session_warning(session, "Error loading config file: %s", failure.message);
    if (*kept && **kept)
        *value = *kept;
    return WCOW_OK;
}

wcow_status session_detach_keys(struct session *session, const char **value, char **kept,
                                wcow_error *err)
{
    wcow_status status = session_setting(session, "detachKeys", value, kept, err);

    return status ? status : detach_keys_check(*value, err);
}

wcow_status session_container(struct session *session, const char *reference, wcow_container **out,
                              wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    return status ? status : wcow_container_open(host, reference, out, err);
}

/*
 * Bad input, a missing thing, a host that cannot, a store that cannot be written: one line, advice
 * included. What the container services themselves complain of has a second one.
 */
static bool is_one_line(const wcow_error *err)
{
    if (((uint32_t)err->hresult & 0xffff0000u) == 0x80070000u)
        return true;
    switch (err->status) {
    case WCOW_INVALID:
    case WCOW_NOT_FOUND:
    case WCOW_ALREADY_EXISTS:
    case WCOW_CONFLICT:
    case WCOW_DENIED:
    case WCOW_UNAVAILABLE:
    case WCOW_UNSUPPORTED:
    case WCOW_CORRUPT:
        return true;
    default:
        return false;
    }
}

/* Prints a text with something else for its line breaks. */
static void print_joined(FILE *out, const char *string, const char *between)
{
    for (; *string; string++) {
        if (*string == '\n')
            fputs(string[1] ? between : "", out);
        else if (*string != '\r')
            fputc(*string, out);
    }
}

/*
 * --errors json: what a program would have to guess from the text. `kind` is "error", "warning" or
 * "note". False: out of memory, and then the text must do.
 */
static bool print_json(const struct session *session, const char *kind, const char *message,
                       const wcow_error *err)
{
    cleanup_json cJSON *object = cJSON_CreateObject();
    cleanup_free char *line = NULL;
    char code[16] = "";

    if (err->hresult)
        snprintf(code, sizeof(code), "0x%08" PRIX32, (uint32_t)err->hresult);
    if (object && json_add_text(object, kind, message) &&
        json_add_text(object, "status", wcow_status_name(err->status)) &&
        json_add_text(object, "hresult", code) && json_add_text(object, "hint", err->hint) &&
        json_add_text(object, "events", err->events))
        line = json_print(object);
    if (!line)
        return false;
    fprintf(session->err, "%s\n", line);
    fflush(session->err);
    return true;
}

static void print_error(const struct session *session, const char *kind, const wcow_error *err)
{
    const bool warning = strcmp(kind, "warning") == 0;
    const char *message = err->message[0] ? err->message : wcow_status_name(err->status);

    if (session->json_errors && print_json(session, kind, message, err))
        return;
    fputs(warning ? "wcow: warning: " : "wcow: ", session->err);
    print_joined(session->err, message, " ");
    if (err->hint[0]) {
        fputs(is_one_line(err) ? "; " : "\nhint: ", session->err);
        print_joined(session->err, err->hint, is_one_line(err) ? "; " : "\nhint: ");
    }
    fputc('\n', session->err);
    if (session->debug && err->events[0])
        fprintf(session->err, "events: %s\n", err->events);
    fflush(session->err);
}

/*
 * The first rule that fits counts. docker/cli: FlagErrorFunc and parse() end with 125 in every
 * command, toStatusError() tells 125, 126 and 127 apart in `run` alone, and exec's 126 and 127 are
 * those that the engine notes for a process that could not be started. The rest ends with 1.
 */
static const struct {
    int stage;  /* -1: any */
    int status; /* -1: any */
    uint32_t code;
} exit_codes[] = {
    {STAGE_FLAGS, -1, EXIT_CODE_NO_PROGRAM},
    {STAGE_RUN, WCOW_COMMAND_NOT_FOUND, EXIT_CODE_NOT_FOUND},
    {STAGE_RUN, WCOW_COMMAND_NOT_RUNNABLE, EXIT_CODE_NOT_RUNNABLE},
    {STAGE_RUN, -1, EXIT_CODE_NO_PROGRAM},
    {STAGE_EXEC, WCOW_COMMAND_NOT_FOUND, EXIT_CODE_NOT_FOUND},
    {STAGE_EXEC, WCOW_COMMAND_NOT_RUNNABLE, EXIT_CODE_NOT_RUNNABLE},
    {-1, WCOW_EXIT_UNKNOWN, EXIT_CODE_NO_PROGRAM}, /* 1 could be the container's own */
};

uint32_t session_failure_code(const struct session *session, wcow_status status)
{
    for (size_t i = 0; i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++)
        if ((exit_codes[i].stage < 0 || exit_codes[i].stage == (int)session->stage) &&
            (exit_codes[i].status < 0 || exit_codes[i].status == (int)status))
            return exit_codes[i].code;
    return EXIT_CODE_FAILED;
}

void session_tell(struct session *session, const wcow_error *err)
{
    fflush(session->out);
    print_error(session, "error", err);
}

void session_report(struct session *session, const wcow_error *err)
{
    uint32_t code = session_failure_code(session, err->status);

    session_tell(session, err);
    if (code > session->exit_code)
        session->exit_code = code;
}

void session_warn(struct session *session, const wcow_outcome *outcome)
{
    if (outcome->warning.status)
        print_error(session, "warning", &outcome->warning);
}

/*
 * One call for the whole line, so that those of several threads stay whole. `before` is Docker's
 * word, which JSON has as its key.
 */
static void WCOW_PRINTF(4, 0) print_line(const struct session *session, const char *kind,
                                         const char *before, const char *format, va_list arguments)
{
    const wcow_error nothing = WCOW_ERROR_INIT;
    cleanup_text text message = TEXT_INIT;

    text_addv(&message, format, arguments);
    if (session->json_errors && !message.failed &&
        print_json(session, kind, text_get(&message), &nothing))
        return;
    fprintf(session->err, "%s%s\n", before,
            message.failed ? wcow_status_name(WCOW_NO_MEMORY) : text_get(&message));
    fflush(session->err);
}

void session_warning(const struct session *session, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_line(session, "warning", "WARNING: ", format, arguments);
    va_end(arguments);
}

void session_exclaim(const struct session *session, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_line(session, "warning", "WARNING! ", format, arguments);
    va_end(arguments);
}

void session_note(const struct session *session, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_line(session, "note", "", format, arguments);
    va_end(arguments);
}

void session_outcome(struct session *session, const wcow_outcome *outcome)
{
    if (outcome->detached)
        return;
    session->exit_code = outcome->exit_code;
    session_warn(session, outcome);
}

wcow_status session_each_container(struct session *session,
                                   wcow_status (*each)(wcow_container *container,
                                                       const void *values, wcow_error *err),
                                   const void *values, wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    if (status)
        return status;
    for (int i = 0; i < session->count; i++) {
        cleanup_container wcow_container *container = NULL;
        wcow_error failure = WCOW_ERROR_INIT;

        status = wcow_container_open(host, session->arguments[i], &container, &failure);
        if (!status)
            status = each(container, values, &failure);
        if (status)
            session_report(session, &failure);
        else
            fprintf(session->out, "%s\n", session->arguments[i]);
        fflush(session->out);
    }
    return WCOW_OK;
}

wcow_status session_check_terminal(bool input, bool tty, wcow_error *err)
{
    if (!input || !tty || wcow_terminal_is(0))
        return WCOW_OK;
    return error_set(err, WCOW_INVALID,
                     "cannot attach stdin to a TTY-enabled container because stdin is not a "
                     "terminal (leave out -t, or run it in a console; mintty needs winpty)");
}

wcow_status session_confirm(struct session *session, const char *warning, const char *what,
                            wcow_error *err)
{
    char answer[16] = "";

    fprintf(session->out, "%sAre you sure you want to continue? [y/N] ", warning);
    fflush(session->out);
    if (!fgets(answer, sizeof(answer), session->in))
        answer[0] = '\0';
    answer[strcspn(answer, "\r\n")] = '\0';
    if (tolower((unsigned char)answer[0]) == 'y' &&
        (answer[1] == '\0' || strcmp(answer + 1, "es") == 0))
        return WCOW_OK;
    session->declined = true;
    return error_set(err, WCOW_CANCELLED, "%s has been cancelled", what);
}
