/* SPDX-License-Identifier: MIT */
/*
 * hcsrun.exe [-v] [-t] [-m FOLDER] LAYER COMMAND…: runs a command in a container with the raw calls
 * of vmcompute.dll and nothing of wcow: the smallest client there is, and the proof that others
 * than wcow can use the DLL. LAYER is a folder with Files\ (and UtilityVM\Files\ for -v, Hyper-V
 * isolation); -t gives the command a console; -m maps a folder at C:\mapped, named by its volume as
 * containerd does. Its exit code is the command's.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <windows.h>

#include "client.h"

#define PENDING ((HRESULT)0xC0370103)

enum { SYSTEM_EXITED = 1, CREATE_COMPLETED = 2, START_COMPLETED = 3, PROCESS_EXITED = 0x10000 };

typedef HRESULT WINAPI export(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);

static HMODULE library;

/* Calls an export by name; unused parameters do no harm in this calling convention. */
static HRESULT call(const char *name, const void *a, const void *b, const void *c, const void *d,
                    const void *e)
{
    FARPROC found = GetProcAddress(library, name);
    export *function = (export *)(void (*)(void))found;
    HRESULT hr = HRESULT_FROM_WIN32(ERROR_PROC_NOT_FOUND);

    if (function)
        hr = function((uintptr_t)a, (uintptr_t)b, (uintptr_t)c, (uintptr_t)d, (uintptr_t)e);
    if (FAILED(hr) && hr != PENDING)
        fprintf(stderr, "hcsrun: %s: 0x%08lX\n", name, (unsigned long)hr);
    return hr;
}

/* ---- notifications ---- */

typedef struct waiting {
    HANDLE created, started, exited;
    HRESULT status;
} waiting;

static void CALLBACK notified(DWORD type, void *context, HRESULT status, PCWSTR data)
{
    waiting *w = context;

    (void)data;
    w->status = status;
    if (type == CREATE_COMPLETED)
        SetEvent(w->created);
    if (type == START_COMPLETED)
        SetEvent(w->started);
    if (type == SYSTEM_EXITED || type == PROCESS_EXITED)
        SetEvent(w->exited);
}

static void waiting_init(waiting *w)
{
    w->created = CreateEventW(NULL, TRUE, FALSE, NULL);
    w->started = CreateEventW(NULL, TRUE, FALSE, NULL);
    w->exited = CreateEventW(NULL, TRUE, FALSE, NULL);
}

/* ---- layers ---- */

typedef struct container {
    driver_info driver;
    layer_descriptor parent;
    bool hyperv, console, mounted;
    wchar_t id[32], base[512], scratch[600], volume[128];
    const wchar_t *mapped; /* NULL: nothing */
    HANDLE system;
    waiting waiting;
} container;

static bool there(const wchar_t *folder, const wchar_t *name)
{
    wchar_t path[700];

    swprintf(path, 700, L"%ls\\%ls", folder, name);
    return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

static bool mount(container *c)
{
    wchar_t utility[700];
    SIZE_T length = 128;

    swprintf(utility, 700, L"%ls\\UtilityVM", c->base);
    if (!there(c->base, L"layout") && FAILED(call("ProcessBaseImage", c->base, 0, 0, 0, 0)))
        return false;
    if (c->hyperv && !there(utility, L"SystemTemplate.vhdx") &&
        FAILED(call("ProcessUtilityImage", utility, 0, 0, 0, 0)))
        return false;
    if (FAILED(call("NameToGuid", wcsrchr(c->base, L'\\') + 1, &c->parent.id, 0, 0, 0)) ||
        FAILED(call("CreateSandboxLayer", &c->driver, c->scratch, NULL, &c->parent, (void *)1)))
        return false;
    if (c->hyperv)
        return true;
    if (FAILED(call("ActivateLayer", &c->driver, c->scratch, 0, 0, 0)))
        return false;
    c->mounted = SUCCEEDED(call("PrepareLayer", &c->driver, c->scratch, &c->parent, (void *)1, 0));
    if (!c->mounted) {
        call("DeactivateLayer", &c->driver, c->scratch, 0, 0, 0);
        return false;
    }
    return SUCCEEDED(call("GetLayerMountPath", &c->driver, c->scratch, &length, c->volume, 0));
}

static void unmount(container *c)
{
    if (c->mounted) {
        call("UnprepareLayer", &c->driver, c->scratch, 0, 0, 0);
        call("DeactivateLayer", &c->driver, c->scratch, 0, 0, 0);
    }
    call("DestroyLayer", &c->driver, c->scratch, 0, 0, 0);
}

/* ---- documents ---- */

static void add_escaped(wchar_t *to, const wchar_t *text)
{
    to += wcslen(to);
    for (; *text; text++) {
        if (*text == L'\\' || *text == L'"')
            *to++ = L'\\';
        *to++ = *text;
    }
    *to = 0;
}

/* "C:\folder" → "\\?\Volume{guid}\folder" */
static void describe_mapped(const wchar_t *folder, wchar_t *document)
{
    const wchar_t root[] = {folder[0], L':', L'\\', 0};
    wchar_t name[600] = L"";

    if (!GetVolumeNameForVolumeMountPointW(root, name, 64))
        fprintf(stderr, "hcsrun: %ls has no volume\n", root);
    wcscat(name, folder + 3);
    wcscat(document, L"\"MappedDirectories\":[{\"HostPath\":\"");
    add_escaped(document, name);
    wcscat(document, L"\",\"ContainerPath\":\"C:\\\\mapped\",\"ReadOnly\":false}],");
}

static void describe(const container *c, wchar_t document[8192])
{
    const BYTE *b = (const BYTE *)&c->parent.id;

    swprintf(document, 8192,
             L"{\"SystemType\":\"Container\",\"Name\":\"%ls\",\"Owner\":\"hcsrun\","
             L"\"TerminateOnLastHandleClosed\":true,\"HostName\":\"%ls\",",
             c->id, c->id);
    if (c->mapped)
        describe_mapped(c->mapped, document);
    wcscat(document, L"\"LayerFolderPath\":\"");
    add_escaped(document, c->scratch);
    swprintf(document + wcslen(document), 1024,
             L"\",\"Layers\":[{\"ID\":\"%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             L"%02x%02x%02x%02x%02x%02x\",\"Path\":\"",
             b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13],
             b[14], b[15]);
    add_escaped(document, c->base);
    if (c->hyperv) {
        wcscat(document, L"\"}],\"HvPartition\":true,\"HvRuntime\":{\"ImagePath\":\"");
        add_escaped(document, c->base);
        wcscat(document, L"\\\\UtilityVM\"}}");
    } else {
        wcscat(document, L"\"}],\"HvPartition\":false,\"VolumePath\":\"");
        add_escaped(document, c->volume);
        if (document[wcslen(document) - 1] == L'\\')
            document[wcslen(document) - 2] = 0; /* v1 documents have it without the last \ */
        wcscat(document, L"\"}");
    }
}

/* ---- the container ---- */

static void show(PWSTR result)
{
    if (result)
        fprintf(stderr, "hcsrun: %ls\n", result);
}

static bool done(HRESULT hr, HANDLE event, const waiting *w)
{
    if (hr != PENDING)
        return SUCCEEDED(hr);
    if (WaitForSingleObject(event, 120000) != WAIT_OBJECT_0)
        return false;
    if (FAILED(w->status))
        fprintf(stderr, "hcsrun: notified of 0x%08lX\n", (unsigned long)w->status);
    return SUCCEEDED(w->status);
}

static bool start(container *c)
{
    wchar_t document[8192];
    HANDLE callback = NULL;
    PWSTR result = NULL;
    HRESULT hr;

    describe(c, document);
    hr = call("HcsCreateComputeSystem", c->id, document, NULL, &c->system, &result);
    show(result);
    if (!c->system)
        return false;
    call("HcsRegisterComputeSystemCallback", c->system, (void *)(uintptr_t)notified, &c->waiting,
         &callback, 0);
    if (!done(hr, c->waiting.created, &c->waiting))
        return false;
    result = NULL;
    hr = call("HcsStartComputeSystem", c->system, L"", &result, 0, 0);
    show(result);
    return done(hr, c->waiting.started, &c->waiting);
}

static void stop(container *c)
{
    PWSTR result = NULL;

    if (!c->system)
        return;
    if (call("HcsTerminateComputeSystem", c->system, L"", &result, 0, 0) == PENDING)
        WaitForSingleObject(c->waiting.exited, 60000);
    call("HcsCloseComputeSystem", c->system, 0, 0, 0, 0);
}

/* ---- the process ---- */

typedef struct pump {
    HANDLE from, to;
} pump;

/* From or to an overlapped handle of the service, to or from a handle of this process. */
static DWORD WINAPI pump_run(void *argument)
{
    const pump *p = argument;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    char bytes[4096];

    for (;;) {
        OVERLAPPED read = {.hEvent = event}, write = {.hEvent = event};
        DWORD got = 0, put = 0;

        if (!ReadFile(p->from, bytes, sizeof(bytes), NULL, &read) &&
            GetLastError() != ERROR_IO_PENDING)
            break;
        if (!GetOverlappedResult(p->from, &read, &got, TRUE) || !got)
            break;
        write.Offset = write.OffsetHigh = MAXDWORD; /* append, where it is a file */
        if (!WriteFile(p->to, bytes, got, NULL, &write) && GetLastError() != ERROR_IO_PENDING)
            break;
        if (!GetOverlappedResult(p->to, &write, &put, TRUE))
            break;
    }
    CloseHandle(event);
    return 0;
}

static DWORD WINAPI feed(void *argument)
{
    const pump *p = argument;
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    char bytes[4096];
    DWORD got;

    while (ReadFile(p->from, bytes, sizeof(bytes), &got, NULL) && got) {
        OVERLAPPED write = {.hEvent = event};
        DWORD put;

        if (!WriteFile(p->to, bytes, got, NULL, &write) && GetLastError() != ERROR_IO_PENDING)
            break;
        if (!GetOverlappedResult(p->to, &write, &put, TRUE))
            break;
    }
    CloseHandle(p->to);
    CloseHandle(event);
    return 0;
}

static DWORD exit_code(HANDLE process)
{
    PWSTR properties = NULL, result = NULL;
    const wchar_t *found;

    call("HcsGetProcessProperties", process, &properties, &result, 0, 0);
    found = properties ? wcsstr(properties, L"\"ExitCode\":") : NULL;
    return found ? wcstoul(found + 11, NULL, 10) : 126;
}

static DWORD run(container *c, const wchar_t *command)
{
    wchar_t document[8192] = L"{\"CommandLine\":\"";
    process_information info = {0};
    waiting ended = {0};
    HANDLE process = NULL, callback = NULL, threads[2] = {0};
    pump in = {GetStdHandle(STD_INPUT_HANDLE), NULL}, out = {0}, err = {0};
    PWSTR result = NULL;
    HRESULT hr;

    add_escaped(document, command);
    wcscat(document, L"\",\"WorkingDirectory\":\"C:\\\\\",\"CreateStdInPipe\":true,");
    wcscat(document, c->console ? L"\"EmulateConsole\":true,\"ConsoleSize\":[30,100],"
                                : L"\"CreateStdErrPipe\":true,");
    wcscat(document, L"\"CreateStdOutPipe\":true}");
    hr = call("HcsCreateProcess", c->system, document, &info, &process, &result);
    show(result);
    if (FAILED(hr))
        return hr == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ? 127 : 126;
    fprintf(stderr, "hcsrun: process %lu\n", info.pid);
    waiting_init(&ended);
    call("HcsRegisterProcessCallback", process, (void *)(uintptr_t)notified, &ended, &callback, 0);
    in.to = info.in;
    out = (pump){info.out, GetStdHandle(STD_OUTPUT_HANDLE)};
    err = (pump){info.err, GetStdHandle(STD_ERROR_HANDLE)};
    CreateThread(NULL, 0, feed, &in, 0, NULL);
    threads[0] = CreateThread(NULL, 0, pump_run, &out, 0, NULL);
    if (info.err)
        threads[1] = CreateThread(NULL, 0, pump_run, &err, 0, NULL);
    WaitForSingleObject(ended.exited, INFINITE);
    WaitForMultipleObjects(info.err ? 2 : 1, threads, TRUE, 5000);
    call("HcsUnregisterProcessCallback", callback, 0, 0, 0, 0);
    hr = (HRESULT)exit_code(process);
    call("HcsCloseProcess", process, 0, 0, 0, 0);
    return (DWORD)hr;
}

static DWORD release(const wchar_t *scratch)
{
    container c = {.driver = {1, L""}, .mounted = true};

    wcscpy(c.scratch, scratch);
    unmount(&c);
    return 0;
}

static int usage(void)
{
    fputs("usage: hcsrun [-v] [-t] [-m FOLDER] LAYER COMMAND...\n", stderr);
    return 125;
}

int wmain(int argc, wchar_t **argv);

/* False if that cannot be. */
static bool describe_container(container *c, const wchar_t *layer)
{
    if (!wcschr(layer, L'\\') || wcslen(layer) > 500)
        return false;
    wcscpy(c->base, layer);
    swprintf(c->id, 32, L"hcsrun-%lu", GetCurrentProcessId());
    swprintf(c->scratch, 600, L"%ls-%ls", c->base, c->id);
    c->parent.path = c->base;
    waiting_init(&c->waiting);
    return true;
}

int wmain(int argc, wchar_t **argv)
{
    container c = {.driver = {1, L""}};
    wchar_t command[4096] = L"";
    DWORD code = 125;
    int at = 1;

    library = LoadLibraryExW(L"vmcompute.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!library)
        return 125;
    if (argc == 3 && wcscmp(argv[1], L"--release") == 0)
        ExitProcess(release(argv[2]));
    for (; at < argc && argv[at][0] == L'-'; at++) {
        c.hyperv |= wcscmp(argv[at], L"-v") == 0;
        c.console |= wcscmp(argv[at], L"-t") == 0;
        if (wcscmp(argv[at], L"-m") == 0 && at + 1 < argc && wcslen(argv[at + 1]) < 500)
            c.mapped = argv[++at];
    }
    if (argc - at < 2 || !describe_container(&c, argv[at]))
        return usage();
    for (int i = at + 1; i < argc; i++)
        swprintf(command + wcslen(command), 1024, i > at + 1 ? L" %ls" : L"%ls", argv[i]);
    if (mount(&c) && start(&c))
        code = run(&c, command);
    stop(&c);
    unmount(&c);
    ExitProcess(code);
}
