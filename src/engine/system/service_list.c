/* SPDX-License-Identifier: MIT */
/* service ls: the Windows services of containers. */
#include <wcow/service.h>

#include "base/error.h"
#include "base/path.h"
#include "base/rows.h"
#include "engine/container/container_service.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"

static const size_t texts[] = {
    offsetof(wcow_service_info, name),           offsetof(wcow_service_info, container),
    offsetof(wcow_service_info, container_name), offsetof(wcow_service_info, root),
    offsetof(wcow_service_info, state),
};

static const char *const states[] = {
    [SERVICE_AT_REST] = "stopped",
    [SERVICE_BEGINNING] = "starting",
    [SERVICE_WORKING] = "running",
    [SERVICE_ENDING] = "stopping",
};

/* Of another store, too, whether there is such a container. */
static bool is_stray(wcow_host *host, const service_words *words)
{
    cleanup_free char *containers = path_join(words->root, "containers");
    cleanup_free char *folder = containers ? path_join(containers, words->id) : NULL;
    cleanup_free char *path = folder ? path_join(folder, FILE_RECORD) : NULL;

    return path && store_absent(host, path);
}

static void add_row(row_builder *b, wcow_host *host, const service_info *info,
                    const service_words *words)
{
    cleanup_record record *r = NULL;
    const wcow_service_info row = {
        .automatic = info->automatic, .stray = is_stray(host, words), .pid = info->pid};
    const bool known =
        container_service_is_here(host, words) && !record_read(host, words->id, &r, NULL);

    rows_add(b, &row);
    rows_add_text(b, info->name);
    rows_add_text(b, words->id);
    rows_add_text(b, known ? r->name : "");
    rows_add_text(b, words->root);
    rows_add_text(b, states[info->state]);
}

wcow_status wcow_service_list(wcow_host *host, wcow_service_info **out, size_t *count,
                              wcow_error *err)
{
    cleanup_rows row_builder b = {.row_size = sizeof(wcow_service_info),
                                  .members = texts,
                                  .member_count = sizeof(texts) / sizeof(texts[0])};
    services_port *services = NULL;
    service_info *all = NULL;
    size_t found = 0;
    wcow_service_info *block;
    wcow_status status = host_services(host, &services, err);

    if (!status)
        status = error_check(err, services->list(services, SERVICE_PREFIX, &all, &found),
                             "EnumServicesStatus");
    if (status)
        return error_wrap(err, status, "cannot list the services");
    for (size_t i = 0; i < found; i++) {
        CLEANUP(service_words) service_words words = {0};

        if (service_words_read(all[i].command_line, &words))
            add_row(&b, host, &all[i], &words);
    }
    service_infos_free(all, found);
    block = rows_take(&b);
    if (!block)
        return error_no_memory(err);
    *out = block;
    *count = b.count;
    return WCOW_OK;
}
