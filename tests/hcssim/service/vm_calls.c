/* SPDX-License-Identifier: MIT */
/* Asking the agent in a utility VM, and hearing from it. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"

#include "vm.h"

#define CALL_TIMEOUT 120000

/* Somebody waits for the answer with this number. */
typedef struct vm_call {
    struct vm_call *next;
    uint32_t id;
    HANDLE answered;
    cJSON *reply;
} vm_call_record;

static void call_add(vm *v, vm_call_record *call)
{
    EnterCriticalSection(&v->lock);
    call->id = ++v->last_id;
    call->next = v->calls;
    v->calls = call;
    LeaveCriticalSection(&v->lock);
}

static void call_remove(vm *v, vm_call_record *call)
{
    EnterCriticalSection(&v->lock);
    for (vm_call_record **at = &v->calls; *at; at = &(*at)->next) {
        if (*at == call) {
            *at = call->next;
            break;
        }
    }
    LeaveCriticalSection(&v->lock);
}

static void call_answer(vm *v, cJSON *reply)
{
    uint32_t id = (uint32_t)json_integer(reply, "id", 0);

    EnterCriticalSection(&v->lock);
    for (vm_call_record *call = v->calls; call; call = call->next) {
        if (call->id == id && !call->reply) {
            call->reply = reply;
            reply = NULL;
            SetEvent(call->answered);
            break;
        }
    }
    LeaveCriticalSection(&v->lock);
    cJSON_Delete(reply);
}

int32_t vm_call(vm *v, const char *what, cJSON *request, cJSON **reply)
{
    vm_call_record call = {.answered = CreateEventW(NULL, TRUE, FALSE, NULL)};
    HANDLE waits[2] = {call.answered, v->dead};
    int32_t hr = HR_BROKEN_PIPE;

    call_add(v, &call);
    json_add_integer(request, "id", call.id);
    json_add_text(request, "do", what);
    if (WaitForSingleObject(v->dead, 0) != WAIT_OBJECT_0 && link_send(v->link, request))
        WaitForMultipleObjects(2, waits, FALSE, CALL_TIMEOUT);
    call_remove(v, &call);
    CloseHandle(call.answered);
    cJSON_Delete(request);
    if (call.reply)
        hr = (int32_t)json_integer(call.reply, "hr", HR_BROKEN_PIPE);
    if (reply)
        *reply = call.reply;
    else
        cJSON_Delete(call.reply);
    return hr;
}

int32_t vm_call_process(vm *v, const char *what, uint32_t process, const char *name, int64_t value)
{
    cJSON *request = cJSON_CreateObject();

    json_add_integer(request, "process", process);
    json_add_integer(request, name, value);
    return vm_call(v, what, request, NULL);
}

void vm_post_process(vm *v, const char *what, uint32_t process)
{
    cleanup_json cJSON *request = cJSON_CreateObject();

    json_add_integer(request, "id", 0); /* nobody waits for an answer with that */
    json_add_text(request, "do", what);
    json_add_integer(request, "process", process);
    link_send(v->link, request);
}

typedef struct ended {
    vm_process *process;
    uint32_t code;
} ended;

/* On a thread of its own: the engine may ask the VM something from within. */
static DWORD WINAPI tell_ended(void *argument)
{
    ended *e = argument;

    vm_process_ended(e->process, e->code);
    vm_process_release(e->process);
    free(e);
    return 0;
}

static void process_next_event(vm *v, const cJSON *event)
{
    vm_process *p = vm_process_find(v, (uint32_t)json_integer(event, "exited", 0));
    ended *e = p ? malloc(sizeof(*e)) : NULL;

    if (!e) {
        if (p)
            vm_process_release(p);
        return;
    }
    e->process = p;
    e->code = (uint32_t)json_integer(event, "code", 0);
    if (!QueueUserWorkItem(tell_ended, e, WT_EXECUTELONGFUNCTION))
        tell_ended(e);
}

DWORD WINAPI vm_read(void *argument)
{
    vm *v = argument;
    cJSON *message;

    while ((message = link_receive(v->link)) != NULL) {
        if (json_member(message, "id")) {
            call_answer(v, message);
        } else {
            process_next_event(v, message);
            cJSON_Delete(message);
        }
    }
    SetEvent(v->dead);
    return 0;
}
