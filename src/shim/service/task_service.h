/* SPDX-License-Identifier: MIT */
/** containerd.task.v2.Task and v3, for the tasks of a pod: one function a method. */
#ifndef WCOW_SHIM_SERVICE_TASK_SERVICE_H
#define WCOW_SHIM_SERVICE_TASK_SERVICE_H

#include "shim/task/pod.h"
#include "shim/ttrpc/server.h"

typedef struct task_service {
    task_pod *pod;
    uint32_t shim_pid;
} task_service;

/** @param service  borrowed, as its pod is, for as long as `out` is used */
void task_service_init(task_service *service, ttrpc_service *out);

#endif
