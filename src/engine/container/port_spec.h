/* SPDX-License-Identifier: MIT */
/** Ports of a container as Docker writes them: -p, --expose and an image's EXPOSE. */
#ifndef WCOW_ENGINE_CONTAINER_PORT_SPEC_H
#define WCOW_ENGINE_CONTAINER_PORT_SPEC_H

#include "base/fields.h"
#include "base/strings.h"
#include "network/endpoint.h"

/** Begins as field_items do. Zero-initialise. */
typedef struct port_list {
    hns_port *items; /* NULL while empty */
    size_t count;
} port_list;

/** A port as an object of the store's files. */
extern const field port_fields[];

void port_list_free(port_list *ports);
DEFINE_CLEANUP_VALUE(port_list, port_list, port_list_free)
#define cleanup_ports CLEANUP(port_list)

bool port_list_add(port_list *ports, hns_port port);
/** By container port, then protocol, as dockerd hands them to HNS. */
void port_list_sort(port_list *ports);

/**
 * "[[address:]host:]container[/protocol]" with ranges, or "target=80,published=8080,protocol=tcp".
 * What HNS cannot is refused, in dockerd's words: an address of the host, several host ports for
 * one of the container's, protocols other than tcp and udp; and one host port asked for twice.
 */
WCOW_CHECKED wcow_status port_specs_parse(const char *const *specs, port_list *out,
                                          wcow_error *err);

/**
 * "80", "80/udp", "80-90": adds each as "80/tcp" to a list, once.
 *
 * @param option  how the user wrote it, for messages: "--expose"
 */
WCOW_CHECKED wcow_status exposed_ports_add(const char *const *specs, const char *option,
                                           string_list *out, wcow_error *err);

/** From "80/udp", of exposed_ports_add(); false: its protocol is none of HNS's. */
bool exposed_port_read(const char *exposed, hns_port *out);

#endif
