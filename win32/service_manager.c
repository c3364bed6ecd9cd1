/* SPDX-License-Identifier: MIT */
/* The Service Control Manager, as who makes and starts services sees it. */
#include "port/service_manager.h"

#include "platform.h"

#include <sddl.h>
#include <string.h>
#include <wchar.h>

#include "base/command_line.h"
#include "base/text.h"
#include "security.h"
#include "self.h"

/* All that there is, for SYSTEM and Administrators, and nothing for anybody else. */
#define DESCRIPTOR L"D:P(A;;0xf01ff;;;SY)(A;;0xf01ff;;;BA)"

struct services {
    services_port port;
    SC_HANDLE manager;
};

static SC_HANDLE manager_of(services_port *port)
{
    return ((struct services *)(void *)port)->manager;
}

static void close_service(SC_HANDLE *service)
{
    if (*service)
        CloseServiceHandle(*service);
}

DEFINE_CLEANUP_VALUE(service, SC_HANDLE, close_service)

static int32_t open_service(services_port *port, const char *name, DWORD access, SC_HANDLE *out)
{
    cleanup_free wchar_t *wide = wide_from_utf8(name);

    if (!wide)
        return HR_OUT_OF_MEMORY;
    *out = OpenServiceW(manager_of(port), wide, access);
    return *out ? HR_OK : hresult_last();
}

/* ---- making one ---- */

static bool is_there(services_port *port, const char *name)
{
    CLEANUP(service) SC_HANDLE service = NULL;

    return HR_SUCCEEDED(open_service(port, name, SERVICE_QUERY_STATUS, &service));
}

/* Names one behind the other, each with its NUL, and one more: no name takes away what there was.
 * One that the host has not would keep the service from starting. */
static wchar_t *dependencies(services_port *port, const char *const *names)
{
    wchar_t *all = calloc(1, sizeof(*all));
    size_t length = 0;

    for (; all && names && *names; names++) {
        cleanup_free wchar_t *wide = is_there(port, *names) ? wide_from_utf8(*names) : NULL;
        const size_t more = wide ? wcslen(wide) + 1 : 0;
        wchar_t *grown = more ? realloc(all, (length + more + 1) * sizeof(*all)) : all;

        if (!grown) {
            free(all);
            return NULL;
        }
        all = grown;
        if (more)
            memcpy(all + length, wide, more * sizeof(*all));
        length += more;
        all[length] = L'\0';
    }
    return all;
}

/* Wine has no descriptors of services, and says that it has not implemented them. */
static int32_t protect(SC_HANDLE service)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    int32_t hr = HR_OK;

    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(DESCRIPTOR, SDDL_REVISION_1,
                                                              &descriptor, NULL))
        return hresult_last();
    if (!SetServiceObjectSecurity(service, DACL_SECURITY_INFORMATION, descriptor) &&
        GetLastError() != ERROR_CALL_NOT_IMPLEMENTED)
        hr = hresult_last();
    LocalFree(descriptor);
    return hr;
}

static int32_t describe(SC_HANDLE service, const service_spec *spec)
{
    cleanup_free wchar_t *words = wide_from_utf8(spec->description);
    SERVICE_DESCRIPTIONW description = {words};
    SERVICE_PRESHUTDOWN_INFO shutdown = {spec->shutdown};

    if (!words)
        return HR_OUT_OF_MEMORY;
    if (!ChangeServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, &description) ||
        !ChangeServiceConfig2W(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, &shutdown))
        return hresult_last();
    return HR_OK;
}

/* What service_exposed() looked at. Where there is no such path somebody has to force a service. */
static wchar_t *executable(void)
{
    wchar_t *final = self_final_path();

    return final ? final : self_path();
}

static int32_t create(services_port *port, const service_spec *spec)
{
    cleanup_free wchar_t *name = wide_from_utf8(spec->name);
    cleanup_free wchar_t *title = wide_from_utf8(spec->title);
    cleanup_free wchar_t *self = executable();
    cleanup_free wchar_t *line = self ? self_command_line(self, spec->arguments) : NULL;
    cleanup_free wchar_t *after = dependencies(port, spec->after);
    CLEANUP(service) SC_HANDLE service = NULL;
    int32_t hr;

    if (!name || !title || !line || !after)
        return HR_OUT_OF_MEMORY;
    service =
        CreateServiceW(manager_of(port), name, title, SERVICE_ALL_ACCESS, SERVICE_WIN32_OWN_PROCESS,
                       spec->automatic ? SERVICE_AUTO_START : SERVICE_DEMAND_START,
                       SERVICE_ERROR_NORMAL, line, NULL, NULL, after, NULL, NULL);
    if (!service)
        return hresult_last();
    hr = protect(service);
    if (HR_SUCCEEDED(hr))
        hr = describe(service, spec);
    if (HR_FAILED(hr))
        DeleteService(service);
    return hr;
}

/* ---- using one ---- */

static int32_t start(services_port *port, const char *name, bool asked)
{
    const wchar_t *arguments[] = {SERVICE_ASKED};
    CLEANUP(service) SC_HANDLE service = NULL;
    int32_t hr = open_service(port, name, SERVICE_START, &service);

    if (HR_FAILED(hr))
        return hr;
    return StartServiceW(service, asked, asked ? arguments : NULL) ? HR_OK : hresult_last();
}

static int32_t set_automatic(services_port *port, const char *name, bool automatic,
                             const char *const *names)
{
    cleanup_free wchar_t *after = dependencies(port, names);
    CLEANUP(service) SC_HANDLE service = NULL;
    int32_t hr = open_service(port, name, SERVICE_CHANGE_CONFIG, &service);

    if (!after)
        return HR_OUT_OF_MEMORY;
    if (HR_FAILED(hr))
        return hr;
    return ChangeServiceConfigW(service, SERVICE_NO_CHANGE,
                                automatic ? SERVICE_AUTO_START : SERVICE_DEMAND_START,
                                SERVICE_NO_CHANGE, NULL, NULL, NULL, after, NULL, NULL, NULL)
               ? HR_OK
               : hresult_last();
}

static int32_t remove_service(services_port *port, const char *name)
{
    CLEANUP(service) SC_HANDLE service = NULL;
    int32_t hr = open_service(port, name, DELETE, &service);

    if (HR_FAILED(hr))
        return hr;
    return DeleteService(service) ? HR_OK : hresult_last();
}

/* ---- looking ---- */

static service_state state_of(DWORD state)
{
    switch (state) {
    case SERVICE_STOPPED:
        return SERVICE_AT_REST;
    case SERVICE_START_PENDING:
        return SERVICE_BEGINNING;
    case SERVICE_STOP_PENDING:
        return SERVICE_ENDING;
    default:
        return SERVICE_WORKING;
    }
}

/* Its configuration has no size that is known before. */
static int32_t read_config(SC_HANDLE service, service_info *out)
{
    cleanup_free QUERY_SERVICE_CONFIGW *config = NULL;
    DWORD size = 0;

    if (!QueryServiceConfigW(service, NULL, 0, &size) &&
        GetLastError() != ERROR_INSUFFICIENT_BUFFER)
        return hresult_last();
    config = malloc(size);
    if (!config)
        return HR_OUT_OF_MEMORY;
    if (!QueryServiceConfigW(service, config, size, &size))
        return hresult_last();
    out->automatic = config->dwStartType == SERVICE_AUTO_START;
    out->command_line = utf8_from_wide(config->lpBinaryPathName ? config->lpBinaryPathName : L"");
    return out->command_line ? HR_OK : HR_OUT_OF_MEMORY;
}

/*
 * The manager hears of the death of a process a little later (Wine's, when it is asked for the next
 * start), and says until then that the service runs.
 */
static void look_at_process(service_info *info)
{
    cleanup_handle HANDLE process = info->pid ? OpenProcess(SYNCHRONIZE, FALSE, info->pid) : NULL;
    const bool gone = info->pid && !process && GetLastError() == ERROR_INVALID_PARAMETER;

    if (!gone && !(process && WaitForSingleObject(process, 0) == WAIT_OBJECT_0))
        return;
    info->state = SERVICE_AT_REST;
    info->pid = 0;
}

static int32_t query(services_port *port, const char *name, service_info *out)
{
    cleanup_service_info service_info info = {0};
    CLEANUP(service) SC_HANDLE service = NULL;
    SERVICE_STATUS_PROCESS status;
    DWORD size;
    int32_t hr = open_service(port, name, SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG, &service);

    if (HR_FAILED(hr))
        return hr;
    if (!QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, (BYTE *)&status, sizeof(status),
                              &size))
        return hresult_last();
    hr = read_config(service, &info);
    if (HR_FAILED(hr))
        return hr;
    info.name = text_copy(name);
    if (!info.name)
        return HR_OUT_OF_MEMORY;
    info.state = state_of(status.dwCurrentState);
    info.pid = status.dwProcessId;
    info.exit_code = status.dwWin32ExitCode == ERROR_SERVICE_SPECIFIC_ERROR
                         ? status.dwServiceSpecificExitCode
                         : status.dwWin32ExitCode;
    look_at_process(&info);
    *out = info;
    info = (service_info){0};
    return HR_OK;
}

typedef struct found {
    service_info *items;
    size_t count;
} found;

static int32_t add_service(services_port *port, const char *name, found *out)
{
    service_info *grown = realloc(out->items, (out->count + 1) * sizeof(*grown));
    int32_t hr;

    if (!grown)
        return HR_OUT_OF_MEMORY;
    out->items = grown;
    grown[out->count] = (service_info){0};
    hr = query(port, name, &grown[out->count]);
    if (HR_SUCCEEDED(hr))
        out->count++;
    return hr == HR_SERVICE_DOES_NOT_EXIST ? HR_OK : hr;
}

static int32_t add_those(services_port *port, const char *prefix,
                         const ENUM_SERVICE_STATUS_PROCESSW *services, DWORD count, found *out)
{
    for (DWORD i = 0; i < count; i++) {
        cleanup_free char *name = utf8_from_wide(services[i].lpServiceName);
        int32_t hr = name ? HR_OK : HR_OUT_OF_MEMORY;

        if (name && text_starts_with(name, prefix))
            hr = add_service(port, name, out);
        if (HR_FAILED(hr))
            return hr;
    }
    return HR_OK;
}

/* They come in pieces: `resume` tells the service where to go on. */
static int32_t list_all(services_port *port, const char *prefix, found *out)
{
    DWORD resume = 0;
    DWORD size = 0;
    BOOL all = FALSE;

    while (!all) {
        cleanup_free void *block = malloc((size_t)size + 1);
        DWORD count = 0;
        DWORD more = 0;
        int32_t hr;

        if (!block)
            return HR_OUT_OF_MEMORY;
        all =
            EnumServicesStatusExW(manager_of(port), SC_ENUM_PROCESS_INFO, SERVICE_WIN32_OWN_PROCESS,
                                  SERVICE_STATE_ALL, block, size, &more, &count, &resume, NULL);
        if (!all && GetLastError() != ERROR_MORE_DATA)
            return hresult_last();
        hr = add_those(port, prefix, block, count, out);
        if (HR_FAILED(hr))
            return hr;
        size = more < 65536 ? 65536 : more;
    }
    return HR_OK;
}

static int32_t list(services_port *port, const char *prefix, service_info **out, size_t *count)
{
    found all = {NULL, 0};
    int32_t hr = list_all(port, prefix, &all);

    if (HR_FAILED(hr)) {
        service_infos_free(all.items, all.count);
        return hr;
    }
    *out = all.items;
    *count = all.count;
    return HR_OK;
}

static void free_port(services_port *port)
{
    CloseServiceHandle(manager_of(port));
    free(port);
}

/* Who may not make services may look at them all the same, and learns from each call what he may.
 */
static int32_t open_manager(SC_HANDLE *out)
{
    const DWORD looks = SC_MANAGER_CONNECT | SC_MANAGER_ENUMERATE_SERVICE;

    *out = OpenSCManagerW(NULL, NULL, looks | SC_MANAGER_CREATE_SERVICE);
    if (!*out && GetLastError() == ERROR_ACCESS_DENIED)
        *out = OpenSCManagerW(NULL, NULL, looks);
    return *out ? HR_OK : hresult_last();
}

int32_t services_port_open(services_port **out)
{
    static const services_port calls = {.create = create,
                                        .start = start,
                                        .set_automatic = set_automatic,
                                        .query = query,
                                        .remove = remove_service,
                                        .list = list,
                                        .free = free_port};
    struct services *made = calloc(1, sizeof(*made));
    int32_t hr;

    if (!made)
        return HR_OUT_OF_MEMORY;
    made->port = calls;
    hr = open_manager(&made->manager);
    if (HR_FAILED(hr)) {
        free(made);
        return hr;
    }
    *out = &made->port;
    return HR_OK;
}

/* ---- what a service would run ---- */

#define CHANGES (DELETE | WRITE_DAC | WRITE_OWNER)

/* What cannot be asked is exposed: a file system that keeps no owners. */
static bool is_exposed(const wchar_t *path, DWORD rights)
{
    bool exposed = true;

    return HR_FAILED(security_exposes(path, rights | CHANGES, &exposed)) || exposed;
}

/* Beside the executable lie DLLs that it would load; above it, a folder can be exchanged. Who may
 * put a link or a mount in the place of a folder may exchange it. */
static bool executable_exposed(char **where)
{
    cleanup_free wchar_t *given = self_path();
    cleanup_free wchar_t *path = self_final_path();
    DWORD rights = FILE_WRITE_DATA | FILE_APPEND_DATA;
    bool exposed = !path || is_exposed(path, rights);
    wchar_t *end = exposed ? NULL : wcsrchr(path, L'\\');

    rights = FILE_ADD_FILE | FILE_DELETE_CHILD;
    while (end && !exposed) {
        const wchar_t *first = wcschr(path, L'\\');

        end[end == first] = L'\0'; /* "C:\" keeps its backslash */
        exposed = is_exposed(path, rights);
        rights = FILE_DELETE_CHILD;
        end = exposed || end == first ? NULL : wcsrchr(path, L'\\');
    }
    if (exposed && (path || given))
        *where = utf8_from_wide(path ? path : given);
    return exposed;
}

/* What a container mounts and runs stands in files there: of these a LocalSystem makes the truth.
 */
static bool root_exposed(const char *root, char **where)
{
    cleanup_free wchar_t *path = wide_from_utf8(root);

    if (path && !is_exposed(path, FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_DELETE_CHILD))
        return false;
    *where = text_copy(root);
    return true;
}

bool service_exposed(const char *root, char **where)
{
    return executable_exposed(where) || root_exposed(root, where);
}
