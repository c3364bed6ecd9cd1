/* SPDX-License-Identifier: MIT */
/*
 * Each shim has a simulated host of its own. Its processes do nothing, whatever signal comes; they
 * end when the scene says so, or are terminated. Of the recorded pids and bundles each stands for
 * one of this host's.
 */
#include "tests/unit/shim/service/stage.h"

#include <stdlib.h>

#include "base/error.h"
#include "port/clock.h"
#include "tests/unit/shim/container/shim_scene.h"

#define MOST_PROCESSES 32
#define PATIENCE       60000u
#define PROGRAM        "stuck"

typedef struct known {
    char *id, *exec_id;
    uint32_t pid;
} known;

struct stage {
    shim_scene scene;
    char *id, *bundle;
    known processes[MOST_PROCESSES];
    size_t count;
};

const bool stage_is_real = true;

static bool is_pod(const char *id)
{
    return text_starts_with(id, "<sandbox");
}

stage *stage_new(const char *id)
{
    stage *s = calloc(1, sizeof *s);

    assert_non_null(s);
    s->id = text_copy(id);
    shim_scene_open(&s->scene, s->id, is_pod(id), NULL);
    return s;
}

task_pod *stage_pod(stage *s)
{
    return s->scene.pod;
}

void stage_settle(stage *s)
{
    shim_scene_end(&s->scene);
}

void stage_free(stage *s)
{
    shim_scene_close(&s->scene);
    for (size_t i = 0; i < s->count; i++) {
        free(s->processes[i].id);
        free(s->processes[i].exec_id);
    }
    free(s->bundle);
    free(s->id);
    free(s);
}

/* What was refused for another reason than ours would be is refused by the service. */
void stage_expect(stage *s, const char *method, int code, uint32_t pid, int signal)
{
    (void)pid;
    (void)signal;
    sim_faults_clear(s->scene.fake->sim);
    if (code && text_equal(method, "Create"))
        shim_scene_fault(&s->scene, "{\"call\":\"HcsCreateComputeSystem\",\"hr\":\"0x80004005\"}");
    if (code && text_equal(method, "Start"))
        shim_scene_fault(&s->scene, "{\"call\":\"HcsCreateProcess\",\"hr\":\"0x80070002\"}");
}

void stage_encode_create(stage *s, const task_create_request *create, text *out)
{
    cleanup_free char *id = wire_copy(create->id);
    cleanup_free char *place =
        text_format("{\"io.kubernetes.cri.container-type\":\"%s\",\"io.kubernetes.cri.sandbox-id\":"
                    "\"%s\"}",
                    is_pod(id) ? "sandbox" : "container", s->id);
    const scene_wish wish = {
        .id = id, .command = PROGRAM, .annotations = is_pod(s->id) ? place : NULL};

    shim_scene_encode(&s->scene, &wish, create, out);
}

wire_bytes stage_process(void)
{
    return wire_text("{\"commandLine\":\"" PROGRAM "\",\"cwd\":\"C:\\\\\"}");
}

wire_bytes stage_resources(void)
{
    return wire_text("{\"memory\":{\"limit\":134217728}}");
}

const char *stage_bundle(stage *s, const char *id, const char *recorded)
{
    (void)recorded;
    free(s->bundle);
    s->bundle = shim_scene_bundle(&s->scene, id);
    return s->bundle;
}

static known *find(stage *s, const char *id, const char *exec_id)
{
    for (size_t i = 0; i < s->count; i++) {
        known *k = &s->processes[i];

        if (text_equal(k->id, id) && text_equal(k->exec_id, exec_id))
            return k;
    }
    return NULL;
}

uint32_t stage_pid(stage *s, const char *id, const char *exec_id, uint32_t recorded)
{
    const known *k = find(s, id, exec_id);

    return k && recorded ? k->pid : recorded;
}

/* Ids are used again. */
void stage_learn(stage *s, const char *id, const char *exec_id, uint32_t pid)
{
    known *k = find(s, id, exec_id);

    if (!k) {
        assert_true(s->count < MOST_PROCESSES);
        k = &s->processes[s->count++];
        *k = (known){.id = text_copy(id), .exec_id = text_copy(exec_id)};
    }
    k->pid = pid;
}

static bool has_ended(stage *s, const char *id, const char *exec_id)
{
    task_state state = {0};
    bool ended;

    if (task_look(s->scene.pod, id, exec_id, &state, NULL))
        return true;
    ended = state.status == TASK_STOPPED;
    task_state_free(&state);
    return ended;
}

/* One that was terminated is gone already. */
void stage_end(stage *s, const char *id, const char *exec_id, uint32_t exit_status)
{
    const uint64_t deadline = clock_ticks() + PATIENCE;
    const known *k = find(s, id, exec_id);

    if (!k)
        fail_msg("'%s' '%s' was never started", id, exec_id);
    ignore(scripted_end(s->scene.fake->machine, k->pid, exit_status));
    while (!has_ended(s, id, exec_id)) {
        if (clock_ticks() > deadline)
            fail_msg("'%s' '%s' does not end", id, exec_id);
        clock_sleep(1);
    }
}

static bool is_told(stage *s, const char *event)
{
    bool told;

    pthread_mutex_lock(&s->scene.lock);
    told = s->scene.events.length && strstr(text_get(&s->scene.events), event);
    pthread_mutex_unlock(&s->scene.lock);
    return told;
}

void stage_finish(stage *s, const char *id, const char *exec_id)
{
    const uint64_t deadline = clock_ticks() + PATIENCE;
    cleanup_free char *event = text_format("exit %s%s%s ", id, *exec_id ? "/" : "", exec_id);

    while (!is_told(s, event)) {
        if (clock_ticks() > deadline)
            fail_msg("'%s' '%s' is never finished", id, exec_id);
        clock_sleep(1);
    }
}

void stage_finish_ended(stage *s, const char *id, const char *exec_id)
{
    if (find(s, id, exec_id) && has_ended(s, id, exec_id))
        stage_finish(s, id, exec_id);
}

char *stage_take_events(stage *s, bool ended)
{
    char *events;

    if (ended)
        shim_scene_end(&s->scene);
    pthread_mutex_lock(&s->scene.lock);
    events = text_copy(s->scene.events.length ? text_get(&s->scene.events) : "");
    text_cut(&s->scene.events, 0);
    pthread_mutex_unlock(&s->scene.lock);
    return events;
}
