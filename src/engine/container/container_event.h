/* SPDX-License-Identifier: MIT */
/** What happens to a container, as events.log has it: with its name, its image and its labels. */
#ifndef WCOW_ENGINE_CONTAINER_CONTAINER_EVENT_H
#define WCOW_ENGINE_CONTAINER_CONTAINER_EVENT_H

#include "engine/container/container.h"
#include "engine/container/record.h"
#include "engine/host/event_log.h"
#include "network/endpoint.h"

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

/**
 * "mount" or "unmount" of each volume of a container, with its driver. dockerd for Windows tells of
 * the second one alone; that there is a first one, its documentation says.
 */
void container_event_volumes(wcow_host *host, const record *r, bool mounted);

/** "connect" or "disconnect" of each network that a run has an endpoint on. */
void container_event_networks(wcow_host *host, const char *id, const hns_endpoint_list *endpoints,
                              const char *action);
/** The same of one network. `name`: what users call it. */
void container_event_network(wcow_host *host, const char *id, const hns_endpoint *endpoint,
                             const char *name, const char *action);

/** "exec_detach": its user has left it; it goes on. */
void container_event_exec_detach(wcow_host *host, const char *id, const char *exec);

/** "die". */
void container_event_end(wcow_host *host, const char *id, uint32_t exit_code, int64_t started);

#endif
