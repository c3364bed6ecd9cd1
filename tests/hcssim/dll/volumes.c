/* SPDX-License-Identifier: MIT */
/*
 * Volume GUID paths: the folder in which the service keeps the volume of a container, and a drive
 * of the host, since Wine opens nothing below the name of one. containerd's CRI names mounts so.
 */
#include "nt_hooks.h"

#include <stdlib.h>
#include <wchar.h>

#define PREFIX       L"\\??\\Volume{"
#define PREFIX_UNITS 11u
#define GUID_UNITS   36u
#define FOLDER       L"\\??\\C:\\hcssim\\volumes\\"
#define FOLDER_UNITS 22u
#define DRIVE_AT     4u /* behind \??\ */

_Static_assert(sizeof(PREFIX) == (PREFIX_UNITS + 1) * sizeof(WCHAR), "PREFIX");
_Static_assert(sizeof(FOLDER) == (FOLDER_UNITS + 1) * sizeof(WCHAR), "FOLDER");

/* With a separator behind it, or nothing: then it is the device, whose handle is the root's here.
 */
static bool is_volume(const UNICODE_STRING *name)
{
    const size_t end = PREFIX_UNITS + GUID_UNITS;
    const size_t units = name ? name->Length / sizeof(WCHAR) : 0;

    return units > end && _wcsnicmp(name->Buffer, PREFIX, PREFIX_UNITS) == 0 &&
           name->Buffer[end] == L'}' && (units == end + 1 || name->Buffer[end + 1] == L'\\');
}

bool volume_name_is_device(const UNICODE_STRING *name)
{
    return is_volume(name) && name->Length / sizeof(WCHAR) == PREFIX_UNITS + GUID_UNITS + 1;
}

static bool exists(const OBJECT_ATTRIBUTES *object)
{
    BYTE info[40]; /* FILE_BASIC_INFORMATION */

    return nt.query_attributes(object, info) >= 0;
}

/* The drive that has this GUID; false: none. */
static bool drive_of(const wchar_t *guid, wchar_t *letter)
{
    wchar_t found[64];

    for (*letter = L'A'; *letter <= L'Z'; ++*letter) {
        const wchar_t root[] = {*letter, L':', L'\\', 0};

        if (GetVolumeNameForVolumeMountPointW(root, found, 64) &&
            _wcsnicmp(found + PREFIX_UNITS, guid, GUID_UNITS) == 0)
            return true;
    }
    return false;
}

static void use_name(volume_name *v, size_t units)
{
    v->name.Buffer = v->buffer;
    v->name.Length = (USHORT)(units * sizeof(WCHAR));
    v->name.MaximumLength = v->name.Length;
    v->object.ObjectName = &v->name;
}

const OBJECT_ATTRIBUTES *volume_name_resolve(volume_name *v, const OBJECT_ATTRIBUTES *object)
{
    const UNICODE_STRING *name = object->ObjectName;
    const WCHAR *behind;
    size_t root = FOLDER_UNITS + GUID_UNITS, rest;

    if (object->RootDirectory || !is_volume(name))
        return object;
    behind = name->Buffer + PREFIX_UNITS + GUID_UNITS + 1;
    rest = name->Length / sizeof(WCHAR) - (PREFIX_UNITS + GUID_UNITS + 1);
    v->buffer = calloc(root + rest + 1, sizeof(WCHAR));
    if (!v->buffer)
        return object;
    wmemcpy(v->buffer, FOLDER, FOLDER_UNITS);
    wmemcpy(v->buffer + FOLDER_UNITS, name->Buffer + PREFIX_UNITS, GUID_UNITS);
    v->object = *object;
    use_name(v, root);
    if (!exists(&v->object)) {
        if (!rest || !drive_of(name->Buffer + PREFIX_UNITS, &v->buffer[DRIVE_AT]))
            return object;
        v->buffer[DRIVE_AT + 1] = L':';
        root = DRIVE_AT + 2;
    }
    wmemcpy(v->buffer + root, behind, rest);
    use_name(v, root + rest);
    return &v->object;
}

void volume_name_free(volume_name *v)
{
    free(v->buffer);
}
