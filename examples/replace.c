/* SPDX-License-Identifier: MIT */
/*
 * Replaces a running container by one from another image, and takes the old one back if the new one
 * does not come up:
 *
 *   replace NAME IMAGE PORTS [COMMAND [ARGUMENT…]]     PORTS: "8080:80"
 *
 * How a program undoes what it has begun: each step has its way back, and none of them is needed
 * when the machine fails in between: both containers are there under names that tell.
 */
#include <stdio.h>
#include <string.h>
#include <wcow/wcow.h>

/* Seconds: one without a health check is up when it has run for so long, one with a check must be
 * healthy by then. */
enum { WITHOUT_CHECK = 3, WITH_CHECK = 60 };

struct change {
    wcow_host *host;
    const char *name;
    char old_name[128];
    wcow_container *old, *made;
};

/* Whether it is up, which WCOW_TIMEOUT says it is not yet. */
static wcow_status look(wcow_container *container, unsigned second, wcow_error *err)
{
    wcow_container_info *info = NULL;
    wcow_status status = wcow_container_get_info(container, &info, err);

    if (status)
        return status;
    if (strcmp(info->health, "unhealthy") == 0) {
        snprintf(err->message, sizeof(err->message), "the new container is unhealthy");
        status = WCOW_FAILED;
    } else if (strcmp(info->health, "healthy") != 0 &&
               (second < WITHOUT_CHECK || strcmp(info->health, "none") != 0)) {
        snprintf(err->message, sizeof(err->message), "the new container does not become healthy");
        status = WCOW_TIMEOUT;
    }
    wcow_free(info);
    return status;
}

/* A watch takes a sample a second: waiting for the next one is a pause that ends with the
 * container.
 */
static wcow_status come_up(wcow_container *container, wcow_error *err)
{
    wcow_stats_watch *watch = NULL;
    wcow_status status = wcow_stats_watch_start(container, &watch, err);

    if (!status)
        status = WCOW_TIMEOUT;
    for (unsigned second = 1; status == WCOW_TIMEOUT && second <= WITH_CHECK; second++) {
        wcow_stats *stats = NULL;

        status = wcow_stats_watch_latest(watch, second, 10000, &stats, err);
        wcow_free(stats);
        if (!status)
            status = look(container, second, err);
    }
    wcow_stats_watch_free(watch);
    return status;
}

/* The old one gives its name and its port away, and is still there. */
static wcow_status set_aside(struct change *change, wcow_error *err)
{
    wcow_status status = wcow_container_open(change->host, change->name, &change->old, err);

    if (!status)
        status = wcow_container_rename(change->old, change->old_name, err);
    if (!status)
        status = wcow_container_stop(change->old, -1, err); /* its own time to stop */
    return status;
}

static wcow_status bring_up(struct change *change, const char *image, const char *ports,
                            const char *const *command, wcow_error *err)
{
    const char *const publish[] = {ports, NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_status status;

    spec.image = image;
    spec.name = change->name;
    spec.command = command;
    spec.publish = publish;
    status = wcow_container_create(change->host, &spec, &change->made, err);
    if (!status)
        status = wcow_container_start(change->made, NULL, NULL, err);
    return status ? status : come_up(change->made, err);
}

/* What fails on the way back must not hide why we are on it: no error is asked for. */
static void take_back(struct change *change)
{
    if (change->made)
        (void)!wcow_container_remove(change->made, true, NULL);
    if (!change->old)
        return;
    (void)!wcow_container_rename(change->old, change->name, NULL);
    (void)!wcow_container_start(change->old, NULL, NULL, NULL); /* harmless if it runs */
}

int main(int count, char **words)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_error err = WCOW_ERROR_INIT;
    struct change change = {0};
    wcow_status status;

    if (count < 4) {
        fputs("usage: replace NAME IMAGE PORTS [COMMAND [ARGUMENT...]]\n", stderr);
        return 125;
    }
    change.name = words[1];
    snprintf(change.old_name, sizeof(change.old_name), "%s-before", words[1]);
    status = wcow_host_open(&options, &change.host, &err);
    if (!status)
        status = set_aside(&change, &err);
    if (!status)
        status = bring_up(&change, words[2], words[3], (const char *const *)words + 4, &err);
    if (status) {
        fprintf(stderr, "replace: %s\n", err.message);
        take_back(&change);
    } else {
        status = wcow_container_remove(change.old, false, &err);
        puts(status ? err.message : "replaced");
    }
    wcow_container_free(change.made);
    wcow_container_free(change.old);
    wcow_host_free(change.host);
    return status != WCOW_OK;
}
