/* SPDX-License-Identifier: MIT */
/* Volume GUID paths: the folder in which the service keeps the volume of a container. */
#include "nt_hooks.h"

#include <stdlib.h>
#include <wchar.h>

#define PREFIX       L"\\??\\Volume{"
#define PREFIX_UNITS 11u
#define GUID_UNITS   36u
#define FOLDER       L"\\??\\C:\\hcssim\\volumes\\"
#define FOLDER_UNITS 22u

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

const OBJECT_ATTRIBUTES *volume_name_resolve(volume_name *v, const OBJECT_ATTRIBUTES *object)
{
    const UNICODE_STRING *name = object->ObjectName;
    size_t rest;

    if (object->RootDirectory || !is_volume(name))
        return object;
    rest = name->Length / sizeof(WCHAR) - (PREFIX_UNITS + GUID_UNITS + 1);
    v->buffer = calloc(FOLDER_UNITS + GUID_UNITS + rest + 1, sizeof(WCHAR));
    if (!v->buffer)
        return object;
    wmemcpy(v->buffer, FOLDER, FOLDER_UNITS);
    wmemcpy(v->buffer + FOLDER_UNITS, name->Buffer + PREFIX_UNITS, GUID_UNITS);
    v->name.Buffer = v->buffer;
    v->name.Length = (USHORT)((FOLDER_UNITS + GUID_UNITS) * sizeof(WCHAR));
    v->name.MaximumLength = v->name.Length;
    v->object = *object;
    v->object.ObjectName = &v->name;
    if (!exists(&v->object))
        return object; /* a volume of Wine's own */
    wmemcpy(v->buffer + FOLDER_UNITS + GUID_UNITS, name->Buffer + PREFIX_UNITS + GUID_UNITS + 1,
            rest);
    v->name.Length = (USHORT)(v->name.Length + rest * sizeof(WCHAR));
    v->name.MaximumLength = v->name.Length;
    return &v->object;
}

void volume_name_free(volume_name *v)
{
    free(v->buffer);
}
