/* SPDX-License-Identifier: MIT */
/* wcow layer rm, wcow layer zap: layers that nobody needs, wcow's own and others'. */
#include "cli/all.h"

struct rm {
    bool force;
};

static const struct option options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm, force), NULL, "Do not prompt for confirmation"},
    {0},
};

static const struct option zap_options[] = {
    {'f', "force", OPTION_FLAG, offsetof(struct rm, force), NULL,
     "Do not prompt for confirmation, and end what runs on the layers"},
    {0},
};

static void print_warning(const struct session *session, const char *what)
{
    fprintf(session->out, "WARNING! This will destroy %s:\n", what);
    for (int i = 0; i < session->count; i++)
        fprintf(session->out, "  %s\n", session->arguments[i]);
}

static wcow_status remove_one(wcow_host *host, const char *id, FILE *out, wcow_error *err)
{
    cleanup_wcow char *removed = NULL;
    wcow_status status = wcow_layer_remove(host, id, &removed, err);

    if (!status)
        fprintf(out, "%s\n", removed);
    return status;
}

static void print_zapped(void *context, wcow_layer_zapped what, const char *name)
{
    static const char *const words[] = {"Ended", "Deleted endpoint", "Unmounted", "Destroyed"};

    fprintf(context, "%s: %s\n", words[what], name);
}

static wcow_status zap(wcow_host *host, const char *path, FILE *out, bool force, wcow_error *err)
{
    wcow_layer_zap_options how = WCOW_LAYER_ZAP_OPTIONS_INIT;
    wcow_status status;

    how.force = force;
    how.tell = print_zapped;
    how.context = out;
    status = wcow_layer_zap(host, path, &how, err);
    if (!status)
        fprintf(out, "%s\n", path);
    return status;
}

static wcow_status zap_idle(wcow_host *host, const char *path, FILE *out, wcow_error *err)
{
    return zap(host, path, out, false, err);
}

static wcow_status zap_any(wcow_host *host, const char *path, FILE *out, wcow_error *err)
{
    return zap(host, path, out, true, err);
}

/* Goes on over failures, as rmi does. */
static wcow_status each(struct session *session, bool force, const char *what,
                        wcow_status (*destroy)(wcow_host *host, const char *name, FILE *out,
                                               wcow_error *err),
                        wcow_error *err)
{
    wcow_host *host = NULL;
    wcow_status status = session_host(session, &host, err);

    if (!status && !force) {
        print_warning(session, what);
        status = session_confirm(session, "", session->path, err);
    }
    for (int i = 0; i < session->count && !status; i++) {
        wcow_error failure = WCOW_ERROR_INIT;

        if (destroy(host, session->arguments[i], session->out, &failure))
            session_report(session, &failure);
    }
    return status;
}

static wcow_status run_rm(struct session *session, void *values, wcow_error *err)
{
    const struct rm *rm = values;

    return each(session, rm->force, "these layers", remove_one, err);
}

static wcow_status run_zap(struct session *session, void *values, wcow_error *err)
{
    const struct rm *rm = values;

    return each(session, rm->force, "these folders with all layers in them",
                rm->force ? zap_any : zap_idle, err);
}

const struct command cmd_layer_rm = {
    .name = "layer rm",
    .also = {"layer remove"},
    .section = SECTION_OTHER,
    .summary = "Remove layers that no image and no container needs, and leftovers",
    .arguments = "LAYER [LAYER...]",
    .options = options,
    .size = sizeof(struct rm),
    .minimum = 1,
    .maximum = -1,
    .run = run_rm,
};

const struct command cmd_layer_zap = {
    .name = "layer zap",
    .section = SECTION_OTHER,
    .summary = "Destroy folders of layers that another tool left",
    .arguments = "PATH [PATH...]",
    .notes =
        "For what no recursive delete can remove, as C:\\ProgramData\\docker\\windowsfilter after "
        "Docker is gone: unmounts each layer in PATH and has the service destroy it, and PATH at "
        "the end; tells each. Where systems run on the layers nothing is done, unless they are to "
        "be ended, with their endpoints (--force); nor to a folder without layers. \"layer ls "
        "--foreign PATH\" lists all that first.",
    .options = zap_options,
    .size = sizeof(struct rm),
    .minimum = 1,
    .maximum = -1,
    .run = run_zap,
};
