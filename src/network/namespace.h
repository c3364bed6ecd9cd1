/* SPDX-License-Identifier: MIT */
/**
 * Network namespaces: what Windows calls compartments. A container of schema 2 names one in its
 * document and has the endpoints that are in it; containers that name the same one share their
 * addresses and ports, as those of a pod do. Whoever makes one deletes it, after the last of its
 * containers has ended.
 *
 * Made and filled by computenetwork.dll, emptied and deleted by HNSCall: as hcsshim does (hcsoci
 * createNetworkNamespace, uvm NetworkEndpoints.Release), from 17763 on.
 */
#ifndef WCOW_NETWORK_NAMESPACE_H
#define WCOW_NETWORK_NAMESPACE_H

#include <wcow/error.h>

#include "base/guid.h"
#include "base/strings.h"
#include "port/hcs.h"

/**
 * Makes an empty one.
 *
 * @param id        how it is to be called: a GUID, which its maker has noted before, so that one
 * that a crash leaves behind is found again
 * @param[out] out  how it is called, to be freed: `id`, unless the service has chosen another
 * @return WCOW_UNSUPPORTED before 17763
 */
WCOW_CHECKED wcow_status hns_namespace_create(hcs_port *port, const char *id, char **out,
                                              wcow_error *err);

/**
 * Makes a random id one that tells whose namespace it is, for Windows notes no owner: it begins as
 * the container's own, if that is one of 64 digits. What is left of it is random.
 */
void hns_namespace_sign(const char *container, guid *id);
bool hns_namespace_is_of(const char *id, const char *container);

/** Puts an endpoint into one; one that is in it already is a success. */
WCOW_CHECKED wcow_status hns_namespace_add(hcs_port *port, const char *id, const char *endpoint,
                                           wcow_error *err);

/** Takes an endpoint out again; a success if it is not in it, or either is not there. */
WCOW_CHECKED wcow_status hns_namespace_remove(hcs_port *port, const char *id, const char *endpoint,
                                              wcow_error *err);

/**
 * Deletes one; one that is not there is a success. Its endpoints stay.
 *
 * @return WCOW_CONFLICT if a container is in it, or HNS believes so
 */
WCOW_CHECKED wcow_status hns_namespace_delete(hcs_port *port, const char *id, wcow_error *err);

/**
 * The same, emptied first, as hcsshim does: who is in it is asked of the service, since a crash may
 * have come at any time.
 */
WCOW_CHECKED wcow_status hns_namespace_dissolve(hcs_port *port, const char *id, wcow_error *err);

/** Ids of the endpoints in one; WCOW_NOT_FOUND if there is none of that id. */
WCOW_CHECKED wcow_status hns_namespace_endpoints(hcs_port *port, const char *id, string_list *out,
                                                 wcow_error *err);

/** Ids of all namespaces of the host, whoever made them. */
WCOW_CHECKED wcow_status hns_namespaces(hcs_port *port, string_list *out, wcow_error *err);

#endif
