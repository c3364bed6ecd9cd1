/* SPDX-License-Identifier: MIT */
/* Processes in a utility VM, as the host sees them. */
#include <stdlib.h>

#include "base/error.h"
#include "base/json.h"

#include "../guest/pipes.h"
#include "vm.h"

#define STREAM_TIMEOUT 20000
#define OUTPUT_TIME    300 /* for the output on its way, when a process ended */

void vm_process_release(vm_process *p)
{
    if (InterlockedDecrement(&p->references))
        return;
    relay_free(p->in);
    relay_free(p->out);
    relay_free(p->err);
    DeleteCriticalSection(&p->calling);
    vm_release(p->vm);
    free(p);
}

vm_process *vm_process_find(vm *v, uint32_t number)
{
    vm_process *p;

    EnterCriticalSection(&v->lock);
    for (p = v->processes; p && p->number != number; p = p->next)
        ;
    if (p)
        InterlockedIncrement(&p->references);
    LeaveCriticalSection(&v->lock);
    return p;
}

void vm_process_ended(vm_process *p, uint32_t code)
{
    relay_wait(p->out, OUTPUT_TIME);
    relay_wait(p->err, OUTPUT_TIME);
    EnterCriticalSection(&p->calling);
    if (!p->over) {
        p->over = true;
        p->exited(p->context, code);
    }
    LeaveCriticalSection(&p->calling);
}

/* Takes it out of the VM's list, which held a reference. */
static bool unlink_process(vm_process *p)
{
    vm *v = p->vm;
    bool found = false;

    EnterCriticalSection(&v->lock);
    for (vm_process **at = &v->processes; *at && !found; at = found ? at : &(*at)->next) {
        found = *at == p;
        if (found)
            *at = p->next;
    }
    LeaveCriticalSection(&v->lock);
    return found;
}

void vm_processes_end(vm *v, uint32_t code)
{
    for (;;) {
        vm_process *p;

        EnterCriticalSection(&v->lock);
        p = v->processes;
        if (p)
            v->processes = p->next;
        LeaveCriticalSection(&v->lock);
        if (!p)
            return;
        vm_process_ended(p, code);
        vm_process_release(p);
    }
}

/* ---- starting ---- */

static cJSON *start_request(const sim_process_spec *spec, uint32_t number)
{
    static const char *const none[] = {NULL};
    cJSON *request = cJSON_CreateObject();

    json_add_integer(request, "process", number);
    json_add_text(request, "application", spec->application);
    json_add_text(request, "command_line", spec->command_line);
    json_add_text(request, "directory", spec->working_directory);
    json_add_text(request, "user", spec->user);
    json_add_strings(request, "environment", spec->environment ? spec->environment : none);
    json_add_bool(request, "console", spec->console);
    json_add_integer(request, "columns", spec->columns);
    json_add_integer(request, "rows", spec->rows);
    json_add_bool(request, "in", spec->in);
    json_add_bool(request, "out", spec->out);
    json_add_bool(request, "err", spec->err && !spec->console);
    return request;
}

/* The connection for a stream has come: joins it with a pipe, whose other end is the client's. */
static int32_t join_stream(SOCKET socket, uint8_t stream, HANDLE *theirs, relay **out)
{
    HANDLE ours = NULL;
    int32_t hr;

    if (socket == INVALID_SOCKET)
        return HR_BROKEN_PIPE;
    /* What the client reads is the server's end; what it writes, the client's: see pipes.h. */
    hr = stream == LINK_IN ? pipes_new(true, true, &ours, theirs)
                           : pipes_new(true, true, theirs, &ours);
    if (HR_FAILED(hr)) {
        closesocket(socket);
        return hr;
    }
    *out = stream == LINK_IN ? relay_start(RELAY_PIPE(ours), RELAY_SOCKET(socket))
                             : relay_start(RELAY_SOCKET(socket), RELAY_PIPE(ours));
    return *out ? HR_OK : HR_OUT_OF_MEMORY;
}

typedef struct starting {
    vm_process *process;
    const sim_process_spec *spec;
    vm_expected expected[3];
    bool wanted[3];
} starting;

static int32_t expect_streams(vm *v, starting *s)
{
    int32_t hr = HR_OK;

    s->wanted[0] = s->spec->in;
    s->wanted[1] = s->spec->out;
    s->wanted[2] = s->spec->err && !s->spec->console;
    for (uint8_t i = 0; i < 3; i++)
        if (s->wanted[i] && HR_SUCCEEDED(hr))
            hr = vm_link_expect(&s->expected[i], v->token, s->process->number,
                                (uint8_t)(LINK_IN + i));
    return hr;
}

static int32_t join_streams(vm *v, starting *s, int32_t hr, client_streams *streams)
{
    HANDLE *theirs[3] = {&streams->in, &streams->out, &streams->err};
    relay **relays[3] = {&s->process->in, &s->process->out, &s->process->err};

    for (uint8_t i = 0; i < 3; i++) {
        SOCKET socket;
        int32_t joined;

        if (!s->wanted[i])
            continue;
        socket = vm_link_wait(&s->expected[i], v->dead, HR_SUCCEEDED(hr) ? STREAM_TIMEOUT : 0);
        if (HR_FAILED(hr)) {
            if (socket != INVALID_SOCKET)
                closesocket(socket);
            continue;
        }
        joined = join_stream(socket, (uint8_t)(LINK_IN + i), theirs[i], relays[i]);
        hr = HR_FAILED(joined) ? joined : hr;
    }
    return hr;
}

static vm_process *process_new(vm *v, const sim_process_spec *spec)
{
    vm_process *p = calloc(1, sizeof(*p));

    if (!p)
        return NULL;
    InitializeCriticalSection(&p->calling);
    p->references = 1;
    p->exited = spec->exited;
    p->context = spec->context;
    p->vm = v;
    InterlockedIncrement(&v->references);
    EnterCriticalSection(&v->lock);
    p->number = ++v->last_id;
    LeaveCriticalSection(&v->lock);
    return p;
}

/* From now on the VM knows it, too; the agent's word of its end comes through the list. */
static void link_process(vm *v, vm_process *p)
{
    InterlockedIncrement(&p->references);
    EnterCriticalSection(&v->lock);
    p->next = v->processes;
    v->processes = p;
    LeaveCriticalSection(&v->lock);
}

static int32_t start_on(vm *v, starting *s, sim_started *out)
{
    client_streams streams = {0};
    cleanup_json cJSON *reply = NULL;
    int32_t hr = expect_streams(v, s);

    EnterCriticalSection(&s->process->calling); /* `exited` not before all is in its place */
    link_process(v, s->process);
    if (HR_SUCCEEDED(hr))
        hr = vm_call(v, "start", start_request(s->spec, s->process->number), &reply);
    hr = join_streams(v, s, hr, &streams);
    if (HR_SUCCEEDED(hr)) {
        s->process->pid = (uint32_t)json_integer(reply, "pid", 0);
        hr = streams_give(s->spec->client_pid, &streams, out);
    } else {
        pipes_close(&streams.in);
        pipes_close(&streams.out);
        pipes_close(&streams.err);
    }
    s->process->over = HR_FAILED(hr);
    LeaveCriticalSection(&s->process->calling);
    return hr;
}

int32_t vm_process_start(vm *v, const sim_process_spec *spec, sim_started *out)
{
    sim_process *process = calloc(1, sizeof(*process));
    starting s = {.process = process ? process_new(v, spec) : NULL, .spec = spec};
    sim_started started = {0};
    int32_t hr = s.process ? start_on(v, &s, &started) : HR_OUT_OF_MEMORY;

    if (HR_FAILED(hr)) {
        if (s.process)
            vm_process_free(s.process);
        free(process);
        return hr;
    }
    process->remote = s.process;
    process->in = s.process->in;
    s.process->in = NULL;
    started.pid = s.process->pid;
    started.process = process;
    *out = started;
    return HR_OK;
}

/* ---- one process ---- */

int32_t vm_process_kill(vm_process *p, uint32_t exit_code)
{
    return vm_call_process(p->vm, "kill", p->number, "code", exit_code);
}

int32_t vm_process_signal(vm_process *p, int event)
{
    return vm_call_process(p->vm, "signal", p->number, "event", event);
}

int32_t vm_process_resize(vm_process *p, uint16_t columns, uint16_t rows)
{
    cJSON *request = cJSON_CreateObject();

    json_add_integer(request, "process", p->number);
    json_add_integer(request, "columns", columns);
    json_add_integer(request, "rows", rows);
    return vm_call(p->vm, "resize", request, NULL);
}

void vm_process_free(vm_process *p)
{
    EnterCriticalSection(&p->calling);
    p->over = true;
    LeaveCriticalSection(&p->calling);
    if (unlink_process(p)) {
        vm_post_process(p->vm, "free", p->number);
        vm_process_release(p);
    }
    vm_process_release(p);
}
