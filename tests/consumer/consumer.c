/* SPDX-License-Identifier: MIT */
/*
 * A program that uses the installed library: prints what an error code means. It names what front
 * ends ask for, so that a header or library without it does not build or link.
 */
#include <stdio.h>
#include <wcow/wcow.h>

static const struct questions {
    wcow_status (*open)(wcow_host *, const char *, wcow_container **, wcow_error *);
    wcow_status (*info)(wcow_container *, wcow_container_info **, wcow_error *);
    wcow_status (*image)(wcow_host *, const char *, wcow_image_info **, wcow_error *);
    wcow_status (*exists)(wcow_host *, const char *, bool *, wcow_error *);
} questions = {wcow_container_open, wcow_container_get_info, wcow_image_get_info,
               wcow_image_exists};

/* What most programs show of a container. */
static int show(wcow_host *host, const char *name)
{
    wcow_error err = WCOW_ERROR_INIT;
    wcow_container *container = NULL;
    wcow_container_info *info = NULL;
    wcow_status status = questions.open(host, name, &container, &err);

    if (!status)
        status = questions.info(container, &info, &err);
    if (status)
        fprintf(stderr, "%s: %s\n", wcow_status_name(status), err.message);
    else
        printf("%s %s %s %u\n", info->name, info->state, info->image, (unsigned)info->pid);
    wcow_free(info);
    wcow_container_free(container);
    return status != WCOW_OK;
}

int main(int count, char **words)
{
    const wcow_explanation *found = wcow_explain(0xC0370106u);
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_host *host = NULL;
    int failed = 0;

    if (!found || !questions.image || !questions.exists)
        return 1;
    puts(found->meaning);
    if (count > 1 && wcow_host_open(&options, &host, NULL) == WCOW_OK)
        failed = show(host, words[1]);
    wcow_host_free(host);
    return failed;
}
