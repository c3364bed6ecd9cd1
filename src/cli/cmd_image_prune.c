/* SPDX-License-Identifier: MIT */
/* wcow image prune: images without a name, or all that no container uses. */
#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"

struct prune {
    bool all, force;
};

static const struct option options[] = {
    {'a', "all", OPTION_FLAG, offsetof(struct prune, all), NULL,
     "Remove all unused images, not just dangling ones"},
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0},
};

struct display {
    FILE *out;
    bool started;
};

static void print_line(void *context, const char *line)
{
    struct display *display = context;

    fprintf(display->out, "%s%s\n", display->started ? "" : "Deleted Images:\n", line);
    display->started = true;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    struct display display = {session->out, false};
    cleanup_text text size = TEXT_INIT;
    wcow_host *host = NULL;
    uint64_t reclaimed = 0;
    wcow_status status = session_host(session, &host, err);

    if (!status && !prune->force)
        status = session_confirm(
            session,
            prune->all ? "WARNING! This will remove all images without at least one container "
                         "associated to them.\n"
                       : "WARNING! This will remove all dangling images.\n",
            "image prune", err);
    if (status)
        return status;
    status = wcow_image_prune(host, prune->all, print_line, &display, &reclaimed, err);
    human_size(reclaimed, 4, &size);
    if (!status && size.failed)
        return error_no_memory(err);
    fprintf(session->out, "%sTotal reclaimed space: %s\n", display.started ? "\n" : "",
            text_get(&size));
    return status;
}

const struct command cmd_image_prune = {
    .name = "image prune",
    .section = SECTION_OTHER,
    .summary = "Remove unused images",
    .options = options,
    .size = sizeof(struct prune),
    .refusable = true,
    .run = run,
};
