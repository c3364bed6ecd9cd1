/* SPDX-License-Identifier: MIT */
/** The calls of port/hcs.h that hcs_process.c and hcs_network.c have, and what they share with
 * hcs.c. */
#ifndef WIN32_HCS_PARTS_H
#define WIN32_HCS_PARTS_H

#include "port/hcs.h"

#include "vmcompute.h"

/** An export of the form (handle). */
int32_t vmcompute_close(vmcompute_export which, void *handle);
/** An export of the form (handle, text, result). */
int32_t vmcompute_call(vmcompute_export which, void *handle, const char *options, char **result);

int32_t vmcompute_close_process(hcs_port *port, hcs_process *process);
int32_t vmcompute_signal_process(hcs_port *port, hcs_process *process, const char *options,
                                 char **result);
int32_t vmcompute_modify_process(hcs_port *port, hcs_process *process, const char *settings,
                                 char **result);
int32_t vmcompute_terminate_process(hcs_port *port, hcs_process *process, char **result);
int32_t vmcompute_create_process(hcs_port *port, hcs_system *system, const char *parameters,
                                 hcs_process_io *io, hcs_process **out, char **result);
int32_t vmcompute_open_process(hcs_port *port, hcs_system *system, uint32_t pid, hcs_process **out,
                               char **result);
int32_t vmcompute_get_process_properties(hcs_port *port, hcs_process *process, char **properties,
                                         char **result);
int32_t vmcompute_register_system(hcs_port *port, hcs_system *system, hcs_callback *call,
                                  void *context, hcs_registration **out);
int32_t vmcompute_unregister_system(hcs_port *port, hcs_registration *registration);
int32_t vmcompute_register_process(hcs_port *port, hcs_process *process, hcs_callback *call,
                                   void *context, hcs_registration **out);
int32_t vmcompute_unregister_process(hcs_port *port, hcs_registration *registration);

int32_t computenetwork_create_namespace(hcs_port *port, const guid *id, const char *settings,
                                        hcn_namespace **out, char **result);
int32_t computenetwork_open_namespace(hcs_port *port, const guid *id, hcn_namespace **out,
                                      char **result);
int32_t computenetwork_close_namespace(hcs_port *port, hcn_namespace *space);
int32_t computenetwork_modify_namespace(hcs_port *port, hcn_namespace *space, const char *settings,
                                        char **result);
int32_t computenetwork_query_namespace(hcs_port *port, hcn_namespace *space, const char *query,
                                       char **properties, char **result);
int32_t computenetwork_enumerate_namespaces(hcs_port *port, const char *query, char **namespaces,
                                            char **result);

#endif
