/* SPDX-License-Identifier: MIT */
#include "shim/host/event_message.h"

#include "base/error.h"
#include "shim/wire/event.pb.h"

#define NANOSECONDS 1000000000

static common_timestamp timestamp(int64_t time)
{
    return (common_timestamp){time / NANOSECONDS, (int32_t)(time % NANOSECONDS)};
}

/* Of a container's first process the container's id. */
static wire_bytes process_id(const task_event *e)
{
    return wire_text(*e->exec_id ? e->exec_id : e->id);
}

static wcow_status encode_create(const task_event *e, text *out, wcow_error *err)
{
    const task_create_request *request = e->wish->details;
    const event_task_create created = {
        .container_id = wire_text(e->id),
        .bundle = wire_text(e->wish->bundle),
        .rootfs = request ? request->rootfs : (wire_list){0},
        .has_io = true,
        .io = {wire_text(e->wish->input), wire_text(e->wish->output),
               wire_text(e->wish->error_output), e->wish->terminal},
        .checkpoint = request ? request->checkpoint : (wire_bytes){0},
        .pid = e->pid,
    };

    return wire_encode(event_task_create_fields, &created, out, err);
}

static wcow_status encode_start(const task_event *e, text *out, wcow_error *err)
{
    const event_task_start started = {wire_text(e->id), e->pid};

    return wire_encode(event_task_start_fields, &started, out, err);
}

static wcow_status encode_exit(const task_event *e, text *out, wcow_error *err)
{
    const event_task_exit exited = {.container_id = wire_text(e->id),
                                    .id = process_id(e),
                                    .pid = e->pid,
                                    .exit_status = e->exit_status,
                                    .has_exited_at = e->exited_at != TASK_NEVER,
                                    .exited_at = timestamp(e->exited_at)};

    return wire_encode(event_task_exit_fields, &exited, out, err);
}

static wcow_status encode_delete(const task_event *e, text *out, wcow_error *err)
{
    const event_task_delete deleted = {.container_id = wire_text(e->id),
                                       .pid = e->pid,
                                       .exit_status = e->exit_status,
                                       .has_exited_at = e->exited_at != TASK_NEVER,
                                       .exited_at = timestamp(e->exited_at),
                                       /* containerd takes what has none for the task's end */
                                       .id = wire_text(e->exec_id)};

    return wire_encode(event_task_delete_fields, &deleted, out, err);
}

static wcow_status encode_added(const task_event *e, text *out, wcow_error *err)
{
    const event_task_exec_added added = {wire_text(e->id), wire_text(e->exec_id)};

    return wire_encode(event_task_exec_added_fields, &added, out, err);
}

static wcow_status encode_exec_started(const task_event *e, text *out, wcow_error *err)
{
    const event_task_exec_started started = {wire_text(e->id), wire_text(e->exec_id), e->pid};

    return wire_encode(event_task_exec_started_fields, &started, out, err);
}

static const struct {
    const char *topic, *type;
    bool final;
    wcow_status (*encode)(const task_event *e, text *out, wcow_error *err);
} kinds[] = {
    [TASK_EVENT_CREATE] = {"/tasks/create", "containerd.events.TaskCreate", false, encode_create},
    [TASK_EVENT_START] = {"/tasks/start", "containerd.events.TaskStart", false, encode_start},
    [TASK_EVENT_EXIT] = {"/tasks/exit", "containerd.events.TaskExit", true, encode_exit},
    [TASK_EVENT_DELETE] = {"/tasks/delete", "containerd.events.TaskDelete", true, encode_delete},
    [TASK_EVENT_EXEC_ADDED] = {"/tasks/exec-added", "containerd.events.TaskExecAdded", false,
                               encode_added},
    [TASK_EVENT_EXEC_STARTED] = {"/tasks/exec-started", "containerd.events.TaskExecStarted", false,
                                 encode_exec_started},
};

bool event_is_final(const task_event *event)
{
    return kinds[event->kind].final;
}

wcow_status event_message_make(const task_event *event, const char *space, int64_t now, text *out,
                               wcow_error *err)
{
    cleanup_text text inner = TEXT_INIT;
    event_forward_request request = {.has_envelope = true};
    wcow_status status = kinds[event->kind].encode(event, &inner, err);

    if (status)
        return status;
    request.envelope = (event_envelope){
        .has_timestamp = true,
        .timestamp = timestamp(now),
        .namespace = wire_text(space),
        .topic = wire_text(kinds[event->kind].topic),
        .has_event = true,
        .event = {wire_text(kinds[event->kind].type), wire_of(&inner)},
    };
    return wire_encode(event_forward_request_fields, &request, out, err);
}
