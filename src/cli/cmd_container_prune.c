/* SPDX-License-Identifier: MIT */
/* wcow container prune: the stopped containers, and nothing else. */
#include <string.h>

#include "cli/all.h"

struct prune {
    bool force;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct prune, force), NULL,
     "Do not prompt for confirmation"},
    {0},
};

static bool is_stopped(const wcow_container_info *info)
{
    return strcmp(info->state, "created") == 0 || strcmp(info->state, "exited") == 0 ||
           strcmp(info->state, "dead") == 0;
}

static wcow_status remove_one(wcow_host *host, const char *id, wcow_error *err)
{
    cleanup_container wcow_container *container = NULL;
    wcow_status status = wcow_container_open(host, id, &container, err);

    return status ? status : wcow_container_remove(container, false, err);
}

/* One that was started or removed meanwhile is none of ours any more. */
static void remove_all(struct session *session, wcow_host *host, const wcow_container_info *infos,
                       size_t count)
{
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        wcow_error failure = WCOW_ERROR_INIT;
        wcow_status status;

        if (!is_stopped(&infos[i]))
            continue;
        status = remove_one(host, infos[i].id, &failure);
        if (status == WCOW_NOT_FOUND || status == WCOW_CONFLICT)
            continue;
        if (status) {
            session_report(session, &failure);
            continue;
        }
        fprintf(session->out, "%s%s\n", first ? "Deleted Containers:\n" : "", infos[i].id);
        first = false;
    }
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct prune *prune = values;
    cleanup_wcow wcow_container_info *infos = NULL;
    wcow_host *host = NULL;
    size_t count = 0;
    wcow_status status = session_host(session, &host, err);

    if (!status && !prune->force)
        status = session_confirm(session, "WARNING! This will remove all stopped containers.\n",
                                 "container prune", err);
    if (!status)
        status = wcow_container_list(host, &infos, &count, err);
    if (!status)
        remove_all(session, host, infos, count);
    return status;
}

const struct command cmd_container_prune = {
    .name = "container prune",
    .section = SECTION_OTHER,
    .summary = "Remove all stopped containers",
    .options = options,
    .size = sizeof(struct prune),
    .run = run,
};
