/* SPDX-License-Identifier: MIT */
/**
 * vmcompute.dll: the one list of what we use of it, loaded from System32, each export resolved when
 * it is first called. Signatures: hcsshim internal/vmcompute/vmcompute.go, internal/hns/hns.go and
 * internal/wclayer.
 */
#ifndef WIN32_VMCOMPUTE_H
#define WIN32_VMCOMPUTE_H

#include <stdatomic.h>

#include "platform.h"

typedef void WINAPI vmcompute_callback(DWORD type, void *context, HRESULT hr, PCWSTR data);

/* HCS_PROCESS_INFORMATION */
typedef struct vmcompute_process {
    DWORD ProcessId;
    DWORD Reserved;
    HANDLE StdInput, StdOutput, StdError;
} vmcompute_process;

/* DRIVER_INFO: 1 is the filter driver; with an empty home the id is a whole path. */
typedef struct vmcompute_driver {
    int Flavour;
    PCWSTR HomeDir;
} vmcompute_driver;

/* WC_LAYER_DESCRIPTOR */
typedef struct vmcompute_layer {
    GUID LayerId;
    ULONG Flags;
    PCWSTR Path;
} vmcompute_layer;

_Static_assert(sizeof(vmcompute_process) == 32, "HCS_PROCESS_INFORMATION");
_Static_assert(sizeof(vmcompute_driver) == 16, "DRIVER_INFO");
_Static_assert(sizeof(vmcompute_layer) == 32, "WC_LAYER_DESCRIPTOR");

/* X(name, parameters). All return an HRESULT. */
#define VMCOMPUTE_EXPORTS(X)                                                                       \
    X(HcsEnumerateComputeSystems, (PCWSTR query, PWSTR * systems, PWSTR * result))                 \
    X(HcsCreateComputeSystem,                                                                      \
      (PCWSTR id, PCWSTR document, HANDLE identity, HANDLE * system, PWSTR * result))              \
    X(HcsOpenComputeSystem, (PCWSTR id, HANDLE * system, PWSTR * result))                          \
    X(HcsCloseComputeSystem, (HANDLE system))                                                      \
    X(HcsStartComputeSystem, (HANDLE system, PCWSTR options, PWSTR * result))                      \
    X(HcsShutdownComputeSystem, (HANDLE system, PCWSTR options, PWSTR * result))                   \
    X(HcsTerminateComputeSystem, (HANDLE system, PCWSTR options, PWSTR * result))                  \
    X(HcsPauseComputeSystem, (HANDLE system, PCWSTR options, PWSTR * result))                      \
    X(HcsResumeComputeSystem, (HANDLE system, PCWSTR options, PWSTR * result))                     \
    X(HcsGetComputeSystemProperties,                                                               \
      (HANDLE system, PCWSTR query, PWSTR * properties, PWSTR * result))                           \
    X(HcsModifyComputeSystem, (HANDLE system, PCWSTR document, PWSTR * result))                    \
    X(HcsRegisterComputeSystemCallback,                                                            \
      (HANDLE system, vmcompute_callback * call, void *context, HANDLE *registration))             \
    X(HcsUnregisterComputeSystemCallback, (HANDLE registration))                                   \
    X(HcsCreateProcess, (HANDLE system, PCWSTR parameters, vmcompute_process * info,               \
                         HANDLE * process, PWSTR * result))                                        \
    X(HcsOpenProcess, (HANDLE system, DWORD pid, HANDLE * process, PWSTR * result))                \
    X(HcsCloseProcess, (HANDLE process))                                                           \
    X(HcsTerminateProcess, (HANDLE process, PWSTR * result))                                       \
    X(HcsSignalProcess, (HANDLE process, PCWSTR options, PWSTR * result))                          \
    X(HcsGetProcessProperties, (HANDLE process, PWSTR * properties, PWSTR * result))               \
    X(HcsModifyProcess, (HANDLE process, PCWSTR settings, PWSTR * result))                         \
    X(HcsRegisterProcessCallback,                                                                  \
      (HANDLE process, vmcompute_callback * call, void *context, HANDLE *registration))            \
    X(HcsUnregisterProcessCallback, (HANDLE registration))                                         \
    X(HcsGetServiceProperties, (PCWSTR query, PWSTR * properties, PWSTR * result))                 \
    X(HcsModifyServiceSettings, (PCWSTR settings, PWSTR * result))                                 \
    X(HNSCall, (PCWSTR method, PCWSTR path, PCWSTR body, PWSTR * response))                        \
    X(NameToGuid, (PCWSTR name, GUID * id))                                                        \
    X(CreateSandboxLayer, (const vmcompute_driver *driver, PCWSTR id, PCWSTR parent,               \
                           const vmcompute_layer *parents, ULONG_PTR count))                       \
    X(ExpandSandboxSize, (const vmcompute_driver *driver, PCWSTR id, UINT64 bytes))                \
    X(ActivateLayer, (const vmcompute_driver *driver, PCWSTR id))                                  \
    X(DeactivateLayer, (const vmcompute_driver *driver, PCWSTR id))                                \
    X(PrepareLayer, (const vmcompute_driver *driver, PCWSTR id, const vmcompute_layer *parents,    \
                     ULONG_PTR count))                                                             \
    X(UnprepareLayer, (const vmcompute_driver *driver, PCWSTR id))                                 \
    X(GetLayerMountPath,                                                                           \
      (const vmcompute_driver *driver, PCWSTR id, SIZE_T *length, PWSTR buffer))                   \
    X(ImportLayer, (const vmcompute_driver *driver, PCWSTR id, PCWSTR folder,                      \
                    const vmcompute_layer *parents, ULONG_PTR count))                              \
    X(ExportLayer, (const vmcompute_driver *driver, PCWSTR id, PCWSTR folder,                      \
                    const vmcompute_layer *parents, ULONG_PTR count))                              \
    X(DestroyLayer, (const vmcompute_driver *driver, PCWSTR id))                                   \
    X(LayerExists, (const vmcompute_driver *driver, PCWSTR id, ULONG *exists))                     \
    X(ProcessBaseImage, (PCWSTR path))                                                             \
    X(ProcessUtilityImage, (PCWSTR path))

#define VMCOMPUTE_ENUM(name, parameters) EXPORT_##name,
typedef enum vmcompute_export {
    VMCOMPUTE_EXPORTS(VMCOMPUTE_ENUM) VMCOMPUTE_EXPORT_COUNT
} vmcompute_export;
#undef VMCOMPUTE_ENUM

#define VMCOMPUTE_TYPE(name, parameters) typedef HRESULT WINAPI name##_call parameters;
VMCOMPUTE_EXPORTS(VMCOMPUTE_TYPE)
#undef VMCOMPUTE_TYPE

/** Loads the DLL once for the process, for good. HR_FROM_WIN32(126) where it is not there. */
int32_t vmcompute_load(void);
/** The export; NULL when this build of Windows does not have it. */
void (*vmcompute_find(vmcompute_export which))(void);
/** Takes a string of the service: UTF-8 in fresh memory, the original freed. NULL stays NULL. */
char *vmcompute_take(PWSTR text);

/* The export as a function of its own type, or NULL. */
#define VMCOMPUTE(name) ((name##_call *)vmcompute_find(EXPORT_##name))

#endif
