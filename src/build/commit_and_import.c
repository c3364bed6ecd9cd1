/* SPDX-License-Identifier: MIT */
/*
 * wcow_container_commit() and wcow_image_import(): the engine makes the image, and is handed a
 * function that changes its config as the instructions of `--change` say. They stand here and not
 * in the engine since the builder, which knows the instructions, is made of the engine's parts.
 */
#include "base/options.h"
#include "build/instructions.h"
#include "engine/image/commit.h"
#include "engine/image/import.h"

static wcow_status apply(void *context, cJSON *config, wcow_error *err)
{
    const char *const *const *changes = context;

    return config_change(config, *changes, err);
}

wcow_status wcow_container_commit(wcow_container *container, const char *reference,
                                  const wcow_commit_options *options, char **id, wcow_error *err)
{
    wcow_commit_options wish = WCOW_COMMIT_OPTIONS_INIT;
    const config_changer change = {apply, &wish.changes};
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_commit_options", err);

    return status ? status : container_commit(container, reference, &wish, &change, id, err);
}

wcow_status wcow_image_import(wcow_host *host, const char *source, const char *reference,
                              const wcow_import_options *options, char **id, wcow_error *err)
{
    wcow_import_options wish = WCOW_IMPORT_OPTIONS_INIT;
    const config_changer change = {apply, &wish.changes};
    wcow_status status = options_copy(&wish, sizeof wish, options, "wcow_import_options", err);

    return status ? status : image_import(host, source, reference, &wish, &change, id, err);
}
