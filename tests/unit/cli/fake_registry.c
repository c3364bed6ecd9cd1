/* SPDX-License-Identifier: MIT */
/* What the scripted library says about registries. */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "tests/unit/cli/fake_wcow.h"

static wcow_status note(wcow_error *err, const char *what, const char *a, const char *b)
{
    cleanup_free char *line =
        text_format("%s %s%s%s", what, a ? a : "hub", b ? " " : "", b ? b : "");

    return line ? fake_note(err, line) : error_no_memory(err);
}

static void tell_events(wcow_transfer_fn *told, void *context)
{
    const wcow_transfer events[] = {{NULL, "latest: Pulling from x", 0, 0},
                                    {"0123456789ab", "Pulling fs layer", 0, 0},
                                    {"ba9876543210", "Waiting", 0, 0},
                                    {"0123456789ab", "Downloading", 500, 1000},
                                    {"0123456789ab", "Download complete", 0, 0},
                                    {"0123456789ab", "Extracting", 750, 1000},
                                    {"0123456789ab", "Extracting", 751, 1000},
                                    {"0123456789ab", "Pull complete", 0, 0},
                                    {NULL, "Digest: sha256:0", 0, 0}};

    for (size_t i = 0; told && i < sizeof(events) / sizeof(events[0]); i++)
        (void)told(context, &events[i]);
}

wcow_status wcow_image_pull(wcow_host *host, const char *reference,
                            const wcow_pull_options *options, wcow_error *err)
{
    cleanup_text text how = TEXT_INIT;
    wcow_status status;

    (void)host;
    text_addf(&how, "%s%s%s", options->platform ? options->platform : "",
              options->process ? " process" : "", options->all_tags ? " all" : "");
    if (how.failed)
        return error_no_memory(err);
    status = note(err, "pull", reference, how.length ? text_get(&how) : NULL);
    if (!status && options->name) {
        *options->name = text_format("registry/%s", reference);
        if (!*options->name)
            return error_no_memory(err);
    }
    if (!status)
        tell_events(options->told, options->context);
    return status;
}

wcow_status wcow_image_push(wcow_host *host, const char *reference, bool all_tags,
                            wcow_transfer_fn *told, void *context, char **name, wcow_error *err)
{
    wcow_status status = note(err, "push", reference, all_tags ? "all" : NULL);

    (void)host;
    if (!status) {
        *name = text_format("registry/%s", reference);
        if (!*name)
            return error_no_memory(err);
    }
    if (!status)
        tell_events(told, context);
    return status;
}

wcow_status wcow_image_tag(wcow_host *host, const char *reference, const char *name,
                           wcow_error *err)
{
    (void)host;
    return note(err, "tag", reference, name);
}

wcow_status wcow_registry_login(wcow_host *host, const char *server, const char *user,
                                const char *password, char **kept_in, wcow_error *err)
{
    cleanup_free char *who = text_format("%s:%s", user, password);
    wcow_status status = who ? note(err, "login", server, who) : error_no_memory(err);

    (void)host;
    if (!status)
        *kept_in = text_copy("config.json");
    return status;
}

wcow_status wcow_registry_user(wcow_host *host, const char *server, char **user, wcow_error *err)
{
    wcow_status status = note(err, "user", server, NULL);

    (void)host;
    *user = NULL;
    if (!status && fake.user) {
        *user = text_copy(fake.user);
        if (!*user)
            return error_no_memory(err);
    }
    return status;
}

wcow_status wcow_registry_check(wcow_host *host, const char *server, wcow_error *err)
{
    (void)host;
    return note(err, "check", server, NULL);
}

wcow_status wcow_registry_logout(wcow_host *host, const char *server, wcow_error *err)
{
    (void)host;
    return note(err, "logout", server, NULL);
}

wcow_status wcow_terminal_ask(bool hidden, char **line, wcow_error *err)
{
    wcow_status status = fake_note(err, hidden ? "ask hidden" : "ask");

    if (status)
        return status;
    if (!fake.typed || !*fake.typed) {
        *line = NULL;
        return WCOW_OK;
    }
    *line = text_copy(*fake.typed++);
    return *line ? WCOW_OK : error_no_memory(err);
}
