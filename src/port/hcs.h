/* SPDX-License-Identifier: MIT */
/**
 * The Host Compute Service and the networks of its systems: every export of vmcompute.dll and of
 * computenetwork.dll that wcow uses for them, one function an export, UTF-8 for UTF-16, HRESULTs
 * and JSON untouched.
 *
 * win32/hcs.c loads vmcompute.dll from System32 and resolves each export when first called; one
 * that is missing (HcsSignalProcess, HcsModifyServiceSettings before 17763) returns
 * HR_PROC_NOT_FOUND. computenetwork.dll is loaded by the first call to it (win32/hcs_network.c).
 * tests/hcssim/fake is the other implementation. Source of the signatures: hcsshim
 * internal/vmcompute/vmcompute.go, hns/hns.go, hcn/hcn.go; Microsoft's reference of the Host
 * Compute Network.
 *
 * `result`, `properties`, `systems` and `response` come back in malloc'ed memory or NULL, on
 * success and on failure; callers initialise them to NULL and free them. Functions may be called
 * from any thread.
 */
#ifndef WCOW_PORT_HCS_H
#define WCOW_PORT_HCS_H

#include <stdint.h>

#include "base/guid.h"
#include "port/stream.h"

typedef struct hcs_port hcs_port;
typedef struct hcs_system hcs_system;             /* HCS_SYSTEM */
typedef struct hcs_process hcs_process;           /* HCS_PROCESS */
typedef struct hcs_registration hcs_registration; /* HCS_CALLBACK */
typedef struct hcn_namespace hcn_namespace;       /* HCN_NAMESPACE */

/** Notification types (hcsshim internal/hcs/callback.go). */
enum {
    HCS_SYSTEM_EXITED = 0x1,
    HCS_SYSTEM_CREATE_COMPLETED = 0x2,
    HCS_SYSTEM_START_COMPLETED = 0x3,
    HCS_SYSTEM_PAUSE_COMPLETED = 0x4,
    HCS_SYSTEM_RESUME_COMPLETED = 0x5,
    HCS_SYSTEM_CRASH_REPORT = 0x6,
    HCS_PROCESS_EXITED = 0x10000,
    HCS_SERVICE_DISCONNECT = 0x01000000
};

/** Codes that decide what our logic does; the HCS_E_ forms are folded by hresult_normalise(). */
#define HCS_TERMINATED_DURING_START ((int32_t)0xC0370100)
#define HCS_PENDING                 ((int32_t)0xC0370103)
#define HCS_INVALID_STATE           ((int32_t)0xC0370105)
#define HCS_UNEXPECTED_EXIT         ((int32_t)0xC0370106)
#define HCS_INVALID_JSON            ((int32_t)0xC037010D)
#define HCS_SYSTEM_NOT_FOUND        ((int32_t)0xC037010E)
#define HCS_SYSTEM_ALREADY_EXISTS   ((int32_t)0xC037010F)
#define HCS_SYSTEM_ALREADY_STOPPED  ((int32_t)0xC0370110)
#define HCS_SERVICE_GONE            ((int32_t)0xC037011E)
#define HCS_PROCESS_ALREADY_STOPPED ((int32_t)0xC037011F)

/**
 * Called on a thread of the service's choosing, perhaps at once for several handles. `data` is
 * valid during the call and may be NULL. Must not unregister from within.
 */
typedef void hcs_callback(uint32_t type, void *context, int32_t hr, const char *data);

/** HCS_PROCESS_INFORMATION: streams are NULL where the document asked for none; owned by the
 * caller. */
typedef struct hcs_process_io {
    uint32_t pid;
    stream *in;  /* we write */
    stream *out; /* we read */
    stream *err; /* we read */
} hcs_process_io;

struct hcs_port {
    int32_t (*create_system)(hcs_port *port, const char *id, const char *document, hcs_system **out,
                             char **result);
    int32_t (*open_system)(hcs_port *port, const char *id, hcs_system **out, char **result);
    int32_t (*close_system)(hcs_port *port, hcs_system *system);
    int32_t (*start_system)(hcs_port *port, hcs_system *system, const char *options, char **result);
    int32_t (*shutdown_system)(hcs_port *port, hcs_system *system, const char *options,
                               char **result);
    int32_t (*terminate_system)(hcs_port *port, hcs_system *system, const char *options,
                                char **result);
    int32_t (*pause_system)(hcs_port *port, hcs_system *system, const char *options, char **result);
    int32_t (*resume_system)(hcs_port *port, hcs_system *system, const char *options,
                             char **result);
    int32_t (*get_system_properties)(hcs_port *port, hcs_system *system, const char *query,
                                     char **properties, char **result);
    int32_t (*modify_system)(hcs_port *port, hcs_system *system, const char *document,
                             char **result);
    int32_t (*register_system)(hcs_port *port, hcs_system *system, hcs_callback *call,
                               void *context, hcs_registration **out);
    /** Returns when no callback of it runs any more; none starts after. */
    int32_t (*unregister_system)(hcs_port *port, hcs_registration *registration);
    int32_t (*enumerate_systems)(hcs_port *port, const char *query, char **systems, char **result);

    int32_t (*create_process)(hcs_port *port, hcs_system *system, const char *parameters,
                              hcs_process_io *io, hcs_process **out, char **result);
    int32_t (*open_process)(hcs_port *port, hcs_system *system, uint32_t pid, hcs_process **out,
                            char **result);
    int32_t (*close_process)(hcs_port *port, hcs_process *process);
    int32_t (*terminate_process)(hcs_port *port, hcs_process *process, char **result);
    int32_t (*signal_process)(hcs_port *port, hcs_process *process, const char *options,
                              char **result);
    int32_t (*get_process_properties)(hcs_port *port, hcs_process *process, char **properties,
                                      char **result);
    int32_t (*modify_process)(hcs_port *port, hcs_process *process, const char *settings,
                              char **result);
    int32_t (*register_process)(hcs_port *port, hcs_process *process, hcs_callback *call,
                                void *context, hcs_registration **out);
    int32_t (*unregister_process)(hcs_port *port, hcs_registration *registration);

    int32_t (*get_service_properties)(hcs_port *port, const char *query, char **properties,
                                      char **result);
    int32_t (*modify_service)(hcs_port *port, const char *settings, char **result);
    /** HNSCall; `body` "" when there is none. */
    int32_t (*hns_call)(hcs_port *port, const char *method, const char *path, const char *body,
                        char **response);

    /*
     * Network namespaces: computenetwork.dll, which Windows has from 17763 on. Before it, each of
     * these returns HR_MODULE_NOT_FOUND. `result` is the record of an error. A namespace is there
     * until it is deleted, whoever closes what; that is done by hns_call(), as hcsshim does.
     */
    /** HcnCreateNamespace; an id of zeros leaves the choice to the service. */
    int32_t (*create_namespace)(hcs_port *port, const guid *id, const char *settings,
                                hcn_namespace **out, char **result);
    int32_t (*open_namespace)(hcs_port *port, const guid *id, hcn_namespace **out, char **result);
    int32_t (*close_namespace)(hcs_port *port, hcn_namespace *space);
    int32_t (*modify_namespace)(hcs_port *port, hcn_namespace *space, const char *settings,
                                char **result);
    int32_t (*query_namespace)(hcs_port *port, hcn_namespace *space, const char *query,
                               char **properties, char **result);
    int32_t (*enumerate_namespaces)(hcs_port *port, const char *query, char **namespaces,
                                    char **result);
    void (*free)(hcs_port *port);
};

/**
 * Opens the platform's Host Compute Service. HR_FROM_WIN32(126) when vmcompute.dll is not there,
 * HR_NOT_SUPPORTED where there can be none (Linux).
 */
int32_t hcs_port_open(hcs_port **out);

#endif
