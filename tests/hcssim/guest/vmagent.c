/* SPDX-License-Identifier: MIT */
/*
 * vmagent.exe PORT TOKEN HOSTNAME: the guest compute service of a simulated utility VM. It runs in
 * the VM's own Wine prefix, connects back to the host and does what it is told:
 *
 *   start   process, application, command_line, directory, user, environment, console, columns,
 * rows, in, out, err → pid; the streams come as connections of their own kill    process, code
 * signal  process, event       resize  process, columns, rows free    process              pause
 * pause                list    → processes stop    ends all processes
 *
 * When the host goes, so do the agent and everything that it started.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

#include "link.h"
#include "relay.h"
#include "runner.h"

typedef struct agent {
    uint16_t port;
    const char *token;
    link *link;
    runner *runner;
    CRITICAL_SECTION lock; /* guards the list */
    struct task *tasks;
} agent;

/* A process of the container, by the number that the host gave it. */
typedef struct task {
    struct task *next;
    agent *agent;
    uint32_t number;
    runner_process *process;
    relay *out, *err;
    HANDLE ready; /* started completely: until then `exited` waits */
} task;

#define OUTPUT_TIME 300 /* for the output on its way, when a process ended */

static void task_exited(void *context, uint32_t code)
{
    task *t = context;
    cleanup_json cJSON *event = cJSON_CreateObject();

    WaitForSingleObject(t->ready, INFINITE);
    relay_wait(t->out, OUTPUT_TIME);
    relay_wait(t->err, OUTPUT_TIME);
    json_add_integer(event, "exited", t->number);
    json_add_integer(event, "code", code);
    link_send(t->agent->link, event);
}

static void task_free(task *t)
{
    runner_process_free(t->process);
    relay_free(t->out);
    relay_free(t->err);
    if (t->ready)
        CloseHandle(t->ready);
    free(t);
}

static task *task_find(agent *a, uint32_t number, bool remove)
{
    task *found = NULL;

    EnterCriticalSection(&a->lock);
    for (task **at = &a->tasks; *at; at = &(*at)->next) {
        if ((*at)->number == number) {
            found = *at;
            if (remove)
                *at = found->next;
            break;
        }
    }
    LeaveCriticalSection(&a->lock);
    return found;
}

/* A connection for one stream, and the thread that passes its bytes on. */
static relay *connect_stream(task *t, HANDLE pipe, uint8_t stream)
{
    link_greeting greeting = {.stream = stream, .process = t->number};
    SOCKET socket;

    if (!pipe)
        return NULL;
    memcpy(greeting.token, t->agent->token, LINK_TOKEN_SIZE);
    socket = link_connect(t->agent->port, &greeting);
    if (socket == INVALID_SOCKET) {
        CloseHandle(pipe);
        return NULL;
    }
    return stream == LINK_IN ? relay_start(RELAY_SOCKET(socket), RELAY_PIPE(pipe))
                             : relay_start(RELAY_PIPE(pipe), RELAY_SOCKET(socket));
}

static void read_spec(const cJSON *request, sim_process_spec *spec)
{
    spec->application = json_text(request, "application", NULL);
    spec->command_line = json_text(request, "command_line", NULL);
    spec->working_directory = json_text(request, "directory", NULL);
    spec->user = json_text(request, "user", NULL);
    spec->console = json_bool(request, "console", false);
    spec->columns = (uint16_t)json_integer(request, "columns", 0);
    spec->rows = (uint16_t)json_integer(request, "rows", 0);
    spec->in = json_bool(request, "in", false);
    spec->out = json_bool(request, "out", false);
    spec->err = json_bool(request, "err", false);
}

static int32_t task_start(task *t, const cJSON *request, cJSON *reply)
{
    cleanup_strings string_list environment = STRING_LIST_INIT;
    sim_process_spec spec = {.exited = task_exited, .context = t};
    runner_started started;
    int32_t hr;

    read_spec(request, &spec);
    json_strings(request, "environment", &environment);
    spec.environment = (const char *const *)environment.items;
    hr = runner_start(t->agent->runner, &spec, &started);
    if (HR_FAILED(hr))
        return hr;
    t->process = started.process;
    relay_free(connect_stream(t, started.in, LINK_IN));
    t->out = connect_stream(t, started.out, LINK_OUT);
    t->err = connect_stream(t, started.err, LINK_ERR);
    json_add_integer(reply, "pid", started.pid);
    return HR_OK;
}

static int32_t do_start(agent *a, const cJSON *request, cJSON *reply)
{
    task *t = calloc(1, sizeof(*t));
    int32_t hr = HR_OUT_OF_MEMORY;

    if (!t)
        return hr;
    t->agent = a;
    t->number = (uint32_t)json_integer(request, "process", 0);
    t->ready = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (t->ready)
        hr = task_start(t, request, reply);
    if (HR_FAILED(hr)) {
        task_free(t);
        return hr;
    }
    EnterCriticalSection(&a->lock);
    t->next = a->tasks;
    a->tasks = t;
    LeaveCriticalSection(&a->lock);
    return HR_OK;
}

static int32_t do_list(agent *a, cJSON *reply)
{
    cJSON *list = cJSON_AddArrayToObject(reply, "processes");
    sim_process_row *rows = NULL;
    size_t count = 0;
    int32_t hr = runner_list(a->runner, &rows, &count);

    for (size_t i = 0; HR_SUCCEEDED(hr) && i < count; i++) {
        cJSON *row = cJSON_CreateObject();

        json_add_integer(row, "pid", rows[i].pid);
        json_add_text(row, "name", rows[i].name);
        json_add_integer(row, "user", (int64_t)rows[i].user_100ns);
        json_add_integer(row, "kernel", (int64_t)rows[i].kernel_100ns);
        json_add_integer(row, "commit", (int64_t)rows[i].commit);
        json_add_integer(row, "private", (int64_t)rows[i].private_ws);
        json_add_integer(row, "shared", (int64_t)rows[i].shared_ws);
        json_add_integer(row, "created", rows[i].created / 1000); /* exact up to 2^53 */
        json_append(list, row);
    }
    free(rows);
    return hr;
}

static int32_t do_to_task(agent *a, const char *what, const cJSON *request)
{
    uint32_t number = (uint32_t)json_integer(request, "process", 0);
    task *t = task_find(a, number, strcmp(what, "free") == 0);

    if (!t)
        return HR_NOT_FOUND;
    if (strcmp(what, "kill") == 0)
        return runner_process_kill(t->process, (uint32_t)json_integer(request, "code", 1));
    if (strcmp(what, "signal") == 0)
        return runner_process_signal(t->process, (int)json_integer(request, "event", 0));
    if (strcmp(what, "resize") == 0)
        return runner_process_resize(t->process, (uint16_t)json_integer(request, "columns", 0),
                                     (uint16_t)json_integer(request, "rows", 0));
    task_free(t);
    return HR_OK;
}

static int32_t carry_out(agent *a, const char *what, const cJSON *request, cJSON *reply)
{
    if (strcmp(what, "start") == 0)
        return do_start(a, request, reply);
    if (strcmp(what, "list") == 0)
        return do_list(a, reply);
    if (strcmp(what, "pause") == 0)
        return runner_pause(a->runner, json_bool(request, "pause", true));
    if (strcmp(what, "shutdown") == 0)
        return runner_shutdown(a->runner);
    if (strcmp(what, "stop") == 0) {
        runner_stop(a->runner, (uint32_t)json_integer(request, "code", 1));
        return HR_OK;
    }
    return do_to_task(a, what, request);
}

static void answer(agent *a, const cJSON *request)
{
    cleanup_json cJSON *reply = cJSON_CreateObject();
    const char *what = json_text(request, "do", "");
    uint32_t number = (uint32_t)json_integer(request, "process", 0);
    task *t;

    json_add_integer(reply, "id", json_integer(request, "id", 0));
    json_add_integer(reply, "hr", carry_out(a, what, request, reply));
    link_send(a->link, reply);
    /* Only now: the host must know the process before it hears of its end. */
    if (strcmp(what, "start") == 0 && (t = task_find(a, number, false)) != NULL)
        SetEvent(t->ready);
}

/* GetComputerName reads it there; wineboot has put the Linux host's name. */
static void set_hostname(const char *name)
{
    static const char *const places[][2] = {
        {"System\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName", "ComputerName"},
        {"System\\CurrentControlSet\\Control\\ComputerName\\ComputerName", "ComputerName"},
        {"System\\CurrentControlSet\\Services\\Tcpip\\Parameters", "Hostname"},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
        RegSetKeyValueA(HKEY_LOCAL_MACHINE, places[i][0], places[i][1], REG_SZ, name,
                        (DWORD)strlen(name) + 1);
}

int main(int argc, char **argv)
{
    agent a = {0};
    link_greeting greeting = {.stream = LINK_CONTROL};
    SOCKET control;
    cJSON *request;

    if (argc < 4 || strlen(argv[2]) != LINK_TOKEN_SIZE - 1 || !link_startup())
        return 2;
    a.port = (uint16_t)atoi(argv[1]);
    a.token = argv[2];
    InitializeCriticalSection(&a.lock);
    set_hostname(argv[3]);
    memcpy(greeting.token, a.token, LINK_TOKEN_SIZE);
    control = link_connect(a.port, &greeting);
    if (control == INVALID_SOCKET || !(a.link = link_new(control)) ||
        HR_FAILED(runner_new(NULL, argv[3], &a.runner)))
        return 1;
    while ((request = link_receive(a.link)) != NULL) {
        answer(&a, request);
        cJSON_Delete(request);
    }
    runner_free(a.runner);
    return 0;
}
