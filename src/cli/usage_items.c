/* SPDX-License-Identifier: MIT */
/* Each image and container with what it takes. */
#include "cli/usage_items.h"

#include <time.h>

#include "base/error.h"
#include "cli/human.h"
#include "cli/table.h"

#define COMMAND_WIDTH 20

/* The item of that id in the row of that type; NULL if there is none. */
static const cJSON *find(const cJSON *usages, const char *type, const char *id)
{
    const cJSON *usage;

    cJSON_ArrayForEach (usage, usages) {
        const cJSON *item;

        if (!text_equal(json_text(usage, "Type", ""), type))
            continue;
        cJSON_ArrayForEach (item, json_member(usage, "Items")) {
            if (text_equal(json_text(item, "Id", NULL), id))
                return item;
        }
    }
    return NULL;
}

static void add_size(text *cells, const cJSON *item, const char *name)
{
    human_size((uint64_t)json_integer(item, name, 0), 4, cells);
    text_add_char(cells, '\t');
}

static void add_age(text *cells, int64_t since)
{
    if (since) {
        human_duration((int64_t)time(NULL) - since, cells);
        text_add(cells, " ago\t");
    } else {
        text_add(cells, "N/A\t");
    }
}

static wcow_status print_images(struct session *session, wcow_host *host, const cJSON *usages,
                                wcow_error *err)
{
    cleanup_wcow wcow_image_info *infos = NULL;
    cleanup_text text cells = TEXT_INIT;
    size_t count = 0;
    wcow_status status = wcow_image_list(host, &infos, &count, err);

    text_add(&cells, "REPOSITORY\tTAG\tIMAGE ID\tCREATED\tSIZE\tSHARED SIZE\tUNIQUE SIZE\t"
                     "CONTAINERS\n");
    for (size_t i = 0; i < count; i++) {
        const cJSON *item = find(usages, "Images", infos[i].id);

        text_addf(&cells, "%s\t%s\t", infos[i].repository, infos[i].tag);
        human_id(infos[i].id, &cells);
        text_add_char(&cells, '\t');
        add_age(&cells, infos[i].created);
        human_size(infos[i].size, 4, &cells);
        text_add_char(&cells, '\t');
        add_size(&cells, item, "SharedSize");
        add_size(&cells, item, "UniqueSize");
        text_addf(&cells, "%lld\n", (long long)json_integer(item, "Containers", 0));
    }
    if (cells.failed)
        return error_no_memory(err);
    fputs("Images space usage:\n\n", session->out);
    return status ? status : table_print(session->out, text_get(&cells), TABLE_CELL_MINIMUM, err);
}

static wcow_status print_containers(struct session *session, wcow_host *host, const cJSON *usages,
                                    wcow_error *err)
{
    cleanup_wcow wcow_container_info *infos = NULL;
    cleanup_text text cells = TEXT_INIT;
    size_t count = 0;
    wcow_status status = wcow_container_list(host, &infos, &count, err);

    text_add(&cells, "CONTAINER ID\tIMAGE\tCOMMAND\tLOCAL VOLUMES\tSIZE\tCREATED\tSTATUS\tNAMES\n");
    for (size_t i = 0; i < count; i++) {
        cleanup_text text command = TEXT_INIT;

        human_ellipsis(infos[i].command, COMMAND_WIDTH, &command);
        human_id(infos[i].id, &cells);
        text_addf(&cells, "\t%s\t", infos[i].image);
        human_quote(text_get(&command), &cells);
        text_add(&cells, "\t0\t");
        add_size(&cells, find(usages, "Containers", infos[i].id), "Size");
        add_age(&cells, infos[i].created);
        text_addf(&cells, "%s\t%s\n", infos[i].status, infos[i].name);
    }
    if (cells.failed)
        return error_no_memory(err);
    fputs("\nContainers space usage:\n\n", session->out);
    return status ? status : table_print(session->out, text_get(&cells), TABLE_CELL_MINIMUM, err);
}

wcow_status usage_print_items(struct session *session, wcow_host *host, const cJSON *usages,
                              wcow_error *err)
{
    wcow_status status = print_images(session, host, usages, err);

    return status ? status : print_containers(session, host, usages, err);
}
