/* SPDX-License-Identifier: MIT */
/* wcow commit: a stopped container as an image. */
#include "cli/all.h"

struct commit {
    const char *author, *message;
    string_list changes;
    bool pause;
};

static const struct commit defaults = {.pause = true};

static const struct option options[] = {
    {'a', "author", OPTION_STRING, offsetof(struct commit, author), "string",
     "Author, as \"Name <address>\""},
    {'c', "change", OPTION_LIST, offsetof(struct commit, changes), "list",
     "Apply Dockerfile instruction to the created image"},
    {'m', "message", OPTION_STRING, offsetof(struct commit, message), "string", "Commit message"},
    {'p', "pause", OPTION_FLAG, offsetof(struct commit, pause), NULL,
     "Taken for Docker's sake: the container rests anyway (true)"},
    {0},
};

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct commit *commit = values;
    wcow_commit_options wanted = WCOW_COMMIT_OPTIONS_INIT;
    cleanup_container wcow_container *container = NULL;
    cleanup_wcow char *id = NULL;
    wcow_status status = session_container(session, session->arguments[0], &container, err);

    wanted.author = commit->author;
    wanted.comment = commit->message;
    wanted.changes = (const char *const *)commit->changes.items;
    if (!status)
        status = wcow_container_commit(container, session->count > 1 ? session->arguments[1] : NULL,
                                       &wanted, &id, err);
    if (!status)
        fprintf(session->out, "%s\n", id);
    return status;
}

const struct command cmd_commit = {
    .name = "commit",
    .also = {"container commit"},
    .section = SECTION_OTHER,
    .summary = "Create a new image from a container's changes",
    .arguments = "CONTAINER [REPOSITORY[:TAG]]",
    .notes =
        "The container must not run: Windows cannot export what is mounted.\n"
        "\n"
        "Instructions for --change: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, "
        "SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR.",
    .options = options,
    .size = sizeof(struct commit),
    .defaults = &defaults,
    .minimum = 1,
    .maximum = 2,
    .run = run,
};
