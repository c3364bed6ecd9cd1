/* SPDX-License-Identifier: MIT */
/*
 * netns.exe: network namespaces by the raw calls of computenetwork.dll, as containerd's CRI makes
 * them (no type, a schema version of zeros, an id of the service's choice), and nothing of wcow.
 *
 *   netns make         makes one, and prints its id
 *   netns show ID      prints its properties
 *   netns list         prints the ids of all
 *   netns delete ID    deletes it
 *
 * A failure is printed as a code with the record of the service; the exit code is 1 then.
 */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

static const wchar_t settings[] = L"{\"SchemaVersion\":{\"Major\":0,\"Minor\":0}}";
static const wchar_t question[] = L"{\"SchemaVersion\":{\"Major\":2,\"Minor\":0}}";

typedef HRESULT WINAPI create_call(const GUID *, PCWSTR, HANDLE *, PWSTR *);
typedef HRESULT WINAPI open_call(const GUID *, HANDLE *, PWSTR *);
typedef HRESULT WINAPI query_call(HANDLE, PCWSTR, PWSTR *, PWSTR *);
typedef HRESULT WINAPI enumerate_call(PCWSTR, PWSTR *, PWSTR *);
typedef HRESULT WINAPI delete_call(const GUID *, PWSTR *);
typedef HRESULT WINAPI close_call(HANDLE);

static HMODULE library;

#define EXPORT(type, name) ((type *)(void (*)(void))GetProcAddress(library, name))

static int tell(const char *call, HRESULT hr, PCWSTR record)
{
    if (SUCCEEDED(hr))
        return 0;
    printf("%s: 0x%08lX %ls\n", call, (unsigned long)hr, record ? record : L"");
    return 1;
}

static int query(HANDLE space, PWSTR *properties)
{
    PWSTR record = NULL;
    HRESULT hr =
        EXPORT(query_call, "HcnQueryNamespaceProperties")(space, question, properties, &record);

    return tell("HcnQueryNamespaceProperties", hr, record);
}

/* {"ID":"…",…} → … */
static void print_id(PCWSTR properties)
{
    const wchar_t *id = wcsstr(properties, L"\"ID\":\"");

    printf("%.36ls\n", id ? id + 6 : L"?");
}

static int make(void)
{
    const GUID zeros = {0};
    HANDLE space = NULL;
    PWSTR record = NULL;
    PWSTR properties = NULL;
    HRESULT hr = EXPORT(create_call, "HcnCreateNamespace")(&zeros, settings, &space, &record);
    int failed = tell("HcnCreateNamespace", hr, record);

    if (failed)
        return failed;
    failed = query(space, &properties);
    EXPORT(close_call, "HcnCloseNamespace")(space);
    if (!failed)
        print_id(properties);
    return failed;
}

static int show(const GUID *id)
{
    HANDLE space = NULL;
    PWSTR record = NULL;
    PWSTR properties = NULL;
    HRESULT hr = EXPORT(open_call, "HcnOpenNamespace")(id, &space, &record);
    int failed = tell("HcnOpenNamespace", hr, record);

    if (failed)
        return failed;
    failed = query(space, &properties);
    EXPORT(close_call, "HcnCloseNamespace")(space);
    if (!failed)
        printf("%ls\n", properties);
    return failed;
}

static int list(void)
{
    PWSTR found = NULL;
    PWSTR record = NULL;
    HRESULT hr = EXPORT(enumerate_call, "HcnEnumerateNamespaces")(question, &found, &record);
    int failed = tell("HcnEnumerateNamespaces", hr, record);

    if (!failed)
        printf("%ls\n", found);
    return failed;
}

static int delete_one(const GUID *id)
{
    PWSTR record = NULL;
    HRESULT hr = EXPORT(delete_call, "HcnDeleteNamespace")(id, &record);

    return tell("HcnDeleteNamespace", hr, record);
}

static int parse(const wchar_t *printed, GUID *out)
{
    unsigned long first;
    unsigned int second, third, rest[8];
    int count =
        swscanf(printed, L"%8lx-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &first, &second, &third,
                &rest[0], &rest[1], &rest[2], &rest[3], &rest[4], &rest[5], &rest[6], &rest[7]);

    out->Data1 = first;
    out->Data2 = (unsigned short)second;
    out->Data3 = (unsigned short)third;
    for (int i = 0; i < 8; i++)
        out->Data4[i] = (unsigned char)rest[i];
    return count == 11;
}

int wmain(int argc, wchar_t **argv);

int wmain(int argc, wchar_t **argv)
{
    GUID id = {0};

    library = LoadLibraryExW(L"computenetwork.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!library)
        return tell("computenetwork.dll", HRESULT_FROM_WIN32(GetLastError()), NULL);
    if (argc == 2 && wcscmp(argv[1], L"make") == 0)
        return make();
    if (argc == 2 && wcscmp(argv[1], L"list") == 0)
        return list();
    if (argc != 3 || !parse(argv[2], &id))
        return tell("usage: netns make | list | show ID | delete ID", E_INVALIDARG, NULL);
    return wcscmp(argv[1], L"show") == 0 ? show(&id) : delete_one(&id);
}
