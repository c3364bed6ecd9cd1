/* SPDX-License-Identifier: MIT */
/* wcow login: credentials of a registry. */
#include <string.h>

#include "base/error.h"
#include "cli/all.h"

#define LINE_LIMIT 4096

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

/* A line without its end; false at the end of the input. */
static bool read_line(FILE *in, char line[LINE_LIMIT])
{
    if (!fgets(line, LINE_LIMIT, in))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

static wcow_status check(const struct login *login, wcow_error *err)
{
    if (login->password && login->password_stdin)
        return error_set(err, WCOW_INVALID,
                         "--password and --password-stdin are mutually exclusive");
    if (login->password_stdin && !login->user)
        return error_set(err, WCOW_INVALID, "Must provide --username with --password-stdin");
    if (login->user && !login->password && !login->password_stdin)
        return error_set(err, WCOW_INVALID,
                         "password required: give it with --password-stdin (or --password)");
    if (login->password && !login->user)
        return error_set(err, WCOW_INVALID, "Must provide --username with --password");
    return WCOW_OK;
}

/* Without a name: what is kept is tried. */
static wcow_status try_kept(struct session *session, wcow_host *host, const char *server,
                            wcow_error *err)
{
    cleanup_wcow char *user = NULL;
    wcow_status status = wcow_registry_user(host, server, &user, err);

    if (status)
        return status;
    if (!user)
        return error_set(err, WCOW_INVALID,
                         "there are no credentials for it yet: give --username and "
                         "--password-stdin");
    fprintf(session->out, "Authenticating with existing credentials...\n");
    fflush(session->out);
    status = wcow_registry_check(host, server, err);
    if (!status)
        fprintf(session->out, "Login Succeeded\n");
    return status;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct login *login = values;
    const char *server = session->count ? session->arguments[0] : NULL;
    const char *password = login->password;
    char line[LINE_LIMIT];
    cleanup_wcow char *kept_in = NULL;
    wcow_host *host = NULL;
    wcow_status status = check(login, err);

    if (!status)
        status = session_host(session, &host, err);
    if (status)
        return status;
    if (!login->user)
        return try_kept(session, host, server, err);
    if (login->password)
        fprintf(session->err, "WARNING! Using --password via the CLI is insecure. Use "
                              "--password-stdin.\n");
    if (login->password_stdin) {
        if (!read_line(session->in, line))
            return error_set(err, WCOW_INVALID, "there is no password on stdin");
        password = line;
    }
    status = wcow_registry_login(host, server, login->user, password, &kept_in, err);
    if (status)
        return status;
    if (kept_in)
        fprintf(session->err, "WARNING! Your password will be stored unencrypted in %s.\n",
                kept_in);
    fprintf(session->out, "Login Succeeded\n");
    return WCOW_OK;
}

const struct command cmd_login = {
    .name = "login",
    .section = SECTION_COMMON,
    .summary = "Log in to a registry",
    .arguments = "[SERVER]",
    .notes =
        "Credentials are kept where Docker keeps them: in its config.json (DOCKER_CONFIG), or "
        "by the credential helper that this names. Without --username the kept ones are tried.",
    .options = options,
    .size = sizeof(struct login),
    .minimum = 0,
    .maximum = 1,
    .refusable = true,
    .run = run,
};
