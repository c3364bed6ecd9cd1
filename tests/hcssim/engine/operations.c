/* SPDX-License-Identifier: MIT */
/* What takes time on a real host: create, start, pause, resume, and the end of a compute system. */
#include "operations.h"
#include "codes.h"
#include "handles.h"
#include "hns.h"
#include "mounts.h"
#include "processes.h"
#include "sessions.h"
#include "systems.h"

#include "base/thread.h"

typedef struct job {
    sim *sim;
    void (*run)(sim *s, void *argument);
    void *argument;
} job;

typedef struct operation {
    compute_system *system;
    uint64_t handle; /* that asked for it */
    uint32_t notification;
    system_status then;
    operation_work *work;
} operation;

static void *run_job(void *argument)
{
    job *j = argument;
    sim *s = j->sim;

    j->run(s, j->argument);
    free(j);
    sim_lock(s);
    s->jobs--;
    sim_changed(s);
    sim_unlock(s);
    return NULL;
}

bool sim_spawn(sim *s, void (*run)(sim *s, void *argument), void *argument)
{
    job *j = calloc(1, sizeof(*j));

    if (!j)
        return false;
    *j = (job){s, run, argument};
    s->jobs++;
    if (thread_start_detached(run_job, j))
        return true;
    s->jobs--;
    free(j);
    return false;
}

/* What ended while its operation was under way ended unexpectedly (facts §12.5). */
static int32_t finish(sim *s, const operation *o, int32_t hr)
{
    compute_system *system = o->system;

    if (HR_SUCCEEDED(hr) && !system->stopping) {
        if (o->then == SYSTEM_RUNNING && system->status == SYSTEM_CREATED)
            system->started = s->machine->now(s->machine);
        system->status = o->then;
    } else if (HR_SUCCEEDED(hr)) {
        hr = SIM_E_UNEXPECTED_EXIT;
    }
    system->busy = false;
    sim_changed(s);
    return hr;
}

static void run_operation(sim *s, void *argument)
{
    operation *o = argument;
    refusal why = {0};
    handle *on;
    int32_t hr;

    hr = o->work(s, o->system, &why);
    sim_lock(s);
    hr = finish(s, o, hr);
    on = handle_find(s, o->handle);
    if (on && !on->dead)
        notify_handle(s, on, o->notification, hr, NULL);
    system_unref(o->system);
    sim_unlock(s);
    free(o);
}

int32_t operation_run(sim_context *c, handle *on, uint32_t notification, system_status then,
                      operation_work *work)
{
    sim *s = c->sim;
    operation o = {on->system, on->id, notification, then, work};
    operation *pending;
    int32_t hr;

    on->system->busy = true;
    if (!s->options.synchronous) {
        pending = malloc(sizeof(*pending));
        *pending = o;
        system_ref(o.system);
        sim_spawn(s, run_operation, pending);
        return SIM_E_PENDING;
    }
    system_ref(o.system);
    sim_unlock(s);
    hr = work(s, o.system, &c->why);
    sim_lock(s);
    hr = finish(s, &o, hr);
    system_unref(o.system);
    return hr;
}

int32_t work_create(sim *s, compute_system *system, refusal *why)
{
    (void)s;
    (void)system;
    (void)why;
    return HR_OK;
}

static void guest_exited(void *context, int32_t hr)
{
    compute_system *system = context;
    sim *s = system->sim;

    sim_lock(s);
    system_begin_stop(s, system, HR_FAILED(hr) ? hr : SIM_E_UNEXPECTED_EXIT, "UnexpectedExit");
    sim_unlock(s);
}

/* Endpoints first, as HNS attaches them while the container starts; all or none. */
static int32_t attach_endpoints(sim *s, const compute_system *system, refusal *why)
{
    const system_spec *spec = &system->spec;
    int32_t hr = HR_OK;
    size_t done = 0;

    if (spec->shared_container && !system_find(s, spec->shared_container))
        return refuse(why, SIM_E_SYSTEM_NOT_FOUND, "No container '%s' to share the network of.",
                      spec->shared_container);
    while (done < spec->endpoints.count && HR_SUCCEEDED(hr)) {
        hr = hns_attach(s, spec->endpoints.items[done], system->id, spec->shared_container, why);
        if (HR_SUCCEEDED(hr))
            done++;
    }
    if (HR_SUCCEEDED(hr) && spec->space)
        hr = hns_namespace_enter(s, spec->space, system->id, why);
    while (HR_FAILED(hr) && done)
        hns_detach(s, spec->endpoints.items[--done], system->id);
    return hr;
}

static void detach_endpoints(sim *s, const compute_system *system)
{
    for (size_t i = 0; i < system->spec.endpoints.count; i++)
        hns_detach(s, system->spec.endpoints.items[i], system->id);
    if (system->spec.space)
        hns_namespace_leave(s, system->spec.space, system->id);
}

/* The disk: a prepared volume, or the scratch that goes to a utility VM. Under the lock. */
static int32_t take_disk(sim *s, compute_system *system, refusal *why)
{
    int32_t hr;

    if (system->spec.volume)
        hr = mount_use(s, system->spec.volume, why);
    else if (system->spec.hyperv && system->spec.scratch)
        hr = mount_use_by_vm(s, system->spec.scratch, why);
    else
        return HR_OK; /* a utility VM's disks are among its devices, a hosted container's in the VM
                       */
    system->disk_used = HR_SUCCEEDED(hr);
    return hr;
}

static void give_disk_back(sim *s, compute_system *system)
{
    if (system->disk_used)
        mount_unuse(s, system->spec.volume, system->spec.scratch);
    system->disk_used = false;
}

static int32_t start_guest(sim *s, compute_system *system)
{
    static const char *const none[] = {NULL};
    const system_spec *spec = &system->spec;
    /* As for a volume of process isolation, see prepare() in storage.c. */
    const char *topmost[] = {spec->layers.count ? spec->layers.items[0] : NULL, NULL};
    sim_guest_spec guest = {
        .id = system->id,
        .hyperv = spec->hyperv || spec->machine,
        .volume = spec->volume,
        .scratch = spec->scratch,
        .layers = topmost,
        .runtime_image = spec->runtime_image,
        .hostname = spec->hostname ? spec->hostname : system->id,
        .memory_mb = spec->memory_mb,
        .mounts = spec->mounts.items ? (const char *const *)spec->mounts.items : none,
        .exited = guest_exited,
        .context = system,
    };

    return s->machine->guest_start(s->machine, &guest, &system->guest);
}

int32_t work_start(sim *s, compute_system *system, refusal *why)
{
    int32_t hr;

    sim_lock(s);
    hr = take_disk(s, system, why);
    if (HR_SUCCEEDED(hr))
        hr = attach_endpoints(s, system, why);
    if (HR_FAILED(hr))
        give_disk_back(s, system);
    if (HR_SUCCEEDED(hr) && system->host) {
        system->guest = system->host->guest;
        hr = system->guest ? HR_OK : SIM_E_INVALID_STATE;
        sim_unlock(s);
        return hr;
    }
    sim_unlock(s);
    if (HR_FAILED(hr))
        return hr;

    hr = start_guest(s, system);
    if (HR_FAILED(hr)) {
        sim_lock(s);
        detach_endpoints(s, system);
        give_disk_back(s, system);
        sim_unlock(s);
        return refuse(why, hr, "The container '%s' could not be started.", system->id);
    }
    return hr;
}

static int32_t pause_guest(sim *s, compute_system *system, bool pause, refusal *why)
{
    int32_t hr = s->machine->guest_pause(s->machine, system->guest, pause);

    return HR_FAILED(hr) ? refuse(why, hr, "'%s' cannot be paused or resumed.", system->id) : hr;
}

int32_t work_pause(sim *s, compute_system *system, refusal *why)
{
    return pause_guest(s, system, true, why);
}

int32_t work_resume(sim *s, compute_system *system, refusal *why)
{
    return pause_guest(s, system, false, why);
}

int32_t work_save(sim *s, compute_system *system, refusal *why)
{
    (void)s;
    if (!system->spec.machine)
        return refuse(why, HR_NOT_SUPPORTED, "Only a virtual machine can be saved.");
    return HR_OK;
}

static void stop_job(sim *s, void *argument)
{
    system_stop(s, argument);
}

static void begin_stop(sim *s, compute_system *system, int32_t hr, const char *exit_type)
{
    system->stopping = true;
    system->exit_hr = hr;
    system->exit_type = exit_type;
    system_ref(system);
    sim_spawn(s, stop_job, system);
}

void system_begin_stop(sim *s, compute_system *system, int32_t hr, const char *exit_type)
{
    if (system->status == SYSTEM_STOPPED)
        return;
    if (!system->stopping) {
        begin_stop(s, system, hr, exit_type);
    } else if (system->graceful) {
        system->graceful = false;
        system->exit_hr = hr;
        system->exit_type = exit_type;
        sim_changed(s);
    }
}

void system_begin_shutdown(sim *s, compute_system *system)
{
    if (system->stopping || system->status == SYSTEM_STOPPED)
        return;
    system->graceful = true;
    begin_stop(s, system, HR_OK, "GracefulExit");
}

/* A utility VM takes the containers that it hosts with it. */
static void stop_hosted(sim *s, const compute_system *host)
{
    compute_system *system = s->systems;

    while (system) {
        if (system->host == host && system->status != SYSTEM_STOPPED) {
            system_begin_stop(s, system, HR_OK, "ForcedExit");
            sim_wait(s);
            system = s->systems; /* the list may have changed meanwhile */
        } else {
            system = system->next;
        }
    }
}

static compute_process *running_process(const compute_system *system)
{
    compute_process *process = system->processes;

    while (process && process->exited)
        process = process->next;
    return process;
}

/*
 * What a killed process reports. After a shutdown it is what the default handler of control events
 * ends with, which `docker stop` shows (dotnet/announcements #128); a terminated system's is shown
 * by `docker ps` as "Exited (1067)": ERROR_PROCESS_ABORTED. No source ties that to the call.
 */
#define EXIT_CODE_OF_SHUTDOWN   0xC000013Au
#define EXIT_CODE_OF_TERMINATED 1067u
#define DEFAULT_SHUTDOWN_TIME   5000u
#define CTRL_SHUTDOWN           6

/* Does something with each process of a system, without the lock. */
static void for_each_process(sim *s, compute_system *system,
                             void (*act)(sim *s, compute_process *process, uint32_t argument),
                             uint32_t argument)
{
    for (compute_process *process = system->processes; process;) {
        compute_process *next;

        process_ref(process);
        sim_unlock(s);
        if (!process->exited && process->started)
            act(s, process, argument);
        sim_lock(s);
        next = process->next;
        process_unref(s, process);
        process = next;
    }
}

static void kill_process(sim *s, compute_process *process, uint32_t exit_code)
{
    s->machine->process_kill(s->machine, process->started, exit_code);
}

static void signal_process(sim *s, compute_process *process, uint32_t event)
{
    s->machine->process_signal(s->machine, process->started, (int)event);
}

/* Also what nobody but the guest knows: children of processes. */
static bool is_empty(sim *s, compute_system *system)
{
    sim_process_row *rows = NULL;
    size_t count = 0;

    if (system->host)
        return !running_process(system);
    sim_unlock(s);
    if (HR_FAILED(s->machine->guest_processes(s->machine, system->guest, &rows, &count)))
        count = 0;
    free(rows);
    sim_lock(s);
    return !count;
}

/* Windows shuts down in the guest: a program hears of it, and has some seconds to leave. */
static void shut_down(sim *s, compute_system *system)
{
    const uint32_t time = s->options.shutdown_ms ? s->options.shutdown_ms : DEFAULT_SHUTDOWN_TIME;
    const uint64_t until = ticks_after(time);

    if (!system->graceful || !system->guest)
        return;
    if (system->host) {
        for_each_process(s, system, signal_process, CTRL_SHUTDOWN);
    } else {
        sim_unlock(s);
        s->machine->guest_shutdown(s->machine, system->guest);
        sim_lock(s);
    }
    while (system->graceful && ticks_now() < until && !is_empty(s, system))
        sim_wait_for(s, 25);
}

/* A hosted container has no guest of its own to stop: its processes are killed one by one. */
static void end_guest(sim *s, compute_system *system, uint32_t exit_code)
{
    sim_guest *guest = TAKE(system->guest);

    if (system->host) {
        for_each_process(s, system, kill_process, exit_code);
    } else if (guest) {
        sim_unlock(s);
        s->machine->guest_stop(s->machine, guest, exit_code);
        sim_lock(s);
    }
}

/* Members of SystemExitStatus: facts §2.1. */
static char *exit_document(const compute_system *system)
{
    cleanup_json cJSON *document = cJSON_CreateObject();

    json_add_integer(document, "Status", system->exit_hr);
    json_add_text(document, "ExitType", system->exit_type);
    return json_print(document);
}

void system_stop(sim *s, compute_system *system)
{
    compute_process *process;
    uint32_t exit_code;

    sim_lock(s);
    while (system->busy)
        sim_wait(s);
    shut_down(s, system);
    while (system->users)
        sim_wait(s);
    stop_hosted(s, system);
    exit_code = system->graceful ? EXIT_CODE_OF_SHUTDOWN : EXIT_CODE_OF_TERMINATED;
    end_guest(s, system, exit_code);
    while ((process = running_process(system)))
        process_ended(s, process, exit_code);
    detach_endpoints(s, system);
    give_disk_back(s, system);
    system->status = SYSTEM_STOPPED;
    system->exit_data = exit_document(system);
    notify_system(s, system, SIM_SYSTEM_EXITED, system->exit_hr, system->exit_data);
    sim_changed(s);
    system_forget_if_done(s, system);
    system_unref(system);
    sim_unlock(s);
}
