/* SPDX-License-Identifier: MIT */
/**
 * What a recorded scene is played on: one of our shims' backends, told what the recorded host did.
 * stage_fake.c is a backend that does just that; stage_real.c is the one that containerd's tasks
 * have, over a simulated host, where what it does comes of itself.
 */
#ifndef WCOW_TESTS_UNIT_SHIM_SERVICE_STAGE_H
#define WCOW_TESTS_UNIT_SHIM_SERVICE_STAGE_H

#include "base/text.h"
#include "shim/task/pod.h"
#include "shim/wire/task.pb.h"

typedef struct stage stage;

/** Which it is: differences may be of one alone. */
extern const bool stage_is_real;

stage *stage_new(const char *id);
task_pod *stage_pod(stage *s);
/** What still runs ends. Of several all are settled, then each is freed with its pod. */
void stage_settle(stage *s);
void stage_free(stage *s);

/** A call comes next, and the recorded host answered so; of a Start the pid that it had there. */
void stage_expect(stage *s, const char *method, int code, uint32_t pid, int signal);
/** The request of a container, with what only this stage needs. */
void stage_encode_create(stage *s, const task_create_request *create, text *out);
/** What an Exec and an Update are asked for. */
wire_bytes stage_process(void);
wire_bytes stage_resources(void);

/** What an answer must say where this was recorded: a bundle, a pid; of a Start it is learnt. */
const char *stage_bundle(stage *s, const char *id, const char *recorded);
uint32_t stage_pid(stage *s, const char *id, const char *exec_id, uint32_t recorded);
void stage_learn(stage *s, const char *id, const char *exec_id, uint32_t pid);

/** A process ends by itself, or has been killed; and is finished. */
void stage_end(stage *s, const char *id, const char *exec_id, uint32_t exit_status);
void stage_finish(stage *s, const char *id, const char *exec_id);
/** Nothing holds up our teardown: one that has begun is done by now. */
void stage_finish_ended(stage *s, const char *id, const char *exec_id);
/** To be freed; of one that was shut down all, to its end. */
char *stage_take_events(stage *s, bool ended);

#endif
