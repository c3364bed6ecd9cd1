/* SPDX-License-Identifier: MIT */
/* What the scripted library says about the files of containers. */
#include "tests/unit/cli/fake_wcow.h"

#include "base/error.h"

static wcow_status copied(const char *what, const char *from, const char *to,
                          const wcow_copy_options *options, wcow_copied *out, wcow_error *err)
{
    cleanup_free char *line =
        text_format("%s %s %s%s", what, from, to, options->follow_link ? " follow" : "");
    wcow_status status = line ? fake_note(err, line) : error_no_memory(err);

    if (status)
        return status;
    (void)options->progress(options->context, 2048);
    for (int i = 0; i < 22; i++)
        if (text_equal(from, "/links"))
            options->left_out(options->context, "'l' is left out");
    out->content = 5;
    out->transferred = 2048;
    out->destination = text_copy("C:\\here\\o.txt");
    return out->destination ? WCOW_OK : error_no_memory(err);
}

wcow_status wcow_container_copy_from(wcow_container *container, const char *source,
                                     const char *destination, const wcow_copy_options *options,
                                     wcow_copied *out, wcow_error *err)
{
    (void)container;
    return copied("copy-from", source, destination, options, out, err);
}

wcow_status wcow_container_copy_to(wcow_container *container, const char *source,
                                   const char *destination, const wcow_copy_options *options,
                                   wcow_copied *out, wcow_error *err)
{
    (void)container;
    return copied("copy-to", source, destination, options, out, err);
}

wcow_status wcow_container_changes(wcow_container *container, wcow_change **out, size_t *count,
                                   wcow_error *err)
{
    static const wcow_change changes[] = {{WCOW_CHANGE_CHANGED, "C:\\app"},
                                          {WCOW_CHANGE_ADDED, "C:\\app\\log"},
                                          {WCOW_CHANGE_DELETED, "C:\\old"}};
    wcow_status status = fake_note(err, "changes");

    (void)container;
    if (status)
        return status;
    *out = malloc(sizeof(changes));
    if (!*out)
        return error_no_memory(err);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        (*out)[i] = changes[i];
    *count = sizeof(changes) / sizeof(changes[0]);
    return WCOW_OK;
}
