/* SPDX-License-Identifier: MIT */
/* wcow login: credentials of a registry. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"

#define PASSWORD_LIMIT ((size_t)64 << 10)

struct login {
    const char *user, *password;
    bool password_stdin;
};

static const struct option options[] = {
    {'p', "password", OPTION_STRING, offsetof(struct login, password), "string", "Password"},
    {0, "password-stdin", OPTION_FLAG, offsetof(struct login, password_stdin), NULL,
     "Take the password from stdin"},
    {'u', "username", OPTION_STRING, offsetof(struct login, user), "string", "Username"},
    {0},
};

/* What was typed: the user's name, and a password that does not stay in memory. */
struct answers {
    char *user, *password;
};

static void answers_clear(struct answers *answers)
{
    volatile char *secret = answers->password;

    while (secret && *secret)
        *secret++ = '\0';
    wcow_free(answers->user);
    wcow_free(answers->password);
}

DEFINE_CLEANUP_VALUE(answers, struct answers, answers_clear)

/* All of standard input but the end of its last line: keys are passwords, too, and have many. */
static wcow_status read_password(FILE *in, char **out, wcow_error *err)
{
    cleanup_free char *password = calloc(PASSWORD_LIMIT + 1, 1);
    size_t length;

    if (!password)
        return error_no_memory(err);
    length = fread(password, 1, PASSWORD_LIMIT, in);
    if (length == PASSWORD_LIMIT)
        return error_set(err, WCOW_INVALID, "the password on stdin is longer than %zu bytes",
                         PASSWORD_LIMIT - 1);
    if (length && password[length - 1] == '\n')
        password[--length] = '\0';
    if (length && password[length - 1] == '\r')
        password[--length] = '\0';
    if (strspn(password, " \t\r\n") == length)
        return error_set(err, WCOW_INVALID, "there is no password on stdin");
    if (strlen(password) != length)
        return error_set(err, WCOW_INVALID, "the password on stdin is no text: it has a zero byte");
    *out = TAKE(password);
    return WCOW_OK;
}

static wcow_status check(const struct login *login, wcow_error *err)
{
    if (login->password && login->password_stdin)
        return error_set(err, WCOW_INVALID,
                         "--password and --password-stdin are mutually exclusive");
    if (login->password_stdin && !login->user)
        return error_set(err, WCOW_INVALID, "Must provide --username with --password-stdin");
    if (login->user && !*login->user)
        return error_set(err, WCOW_INVALID, "username is empty");
    if (login->password && !*login->password)
        return error_set(err, WCOW_INVALID, "password is empty");
    return WCOW_OK;
}

/* Without a name: what is kept is tried. *user: of what was tried and is not accepted any more. */
static wcow_status try_kept(struct session *session, wcow_host *host, const char *server,
                            char **user, bool *done, wcow_error *err)
{
    wcow_error failure = WCOW_ERROR_INIT;
    wcow_status status = wcow_registry_user(host, server, user, err);

    if (status || !*user)
        return status;
    fprintf(session->out, "Authenticating with existing credentials... [Username: %s]\n", *user);
    fflush(session->out);
    status = wcow_registry_check(host, server, &failure);
    if (!status) {
        *done = true;
        return WCOW_OK;
    }
    if (!wcow_terminal_is(0)) { /* nobody is there to give others */
        if (err)
            *err = failure;
        return status;
    }
    if (status == WCOW_DENIED)
        session_note(session, "Stored credentials invalid or expired");
    else
        session_note(session, "Login did not succeed, error: %s", failure.message);
    return WCOW_OK;
}

static wcow_status ask(struct session *session, const char *question, bool hidden, char **answer,
                       wcow_error *err)
{
    char *line = NULL;
    wcow_status status;

    fflush(session->err);
    fprintf(session->out, "%s: ", question);
    fflush(session->out);
    status = wcow_terminal_ask(hidden, &line, err);
    if (hidden || (!status && !line)) /* the line's end was not shown either */
        fprintf(session->out, "\n");
    if (!status)
        *answer = line;
    return status;
}

/* `known` NULL: nobody. */
static wcow_status ask_user(struct session *session, char *known, struct answers *answers,
                            wcow_error *err)
{
    cleanup_free char *question =
        known ? text_format("Username (%s)", known) : text_copy("Username");
    wcow_status status;

    if (!question)
        return error_no_memory(err);
    status = ask(session, question, false, &answers->user, err);
    if (!status && known && answers->user && !*answers->user) {
        wcow_free(answers->user);
        answers->user = text_copy(known);
        if (!answers->user)
            return error_no_memory(err);
    }
    if (!status && (!answers->user || !*answers->user))
        return error_set(err, WCOW_INVALID, "username is required");
    return status;
}

static wcow_status ask_for_missing(struct session *session, const struct login *login, char *known,
                                   struct answers *answers, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    if (login->user && (login->password || answers->password))
        return WCOW_OK;
    if (!wcow_terminal_is(0)) {
        error_set(err, WCOW_INVALID, "Cannot perform an interactive login from a non TTY device");
        error_hint(err, "give --username and --password-stdin.");
        return WCOW_INVALID;
    }
    if (!login->user)
        status = ask_user(session, known, answers, err);
    if (status || login->password)
        return status;
    status = ask(session, "Password", true, &answers->password, err);
    if (!status && (!answers->password || !*answers->password))
        return error_set(err, WCOW_INVALID, "password is required");
    return status;
}

static wcow_status log_in(struct session *session, wcow_host *host, const char *server,
                          const char *user, const char *password, wcow_error *err)
{
    cleanup_wcow char *kept_in = NULL;
    wcow_status status = wcow_registry_login(host, server, user, password, &kept_in, err);

    if (!status && kept_in)
        session_exclaim(session,
                        "Your password will be stored unencrypted in %s.\n"
                        "Configure a credential helper to remove this warning. See\n"
                        "https://docs.docker.com/go/credential-store/",
                        kept_in);
    if (!status && kept_in && !session->json_errors)
        fputc('\n', session->err); /* Docker's empty line behind it */
    return status;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    struct login login = *(struct login *)values;
    const char *server = session->count ? session->arguments[0] : NULL;
    CLEANUP(answers) struct answers answers = {NULL, NULL};
    cleanup_wcow char *known = NULL;
    wcow_host *host = NULL;
    bool done = false;
    wcow_status status = check(&login, err);

    if (!status)
        status = session_host(session, &host, err);
    if (status)
        return status;
    if (login.password)
        session_exclaim(session, "Using --password via the CLI is insecure. Use --password-stdin.");
    if (login.password_stdin)
        status = read_password(session->in, &answers.password, err);
    if (!status && !login.user && !login.password)
        status = try_kept(session, host, server, &known, &done, err);
    if (!status && !done)
        status = ask_for_missing(session, &login, known, &answers, err);
    if (!status && !done)
        status = log_in(session, host, server, answers.user ? answers.user : login.user,
                        answers.password ? answers.password : login.password, err);
    if (!status)
        fprintf(session->out, "Login Succeeded\n");
    return status;
}

const struct command cmd_login = {
    .name = "login",
    .section = SECTION_COMMON,
    .summary = "Log in to a registry",
    .arguments = "[SERVER]",
    .notes =
        "Credentials are kept where Docker keeps them: in its config.json (DOCKER_CONFIG), or by "
        "the credential helper that this names. Without --username the kept ones are tried; what "
        "is missing is asked for on a terminal.",
    .options = options,
    .size = sizeof(struct login),
    .minimum = 0,
    .maximum = 1,
    .run = run,
};
