/* SPDX-License-Identifier: MIT */
/** What happens to a container, as events.log has it: with its name, its image and its labels. */
#ifndef WCOW_ENGINE_CONTAINER_CONTAINER_EVENT_H
#define WCOW_ENGINE_CONTAINER_CONTAINER_EVENT_H

#include "engine/container/container.h"
#include "engine/container/record.h"
#include "engine/host/event_log.h"

/** As event_note(): it cannot fail its caller. What is told besides comes before what its record
 * has; NULL: nothing. */
void container_event(wcow_host *host, const record *r, const char *action,
                     const event_attribute *more, size_t count);

/** The same of one whose record is read for it; nothing is noted of one that cannot be read. */
void container_event_of(wcow_host *host, const char *id, const char *action,
                        const event_attribute *more, size_t count);

/** "kill", with the signal's number. Of one that Linux has no number for: its name. */
void container_event_signal(wcow_host *host, const record *r, const char *signal);

/** "exec_die". */
void container_event_exec_end(wcow_host *host, const char *id, const char *exec,
                              uint32_t exit_code);

/** "die". */
void container_event_end(wcow_host *host, const char *id, uint32_t exit_code, int64_t started);

#endif
