/* SPDX-License-Identifier: MIT */
/*
 * The documents of the service as tables: members of schema 1 after hcsshim internal/hcs/schema1,
 * of schema 2 after internal/hcs/schema2 and Microsoft's SchemaReference (facts §4).
 */
#include "documents.h"

#define RS3 16299
#define RS5 17763

/* Member, optional and any value: the macros keep a row on a line. */
#define TEXT(member)                                                                               \
    {                                                                                              \
        .name = member, .kind = FIELD_TEXT                                                         \
    }
#define TEXT_REQUIRED(member)                                                                      \
    {                                                                                              \
        .name = member, .kind = FIELD_TEXT, .required = true                                       \
    }
#define BOOL(member)                                                                               \
    {                                                                                              \
        .name = member, .kind = FIELD_BOOL                                                         \
    }
#define WHOLE(member)                                                                              \
    {                                                                                              \
        .name = member, .kind = FIELD_WHOLE                                                        \
    }
#define ATMOST(member, most)                                                                       \
    {                                                                                              \
        .name = member, .kind = FIELD_WHOLE, .limit = most                                         \
    }
#define OBJECT(member, inner)                                                                      \
    {                                                                                              \
        .name = member, .kind = FIELD_OBJECT, .fields = inner                                      \
    }
#define OBJECTS(member, inner)                                                                     \
    {                                                                                              \
        .name = member, .kind = FIELD_OBJECTS, .fields = inner                                     \
    }
#define MAP(member, inner)                                                                         \
    {                                                                                              \
        .name = member, .kind = FIELD_MAP, .fields = inner                                         \
    }
#define TEXTS(member)                                                                              \
    {                                                                                              \
        .name = member, .kind = FIELD_TEXTS                                                        \
    }
#define CHOICE(member, choices)                                                                    \
    {                                                                                              \
        .name = member, .kind = FIELD_TEXT, .allowed = choices                                     \
    }
#define ANY(member)                                                                                \
    {                                                                                              \
        .name = member, .kind = FIELD_ANY                                                          \
    }
#define END                                                                                        \
    {                                                                                              \
        .kind = FIELD_END                                                                          \
    }

/* ---- schema 1: containers and processes ---- */

static const char *const system_types_v1[] = {"Container", NULL};
static const char *const container_types[] = {"Linux", NULL};

static const field layer_v1[] = {
    {.name = "ID", .kind = FIELD_GUID, .required = true},
    TEXT_REQUIRED("Path"),
    END,
};

static const field runtime_v1[] = {
    TEXT("ImagePath"),           BOOL("SkipTemplate"),
    TEXT("LinuxInitrdFile"),     TEXT("LinuxKernelFile"),
    TEXT("LinuxBootParameters"), BOOL("BootSource"),
    BOOL("WritableBootSource"),  END,
};

static const field mapped_directory_v1[] = {
    TEXT_REQUIRED("HostPath"),
    TEXT_REQUIRED("ContainerPath"),
    BOOL("ReadOnly"),
    WHOLE("BandwidthMaximum"),
    WHOLE("IOPSMaximum"),
    BOOL("CreateInUtilityVM"),
    {.name = "LinuxMetadata", .kind = FIELD_BOOL, .since = 17134},
    END,
};

static const field mapped_pipe_v1[] = {
    TEXT_REQUIRED("HostPath"),
    TEXT_REQUIRED("ContainerPipeName"),
    END,
};

static const field mapped_disk_v1[] = {
    TEXT("HostPath"),
    TEXT("ContainerPath"),
    BOOL("CreateInUtilityVM"),
    BOOL("ReadOnly"),
    TEXT("Cache"),
    BOOL("AttachOnly"),
    END,
};

static const field device_v1[] = {
    {.name = "InterfaceClassGuid", .kind = FIELD_GUID, .required = true},
    END,
};

const field schema_container_v1[] = {
    {.name = "SystemType", .kind = FIELD_TEXT, .required = true, .allowed = system_types_v1},
    TEXT_REQUIRED("Name"),
    TEXT("Owner"),
    {.name = "HvPartition", .kind = FIELD_BOOL, .required = true},
    TEXT("VolumePath"),
    TEXT("LayerFolderPath"),
    TEXT("SandboxPath"),
    {.name = "Layers", .kind = FIELD_OBJECTS, .required = true, .fields = layer_v1},
    OBJECT("HvRuntime", runtime_v1),
    BOOL("IgnoreFlushesDuringBoot"),
    TEXT("Credentials"),
    ATMOST("ProcessorCount", 2048),
    ATMOST("ProcessorWeight", 10000),
    ATMOST("ProcessorMaximum", 10000),
    ATMOST("MemoryMaximumInMB", 16777216),
    WHOLE("StorageIOPSMaximum"),
    WHOLE("StorageBandwidthMaximum"),
    WHOLE("StorageSandboxSize"),
    TEXT("HostName"),
    OBJECTS("MappedDirectories", mapped_directory_v1),
    {.name = "MappedPipes", .kind = FIELD_OBJECTS, .fields = mapped_pipe_v1, .since = RS3},
    OBJECTS("MappedVirtualDisks", mapped_disk_v1),
    TEXTS("EndpointList"),
    TEXT("NetworkSharedContainerName"),
    BOOL("AllowUnqualifiedDNSQuery"),
    TEXT("DNSSearchList"),
    BOOL("Servicing"),
    {.name = "TerminateOnLastHandleClosed", .kind = FIELD_BOOL, .since = RS3},
    {.name = "AssignedDevices", .kind = FIELD_OBJECTS, .fields = device_v1, .since = RS5},
    CHOICE("ContainerType", container_types),
    END,
};

/* One table serves both schemas: HcsCreateProcess takes either. */
const field schema_process[] = {
    TEXT("ApplicationName"),
    TEXT("CommandLine"),
    TEXTS("CommandArgs"),
    TEXT("User"),
    TEXT("WorkingDirectory"),
    {.name = "Environment", .kind = FIELD_STRINGS},
    BOOL("EmulateConsole"),
    BOOL("CreateStdInPipe"),
    BOOL("CreateStdOutPipe"),
    BOOL("CreateStdErrPipe"),
    {.name = "ConsoleSize", .kind = FIELD_PAIR},
    BOOL("CreateInUtilityVm"),
    ANY("OCISpecification"),
    {.name = "RestrictedToken", .kind = FIELD_BOOL, .since = RS5},
    {.name = "UseExistingLogin", .kind = FIELD_BOOL, .since = RS5},
    {.name = "UseLegacyConsole", .kind = FIELD_BOOL, .since = RS5},
    END,
};

/* ---- schema 2 ---- */

static const char *const path_types[] = {"AbsolutePath", "VirtualSmbShareName", NULL};
static const char *const pipe_path_types[] = {"AbsolutePath", "VirtualSmbPipeName", NULL};
static const char *const hives[] = {"System", "Software", "Security", "Sam", NULL};
static const char *const value_types[] = {"None",        "String",     "ExpandedString",
                                          "MultiString", "Binary",     "DWord",
                                          "QWord",       "CustomType", NULL};
static const char *const device_types[] = {"ClassGuid", "DeviceInstance", "GpuMirror", NULL};
static const char *const isolation_types[] = {"HostProcess", NULL};

static const field version[] = {ATMOST("Major", 2), ATMOST("Minor", 9), END};
static const field guest_os[] = {TEXT("HostName"), END};

static const field layer_v2[] = {
    {.name = "Id", .kind = FIELD_GUID, .required = true},
    TEXT_REQUIRED("Path"),
    TEXT("PathType"),
    TEXT("Cache"),
    END,
};

static const field quality[] = {WHOLE("IopsMaximum"), WHOLE("BandwidthMaximum"), END};

static const field storage[] = {
    OBJECTS("Layers", layer_v2),
    TEXT("Path"),
    OBJECT("QoS", quality),
    END,
};

static const field mapped_directory_v2[] = {
    TEXT_REQUIRED("HostPath"), CHOICE("HostPathType", path_types), TEXT_REQUIRED("ContainerPath"),
    BOOL("ReadOnly"),          BOOL("SupportCloudFiles"),          END,
};

static const field mapped_pipe_v2[] = {
    TEXT_REQUIRED("ContainerPipeName"),
    TEXT_REQUIRED("HostPath"),
    CHOICE("HostPathType", pipe_path_types),
    END,
};

static const field memory_v2[] = {WHOLE("SizeInMB"), END};

static const field processor_v2[] = {
    ATMOST("Count", 2048),
    ATMOST("Maximum", 10000),
    ATMOST("Weight", 10000),
    END,
};

static const field networking[] = {
    BOOL("AllowUnqualifiedDnsQuery"),   TEXT("DnsSearchList"),
    TEXT("NetworkSharedContainerName"), {.name = "Namespace", .kind = FIELD_GUID},
    TEXTS("NetworkAdapters"),           END,
};

static const field socket_service[] = {
    TEXT("BindSecurityDescriptor"),
    TEXT("ConnectSecurityDescriptor"),
    BOOL("AllowWildcardBinds"),
    BOOL("Disabled"),
    END,
};

static const field socket_config[] = {
    TEXT("DefaultBindSecurityDescriptor"),
    TEXT("DefaultConnectSecurityDescriptor"),
    MAP("ServiceTable", socket_service),
    END,
};

static const field socket_v2[] = {
    OBJECT("Config", socket_config),
    BOOL("EnablePowerShellDirect"),
    END,
};

static const char *const guard_transports[] = {"LRPC", "HvSocket", NULL};

static const field credential_guard[] = {
    TEXT_REQUIRED("Cookie"),
    TEXT_REQUIRED("RpcEndpoint"),
    CHOICE("Transport", guard_transports),
    TEXT("CredentialSpec"),
    END,
};

static const field registry_key[] = {
    {.name = "Hive", .kind = FIELD_TEXT, .required = true, .allowed = hives},
    TEXT_REQUIRED("Name"),
    BOOL("Volatile"),
    END,
};

static const field registry_value[] = {
    {.name = "Key", .kind = FIELD_OBJECT, .required = true, .fields = registry_key},
    TEXT_REQUIRED("Name"),
    CHOICE("Type", value_types),
    TEXT("StringValue"),
    TEXT("BinaryValue"),
    WHOLE("DWordValue"),
    WHOLE("QWordValue"),
    WHOLE("CustomType"),
    END,
};

static const field registry_changes[] = {
    OBJECTS("AddValues", registry_value),
    OBJECTS("DeleteKeys", registry_key),
    END,
};

static const field device_v2[] = {
    CHOICE("Type", device_types),
    {.name = "InterfaceClassGuid", .kind = FIELD_GUID},
    TEXT("LocationPath"),
    END,
};

const field schema_container_v2[] = {
    OBJECT("GuestOs", guest_os),
    {.name = "Storage", .kind = FIELD_OBJECT, .required = true, .fields = storage},
    OBJECTS("MappedDirectories", mapped_directory_v2),
    OBJECTS("MappedPipes", mapped_pipe_v2),
    OBJECT("Memory", memory_v2),
    OBJECT("Processor", processor_v2),
    OBJECT("Networking", networking),
    OBJECT("HvSocket", socket_v2),
    OBJECT("ContainerCredentialGuard", credential_guard),
    OBJECT("RegistryChanges", registry_changes),
    OBJECTS("AssignedDevices", device_v2),
    ANY("AdditionalDeviceNamespace"),
    CHOICE("IsolationType", isolation_types),
    END,
};

static const field boot_entry[] = {
    TEXT("DeviceType"),   TEXT("DevicePath"),    WHOLE("DiskNumber"),
    TEXT("OptionalData"), TEXT("VmbFsRootPath"), END,
};
static const field uefi[] = {
    OBJECT("BootThis", boot_entry),
    BOOL("EnableDebugger"),
    TEXT("SecureBootTemplateId"),
    TEXT("ApplySecureBootTemplate"),
    TEXT("Console"),
    BOOL("StopOnBootFailure"),
    END,
};
static const field chipset[] = {
    OBJECT("Uefi", uefi),          BOOL("IsNumLockDisabled"),
    TEXT("BaseBoardSerialNumber"), TEXT("ChassisSerialNumber"),
    TEXT("ChassisAssetTag"),       BOOL("UseUtc"),
    ANY("LinuxKernelDirect"),      END,
};
static const field vm_memory[] = {
    WHOLE("SizeInMB"),
    BOOL("AllowOvercommit"),
    BOOL("EnableHotHint"),
    BOOL("EnableColdHint"),
    BOOL("EnableEpf"),
    BOOL("EnableDeferredCommit"),
    WHOLE("LowMMIOGapInMB"),
    WHOLE("LowMmioGapInMB"),
    WHOLE("HighMmioBaseInMB"),
    WHOLE("HighMMIOBaseInMB"),
    WHOLE("HighMmioGapInMB"),
    WHOLE("HighMMIOGapInMB"),
    BOOL("EnableColdDiscardHint"),
    END,
};
static const field cpu_group[] = {TEXT("Id"), END};
static const field vm_processor[] = {
    ATMOST("Count", 2048),         ATMOST("Limit", 100000),
    ATMOST("Weight", 10000),       BOOL("ExposeVirtualizationExtensions"),
    WHOLE("Reservation"),          WHOLE("Maximum"),
    OBJECT("CpuGroup", cpu_group), END,
};
static const field topology[] = {
    OBJECT("Memory", vm_memory),
    OBJECT("Processor", vm_processor),
    ANY("Numa"),
    END,
};
static const field share[] = {
    TEXT("Name"), TEXT("Path"), ANY("Options"), TEXTS("AllowedFiles"), ANY("AutoCreate"), END,
};
static const field virtual_smb[] = {
    OBJECTS("Shares", share),
    WHOLE("DirectFileMappingInMB"),
    END,
};
static const field attachment[] = {
    TEXT("Type"),
    TEXT("Path"),
    BOOL("IgnoreFlushes"),
    TEXT("CachingMode"),
    BOOL("NoWriteHardening"),
    BOOL("DisableExpansionOptimization"),
    BOOL("IgnoreRelativeLocator"),
    BOOL("CaptureIoAttributionContext"),
    BOOL("ReadOnly"),
    BOOL("SupportCompressedVolumes"),
    BOOL("AlwaysAllowSparseFiles"),
    TEXT("ExtensibleVirtualDiskType"),
    END,
};
static const field scsi[] = {MAP("Attachments", attachment), END};
static const field vm_socket[] = {
    OBJECT("HvSocketConfig", socket_config),
    BOOL("EnablePowerShellDirect"),
    END,
};
static const field adapter[] = {TEXT("EndpointId"), TEXT("MacAddress"), TEXT("InstanceId"),
                                ANY("IovSettings"), END};
static const field com_port[] = {TEXT("NamedPipe"), BOOL("OptimizeForDebugger"), END};
static const field vm_devices[] = {
    MAP("ComPorts", com_port),
    MAP("Scsi", scsi),
    MAP("NetworkAdapters", adapter),
    OBJECT("HvSocket", vm_socket),
    OBJECT("VirtualSmb", virtual_smb),
    ANY("Plan9"),
    ANY("VirtualPMem"),
    ANY("VirtualPci"),
    ANY("VideoMonitor"),
    ANY("Keyboard"),
    ANY("Mouse"),
    ANY("GuestCrashReporting"),
    ANY("Battery"),
    ANY("MappedPipes"),
    END,
};
static const field guest_connection[] = {BOOL("UseVsock"), BOOL("UseConnectedSuspend"), END};
static const field machine_v2[] = {
    BOOL("StopOnReset"),
    {.name = "Chipset", .kind = FIELD_OBJECT, .required = true, .fields = chipset},
    OBJECT("ComputeTopology", topology),
    OBJECT("Devices", vm_devices),
    OBJECT("GuestConnection", guest_connection),
    OBJECT("RegistryChanges", registry_changes),
    OBJECT("StorageQoS", quality),
    ANY("GuestState"),
    ANY("RestoreState"),
    ANY("RuntimeStateFilePath"),
    ANY("SecuritySettings"),
    END,
};

static const field hosted_v2[] = {
    OBJECT("SchemaVersion", version),
    {.name = "Container", .kind = FIELD_OBJECT, .required = true, .fields = schema_container_v2},
    END,
};

const field schema_system_v2[] = {
    TEXT("Owner"),
    {.name = "SchemaVersion", .kind = FIELD_OBJECT, .required = true, .fields = version},
    TEXT("HostingSystemId"),
    OBJECT("HostedSystem", hosted_v2),
    OBJECT("Container", schema_container_v2),
    OBJECT("VirtualMachine", machine_v2),
    BOOL("ShouldTerminateOnLastHandleClosed"),
    END,
};

/* ---- queries, requests ---- */

static const char *const property_types[] = {
    "Basic",
    "Memory",
    "GuestMemory",
    "Statistics",
    "ProcessList",
    "TerminateOnLastHandleClosed",
    "SharedMemoryRegion",
    "GuestConnection",
    "ICHeartbeatStatus",
    "SystemGUID",
    "MappedVirtualDisk",
    "PendingUpdates",
    NULL,
};
static const char *const service_types[] = {
    "Basic",           "Memory", "CpuGroup", "ProcessorTopology", "ContainerCredentialGuard",
    "QoSCapabilities", NULL};

const field schema_query[] = {
    {.name = "PropertyTypes", .kind = FIELD_TEXTS, .allowed = property_types},
    {.name = "Queries", .kind = FIELD_ANY, .since = 20348},
    END,
};

const field schema_service_query[] = {
    {.name = "PropertyTypes", .kind = FIELD_TEXTS, .allowed = service_types},
    END,
};

const field schema_enumerate[] = {
    TEXTS("Ids"), TEXTS("Names"), TEXTS("Types"), TEXTS("Owners"), END,
};

static const char *const resources_v1[] = {"Network", NULL};
static const char *const requests_v1[] = {"Add", "Remove", NULL};
static const char *const requests_v2[] = {"Add", "Remove", "Update", NULL};
static const char *const guest_requests[] = {"Add", "Remove", "PreAdd", "Update", NULL};
static const char *const guest_resources[] = {
    "Memory",           "MappedDirectory",
    "MappedPipe",       "MappedVirtualDisk",
    "CombinedLayers",   "Network",
    "NetworkNamespace", "CimMount",
    "HvSocket",         "ContainerConstraints",
    "SCSIDevice",       "VPCIDevice",
    "SecurityPolicy",   NULL,
};

const field schema_modify_v1[] = {
    {.name = "ResourceType", .kind = FIELD_TEXT, .required = true, .allowed = resources_v1},
    {.name = "RequestType", .kind = FIELD_TEXT, .required = true, .allowed = requests_v1},
    {.name = "Settings", .kind = FIELD_ANY, .required = true},
    END,
};

static const field guest_request[] = {
    {.name = "RequestType", .kind = FIELD_TEXT, .allowed = guest_requests},
    {.name = "ResourceType", .kind = FIELD_TEXT, .required = true, .allowed = guest_resources},
    ANY("Settings"),
    END,
};

const field schema_modify_v2[] = {
    TEXT("ResourcePath"),
    CHOICE("RequestType", requests_v2),
    ANY("Settings"),
    OBJECT("GuestRequest", guest_request),
    END,
};

static const char *const process_operations[] = {"ConsoleSize", "CloseHandle", NULL};
static const char *const standard_handles[] = {"StdIn", "StdOut", "StdErr", "All", NULL};
static const char *const signals[] = {"CtrlC",      "CtrlBreak",    "CtrlClose",
                                      "CtrlLogOff", "CtrlShutdown", NULL};

static const field console_size[] = {ATMOST("Height", 65535), ATMOST("Width", 65535), END};
static const field close_handle[] = {
    {.name = "Handle", .kind = FIELD_TEXT, .required = true, .allowed = standard_handles},
    END,
};

const field schema_modify_process[] = {
    {.name = "Operation", .kind = FIELD_TEXT, .required = true, .allowed = process_operations},
    OBJECT("ConsoleSize", console_size),
    OBJECT("CloseHandle", close_handle),
    END,
};

const field schema_signal[] = {
    {.name = "Signal", .kind = FIELD_TEXT, .required = true, .allowed = signals},
    END,
};

static const char *const service_settings[] = {"Basic", "CpuGroup", "ContainerCredentialGuard",
                                               NULL};

const field schema_service_settings[] = {
    {.name = "PropertyType", .kind = FIELD_TEXT, .required = true, .allowed = service_settings},
    ANY("Settings"),
    END,
};

static const char *const guard_operations[] = {"AddInstance", "RemoveInstance", NULL};

const field schema_guard_operation[] = {
    {.name = "Operation", .kind = FIELD_TEXT, .required = true, .allowed = guard_operations},
    {.name = "OperationDetails", .kind = FIELD_ANY, .required = true},
    END,
};

const field schema_guard_add[] = {
    TEXT_REQUIRED("Id"),
    TEXT_REQUIRED("CredentialSpec"),
    {.name = "Transport", .kind = FIELD_TEXT, .required = true, .allowed = guard_transports},
    END,
};

const field schema_guard_remove[] = {TEXT_REQUIRED("Id"), END};

/* Pause, shutdown and save options: facts §4.7. */
static const field hosted_notification[] = {TEXT("Reason"), END};

const field schema_options[] = {
    TEXT("SuspensionLevel"),
    OBJECT("HostedNotification", hosted_notification),
    TEXT("Mechanism"),
    TEXT("Type"),
    BOOL("Force"),
    TEXT("Reason"),
    TEXT("SaveType"),
    TEXT("SaveStateFilePath"),
    END,
};
