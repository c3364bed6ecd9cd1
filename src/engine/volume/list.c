/* SPDX-License-Identifier: MIT */
/* volume ls. */
#include <stddef.h>

#include <wcow/volume.h>

#include "base/error.h"
#include "base/rows.h"
#include "engine/container/volumes.h"

/* The texts of a row, in the order of add_row(). */
static const size_t texts[] = {
    offsetof(wcow_volume_info, name),
    offsetof(wcow_volume_info, driver),
    offsetof(wcow_volume_info, mountpoint),
    offsetof(wcow_volume_info, labels),
};

static wcow_status add_row(wcow_host *host, const catalog *containers, const volume *v,
                           row_builder *b, wcow_error *err)
{
    cleanup_strings string_list users = STRING_LIST_INIT;
    cleanup_free char *data = path_of_volume_data(host, v->name);
    wcow_volume_info row = {.anonymous = v->anonymous};
    wcow_status status =
        data ? volume_users(containers, v->name, &users, err) : error_no_memory(err);

    if (status)
        return status;
    row.links = users.count;
    rows_add(b, &row);
    rows_add_text(b, v->name);
    rows_add_text(b, VOLUME_DRIVER);
    rows_add_text(b, data);
    rows_begin_text(b);
    for (size_t i = 0; i < v->labels.count; i++) {
        text_add(&b->texts, i ? "," : "");
        text_add(&b->texts, v->labels.items[i]);
    }
    text_add_bytes(&b->texts, "", 1);
    return WCOW_OK;
}

/* One that a newer wcow made is shown by its name. */
static wcow_status add_volume(wcow_host *host, const catalog *containers, char *name,
                              row_builder *b, wcow_error *err)
{
    const volume unknown = {.name = name};
    cleanup_volume volume *v = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = volume_open(host, name, &v, &problem);

    if (status == WCOW_NOT_FOUND) /* removed meanwhile */
        return WCOW_OK;
    if (status == WCOW_NO_MEMORY)
        return error_no_memory(err);
    return add_row(host, containers, v ? v : &unknown, b, err);
}

wcow_status wcow_volume_list(wcow_host *host, wcow_volume_info **out, size_t *count,
                             wcow_error *err)
{
    cleanup_catalog catalog containers = CATALOG_INIT;
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_rows row_builder b = {.row_size = sizeof(wcow_volume_info),
                                  .members = texts,
                                  .member_count = sizeof(texts) / sizeof(texts[0])};
    wcow_volume_info *block;
    wcow_status status = volume_names(host, &names, err);

    if (!status && names.count) /* else nobody needs to know of the containers */
        status = catalog_read(host, &containers, err);
    for (size_t i = 0; i < names.count && !status; i++)
        status = add_volume(host, &containers, names.items[i], &b, err);
    if (status)
        return status;
    block = rows_take(&b);
    if (!block)
        return error_no_memory(err);
    *out = block;
    *count = b.count;
    return WCOW_OK;
}
