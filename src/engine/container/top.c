/* SPDX-License-Identifier: MIT */
/* top: the processes of a container, as the service lists them. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/container/container_event.h"
#include "engine/container/reconcile.h"
#include "hcs/system.h"

static size_t text_room(const cJSON *list)
{
    size_t room = 0;
    const cJSON *row;

    cJSON_ArrayForEach (row, list)
        room += strlen(json_text(row, "ImageName", "")) + 1;
    return room;
}

static void fill(const cJSON *list, wcow_process_info *rows, char *texts)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, list) {
        const char *name = json_text(row, "ImageName", "");

        rows->pid = (uint32_t)json_integer(row, "ProcessId", 0);
        rows->name = strcpy(texts, name);
        texts += strlen(name) + 1;
        rows->cpu_100ns = (uint64_t)(json_integer(row, "UserTime100ns", 0) +
                                     json_integer(row, "KernelTime100ns", 0));
        rows->private_working_set = (uint64_t)json_integer(row, "MemoryWorkingSetPrivateBytes", 0);
        rows++;
    }
}

wcow_status container_process_list(wcow_container *container, cJSON **out, wcow_error *err)
{
    static const char *const types[] = {"ProcessList", NULL};
    cleanup_system compute_system *system = NULL;
    hcs_port *hcs;
    wcow_status status = host_hcs(container->host, &hcs, err);

    if (!status)
        status = compute_system_open(hcs, container->id, NULL, &system, err);
    if (!status)
        status = compute_system_properties(system, types, out, err);
    return status;
}

static wcow_status not_running(const wcow_container *container, wcow_error *err)
{
    return error_set(err, WCOW_CONFLICT, "container %s is not running", container->id);
}

wcow_status wcow_container_processes(wcow_container *container, wcow_process_info **out,
                                     size_t *count, wcow_error *err)
{
    cleanup_json cJSON *properties = NULL;
    cleanup_state state *s = NULL;
    wcow_status status = container_settle(container, &s, err);
    const cJSON *list;
    size_t rows;
    char *block;

    if (status)
        return status;
    if (!state_is_active(s) || s->phase == PHASE_STARTING)
        return not_running(container, err);
    if (s->restarting)
        return error_set(err, WCOW_CONFLICT,
                         "Container %s is restarting, wait until the container is running",
                         container->id);
    status = container_process_list(container, &properties, err);
    if (container_await_end(container, status))
        return not_running(container, err);
    if (status)
        return error_wrap(err, status, "cannot list the processes of container '%s'",
                          container->name);
    container_event_of(container->host, container->id, "top", NULL, 0);
    list = json_member(properties, "ProcessList");
    rows = (size_t)cJSON_GetArraySize(list);
    block = calloc(1, rows * sizeof(wcow_process_info) + text_room(list) + 1);
    if (!block)
        return error_no_memory(err);
    fill(list, (wcow_process_info *)(void *)block, block + rows * sizeof(wcow_process_info));
    *out = (wcow_process_info *)(void *)block;
    *count = rows;
    return WCOW_OK;
}
