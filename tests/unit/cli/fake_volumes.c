/* SPDX-License-Identifier: MIT */
/* The volumes of the scripted library. */
#include "fake_wcow.h"

#include "base/error.h"

static void add_list(text *line, const char *name, const char *const *items)
{
    for (; items && *items; items++)
        text_addf(line, " %s=%s", name, *items);
}

wcow_status wcow_volume_create(wcow_host *host, const wcow_volume_spec *spec, char **name,
                               wcow_error *err)
{
    const char *given = spec->name && *spec->name ? spec->name : "made-up";
    cleanup_text text line = TEXT_INIT;

    (void)host;
    text_addf(&line, "volume %s", given);
    if (spec->driver)
        text_addf(&line, " driver=%s", spec->driver);
    add_list(&line, "label", spec->labels);
    add_list(&line, "option", spec->options);
    return fake_answer(fake_note(err, text_get(&line)), given, name, err);
}

wcow_status wcow_volume_list(wcow_host *host, wcow_volume_info **out, size_t *count,
                             wcow_error *err)
{
    wcow_status status = fake_call(err, "volumes");

    (void)host;
    if (status)
        return status;
    *out = fake_copy_list(fake.volumes, fake.volume_count * sizeof(*fake.volumes));
    if (!*out)
        return error_no_memory(err);
    *count = fake.volume_count;
    return WCOW_OK;
}

wcow_status wcow_volume_inspect(wcow_host *host, const char *name, char **json, wcow_error *err)
{
    wcow_status status = fake_call(err, "inspect volume %s", name);

    (void)host;
    if (!status && !fake.volume)
        return error_set(err, WCOW_NOT_FOUND, "get %s: no such volume", name);
    return fake_answer(status, fake.volume, json, err);
}

wcow_status wcow_volume_remove(wcow_host *host, const char *name, bool force, wcow_error *err)
{
    (void)host;
    return fake_call(err, "remove volume %s%s", name, force ? " force" : "");
}

wcow_status wcow_volume_prune(wcow_host *host, const wcow_prune_options *options,
                              wcow_prune_report *report, wcow_error *err)
{
    cleanup_text text line = TEXT_INIT;
    wcow_status status;

    (void)host;
    text_addf(&line, "prune volumes%s", options->all ? " all" : "");
    add_list(&line, "label", options->labels);
    add_list(&line, "without", options->without);
    status = fake_note(err, text_get(&line));
    if (status)
        return status;
    *report = fake.pruned;
    for (const char *const *name = fake.removed; name && *name; name++)
        options->removed(options->context, WCOW_PRUNED_VOLUME, *name);
    return WCOW_OK;
}
