/* SPDX-License-Identifier: MIT */
/* Giving back what a run may have left on the host. */
#include "runtime/release.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "hcs/credential_guard.h"
#include "hcs/system.h"
#include "layer/store/scratch.h"
#include "network/endpoint.h"
#include "network/namespace.h"

void run_taken_free(run_taken *t)
{
    hns_endpoint_list_free(&t->endpoints);
    free(t->space);
    *t = (run_taken)RUN_TAKEN_INIT;
}

bool run_taken_copy(const run_taken *t, run_taken *out)
{
    cleanup_taken run_taken copy = {.system = t->system,
                                    .mounted = t->mounted,
                                    .networked = t->networked,
                                    .guarded = t->guarded,
                                    .guard_guessed = t->guard_guessed};

    if (!hns_endpoint_list_add_all(&copy.endpoints, &t->endpoints) ||
        !text_replace(&copy.space, t->space))
        return false;
    run_taken_free(out);
    *out = copy;
    copy = (run_taken)RUN_TAKEN_INIT;
    return true;
}

bool run_taken_anything(const run_taken *t)
{
    return t->system || t->mounted || t->networked || t->space || t->guarded;
}

static wcow_status release_system(const release_place *place, released *report, wcow_error *err)
{
    const compute_timeouts timeouts = {.create = place->patience,
                                       .start = place->patience,
                                       .pause = place->patience,
                                       .exit = place->patience};
    cleanup_system compute_system *system = NULL;

    if (!compute_system_open(place->hcs, place->id, &timeouts, &system, NULL))
        report->systems++;
    compute_system_close(TAKE(system));
    return compute_system_destroy(place->hcs, place->id, &timeouts, err);
}

/* By name as well as by id: a crash may have come before the id was written down. */
static bool is_of_run(const release_place *place, const hns_endpoint *endpoint,
                      const hns_endpoint_list *known)
{
    return hns_endpoint_is_of(endpoint, place->id) || hns_endpoint_list_find(known, endpoint->id);
}

static wcow_status release_endpoints(const release_place *place, const hns_endpoint_list *known,
                                     released *report, wcow_error *err)
{
    hns_endpoint *endpoints = NULL;
    size_t count = 0;
    wcow_status status = hns_endpoints(place->hcs, &endpoints, &count, err);

    for (size_t i = 0; i < count; i++) {
        wcow_status deleted;

        if (!is_of_run(place, &endpoints[i], known))
            continue;
        deleted = hns_endpoint_delete(place->hcs, endpoints[i].id, status ? NULL : err);
        if (!deleted)
            report->endpoints++;
        else if (!status)
            status = deleted;
    }
    hns_endpoints_free(endpoints, count);
    return status;
}

void run_release_space(hcs_port *hcs, run_taken *what)
{
    if (what->space && !what->system && !hns_namespace_dissolve(hcs, what->space, NULL))
        free(TAKE(what->space));
}

wcow_status run_release_guard(hcs_port *hcs, const char *id, run_taken *what, wcow_error *err)
{
    wcow_status status;

    if (!what->guarded || what->system) /* not from under a live system */
        return WCOW_OK;
    status = credential_guard_remove(hcs, id, what->guard_guessed, err);
    what->guarded = status != WCOW_OK;
    what->guard_guessed &= what->guarded;
    return status;
}

wcow_status run_release(const release_place *place, run_taken *what, released *report,
                        wcow_error *err)
{
    released unused = {0, 0, 0};
    wcow_status first = WCOW_OK;
    wcow_status next;

    if (!report)
        report = &unused;
    if (what->system) {
        first = release_system(place, report, err);
        if (first)
            return first;
        what->system = false;
    }
    first = run_release_guard(place->hcs, place->id, what, err);
    run_release_space(place->hcs, what);
    if (what->networked) {
        next = release_endpoints(place, &what->endpoints, report, first ? NULL : err);
        what->networked = next != WCOW_OK;
        if (!next)
            hns_endpoint_list_free(&what->endpoints);
        first = first ? first : next;
    }
    if (what->mounted) {
        scratch_release(&place->layers, place->scratch);
        report->layers++;
        what->mounted = false;
    }
    return first;
}
