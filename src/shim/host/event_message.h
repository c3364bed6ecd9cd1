/* SPDX-License-Identifier: MIT */
/** Events of tasks as containerd's events service takes them. */
#ifndef WCOW_SHIM_HOST_EVENT_MESSAGE_H
#define WCOW_SHIM_HOST_EVENT_MESSAGE_H

#include "base/text.h"
#include "shim/task/backend.h"

/** The encoded request to Forward; `now` is in nanoseconds since 1970. */
WCOW_CHECKED wcow_status event_message_make(const task_event *event, const char *space, int64_t now,
                                            text *out, wcow_error *err);
/** Whether it must not be lost: containerd has no other way to learn of it. */
bool event_is_final(const task_event *event);

#endif
