/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/service/differences.h"

#include "base/text.h"
#include "tests/unit/status.h"

static const struct difference {
    const char *scene, *what;    /* a method, or a process: its events */
    const char *recorded, *ours; /* the code, or "pids=1", or events */
    const char *why;
} differences[] = {
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

#define DIFFERENCES (sizeof(differences) / sizeof(differences[0]))

static bool met[DIFFERENCES];

bool difference_is_known(const char *scene, const char *what, const char *recorded,
                         const char *ours)
{
    for (size_t i = 0; i < DIFFERENCES; i++) {
        const struct difference *d = &differences[i];

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
    for (size_t i = 0; i < DIFFERENCES; i++) {
        if (text_equal(differences[i].scene, scene) && text_equal(differences[i].what, "Delete"))
            return true;
    }
    return false;
}

void differences_check_all_met(void)
{
    for (size_t i = 0; i < DIFFERENCES; i++) {
        if (!met[i])
            fail_msg("%s: %s: nothing differs so", differences[i].scene, differences[i].what);
    }
}
