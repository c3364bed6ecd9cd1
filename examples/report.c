/* SPDX-License-Identifier: MIT */
/*
 * Shows all containers, and of those that run what they use:
 *
 *   report
 *
 * How lists go: one block of memory with all texts in it, freed by wcow_free(). And what a program
 * does that looks while others work: a container may have ended or gone between two calls, which is
 * an answer like any other.
 */
#include <inttypes.h>
#include <stdio.h>
#include <wcow/wcow.h>

/* Two samples: how much of all processors it used meanwhile is not known before the second one. */
static wcow_status measure(wcow_container *container, wcow_stats **out, wcow_error *err)
{
    wcow_stats_watch *watch = NULL; /* a thread, so that a stuck service does not hold us up */
    wcow_status status = wcow_stats_watch_start(container, &watch, err);

    if (!status)
        status = wcow_stats_watch_latest(watch, 2, 5000, out, err);
    wcow_stats_watch_free(watch);
    return status;
}

static void show(wcow_host *host, const wcow_container_info *info)
{
    wcow_error err = WCOW_ERROR_INIT;
    wcow_container *container = NULL;
    wcow_stats *stats = NULL;
    wcow_status status = wcow_container_open(host, info->id, &container, &err);

    if (!status)
        status = measure(container, &stats, &err);
    if (!status)
        printf("%-20s %-9s cpu %5.1f%%  memory %" PRIu64 " KiB\n", info->name, info->isolation,
               stats->cpu_percent, stats->private_working_set / 1024);
    else if (status == WCOW_CONFLICT || status == WCOW_NOT_FOUND)
        printf("%-20s %-9s has ended meanwhile\n", info->name, info->isolation);
    else
        printf("%-20s %-9s %s\n", info->name, info->isolation, err.message);
    wcow_free(stats);
    wcow_container_free(container);
}

int main(void)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_error err = WCOW_ERROR_INIT;
    wcow_host *host = NULL;
    wcow_container_info *infos = NULL;
    size_t length = 0;
    wcow_status status = wcow_host_open(&options, &host, &err);

    if (!status)
        status = wcow_container_list(host, &infos, &length, &err);
    for (size_t i = 0; !status && i < length; i++) {
        if (infos[i].running)
            show(host, &infos[i]);
        else
            printf("%-20s %-9s %s\n", infos[i].name, infos[i].isolation, infos[i].status);
    }
    if (status)
        fprintf(stderr, "report: %s\n", err.message);
    wcow_free(infos);
    wcow_host_free(host);
    return status != WCOW_OK;
}
