/* SPDX-License-Identifier: MIT */
/** To which networks a container is to be connected, and how: as its record has it. */
#ifndef WCOW_ENGINE_CONTAINER_ATTACHMENT_H
#define WCOW_ENGINE_CONTAINER_ATTACHMENT_H

#include <wcow/endpoint.h>

#include "engine/container/port_spec.h"
#include "runtime/run.h"

/** One network. Strings are never NULL. */
typedef struct attachment {
    char *network; /* its name; "": the host's default network */
    string_list aliases;
    char *ip_address;  /* "": HNS chooses; as the next */
    char *mac_address; /* with colons */
} attachment;

/** Begins as field_items do. Zero-initialise. */
typedef struct attachment_list {
    attachment *items;
    size_t count;
} attachment_list;

void attachment_list_free(attachment_list *list);
DEFINE_CLEANUP_VALUE(attachment_list, attachment_list, attachment_list_free)
#define cleanup_attachments CLEANUP(attachment_list)

/** What the default network is called where HNS has not been asked. */
#define DEFAULT_NETWORK "nat"

/** The name to show: never "". */
const char *attachment_name(const attachment *a);

/** That of a network's name, whatever its case; NULL: none. */
attachment *attachment_find(const attachment_list *list, const char *name);
/** Whether there is one other than the default network, where containers have no names. */
bool attachments_have_names(const attachment_list *list);
void attachment_remove(attachment_list *list, attachment *item);

/** The endpoint that a run has for it; NULL: none, or nobody knows of it. */
const hns_endpoint *attachment_endpoint(const attachment_list *list, const attachment *a,
                                        const hns_endpoint_list *endpoints);

/** Adds an endpoint that a caller wants, checked as far as that needs no network. */
WCOW_CHECKED wcow_status attachment_add(attachment_list *list, const wcow_endpoint_spec *spec,
                                        wcow_error *err);

/** Adds the host's default network; false: out of memory. */
bool attachment_add_default(attachment_list *list);

/**
 * Looks for a network that is not the default one: gives it the name that users have of it, and
 * checks that its subnets have the address that is wanted.
 *
 * @return WCOW_NOT_FOUND ("network X not found")
 */
WCOW_CHECKED wcow_status attachment_check(wcow_host *host, hcs_port *hcs, attachment *a,
                                          wcow_error *err);

#endif
