/* SPDX-License-Identifier: MIT */
/* Fault injection: rules as JSON objects, from sim_fault() and from the lines of the fault file. */
#include "faults.h"
#include "codes.h"
#include "handles.h"
#include "sessions.h"
#include "systems.h"

#include <stdlib.h>
#include <string.h>

static const char *const members[] = {"call",  "nth",    "every", "hr",   "events",      "after",
                                      "delay", "notify", "drop",  "kill", "kill_client", NULL};

static bool well_formed(const cJSON *rule)
{
    const cJSON *member;

    if (!cJSON_IsObject(rule) || !rule->child)
        return false;
    cJSON_ArrayForEach (member, rule) {
        const char *const *known = members;

        while (*known && strcmp(*known, member->string))
            known++;
        if (!*known)
            return false;
    }
    return json_member(rule, "hr") || json_member(rule, "drop") || json_member(rule, "delay") ||
           json_member(rule, "kill") || json_member(rule, "kill_client");
}

/* Under the lock. */
static bool add(sim *s, const char *json)
{
    cleanup_json cJSON *rule = cJSON_Parse(json);
    fault **at = &s->faults;
    fault *f;

    if (!well_formed(rule))
        return false;
    f = calloc(1, sizeof(*f));
    if (!f)
        return false;
    f->rule = TAKE(rule);
    while (*at)
        at = &(*at)->next;
    *at = f;
    return true;
}

static bool immediate(const char *json)
{
    cleanup_json cJSON *rule = cJSON_Parse(json);

    return well_formed(rule) && json_bool(rule, "kill", false) && !json_member(rule, "call") &&
           !json_member(rule, "nth");
}

bool sim_fault(sim *s, const char *json)
{
    bool good = true;

    sim_lock(s);
    if (immediate(json))
        sim_kill(s);
    else
        good = add(s, json);
    sim_unlock(s);
    return good;
}

static void clear(sim *s)
{
    while (s->faults) {
        fault *next = s->faults->next;

        cJSON_Delete(s->faults->rule);
        free(s->faults);
        s->faults = next;
    }
}

void sim_faults_clear(sim *s)
{
    sim_lock(s);
    clear(s);
    s->faults_hit = 0;
    sim_unlock(s);
}

size_t sim_faults_hit(sim *s)
{
    size_t hit;

    sim_lock(s);
    hit = s->faults_hit;
    sim_unlock(s);
    return hit;
}

/* The file rules as long as its text is the same: a new text starts counting anew. Under the lock.
 */
static void read_file(sim *s)
{
    cleanup_free char *bytes = NULL;
    cleanup_free char *content = NULL;
    size_t size = 0;
    char *rest;

    if (!s->faults_path)
        return;
    if (HR_FAILED(s->machine->read_file(s->machine, s->faults_path, &bytes, &size)))
        size = 0;
    content = text_copy_bytes(bytes ? bytes : "", size);
    if (!content || text_equal(content, s->faults_text))
        return;
    clear(s);
    free(s->faults_text);
    s->faults_text = text_copy(content);
    for (char *line = strtok_r(content, "\r\n", &rest); line;
         line = strtok_r(NULL, "\r\n", &rest)) {
        if (immediate(line))
            sim_kill(s);
        else
            add(s, line);
    }
}

static int32_t code_of(const cJSON *rule)
{
    const cJSON *hr = json_member(rule, "hr");

    if (cJSON_IsString(hr))
        return (int32_t)(uint32_t)strtoul(hr->valuestring, NULL, 0);
    return cJSON_IsNumber(hr) ? (int32_t)(uint32_t)(int64_t)hr->valuedouble : HR_OK;
}

/* Counts a call that a rule speaks of; true when it is this one's turn: the nth, or every one from
 * the nth on. */
static bool its_turn(fault *f, const char *call)
{
    const char *name = json_text(f->rule, "call", NULL);
    int64_t nth;

    if (json_member(f->rule, "notify") || (name && strcmp(name, call)))
        return false;
    f->seen++;
    nth = json_integer(f->rule, "nth", 1);
    return json_bool(f->rule, "every", false) ? f->seen >= nth : f->seen == nth;
}

void fault_check_call(sim *s, const char *call, fault_verdict *out)
{
    sim_lock(s);
    read_file(s);
    for (fault *f = s->faults; f; f = f->next) {
        if (!its_turn(f, call) || out->hit)
            continue;
        out->hit = true;
        out->fails = json_member(f->rule, "hr") != NULL;
        out->hr = code_of(f->rule);
        out->after = json_bool(f->rule, "after", false);
        out->events = json_bool(f->rule, "events", false);
        out->kill = json_bool(f->rule, "kill", false);
        out->kill_client = json_bool(f->rule, "kill_client", false);
        out->delay = (uint32_t)json_integer(f->rule, "delay", 0);
        s->faults_hit++;
    }
    sim_unlock(s);
}

bool fault_check_notice(sim *s, uint32_t type, uint32_t *delay)
{
    bool dropped = false;

    for (fault *f = s->faults; f; f = f->next) {
        if (json_integer(f->rule, "notify", 0) != type)
            continue;
        f->seen++;
        if (!json_bool(f->rule, "every", false) && f->seen != json_integer(f->rule, "nth", 1))
            continue;
        s->faults_hit++;
        dropped = dropped || json_bool(f->rule, "drop", false);
        *delay += (uint32_t)json_integer(f->rule, "delay", 0);
    }
    return dropped;
}

/*
 * The service died and was started again: clients are told, their handles are worth nothing any
 * more, and what was to end with its last handle ends. Containers themselves live on.
 */
void sim_kill(sim *s)
{
    for (handle *h = s->handles; h; h = h->next)
        if (h->kind == HANDLE_REGISTRATION && !h->dead)
            notify_registration(s, h, SIM_SERVICE_DISCONNECT, SIM_E_DISCONNECTED, NULL);
    for (handle *h = s->handles; h; h = h->next) {
        if (h->dead)
            continue;
        h->dead = true;
        if (h->kind == HANDLE_SYSTEM)
            system_handle_closed(s, h->system);
    }
    cJSON_Delete(s->guards); /* these are its own */
    s->guards = cJSON_CreateArray();
}
