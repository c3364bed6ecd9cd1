/* SPDX-License-Identifier: MIT */
/*
 * Runs a command in a new container and passes its output and exit code on, as `wcow run --rm`:
 *
 *   run IMAGE [COMMAND [ARGUMENT…]]
 *
 * How calls of libwcow go: objects come out through a pointer and are freed by the function of
 * their name; each call returns a status, and on failure fills in the error that was given to it.
 */
#include <stdio.h>
#include <wcow/wcow.h>

/* An error is complete: what happened to what, the service's own words, what to do about it. */
static int tell(const wcow_error *err)
{
    fprintf(stderr, "run: %s\n", err->message);
    if (*err->hint)
        fprintf(stderr, "%s\n", err->hint);
    return 125;
}

/* Pulls the image unless it is there. */
static wcow_status provide(wcow_host *host, const char *image, wcow_error *err)
{
    bool there = false;
    wcow_status status = wcow_image_exists(host, image, &there, err);

    if (status || there)
        return status;
    return wcow_image_pull(host, image, NULL, err); /* NULL: the build that fits this host */
}

/* With `attach`, start returns when the container has ended; its output has come to ours. */
static wcow_status run(wcow_host *host, const char *image, const char *const *command,
                       wcow_outcome *outcome, wcow_error *err)
{
    /* Initialisers tell the library which version of the struct this program knows. */
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_container *container = NULL;
    wcow_status status;

    spec.image = image;
    spec.command = command;
    spec.auto_remove = true; /* by the container's own monitor, even if this program dies */
    status = wcow_container_create(host, &spec, &container, err);
    if (status)
        return status;
    status = wcow_container_start(container, &attach, outcome, err);
    if (status) /* one that never ran is still there */
        (void)!wcow_container_remove(container, true, NULL);
    wcow_container_free(container);
    return status;
}

int main(int count, char **words)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT; /* root NULL: the same store as wcow.exe */
    wcow_error err = WCOW_ERROR_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_host *host = NULL;
    wcow_status status;

    if (count < 2) {
        fputs("usage: run IMAGE [COMMAND [ARGUMENT...]]\n", stderr);
        return 125;
    }
    status = wcow_host_open(&options, &host, &err);
    if (!status)
        status = provide(host, words[1], &err);
    if (!status)
        status = run(host, words[1], (const char *const *)words + 2, &outcome, &err);
    wcow_host_free(host);
    return status ? tell(&err) : (int)outcome.exit_code; /* all 32 bits of it */
}
