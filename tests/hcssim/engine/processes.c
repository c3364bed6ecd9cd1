/* SPDX-License-Identifier: MIT */
/* Processes in compute systems (facts §1.3, §4.2, §4.7). */
#include "processes.h"
#include "codes.h"
#include "documents.h"
#include "handles.h"
#include "operations.h"
#include "sessions.h"
#include "systems.h"

#include <string.h>

#define EXIT_CODE_OF_TERMINATED 1u

void process_ref(compute_process *process)
{
    process->refs++;
}

/* process_free() may wait for the machine's callback, which wants the lock: so on a thread of its
 * own. */
static void reap(sim *s, void *argument)
{
    compute_process *process = argument;

    if (process->started)
        s->machine->process_free(s->machine, process->started);
    sim_lock(s);
    system_unref(process->system);
    sim_unlock(s);
    free(process);
}

void process_unref(sim *s, compute_process *process)
{
    if (--process->refs)
        return;
    for (compute_process **at = &process->system->processes; *at; at = &(*at)->next)
        if (*at == process) {
            *at = process->next;
            break;
        }
    sim_spawn(s, reap, process);
}

char *process_status(const compute_process *process)
{
    cleanup_json cJSON *status = cJSON_CreateObject();

    json_add_integer(status, "ProcessId", process->pid);
    json_add_bool(status, "Exited", process->exited);
    json_add_integer(status, "ExitCode", process->exited ? process->exit_code : 0);
    json_add_integer(status, "LastWaitResult", process->exited ? 0 : 258);
    return json_print(status);
}

void process_ended(sim *s, compute_process *process, uint32_t exit_code)
{
    cleanup_free char *status = NULL;

    if (process->exited)
        return;
    process->exited = true;
    process->exit_code = exit_code;
    status = process_status(process);
    notify_process(s, process, SIM_PROCESS_EXITED, HR_OK, status);
    sim_changed(s);
    process_unref(s, process);
}

static void process_exited(void *context, uint32_t exit_code)
{
    compute_process *process = context;
    sim *s = process->system->sim;

    sim_lock(s);
    process_ended(s, process, exit_code);
    sim_unlock(s);
}

static handle *open_handle(sim_context *c, compute_process *process)
{
    handle *h = handle_new(c->sim, c->session, HANDLE_PROCESS);

    h->process = process;
    process_ref(process);
    c->made = h->id;
    json_add_integer(c->reply, "process", (int64_t)h->id);
    return h;
}

static void add_info(sim_context *c, uint32_t pid, const sim_started *streams)
{
    cJSON *info = cJSON_AddObjectToObject(c->reply, "info");

    json_add_integer(info, "pid", pid);
    json_add_integer(info, "in", streams ? streams->in : 0);
    json_add_integer(info, "out", streams ? streams->out : 0);
    json_add_integer(info, "err", streams ? streams->err : 0);
}

static void read_environment(const cJSON *document, string_list *out)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, json_member(document, "Environment"))
        string_list_own(out, text_format("%s=%s", item->string, item->valuestring));
}

static uint16_t console_part(const cJSON *document, int index)
{
    const cJSON *part = cJSON_GetArrayItem(json_member(document, "ConsoleSize"), index);

    return part ? (uint16_t)part->valuedouble : 0;
}

/* With a console there is one stream out, so a wish for stderr is passed over (facts §1.3). */
static void read_process(sim_context *c, const cJSON *document, const string_list *environment,
                         compute_process *process, sim_process_spec *out)
{
    static const char *const none[] = {NULL};

    out->console = json_bool(document, "EmulateConsole", false);
    out->application = json_text(document, "ApplicationName", NULL);
    out->command_line = json_text(document, "CommandLine", NULL);
    out->working_directory = json_text(document, "WorkingDirectory", "C:\\");
    out->user = json_text(document, "User", "");
    out->environment = environment->items ? (const char *const *)environment->items : none;
    out->rows = console_part(document, 0);
    out->columns = console_part(document, 1);
    out->in = json_bool(document, "CreateStdInPipe", false);
    out->out = json_bool(document, "CreateStdOutPipe", false);
    out->err = json_bool(document, "CreateStdErrPipe", false) && !out->console;
    out->client_pid = c->session->pid;
    out->exited = process_exited;
    out->context = process;
}

static compute_process *process_new(compute_system *system)
{
    compute_process *process = calloc(1, sizeof(*process));

    process->system = system;
    process->refs = 2; /* it runs, and the call works on it */
    system_ref(system);
    process->next = system->processes;
    system->processes = process;
    return process;
}

/* Without the lock. */
static int32_t start_process(sim_context *c, compute_process *process, const cJSON *document)
{
    sim_machine *machine = c->sim->machine;
    cleanup_strings string_list environment = STRING_LIST_INIT;
    sim_process_spec spec = {0};
    int32_t hr;

    read_environment(document, &environment);
    read_process(c, document, &environment, process, &spec);
    hr = machine->process_start(machine, process->system->guest, &spec, &c->streams);
    if (HR_FAILED(hr))
        return refuse(&c->why, hr, "The process could not be created: %s",
                      spec.command_line ? spec.command_line : spec.application);
    process->console = spec.console;
    process->in_closed = !spec.in;
    return hr;
}

static int32_t find_running(sim_context *c, compute_system **out)
{
    handle *h = NULL;
    int32_t hr = handle_get(c, "system", HANDLE_SYSTEM, &h);

    if (HR_FAILED(hr))
        return hr;
    if (h->system->status != SYSTEM_RUNNING || h->system->busy || !system_use(h->system))
        return refuse(&c->why, SIM_E_INVALID_STATE,
                      "The requested operation is not valid in the state '%s' of '%s'.",
                      system_status_text(h->system), h->system->id);
    *out = h->system;
    return HR_OK;
}

static int32_t run_in(sim_context *c, compute_system *system, const cJSON *document)
{
    sim *s = c->sim;
    compute_process *process = process_new(system);
    int32_t hr;

    sim_unlock(s);
    hr = start_process(c, process, document);
    sim_lock(s);
    if (HR_SUCCEEDED(hr)) {
        process->started = c->streams.process;
        process->pid = c->streams.pid;
        open_handle(c, process);
        add_info(c, process->pid, &c->streams);
    } else {
        process->exited = true;
        process_unref(s, process); /* it never ran */
    }
    process_unref(s, process);
    return hr;
}

int32_t call_create_process(sim_context *c)
{
    cleanup_json cJSON *document = NULL;
    compute_system *system = NULL;
    int32_t hr;

    hr = document_read(request_text(c, "processParameters"), schema_process, false,
                       sim_build(c->sim), &document, &c->why);
    if (HR_SUCCEEDED(hr) && !json_text(document, "CommandLine", NULL) &&
        !json_text(document, "ApplicationName", NULL))
        hr = refuse(&c->why, HR_INVALID_PARAMETER,
                    "Neither 'CommandLine' nor 'ApplicationName' is in the document.");
    if (HR_FAILED(hr))
        return hr;

    sim_lock(c->sim);
    hr = find_running(c, &system);
    if (HR_SUCCEEDED(hr)) {
        hr = run_in(c, system, document);
        system_unuse(system);
    }
    sim_unlock(c->sim);
    return hr;
}

int32_t call_open_process(sim_context *c)
{
    uint32_t pid = (uint32_t)json_integer(c->request, "pid", 0);
    compute_process *process = NULL;
    handle *h = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = handle_get(c, "system", HANDLE_SYSTEM, &h);
    if (HR_SUCCEEDED(hr)) {
        process = h->system->processes;
        while (process && (process->pid != pid || !pid))
            process = process->next;
        if (!process)
            hr = refuse(&c->why, HR_NOT_FOUND, "No process %u in '%s'.", pid, h->system->id);
        else if (process->exited)
            hr = refuse(&c->why, SIM_E_PROCESS_STOPPED, "Process %u has exited.", pid);
        else
            open_handle(c, process);
    }
    sim_unlock(c->sim);
    return hr;
}

int32_t call_close_process(sim_context *c)
{
    handle *h = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = handle_get(c, "process", HANDLE_PROCESS, &h);
    if (h)
        handle_close(c->sim, h);
    sim_unlock(c->sim);
    return hr;
}

/* Pins a running process for a machine call; `gone` is what an exited one answers. */
static int32_t process_use(sim_context *c, int32_t gone, compute_process **out)
{
    handle *h = NULL;
    int32_t hr = handle_get(c, "process", HANDLE_PROCESS, &h);

    if (HR_FAILED(hr))
        return hr;
    if (h->process->exited || !system_use(h->process->system))
        return refuse(&c->why, gone, "Process %u has exited.", h->process->pid);
    process_ref(h->process);
    *out = h->process;
    return HR_OK;
}

static void process_unuse(sim *s, compute_process *process)
{
    system_unuse(process->system);
    process_unref(s, process);
}

int32_t call_terminate_process(sim_context *c)
{
    sim_machine *machine = c->sim->machine;
    compute_process *process = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = process_use(c, SIM_E_PROCESS_STOPPED, &process);
    if (HR_SUCCEEDED(hr)) {
        sim_unlock(c->sim);
        hr = machine->process_kill(machine, process->started, EXIT_CODE_OF_TERMINATED);
        sim_lock(c->sim);
        process_unuse(c->sim, process);
    }
    sim_unlock(c->sim);
    return hr;
}

static int signal_event(const char *name)
{
    static const struct {
        const char *name;
        int event;
    } events[] = {
        {"CtrlC", 0}, {"CtrlBreak", 1}, {"CtrlClose", 2}, {"CtrlLogOff", 5}, {"CtrlShutdown", 6},
    };

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        if (!strcmp(events[i].name, name))
            return events[i].event;
    return -1;
}

int32_t call_signal_process(sim_context *c)
{
    sim_machine *machine = c->sim->machine;
    cleanup_json cJSON *document = NULL;
    compute_process *process = NULL;
    int32_t hr;

    hr = document_read(request_text(c, "options"), schema_signal, false, sim_build(c->sim),
                       &document, &c->why);
    if (HR_FAILED(hr))
        return hr;

    sim_lock(c->sim);
    hr = process_use(c, SIM_E_PROCESS_STOPPED, &process);
    if (HR_SUCCEEDED(hr)) {
        sim_unlock(c->sim);
        hr = machine->process_signal(machine, process->started,
                                     signal_event(json_text(document, "Signal", "")));
        sim_lock(c->sim);
        process_unuse(c->sim, process);
    }
    sim_unlock(c->sim);
    return hr;
}

/* The streams were handed out when the process was made, each once (facts §12.12). */
int32_t call_process_info(sim_context *c)
{
    handle *h = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = handle_get(c, "process", HANDLE_PROCESS, &h);
    if (HR_SUCCEEDED(hr))
        add_info(c, h->process->pid, NULL);
    sim_unlock(c->sim);
    return hr;
}

int32_t call_process_properties(sim_context *c)
{
    cleanup_free char *status = NULL;
    handle *h = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = handle_get(c, "process", HANDLE_PROCESS, &h);
    if (HR_SUCCEEDED(hr)) {
        status = process_status(h->process);
        json_add_text(c->reply, "processProperties", status);
    }
    sim_unlock(c->sim);
    return hr;
}

/* Without the lock. Output handles are the service's own: closing them changes nothing here. */
static int32_t modify(sim_context *c, compute_process *process, const cJSON *document)
{
    sim_machine *machine = c->sim->machine;
    const cJSON *size = json_member(document, "ConsoleSize");
    const char *which = json_text(json_member(document, "CloseHandle"), "Handle", "");
    bool input = !strcmp(which, "StdIn") || !strcmp(which, "All");

    if (!strcmp(json_text(document, "Operation", ""), "ConsoleSize")) {
        if (!process->console)
            return refuse(&c->why, HR_INVALID_PARAMETER, "Process %u has no console.",
                          process->pid);
        if (!size)
            return refuse(&c->why, SIM_E_INVALID_JSON, "Member 'ConsoleSize' is missing.");
        return machine->process_resize(machine, process->started,
                                       (uint16_t)json_integer(size, "Width", 0),
                                       (uint16_t)json_integer(size, "Height", 0));
    }
    if (!*which)
        return refuse(&c->why, SIM_E_INVALID_JSON, "Member 'CloseHandle' is missing.");
    return input ? machine->process_close_stdin(machine, process->started) : HR_OK;
}

int32_t call_modify_process(sim_context *c)
{
    cleanup_json cJSON *document = NULL;
    compute_process *process = NULL;
    int32_t hr;

    hr = document_read(request_text(c, "settings"), schema_modify_process, false, sim_build(c->sim),
                       &document, &c->why);
    if (HR_FAILED(hr))
        return hr;

    sim_lock(c->sim);
    hr = process_use(c, SIM_E_INVALID_STATE, &process);
    if (HR_SUCCEEDED(hr)) {
        sim_unlock(c->sim);
        hr = modify(c, process, document);
        sim_lock(c->sim);
        process_unuse(c->sim, process);
    }
    sim_unlock(c->sim);
    return hr;
}
