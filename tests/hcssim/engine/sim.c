/* SPDX-License-Identifier: MIT */
/* The engine as a whole: start, end, sessions, and the way of a call through faults and journal. */
#include "calls.h"
#include "codes.h"
#include "engine.h"
#include "faults.h"
#include "handles.h"
#include "hcn.h"
#include "hns.h"
#include "journal.h"
#include "layers.h"
#include "mounts.h"
#include "processes.h"
#include "properties.h"
#include "sessions.h"
#include "systems.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DEFAULT_BUILD 20348

static const sim_export exports[] = {SIM_CALLS(SIM_EXPORT_ROW) SIM_NETWORK_CALLS(SIM_EXPORT_ROW)
                                         SIM_HOST_CALLS(SIM_EXPORT_ROW)};

static const struct {
    const char *name;
    sim_handler *handler;
} handlers[] = {
    {"HcsEnumerateComputeSystems", call_enumerate},
    {"HcsCreateComputeSystem", call_create_system},
    {"HcsOpenComputeSystem", call_open_system},
    {"HcsCloseComputeSystem", call_close_system},
    {"HcsStartComputeSystem", call_start},
    {"HcsShutdownComputeSystem", call_shutdown},
    {"HcsTerminateComputeSystem", call_terminate},
    {"HcsPauseComputeSystem", call_pause},
    {"HcsResumeComputeSystem", call_resume},
    {"HcsSaveComputeSystem", call_save},
    {"HcsGetComputeSystemProperties", call_system_properties},
    {"HcsModifyComputeSystem", call_modify_system},
    {"HcsRegisterComputeSystemCallback", call_register_system},
    {"HcsUnregisterComputeSystemCallback", call_unregister},
    {"HcsModifyServiceSettings", call_modify_service},
    {"HcsGetServiceProperties", call_service_properties},
    {"HcsCreateProcess", call_create_process},
    {"HcsOpenProcess", call_open_process},
    {"HcsCloseProcess", call_close_process},
    {"HcsTerminateProcess", call_terminate_process},
    {"HcsSignalProcess", call_signal_process},
    {"HcsGetProcessInfo", call_process_info},
    {"HcsGetProcessProperties", call_process_properties},
    {"HcsModifyProcess", call_modify_process},
    {"HcsRegisterProcessCallback", call_register_process},
    {"HcsUnregisterProcessCallback", call_unregister},
    {"ActivateLayer", call_activate},
    {"CopyLayer", call_copy_layer},
    {"CreateLayer", call_create_layer},
    {"CreateSandboxLayer", call_create_sandbox},
    {"ExpandSandboxSize", call_expand},
    {"DeactivateLayer", call_deactivate},
    {"DestroyLayer", call_destroy},
    {"ExportLayer", call_export},
    {"GetLayerMountPath", call_mount_path},
    {"GetBaseImages", call_base_images},
    {"ImportLayer", call_import},
    {"LayerExists", call_layer_exists},
    {"NameToGuid", call_name_to_guid},
    {"PrepareLayer", call_prepare},
    {"UnprepareLayer", call_unprepare},
    {"ProcessBaseImage", call_process_base},
    {"ProcessUtilityImage", call_process_utility},
    {"GrantVmAccess", call_grant_access},
    {"HNSCall", call_hns},
    HCN_HANDLERS(Network, Networks),
    HCN_HANDLERS(Namespace, Namespaces),
    HCN_HANDLERS(Endpoint, Endpoints),
    {"AttachVirtualDisk", call_attach_disk},
    {"DetachVirtualDisk", call_detach_disk},
};

void sim_lock(sim *s)
{
    pthread_mutex_lock(&s->lock);
}

void sim_unlock(sim *s)
{
    pthread_mutex_unlock(&s->lock);
}

void sim_changed(sim *s)
{
    condition_broadcast(&s->changed);
}

void sim_wait(sim *s)
{
    condition_wait(&s->changed, &s->lock);
}

void sim_wait_for(sim *s, uint32_t milliseconds)
{
    (void)condition_wait_until(&s->changed, &s->lock, ticks_after(milliseconds));
}

int64_t wall_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

uint32_t sim_build(const sim *s)
{
    return s->options.build ? s->options.build : DEFAULT_BUILD;
}

/* Not for secrets: unique within this host is enough. */
void guid_make(char out[GUID_TEXT_SIZE])
{
    static _Atomic uint64_t counter;
    uint64_t state = (uint64_t)wall_clock() ^ (++counter * 0x9E3779B97F4A7C15u);
    guid g;

    for (size_t i = 0; i < sizeof(g.bytes); i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        g.bytes[i] = (uint8_t)(state >> 56);
    }
    g.bytes[7] = (uint8_t)((g.bytes[7] & 0x0f) | 0x40);
    g.bytes[8] = (uint8_t)((g.bytes[8] & 0x3f) | 0x80);
    guid_print(&g, out);
}

int32_t refuse(refusal *why, int32_t hr, const char *format, ...)
{
    va_list arguments;

    if (why->hr)
        return why->hr;

    why->hr = hr;
    va_start(arguments, format);
    vsnprintf(why->message, sizeof(why->message), format, arguments);
    va_end(arguments);
    return hr;
}

/* Members as in the ResultError of hcsshim internal/hcs/errors.go. */
char *refusal_document(const refusal *why)
{
    cleanup_json cJSON *document = cJSON_CreateObject();
    cJSON *events = cJSON_AddArrayToObject(document, "ErrorEvents");
    cJSON *event = cJSON_CreateObject();

    json_add_integer(document, "Error", why->hr);
    json_add_text(document, "ErrorMessage", why->message);
    json_add_text(event, "Message", why->message);
    json_add_text(event, "Provider", "80ce50de-d264-4581-950d-abadeee0d340");
    json_add_integer(event, "EventId", 2020);
    json_add_integer(event, "Flags", 0);
    json_add_text(event, "Source", "hcssim");
    json_append(events, event);
    return json_print(document);
}

sim *sim_new(const sim_options *options, sim_machine *machine)
{
    sim *s = calloc(1, sizeof(*s));

    if (!s || !condition_init(&s->changed)) {
        free(s);
        return NULL;
    }

    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->journal_lock, NULL);
    s->options = *options;
    s->state = text_copy(options->state);
    s->journal_path = text_copy(options->journal);
    s->faults_path = text_copy(options->faults);
    s->machine = machine;
    s->networks = cJSON_CreateArray();
    s->endpoints = cJSON_CreateArray();
    s->namespaces = cJSON_CreateArray();
    s->policies = cJSON_CreateArray();
    s->guards = cJSON_CreateArray();
    s->journal = cJSON_CreateArray();
    s->begun = wall_clock();
    mounts_load(s);
    return s;
}

static void stop_systems(sim *s)
{
    sim_lock(s);
    for (compute_system *system = s->systems; system; system = system->next)
        system_begin_stop(s, system, 0, "ForcedExit");
    while (s->jobs)
        sim_wait(s);
    sim_unlock(s);
}

size_t sim_free(sim *s)
{
    size_t left = 0;

    if (!s)
        return 0;

    while (s->sessions)
        sim_session_close(s, s->sessions->id);
    stop_systems(s);
    left = s->left_open;
    sim_faults_clear(s);
    mounts_free(s);
    cJSON_Delete(s->networks);
    cJSON_Delete(s->endpoints);
    cJSON_Delete(s->namespaces);
    cJSON_Delete(s->guards);
    cJSON_Delete(s->policies);
    cJSON_Delete(s->journal);
    free(s->faults_text);
    free(s->state);
    free(s->journal_path);
    free(s->faults_path);
    condition_free(&s->changed);
    pthread_mutex_destroy(&s->journal_lock);
    pthread_mutex_destroy(&s->lock);
    free(s);
    return left;
}

const char *request_text(sim_context *c, const char *member)
{
    return json_text(c->request, member, NULL);
}

static const sim_export *export_find(const char *name)
{
    for (size_t i = 0; i < sizeof(exports) / sizeof(exports[0]); i++)
        if (!strcmp(exports[i].name, name))
            return &exports[i];
    return NULL;
}

#define HANDLERS (sizeof(handlers) / sizeof(handlers[0]))

_Static_assert(HANDLERS <= SIM_CALL_KINDS, "each handler has its counter");

/* HANDLERS: there is none. */
static size_t handler_find(const char *name)
{
    size_t i = 0;

    while (i < HANDLERS && strcmp(handlers[i].name, name))
        i++;
    return i;
}

size_t sim_calls(sim *s, const char *call)
{
    const size_t row = handler_find(call);
    size_t count;

    sim_lock(s);
    count = row < HANDLERS ? s->calls[row] : 0;
    sim_unlock(s);
    return count;
}

static bool gives_result(const sim_export *call)
{
    for (const sim_parameter *p = call->parameters; p->kind != SIM_END; p++)
        if (p->kind == SIM_OUT_TEXT && !strcmp(p->name, "result"))
            return true;
    return false;
}

/* A fault after the call: what it gave out is taken back, as nobody will ever hear of it. */
static void take_back(sim_context *c)
{
    handle *h;

    sim_lock(c->sim);
    h = c->made ? handle_find(c->sim, c->made) : NULL;
    if (h)
        handle_close(c->sim, h);
    sim_unlock(c->sim);
    if (c->streams.process)
        c->sim->machine->streams_close(c->sim->machine, c->session->pid, &c->streams);
    cJSON_Delete(c->reply);
    c->reply = cJSON_CreateObject();
}

static int32_t fail_by_fault(sim_context *c, const char *call, const fault_verdict *verdict)
{
    if (!verdict->events)
        return verdict->hr;
    return refuse(&c->why, verdict->hr, "Fault injected into %s", call);
}

static void pause_for(uint32_t milliseconds)
{
    struct timespec pause = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};

    if (milliseconds)
        nanosleep(&pause, NULL);
}

/* False where clients are no processes. */
static bool kill_client(sim_context *c)
{
    sim_machine *machine = c->sim->machine;

    if (!machine->kill_client)
        return false;
    machine->kill_client(machine, c->session->pid);
    return true;
}

/* What a fault does before the call; true when that ends it. */
static bool fault_before(sim_context *c, const char *call, const fault_verdict *verdict,
                         int32_t *hr)
{
    pause_for(verdict->delay);
    if (verdict->kill) {
        sim_lock(c->sim);
        sim_kill(c->sim);
        sim_unlock(c->sim);
    }
    if (verdict->after)
        return false;
    if (verdict->kill_client && kill_client(c)) {
        *hr = SIM_E_DISCONNECTED; /* nobody reads it */
        return true;
    }
    if (verdict->fails)
        *hr = fail_by_fault(c, call, verdict);
    return verdict->fails;
}

static int32_t fault_after(sim_context *c, const char *call, const fault_verdict *verdict,
                           int32_t hr)
{
    if (!verdict->after)
        return hr;
    if (verdict->kill_client)
        kill_client(c);
    if (!verdict->fails)
        return hr;
    take_back(c);
    return fail_by_fault(c, call, verdict);
}

static void carry_out(sim_context *c, const char *call, sim_handler *handler)
{
    fault_verdict verdict = {0};
    const sim_export *row = export_find(call);
    cleanup_free char *result = NULL;
    int32_t hr = HR_PROC_NOT_FOUND;

    fault_check_call(c->sim, call, &verdict);
    if (!fault_before(c, call, &verdict, &hr)) {
        if (row->since <= sim_build(c->sim))
            hr = handler(c);
        hr = fault_after(c, call, &verdict, hr);
    }
    json_add_integer(c->reply, "hr", hr);
    if (c->why.hr && gives_result(row)) {
        result = refusal_document(&c->why);
        json_add_text(c->reply, "result", result);
    } else if (c->why.hr) {
        json_add_text(c->reply, "why", c->why.message); /* for the journal: no parameter takes it */
    }
}

static cJSON *reply_of(int32_t hr)
{
    cJSON *reply = cJSON_CreateObject();

    json_add_integer(reply, "hr", hr);
    return reply;
}

cJSON *sim_call(sim *s, uint64_t id, const cJSON *request)
{
    const char *call = json_text(request, "call", "");
    sim_context c = {.sim = s, .request = request};
    const size_t row = handler_find(call);

    if (row == HANDLERS)
        return reply_of(HR_PROC_NOT_FOUND);

    sim_lock(s);
    c.session = session_find(s, id);
    if (c.session && c.session->closing)
        c.session = NULL;
    if (c.session)
        c.session->calls++;
    sim_unlock(s);
    if (!c.session)
        return reply_of(SIM_E_DISCONNECTED);

    c.reply = cJSON_CreateObject();
    carry_out(&c, call, handlers[row].handler);
    journal_call(s, c.session, request, c.reply);

    sim_lock(s);
    s->calls[row]++;
    c.session->calls--;
    sim_changed(s);
    sim_unlock(s);
    return c.reply;
}
