/* SPDX-License-Identifier: MIT */
#include "shim/service/task_service.h"

#include <stdlib.h>

#include "base/error.h"
#include "shim/wire/common.pb.h"
#include "shim/wire/runhcs.pb.h"
#include "shim/wire/task.pb.h"

#define NANOSECONDS   1000000000
#define YEAR_ONE      (-62135596800) /* Go's time that is not set, in seconds since 1970 */
#define STATISTICS    "containerd.runhcs.stats.v1.Statistics"
#define PROCESS_FACTS "containerd.runhcs.v1.ProcessDetails"

/* ---- what all methods do ---- */

/* Decodes the request; false: the call is answered. */
static bool take(ttrpc_call *call, const pb_msgdesc_t *fields, void *request)
{
    wcow_error err = WCOW_ERROR_INIT;

    if (wire_decode(fields, ttrpc_call_payload(call), "the request", request, &err) == WCOW_OK)
        return true;
    ttrpc_call_error(call, &err);
    return false;
}

/* Which process a request names. */
typedef struct named {
    char *id, *exec_id;
} named;

static void named_free(named *n)
{
    free(n->id);
    free(n->exec_id);
}

DEFINE_CLEANUP_VALUE(named, named, named_free)
#define cleanup_named CLEANUP(named)

/* False: the call is answered. */
static bool name(ttrpc_call *call, wire_bytes id, wire_bytes exec_id, named *out)
{
    out->id = wire_copy(id);
    out->exec_id = wire_copy(exec_id);
    if (out->id && out->exec_id)
        return true;
    ttrpc_call_fail(call, TTRPC_RESOURCE_EXHAUSTED, "out of memory");
    return false;
}

/* The same of a request that names a process, and no more. */
static bool take_name(ttrpc_call *call, named *out)
{
    task_process_request request = {0};

    return take(call, task_process_request_fields, &request) &&
           name(call, request.id, request.exec_id, out);
}

/* Answers with a message, or with nothing, or with what went wrong. */
static void answer(ttrpc_call *call, wcow_status status, const wcow_error *err,
                   const pb_msgdesc_t *fields, const void *message)
{
    if (status)
        ttrpc_call_error(call, err);
    else
        ttrpc_call_reply(call, fields, message);
}

static common_timestamp timestamp(int64_t time)
{
    int64_t seconds = time / NANOSECONDS, nanos = time % NANOSECONDS;

    if (time == TASK_NEVER)
        return (common_timestamp){YEAR_ONE, 0};
    if (nanos < 0) {
        nanos += NANOSECONDS;
        seconds--;
    }
    return (common_timestamp){seconds, (int32_t)nanos};
}

/* ---- processes ---- */

/* The texts of a request that makes something. */
typedef struct wish_texts {
    named names;
    char *bundle, *input, *output, *error_output;
} wish_texts;

static void wish_texts_free(wish_texts *t)
{
    named_free(&t->names);
    free(t->bundle);
    free(t->input);
    free(t->output);
    free(t->error_output);
}

DEFINE_CLEANUP_VALUE(wish_texts, wish_texts, wish_texts_free)
#define cleanup_wish_texts CLEANUP(wish_texts)

/* Makes it; `texts` are copied of the request. */
static wcow_status make(task_pod *pod, const wish_texts *texts, bool terminal, const void *details,
                        wcow_error *err)
{
    const task_wish wish = {
        .id = texts->names.id,
        .exec_id = texts->names.exec_id,
        .bundle = texts->bundle,
        .terminal = terminal,
        .input = texts->input,
        .output = texts->output,
        .error_output = texts->error_output,
        .details = details,
    };

    if (!wish.bundle || !wish.input || !wish.output || !wish.error_output)
        return error_no_memory(err);
    return task_create(pod, &wish, err);
}

static void create(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_wish_texts wish_texts texts = {0};
    const task_create_response response = {0}; /* no process yet, and so no pid */
    task_create_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;

    if (!take(call, task_create_request_fields, &request) ||
        !name(call, request.id, (wire_bytes){0}, &texts.names))
        return;
    texts.bundle = wire_copy(request.bundle);
    texts.input = wire_copy(request.input);
    texts.output = wire_copy(request.output);
    texts.error_output = wire_copy(request.error_output);
    answer(call, make(s->pod, &texts, request.terminal, &request, &err), &err,
           task_create_response_fields, &response);
}

static void exec(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_wish_texts wish_texts texts = {0};
    task_exec_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    if (!take(call, task_exec_request_fields, &request) ||
        !name(call, request.id, request.exec_id, &texts.names))
        return;
    texts.bundle = text_copy("");
    texts.input = wire_copy(request.input);
    texts.output = wire_copy(request.output);
    texts.error_output = wire_copy(request.error_output);
    if (request.exec_id.size == 0)
        status = error_set(&err, WCOW_INVALID, "the process has no id");
    else
        status = make(s->pod, &texts, request.terminal, &request, &err);
    answer(call, status, &err, NULL, NULL);
}

static void start(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    task_start_response response = {0};
    wcow_error err = WCOW_ERROR_INIT;

    if (!take_name(call, &names))
        return;
    answer(call, task_start(s->pod, names.id, names.exec_id, &response.pid, &err), &err,
           task_start_response_fields, &response);
}

static void state(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    task_state is = {0};
    task_state_response response = {0};
    wcow_error err = WCOW_ERROR_INIT;

    if (!take_name(call, &names))
        return;
    if (task_look(s->pod, names.id, names.exec_id, &is, &err)) {
        ttrpc_call_error(call, &err);
        return;
    }
    response = (task_state_response){
        .id = wire_text(is.id),
        .bundle = wire_text(is.bundle),
        .pid = is.end.pid,
        .status = (int32_t)is.status,
        .input = wire_text(is.input),
        .output = wire_text(is.output),
        .error_output = wire_text(is.error_output),
        .terminal = is.terminal,
        .exit_status = is.end.exit_status,
        .has_exited_at = true,
        .exited_at = timestamp(is.end.exited_at),
        .exec_id = wire_text(is.exec_id[0] ? is.exec_id : is.id),
    };
    ttrpc_call_reply(call, task_state_response_fields, &response);
    task_state_free(&is);
}

static void kill_process(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    task_kill_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;

    if (!take(call, task_kill_request_fields, &request) ||
        !name(call, request.id, request.exec_id, &names))
        return;
    answer(call, task_kill(s->pod, names.id, names.exec_id, request.signal, request.all, &err),
           &err, NULL, NULL);
}

static void tell_end(void *context, const task_end *end)
{
    const task_wait_response response = {.exit_status = end->exit_status,
                                         .has_exited_at = true,
                                         .exited_at = timestamp(end->exited_at)};

    ttrpc_call_reply(context, task_wait_response_fields, &response);
}

static void drop_wait(void *context)
{
    ttrpc_call_drop(context);
}

static void wait_for(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    const task_waiter waiter = {call, tell_end, drop_wait};
    cleanup_named named names = {0};
    wcow_error err = WCOW_ERROR_INIT;

    if (take_name(call, &names) &&
        task_wait(s->pod, names.id, names.exec_id, ttrpc_call_caller(call), &waiter, &err))
        ttrpc_call_error(call, &err);
}

static void delete_process(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    task_delete_response response = {0};
    task_end end = {0};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    if (!take_name(call, &names))
        return;
    status = task_delete(s->pod, names.id, names.exec_id, &end, &err);
    response = (task_delete_response){.pid = end.pid,
                                      .exit_status = end.exit_status,
                                      .has_exited_at = true,
                                      .exited_at = timestamp(end.exited_at)};
    answer(call, status, &err, task_delete_response_fields, &response);
}

static void resize_pty(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    task_resize_pty_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;

    if (!take(call, task_resize_pty_request_fields, &request) ||
        !name(call, request.id, request.exec_id, &names))
        return;
    answer(call, task_resize(s->pod, names.id, names.exec_id, request.width, request.height, &err),
           &err, NULL, NULL);
}

/* Answered before it is done, which may take time: what a client's input ends with is not waited
 * for. */
static bool confirm_close(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    task_close_io_request request = {0};
    task_state is = {0};
    wcow_error err = WCOW_ERROR_INIT;

    if (!take(call, task_close_io_request_fields, &request) ||
        !name(call, request.id, request.exec_id, &names))
        return false;
    if (task_look(s->pod, names.id, names.exec_id, &is, &err)) {
        ttrpc_call_error(call, &err);
        return false;
    }
    task_state_free(&is);
    ttrpc_call_confirm(call);
    return true;
}

static void close_io(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    task_close_io_request request = {0};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = WCOW_OK;

    if (!take(call, task_close_io_request_fields, &request) ||
        !name(call, request.id, request.exec_id, &names))
        return;
    if (request.input)
        status = task_close_input(s->pod, names.id, names.exec_id, &err);
    answer(call, status, &err, NULL, NULL);
}

/* ---- the container ---- */

/* The list of processes, as it grows: a message for each, which protobuf joins. */
typedef struct process_list {
    const char *id;
    text encoded;
    wcow_status status;
    wcow_error err;
} process_list;

static wcow_status encode_facts(const char *id, const char *exec_id,
                                const task_process_facts *facts, text *out, wcow_error *err)
{
    const runhcs_process_details details = {
        .image_name = wire_text(facts->image_name),
        .has_created_at = true,
        .created_at = timestamp(facts->created_at),
        .kernel_time_100_ns = facts->kernel_time,
        .memory_commit_bytes = facts->commit,
        .memory_working_set_private_bytes = facts->private_set,
        .memory_working_set_shared_bytes = facts->shared_set,
        .process_id = facts->pid,
        .user_time_100_ns = facts->user_time,
        .exec_id = wire_text(exec_id && !exec_id[0] ? id : exec_id),
    };

    return wire_encode(runhcs_process_details_fields, &details, out, err);
}

static void add_process(void *to, const char *exec_id, const task_process_facts *facts)
{
    process_list *l = to;
    cleanup_text text details = TEXT_INIT;
    cleanup_text text one = TEXT_INIT;
    task_process_info info = {.pid = facts->pid};
    task_pids_response response = {.processes.count = 1};

    if (!l->status && facts->image_name) {
        l->status = encode_facts(l->id, exec_id, facts, &details, &l->err);
        info.has_info = true;
        info.info = (common_any){wire_text(PROCESS_FACTS), wire_of(&details)};
    }
    if (!l->status)
        l->status = wire_encode(task_process_info_fields, &info, &one, &l->err);
    response.processes.entries[0] = wire_of(&one);
    if (!l->status)
        l->status = wire_encode(task_pids_response_fields, &response, &l->encoded, &l->err);
}

static void pids(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    process_list list = {.encoded = TEXT_INIT, .err = WCOW_ERROR_INIT};
    wcow_status status;

    if (!take_name(call, &names))
        return;
    list.id = names.id;
    status = task_processes(s->pod, names.id, add_process, &list, &list.err);
    if (status || list.status)
        ttrpc_call_error(call, &list.err);
    else
        ttrpc_call_reply_encoded(call, wire_of(&list.encoded));
    text_free(&list.encoded);
}

static runhcs_statistics statistics_of(const task_statistics *from)
{
    return (runhcs_statistics){
        .has_windows = true,
        .windows = {
            .has_timestamp = true,
            .timestamp = timestamp(from->timestamp),
            .has_container_start_time = true,
            .container_start_time = timestamp(from->started_at),
            .uptime_ns = from->uptime,
            .has_processor = true,
            .processor = {from->total_time, from->user_time, from->kernel_time},
            .has_memory = true,
            .memory = {from->commit, from->commit_peak, from->private_set},
            .has_storage = true,
            .storage = {from->read_count, from->read_bytes, from->write_count, from->write_bytes},
        }};
}

static void stats(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    cleanup_text text encoded = TEXT_INIT;
    task_statistics is = {0};
    task_stats_response response = {.has_stats = true};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    if (!take_name(call, &names))
        return;
    status = task_measure(s->pod, names.id, &is, &err);
    if (!status) {
        const runhcs_statistics statistics = statistics_of(&is);

        status = wire_encode(runhcs_statistics_fields, &statistics, &encoded, &err);
    }
    response.stats = (common_any){wire_text(STATISTICS), wire_of(&encoded)};
    answer(call, status, &err, task_stats_response_fields, &response);
}

static void update(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    cleanup_free char *type = NULL;
    task_update_request request = {0};
    task_change change = {0};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    if (!take(call, task_update_request_fields, &request) ||
        !name(call, request.id, (wire_bytes){0}, &names))
        return;
    type = wire_copy(request.resources.type_url);
    change = (task_change){type, (const char *)request.resources.value.data,
                           request.resources.value.size};
    status = type ? task_update(s->pod, names.id, &change, &err) : error_no_memory(&err);
    answer(call, status, &err, NULL, NULL);
}

/* ---- the shim ---- */

/* Both pids are the shim's: so says the one that containerd has known for years. */
static void connect(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    const task_connect_response response = {.shim_pid = s->shim_pid, .task_pid = s->shim_pid};
    cleanup_named named names = {0};
    task_state is = {0};
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status;

    if (!take_name(call, &names))
        return;
    status = task_look(s->pod, names.id, "", &is, &err);
    task_state_free(&is);
    answer(call, status, &err, task_connect_response_fields, &response);
}

/* Answered before the server may end for it. */
static bool confirm_shut_down(void *context, ttrpc_call *call)
{
    task_shutdown_request request = {0};

    (void)context;
    if (!take(call, task_shutdown_request_fields, &request))
        return false;
    ttrpc_call_confirm(call);
    return true;
}

static void shut_down(void *context, ttrpc_call *call)
{
    const task_service *s = context;
    cleanup_named named names = {0};
    task_shutdown_request request = {0};

    if (!take(call, task_shutdown_request_fields, &request) ||
        !name(call, request.id, (wire_bytes){0}, &names))
        return;
    task_shut_down(s->pod, names.id);
    ttrpc_call_drop(call);
}

static void refuse(void *context, ttrpc_call *call)
{
    (void)context;
    ttrpc_call_fail(call, TTRPC_UNIMPLEMENTED,
                    "Windows containers cannot be paused, resumed or checkpointed");
}

static void caller_left(void *context, uint64_t caller)
{
    const task_service *s = context;

    task_forget(s->pod, caller);
}

static const char *const names_of_service[] = {"containerd.task.v2.Task",
                                               "containerd.task.v3.Task"};

/* A client may have a connection for each container. */
_Static_assert(TTRPC_MOST_LINES >= TASK_MOST_CONTAINERS + 32, "connections for all containers");

/* Those at once, and the one that is kept, are answered from memory. Those that are urgent end
 * something, or have a limit. */
static const ttrpc_method methods[] = {
    {"Create", TTRPC_SLOW, create, NULL},
    {"Start", TTRPC_SLOW, start, NULL},
    {"State", TTRPC_AT_ONCE, state, NULL},
    {"Kill", TTRPC_URGENT, kill_process, NULL},
    {"Wait", TTRPC_KEPT, wait_for, NULL},
    {"Delete", TTRPC_URGENT, delete_process, NULL},
    {"Exec", TTRPC_SLOW, exec, NULL},
    {"Pids", TTRPC_URGENT, pids, NULL},
    {"Stats", TTRPC_SLOW, stats, NULL},
    {"Connect", TTRPC_AT_ONCE, connect, NULL},
    {"ResizePty", TTRPC_SLOW, resize_pty, NULL},
    {"CloseIO", TTRPC_SLOW, close_io, confirm_close},
    {"Update", TTRPC_SLOW, update, NULL},
    {"Shutdown", TTRPC_URGENT, shut_down, confirm_shut_down},
    {"Pause", TTRPC_AT_ONCE, refuse, NULL},
    {"Resume", TTRPC_AT_ONCE, refuse, NULL},
    {"Checkpoint", TTRPC_AT_ONCE, refuse, NULL},
};

void task_service_init(task_service *service, ttrpc_service *out)
{
    *out = (ttrpc_service){
        .names = names_of_service,
        .name_count = sizeof(names_of_service) / sizeof(names_of_service[0]),
        .methods = methods,
        .method_count = sizeof(methods) / sizeof(methods[0]),
        .context = service,
        .left = caller_left,
    };
}
