/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/service/differences.h"

#include "base/text.h"
#include "tests/unit/shim/service/stage.h"
#include "tests/unit/status.h"

typedef struct difference {
    const char *scene, *what;    /* a method, or a process: its events */
    const char *recorded, *ours; /* the code, or "pids=1", or events */
    const char *why;
} difference;

static const difference differences[] = {
    {"cri-exit-while-down", "Delete", "2", "0",
     "that shim waits for ever for a reader that has gone, and gives up after 30 s"},
    {"ctr-reader-gone", "Delete", "2", "0", "the same"},
    {"ctr-exit-while-down", "Pids", "2", "0",
     "a list with the pid that it had tells every containerd that it is not lost"},
    {"ctr-reader-gone", "Pids", "pids=0", "pids=1", "an empty list is a task that is lost"},
    {"cri-exit-while-down", "Pids", "pids=0", "pids=1", "the same"},
    {"cri-hpc", "Stats", "stats=empty", "stats=Statistics",
     "that pod is of host processes and its sandbox a fake; ours is a container"},
    {"ctr-binary-logger", "State", "out=\\\\.\\pipe\\binary-log1-stdout",
     "out=binary:///C:/ctd/logger.exe?id=abc&n=1",
     "what was asked for is told, and not what was made of it"},
    {"ctr-binary-logger", "State", "error=\\\\.\\pipe\\binary-log1-stderr",
     "error=binary:///C:/ctd/logger.exe?id=abc&n=1", "the same"},
    {"cri-exit-while-down", "<container-13>", "create <container-13>|start <container-13>|",
     "create <container-13>|start <container-13>|exit <container-13> 0|delete <container-13> 0|",
     "with a teardown that ends come its events"},
    {"ctr-exit-while-down", "dow1", "create dow1|start dow1|delete dow1 0|",
     "create dow1|start dow1|exit dow1 0|delete dow1 0|",
     "an event is kept until containerd is back; that shim drops it"},
    {"ctr-reader-gone", "gon1", "create gon1|start gon1|",
     "create gon1|start gon1|exit gon1 1|delete gon1 1|", "the first of these"},
    {"cri-exec-while-killed", "<container-2>/<exec-1>",
     "added <container-2>/<exec-1>|started <container-2>/<exec-1>|",
     "added <container-2>/<exec-1>|started <container-2>/<exec-1>|exit <container-2>/<exec-1> 1|",
     "what containerd forgot when it was restarted ends with its container, and that is told"},
    {"cri-pod-full", "<container-1>/<exec-6>",
     "added <container-1>/<exec-6>|started <container-1>/<exec-6>|",
     "added <container-1>/<exec-6>|started <container-1>/<exec-6>|exit <container-1>/<exec-6> 0|",
     "the same; it ended between two recordings"},
};

/* And those of the real backend. */
static const difference real_differences[] = {
    {"cri-pause-killed", "<container-14>", "create <container-14>|start <container-14>|",
     "create <container-14>|start <container-14>|exit <container-14> 1|",
     "what ends with its pod is told; that shim is gone before"},
    {"cri-hpc", "Wait", "exit=0", "exit=1",
     "that sandbox is a fake, which ends with 0; ours is a process that is terminated"},
    {"cri-hpc", "State", "exit=0", "exit=1", "the same"},
    {"cri-hpc", "Delete", "exit=0", "exit=1", "the same"},
    {"cri-hpc", "<sandbox-11>",
     "create <sandbox-11>|start <sandbox-11>|exit <sandbox-11> 0|delete <sandbox-11> 0|",
     "create <sandbox-11>|start <sandbox-11>|exit <sandbox-11> 1|delete <sandbox-11> 1|",
     "the same"},
};

#define DIFFERENCES      (sizeof(differences) / sizeof(differences[0]))
#define REAL_DIFFERENCES (sizeof(real_differences) / sizeof(real_differences[0]))
#define MOST             (DIFFERENCES + REAL_DIFFERENCES)

static bool met[MOST];

/* Those of this stage; NULL: there are no more. */
static const difference *nth(size_t i)
{
    if (i < DIFFERENCES)
        return &differences[i];
    return stage_is_real && i < MOST ? &real_differences[i - DIFFERENCES] : NULL;
}

bool difference_is_known(const char *scene, const char *what, const char *recorded,
                         const char *ours)
{
    const difference *d;

    for (size_t i = 0; (d = nth(i)); i++) {
        if (text_equal(d->scene, scene) && text_equal(d->what, what) &&
            text_equal(d->recorded, recorded) && text_equal(d->ours, ours)) {
            met[i] = true;
            return true;
        }
    }
    return false;
}

bool difference_in_teardown(const char *scene)
{
    const difference *d;

    for (size_t i = 0; (d = nth(i)); i++) {
        if (text_equal(d->scene, scene) && text_equal(d->what, "Delete"))
            return true;
    }
    return false;
}

void differences_check_all_met(void)
{
    const difference *d;

    for (size_t i = 0; (d = nth(i)); i++) {
        if (!met[i])
            fail_msg("%s: %s: nothing differs so", d->scene, d->what);
    }
}
