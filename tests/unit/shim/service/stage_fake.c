/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/service/stage.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/error.h"
#include "shim/ttrpc/code.h"
#include "tests/unit/shim/task/fake_backend.h"
#include "tests/unit/status.h"

struct stage {
    fake_backend backend;
    task_pod *pod;
    char signal[16];
};

const bool stage_is_real = false;

stage *stage_new(const char *id)
{
    stage *s = calloc(1, sizeof *s);

    assert_non_null(s);
    fake_backend_init(&s->backend);
    s->backend.alone = true;
    s->pod = task_pod_new(id, true, &s->backend.table);
    assert_non_null(s->pod);
    return s;
}

task_pod *stage_pod(stage *s)
{
    return s->pod;
}

/* The events of that were not recorded. */
void stage_settle(stage *s)
{
    for (size_t i = s->backend.count; i > 0; i--) {
        fake_process *p = &s->backend.processes[i - 1];

        if (p->owner && p->started && !p->finished) {
            task_process_ended(p->owner, 1, 1000);
            task_process_finished(p->owner);
        }
    }
}

void stage_free(stage *s)
{
    task_pod_free(s->pod);
    fake_backend_free(&s->backend);
    free(s);
}

/* It fails as the recorded host did. What is refused before it is asked is not its affair. */
void stage_expect(stage *s, const char *method, int code, uint32_t pid, int signal)
{
    static const char *const calls[][2] = {
        {"Create", "create"}, {"Exec", "create"}, {"Start", "start"}, {"Update", "update"}};
    fake_backend *f = &s->backend;

    f->fails = NULL;
    if (pid)
        f->next_pid = pid;
    if (code == 0)
        return;
    f->failure = code == TTRPC_UNKNOWN ? WCOW_COMMAND_NOT_FOUND : ttrpc_status_of(code);
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (text_equal(method, calls[i][0]))
            f->fails = calls[i][1];
    }
    if (text_equal(method, "Kill") && code == TTRPC_FAILED_PRECONDITION) {
        snprintf(s->signal, sizeof(s->signal), "signal%d", signal);
        f->fails = s->signal;
    }
}

void stage_encode_create(stage *s, const task_create_request *create, text *out)
{
    wcow_error err = WCOW_ERROR_INIT;

    (void)s;
    assert_ok(&err, wire_encode(task_create_request_fields, create, out, &err));
}

wire_bytes stage_process(void)
{
    return wire_text("");
}

wire_bytes stage_resources(void)
{
    return wire_text("{}");
}

const char *stage_bundle(stage *s, const char *id, const char *recorded)
{
    (void)s;
    (void)id;
    return recorded;
}

uint32_t stage_pid(stage *s, const char *id, const char *exec_id, uint32_t recorded)
{
    (void)s;
    (void)id;
    (void)exec_id;
    return recorded;
}

void stage_learn(stage *s, const char *id, const char *exec_id, uint32_t pid)
{
    (void)s;
    (void)id;
    (void)exec_id;
    (void)pid;
}

void stage_end(stage *s, const char *id, const char *exec_id, uint32_t exit_status)
{
    fake_end(&s->backend, id, exec_id, exit_status);
}

void stage_finish(stage *s, const char *id, const char *exec_id)
{
    fake_finish(&s->backend, id, exec_id);
}

void stage_finish_ended(stage *s, const char *id, const char *exec_id)
{
    fake_finish_ended(&s->backend, id, exec_id);
}

/* Nothing comes of itself. */
char *stage_take_events(stage *s, bool ended)
{
    (void)ended;
    return fake_take_events(&s->backend);
}
