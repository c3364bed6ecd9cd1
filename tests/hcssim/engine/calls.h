/* SPDX-License-Identifier: MIT */
/**
 * The one list of the exports of vmcompute.dll and computenetwork.dll: what each takes, in the
 * order of its parameters, and under which member name a parameter travels in a request or a reply
 * (sim.h). The engine checks requests by it, the DLL marshals by it, the export-table test compares
 * with it. Source: hcsshim internal/vmcompute/vmcompute.go, internal/wclayer, internal/hns/hns.go,
 * hcn/hcn.go.
 *
 * How the kinds look in JSON. An input that is NULL is null or left out; an output is only in the
 * reply when there is one ("hr" always is, a whole signed number):
 *
 *   kind                 C parameter                     JSON
 *   SIM_IN_TEXT          PCWSTR                          string, null
 *   SIM_IN_U32, _U64     DWORD, UINT64                   number (a text of digits from 2^53 on)
 *   SIM_IN_SYSTEM        HCS_SYSTEM                      number, as SIM_OUT_HANDLE gave it
 *   SIM_IN_PROCESS       HCS_PROCESS                     number
 *   SIM_IN_CALLBACK      HCS_CALLBACK                    number
 *   SIM_IN_OBJECT        HCN_NETWORK, _NAMESPACE, …      number
 *   SIM_IN_GUID          REFGUID                         "xxxxxxxx-…", lower case
 *   SIM_IN_IDENTITY      HANDLE, always 0                not sent
 *   SIM_IN_FUNCTION      HCS_NOTIFICATION_CALLBACK       not sent: the client's own business
 *   SIM_IN_CONTEXT       void *                          not sent
 *   SIM_IN_DRIVER        const DRIVER_INFO *             {"flavour":1,"home":""}
 *   SIM_IN_DESCRIPTORS   const WC_LAYER_DESCRIPTOR *     [{"id":"guid","flags":0,"path":"…"}]
 *   SIM_IN_COUNT         ULONG_PTR, their number         not sent
 *   SIM_OUT_TEXT         PWSTR *                         string
 *   SIM_OUT_HANDLE       HANDLE *                        number, never 0
 *   SIM_OUT_INFO         HCS_PROCESS_INFORMATION *       {"pid":n,"in":n,"out":n,"err":n}
 *   SIM_OUT_GUID         GUID *                          "xxxxxxxx-…", lower case
 *   SIM_OUT_U32          ULONG *                         number
 *   SIM_OUT_LENGTH       SIZE_T *, characters with NUL   not sent: the two-call pattern is the
 * client's SIM_OUT_BUFFER       PWSTR                           string
 */
#ifndef HCSSIM_ENGINE_CALLS_H
#define HCSSIM_ENGINE_CALLS_H

#include <stddef.h>
#include <stdint.h>

typedef enum sim_kind {
    SIM_END, /* ends a list of parameters */
    SIM_IN_TEXT,
    SIM_IN_U32,
    SIM_IN_U64,
    SIM_IN_SYSTEM,
    SIM_IN_PROCESS,
    SIM_IN_CALLBACK,
    SIM_IN_OBJECT,
    SIM_IN_GUID,
    SIM_IN_IDENTITY,
    SIM_IN_FUNCTION,
    SIM_IN_CONTEXT,
    SIM_IN_DRIVER,
    SIM_IN_DESCRIPTORS,
    SIM_IN_COUNT,
    SIM_OUT_TEXT,
    SIM_OUT_HANDLE,
    SIM_OUT_INFO,
    SIM_OUT_GUID,
    SIM_OUT_U32,
    SIM_OUT_LENGTH,
    SIM_OUT_BUFFER
} sim_kind;

typedef struct sim_parameter {
    const char *name;
    sim_kind kind;
} sim_parameter;

#define SIM_PARAMETERS_MAX 7 /* six at most, and SIM_END */

/** What the DLL and the engine know of one export. */
typedef struct sim_export {
    const char *name;
    uint32_t since; /* first Windows build that exports it; 0: all */
    size_t count;   /* of C parameters */
    sim_parameter parameters[SIM_PARAMETERS_MAX];
} sim_export;

/* clang-format off: a table */

/** CALL(name, first build, number of C parameters, {member, kind}…) for every export; §1.2 of the
 * facts. */
#define SIM_SYSTEM_CALLS(CALL)                                                                     \
    CALL(HcsEnumerateComputeSystems, 0, 3, {"query", SIM_IN_TEXT},                                 \
         {"computeSystems", SIM_OUT_TEXT}, {"result", SIM_OUT_TEXT})                               \
    CALL(HcsCreateComputeSystem, 0, 5, {"id", SIM_IN_TEXT}, {"configuration", SIM_IN_TEXT},        \
         {"identity", SIM_IN_IDENTITY}, {"system", SIM_OUT_HANDLE}, {"result", SIM_OUT_TEXT})      \
    CALL(HcsOpenComputeSystem, 0, 3, {"id", SIM_IN_TEXT}, {"system", SIM_OUT_HANDLE},              \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsCloseComputeSystem, 0, 1, {"system", SIM_IN_SYSTEM})                                   \
    CALL(HcsStartComputeSystem, 0, 3, {"system", SIM_IN_SYSTEM}, {"options", SIM_IN_TEXT},         \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsShutdownComputeSystem, 0, 3, {"system", SIM_IN_SYSTEM}, {"options", SIM_IN_TEXT},      \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsTerminateComputeSystem, 0, 3, {"system", SIM_IN_SYSTEM}, {"options", SIM_IN_TEXT},     \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsPauseComputeSystem, 0, 3, {"system", SIM_IN_SYSTEM}, {"options", SIM_IN_TEXT},         \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsResumeComputeSystem, 0, 3, {"system", SIM_IN_SYSTEM}, {"options", SIM_IN_TEXT},        \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsSaveComputeSystem, 0, 3, {"system", SIM_IN_SYSTEM}, {"options", SIM_IN_TEXT},          \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsGetComputeSystemProperties, 0, 4, {"system", SIM_IN_SYSTEM},                           \
         {"propertyQuery", SIM_IN_TEXT}, {"properties", SIM_OUT_TEXT}, {"result", SIM_OUT_TEXT})   \
    CALL(HcsModifyComputeSystem, 0, 3, {"system", SIM_IN_SYSTEM}, {"configuration", SIM_IN_TEXT},  \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsRegisterComputeSystemCallback, 0, 4, {"system", SIM_IN_SYSTEM},                        \
         {"function", SIM_IN_FUNCTION}, {"context", SIM_IN_CONTEXT}, {"callback", SIM_OUT_HANDLE}) \
    CALL(HcsUnregisterComputeSystemCallback, 0, 1, {"callback", SIM_IN_CALLBACK})                  \
    CALL(HcsModifyServiceSettings, 17763, 2, {"settings", SIM_IN_TEXT}, {"result", SIM_OUT_TEXT})  \
    CALL(HcsGetServiceProperties, 17763, 3, {"propertyQuery", SIM_IN_TEXT},                        \
         {"properties", SIM_OUT_TEXT}, {"result", SIM_OUT_TEXT})

/** §1.3 */
#define SIM_PROCESS_CALLS(CALL)                                                                    \
    CALL(HcsCreateProcess, 0, 5, {"system", SIM_IN_SYSTEM}, {"processParameters", SIM_IN_TEXT},    \
         {"info", SIM_OUT_INFO}, {"process", SIM_OUT_HANDLE}, {"result", SIM_OUT_TEXT})            \
    CALL(HcsOpenProcess, 0, 4, {"system", SIM_IN_SYSTEM}, {"pid", SIM_IN_U32},                     \
         {"process", SIM_OUT_HANDLE}, {"result", SIM_OUT_TEXT})                                    \
    CALL(HcsCloseProcess, 0, 1, {"process", SIM_IN_PROCESS})                                       \
    CALL(HcsTerminateProcess, 0, 2, {"process", SIM_IN_PROCESS}, {"result", SIM_OUT_TEXT})         \
    CALL(HcsSignalProcess, 17763, 3, {"process", SIM_IN_PROCESS}, {"options", SIM_IN_TEXT},        \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsGetProcessInfo, 0, 3, {"process", SIM_IN_PROCESS}, {"info", SIM_OUT_INFO},             \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsGetProcessProperties, 0, 3, {"process", SIM_IN_PROCESS},                               \
         {"processProperties", SIM_OUT_TEXT}, {"result", SIM_OUT_TEXT})                            \
    CALL(HcsModifyProcess, 0, 3, {"process", SIM_IN_PROCESS}, {"settings", SIM_IN_TEXT},           \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcsRegisterProcessCallback, 0, 4, {"process", SIM_IN_PROCESS},                            \
         {"function", SIM_IN_FUNCTION}, {"context", SIM_IN_CONTEXT}, {"callback", SIM_OUT_HANDLE}) \
    CALL(HcsUnregisterProcessCallback, 0, 1, {"callback", SIM_IN_CALLBACK})

/** §1.4, with HNSCall */
#define SIM_STORAGE_CALLS(CALL)                                                                    \
    CALL(ActivateLayer, 0, 2, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT})                      \
    CALL(CopyLayer, 0, 5, {"driver", SIM_IN_DRIVER}, {"source", SIM_IN_TEXT},                      \
         {"destination", SIM_IN_TEXT}, {"parents", SIM_IN_DESCRIPTORS}, {"count", SIM_IN_COUNT})   \
    CALL(CreateLayer, 0, 3, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT},                        \
         {"parent", SIM_IN_TEXT})                                                                  \
    CALL(CreateSandboxLayer, 0, 5, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT},                 \
         {"parent", SIM_IN_TEXT}, {"parents", SIM_IN_DESCRIPTORS}, {"count", SIM_IN_COUNT})        \
    CALL(ExpandSandboxSize, 0, 3, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT},                  \
         {"size", SIM_IN_U64})                                                                     \
    CALL(DeactivateLayer, 0, 2, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT})                    \
    CALL(DestroyLayer, 0, 2, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT})                       \
    CALL(ExportLayer, 0, 5, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT},                        \
         {"folder", SIM_IN_TEXT}, {"parents", SIM_IN_DESCRIPTORS}, {"count", SIM_IN_COUNT})        \
    CALL(GetLayerMountPath, 0, 4, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT},                  \
         {"length", SIM_OUT_LENGTH}, {"path", SIM_OUT_BUFFER})                                     \
    CALL(GetBaseImages, 0, 1, {"images", SIM_OUT_TEXT})                                            \
    CALL(ImportLayer, 0, 5, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT},                        \
         {"folder", SIM_IN_TEXT}, {"parents", SIM_IN_DESCRIPTORS}, {"count", SIM_IN_COUNT})        \
    CALL(LayerExists, 0, 3, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT},                        \
         {"exists", SIM_OUT_U32})                                                                  \
    CALL(NameToGuid, 0, 2, {"name", SIM_IN_TEXT}, {"guid", SIM_OUT_GUID})                          \
    CALL(PrepareLayer, 0, 4, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT},                       \
         {"parents", SIM_IN_DESCRIPTORS}, {"count", SIM_IN_COUNT})                                 \
    CALL(UnprepareLayer, 0, 2, {"driver", SIM_IN_DRIVER}, {"id", SIM_IN_TEXT})                     \
    CALL(ProcessBaseImage, 0, 1, {"path", SIM_IN_TEXT})                                            \
    CALL(ProcessUtilityImage, 0, 1, {"path", SIM_IN_TEXT})                                         \
    CALL(GrantVmAccess, 0, 2, {"vm", SIM_IN_TEXT}, {"path", SIM_IN_TEXT})                          \
    CALL(HNSCall, 0, 4, {"method", SIM_IN_TEXT}, {"path", SIM_IN_TEXT}, {"object", SIM_IN_TEXT},   \
         {"response", SIM_OUT_TEXT})

#define SIM_CALLS(CALL)                                                                            \
    SIM_SYSTEM_CALLS(CALL)                                                                         \
    SIM_PROCESS_CALLS(CALL)                                                                        \
    SIM_STORAGE_CALLS(CALL)

/** The three nouns of computenetwork.dll, which Windows has from 17763 on. */
#define SIM_NOUN_CALLS(CALL, noun, nouns)                                                          \
    CALL(HcnEnumerate##nouns, 17763, 3, {"query", SIM_IN_TEXT}, {"objects", SIM_OUT_TEXT},         \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcnOpen##noun, 17763, 3, {"id", SIM_IN_GUID}, {"object", SIM_OUT_HANDLE},                 \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcnModify##noun, 17763, 3, {"object", SIM_IN_OBJECT}, {"settings", SIM_IN_TEXT},          \
         {"result", SIM_OUT_TEXT})                                                                 \
    CALL(HcnQuery##noun##Properties, 17763, 4, {"object", SIM_IN_OBJECT}, {"query", SIM_IN_TEXT},  \
         {"properties", SIM_OUT_TEXT}, {"result", SIM_OUT_TEXT})                                   \
    CALL(HcnDelete##noun, 17763, 2, {"id", SIM_IN_GUID}, {"result", SIM_OUT_TEXT})                 \
    CALL(HcnClose##noun, 17763, 1, {"object", SIM_IN_OBJECT})

#define SIM_NETWORK_CALLS(CALL)                                                                    \
    SIM_NOUN_CALLS(CALL, Network, Networks)                                                        \
    SIM_NOUN_CALLS(CALL, Namespace, Namespaces)                                                    \
    SIM_NOUN_CALLS(CALL, Endpoint, Endpoints)                                                      \
    CALL(HcnCreateNetwork, 17763, 4, {"id", SIM_IN_GUID}, {"settings", SIM_IN_TEXT},               \
         {"object", SIM_OUT_HANDLE}, {"result", SIM_OUT_TEXT})                                     \
    CALL(HcnCreateNamespace, 17763, 4, {"id", SIM_IN_GUID}, {"settings", SIM_IN_TEXT},             \
         {"object", SIM_OUT_HANDLE}, {"result", SIM_OUT_TEXT})                                     \
    CALL(HcnCreateEndpoint, 17763, 5, {"network", SIM_IN_OBJECT}, {"id", SIM_IN_GUID},             \
         {"settings", SIM_IN_TEXT}, {"object", SIM_OUT_HANDLE}, {"result", SIM_OUT_TEXT})

/**
 * What the simulated host offers beside vmcompute.dll, for its virtdisk.dll: the sandbox.vhdx of a
 * layer is attached, until its client closes the disk unless `permanent`; one that a crash left
 * attached is detached (HR_FROM_WIN32(21) if it is not attached).
 */
#define SIM_HOST_CALLS(CALL)                                                                       \
    CALL(DetachVirtualDisk, 0, 1, {"path", SIM_IN_TEXT})                                           \
    CALL(AttachVirtualDisk, 0, 2, {"path", SIM_IN_TEXT}, {"permanent", SIM_IN_U32})

/* clang-format on */

#define SIM_EXPORT_ROW(call, build, parameters, ...) {#call, build, parameters, {__VA_ARGS__}},

#endif
