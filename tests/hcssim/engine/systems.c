/* SPDX-License-Identifier: MIT */
/* Compute systems: their states, who refers to them, and the calls on them (facts §1.2, §2.2). */
#include "systems.h"
#include "codes.h"
#include "containers.h"
#include "documents.h"
#include "handles.h"
#include "operations.h"
#include "properties.h"

#include <string.h>

void system_spec_free(system_spec *spec)
{
    free(spec->hostname);
    free(spec->volume);
    free(spec->scratch);
    free(spec->runtime_image);
    free(spec->shared_container);
    free(spec->space);
    free(spec->host);
    string_list_free(&spec->layers);
    string_list_free(&spec->mounts);
    string_list_free(&spec->endpoints);
    *spec = (system_spec){0};
}

compute_system *system_find(sim *s, const char *id)
{
    compute_system *system = s->systems;

    while (system && strcmp(system->id, id))
        system = system->next;
    return system;
}

void system_ref(compute_system *system)
{
    system->refs++;
}

void system_unref(compute_system *system)
{
    if (--system->refs)
        return;
    if (system->host)
        system_unref(system->host);
    system_spec_free(&system->spec);
    free(system->id);
    free(system->owner);
    free(system->exit_data);
    free(system);
}

/* From here on its id is free again. */
static void forget(sim *s, compute_system *system)
{
    for (compute_system **at = &s->systems; *at; at = &(*at)->next)
        if (*at == system) {
            *at = system->next;
            system->linked = false;
            system_unref(system);
            return;
        }
}

void system_forget_if_done(sim *s, compute_system *system)
{
    if (system->linked && system->status == SYSTEM_STOPPED && !system->handles)
        forget(s, system);
}

void system_handle_closed(sim *s, compute_system *system)
{
    if (--system->handles)
        return;
    if (system->spec.terminate_on_close && !s->options.keep_orphans)
        system_begin_stop(s, system, HR_OK, "ForcedExit");
    system_forget_if_done(s, system);
}

bool system_use(compute_system *system)
{
    if (!system->guest || system->stopping)
        return false;
    system->users++;
    system_ref(system);
    return true;
}

void system_unuse(compute_system *system)
{
    sim *s = system->sim;

    system->users--;
    sim_changed(s);
    system_unref(system);
}

const char *system_status_text(const compute_system *system)
{
    static const char *const names[] = {"Created", "Running", "Paused", "Stopped"};

    return names[system->status];
}

static handle *open_handle(sim_context *c, compute_system *system)
{
    handle *h = handle_new(c->sim, c->session, HANDLE_SYSTEM);

    h->system = system;
    system->handles++;
    system_ref(system);
    c->made = h->id;
    json_add_integer(c->reply, "system", (int64_t)h->id);
    return h;
}

static compute_system *system_new(sim *s, const char *id, const cJSON *document, system_spec *spec)
{
    compute_system *system = calloc(1, sizeof(*system));

    system->sim = s;
    system->id = text_copy(id);
    system->owner = text_copy(json_text(document, "Owner", ""));
    guid_make(system->runtime_id);
    system->spec = *spec;
    *spec = (system_spec){0};
    system->created = s->machine->now(s->machine);
    system->refs = 1;
    system->linked = true;
    system->next = s->systems;
    s->systems = system;
    return system;
}

/* Under the lock: the id is taken only here, so that of two callers one gets it. */
static int32_t add_system(sim_context *c, const char *id, const cJSON *document, system_spec *spec)
{
    sim *s = c->sim;
    compute_system *host = NULL;
    compute_system *system;

    if (system_find(s, id))
        return refuse(&c->why, SIM_E_ALREADY_EXISTS,
                      "A compute system with the identifier '%s' already exists.", id);
    if (spec->host) {
        host = system_find(s, spec->host);
        if (!host)
            return refuse(&c->why, SIM_E_SYSTEM_NOT_FOUND, "No hosting system '%s'.", spec->host);
        if (host->status != SYSTEM_RUNNING || host->stopping)
            return refuse(&c->why, SIM_E_INVALID_STATE, "The hosting system '%s' does not run.",
                          spec->host);
        system_ref(host);
    }
    system = system_new(s, id, document, spec);
    system->host = host;
    return operation_run(c, open_handle(c, system), SIM_CREATE_COMPLETED, SYSTEM_CREATED,
                         work_create);
}

int32_t call_create_system(sim_context *c)
{
    const char *id = request_text(c, "id");
    const char *content = request_text(c, "configuration");
    bool v2 = content && strstr(content, "\"SchemaVersion\"");
    cleanup_json cJSON *document = NULL;
    system_spec spec = {0};
    int32_t hr;

    if (!id || !*id)
        return refuse(&c->why, HR_INVALID_PARAMETER, "A compute system needs an identifier.");

    hr = document_read(content, v2 ? schema_system_v2 : schema_container_v1, false,
                       sim_build(c->sim), &document, &c->why);
    if (HR_SUCCEEDED(hr)) {
        sim_lock(c->sim);
        if (system_find(c->sim, id))
            hr = refuse(&c->why, SIM_E_ALREADY_EXISTS,
                        "A compute system with the identifier '%s' already exists.", id);
        sim_unlock(c->sim);
    }
    if (HR_SUCCEEDED(hr))
        hr = container_read(c->sim, document, &spec, &c->why);
    if (HR_SUCCEEDED(hr)) {
        sim_lock(c->sim);
        hr = add_system(c, id, document, &spec);
        sim_unlock(c->sim);
    }
    system_spec_free(&spec);
    return hr;
}

int32_t call_open_system(sim_context *c)
{
    const char *id = request_text(c, "id");
    compute_system *system;
    int32_t hr = HR_OK;

    sim_lock(c->sim);
    system = id ? system_find(c->sim, id) : NULL;
    if (system)
        open_handle(c, system);
    else
        hr = refuse(&c->why, SIM_E_SYSTEM_NOT_FOUND,
                    "A compute system with the identifier '%s' does not exist.", id ? id : "");
    sim_unlock(c->sim);
    return hr;
}

int32_t call_close_system(sim_context *c)
{
    handle *h = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = handle_get(c, "system", HANDLE_SYSTEM, &h);
    if (h)
        handle_close(c->sim, h);
    sim_unlock(c->sim);
    return hr;
}

static int32_t check_status(sim_context *c, const compute_system *system, system_status wanted)
{
    if (system->status == SYSTEM_STOPPED)
        return refuse(&c->why,
                      wanted == SYSTEM_CREATED ? SIM_E_INVALID_STATE : SIM_E_ALREADY_STOPPED,
                      "The compute system '%s' is stopped.", system->id);
    if (system->status != wanted || system->busy || system->stopping)
        return refuse(&c->why, SIM_E_INVALID_STATE,
                      "The requested operation is not valid in the state '%s' of '%s'.",
                      system->busy ? "Busy" : system_status_text(system), system->id);
    return HR_OK;
}

static bool has_machine(const compute_system *system)
{
    return system->spec.hyperv || system->spec.machine;
}

static int32_t operate(sim_context *c, system_status from, uint32_t notification,
                       system_status then, operation_work *work)
{
    cleanup_json cJSON *options = NULL;
    handle *h = NULL;
    int32_t hr;

    hr = document_read(request_text(c, "options"), schema_options, true, sim_build(c->sim),
                       &options, &c->why);
    if (HR_FAILED(hr))
        return hr;

    sim_lock(c->sim);
    hr = handle_get(c, "system", HANDLE_SYSTEM, &h);
    if (HR_SUCCEEDED(hr))
        hr = check_status(c, h->system, from);
    if (HR_SUCCEEDED(hr) && then == SYSTEM_PAUSED && !has_machine(h->system))
        hr = refuse(&c->why, HR_NOT_SUPPORTED, "A process-isolated container cannot be paused.");
    if (HR_SUCCEEDED(hr))
        hr = operation_run(c, h, notification, then, work);
    sim_unlock(c->sim);
    return hr;
}

int32_t call_start(sim_context *c)
{
    return operate(c, SYSTEM_CREATED, SIM_START_COMPLETED, SYSTEM_RUNNING, work_start);
}

/* Only a virtual machine can be paused: process-isolated containers have nothing to suspend. */
int32_t call_pause(sim_context *c)
{
    return operate(c, SYSTEM_RUNNING, SIM_PAUSE_COMPLETED, SYSTEM_PAUSED, work_pause);
}

int32_t call_resume(sim_context *c)
{
    return operate(c, SYSTEM_PAUSED, SIM_RESUME_COMPLETED, SYSTEM_RUNNING, work_resume);
}

int32_t call_save(sim_context *c)
{
    return operate(c, SYSTEM_PAUSED, SIM_SAVE_COMPLETED, SYSTEM_PAUSED, work_save);
}

/* Normally pending; the end itself is told by SystemExited. */
static int32_t end_system(sim_context *c, compute_system *system, bool graceful)
{
    sim *s = c->sim;

    if (graceful)
        system_begin_shutdown(s, system);
    else
        system_begin_stop(s, system, HR_OK, "ForcedExit");
    if (!s->options.synchronous)
        return SIM_E_PENDING;

    system_ref(system);
    while (system->status != SYSTEM_STOPPED)
        sim_wait(s);
    system_unref(system);
    return HR_OK;
}

int32_t call_shutdown(sim_context *c)
{
    handle *h = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = handle_get(c, "system", HANDLE_SYSTEM, &h);
    if (HR_SUCCEEDED(hr) && !h->system->stopping)
        hr = check_status(c, h->system, SYSTEM_RUNNING);
    if (HR_SUCCEEDED(hr) && h->system->status == SYSTEM_STOPPED)
        hr = refuse(&c->why, SIM_E_ALREADY_STOPPED, "The compute system '%s' is stopped.",
                    h->system->id);
    if (HR_SUCCEEDED(hr))
        hr = end_system(c, h->system, true);
    sim_unlock(c->sim);
    return hr;
}

int32_t call_terminate(sim_context *c)
{
    handle *h = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = handle_get(c, "system", HANDLE_SYSTEM, &h);
    if (HR_SUCCEEDED(hr) && h->system->status == SYSTEM_STOPPED)
        hr = refuse(&c->why, SIM_E_ALREADY_STOPPED, "The compute system '%s' is stopped.",
                    h->system->id);
    if (HR_SUCCEEDED(hr))
        hr = end_system(c, h->system, false);
    sim_unlock(c->sim);
    return hr;
}

/* An absent or empty list lets everything pass; a text is compared exactly, as the service does. */
static bool passes(const cJSON *query, const char *member, const char *value)
{
    const cJSON *list = json_member(query, member);
    const cJSON *item;

    if (!list || !cJSON_GetArraySize(list))
        return true;
    cJSON_ArrayForEach (item, list)
        if (text_equal(cJSON_GetStringValue(item), value))
            return true;
    return false;
}

int32_t call_enumerate(sim_context *c)
{
    cleanup_json cJSON *query = NULL;
    cleanup_json cJSON *list = cJSON_CreateArray();
    cleanup_free char *printed = NULL;
    int32_t hr;

    hr = document_read(request_text(c, "query"), schema_enumerate, true, sim_build(c->sim), &query,
                       &c->why);
    if (HR_FAILED(hr))
        return hr;

    sim_lock(c->sim);
    for (const compute_system *system = c->sim->systems; system; system = system->next)
        if (passes(query, "Ids", system->id) && passes(query, "Names", system->id) &&
            passes(query, "Owners", system->owner) &&
            passes(query, "Types", system->spec.machine ? "VirtualMachine" : "Container"))
            json_append(list, properties_basic(system));
    sim_unlock(c->sim);
    printed = json_print(list);
    json_add_text(c->reply, "computeSystems", printed);
    return HR_OK;
}
