/* SPDX-License-Identifier: MIT */
/**
 * A host that is not there: ports that write down what a run asks of them, and answer as if all
 * went well. What only a real host can know (the volume, the endpoint) is answered by what it would
 * be: <text in angle brackets>.
 */
#ifndef WCOW_ENGINE_CONTAINER_REHEARSAL_H
#define WCOW_ENGINE_CONTAINER_REHEARSAL_H

#include "base/json.h"
#include "engine/container/attachment.h"
#include "engine/host/host.h"
#include "layer/store/layer.h"

typedef struct rehearsal rehearsal;

/**
 * @param host      of which only is asked which folders and networks there are
 * @param networks  of the container; where nobody can be asked, they are taken to be there
 * @param base      the base layer's folder: where the layers are not there yet, it has a utility VM
 */
WCOW_CHECKED wcow_status rehearsal_new(wcow_host *host, const attachment_list *networks,
                                       const char *base, rehearsal **out, wcow_error *err);
void rehearsal_free(rehearsal *r);
DEFINE_CLEANUP(rehearsal, rehearsal *, rehearsal_free)
#define cleanup_rehearsal CLEANUP(rehearsal)

hcs_port *rehearsal_hcs(rehearsal *r);
layer_store rehearsal_layers(rehearsal *r);
/** The process that was created has exited. */
void rehearsal_end_process(rehearsal *r);

/** What was asked for: an array of {"call", "on"}, in order, those of HNS with their "body"; and
 * the two documents. The caller's from then on. */
typedef struct rehearsed {
    cJSON *calls;
    cJSON *system;
    cJSON *process;
} rehearsed;

/** Fails if there was no memory to write something down. */
WCOW_CHECKED wcow_status rehearsal_take(rehearsal *r, rehearsed *out, wcow_error *err);

#endif
