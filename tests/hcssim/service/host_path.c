/* SPDX-License-Identifier: MIT */
/*
 * Names of the host's files. The service is no client of its own DLL, so volumes are not resolved
 * by its hooks here; and Wine has no Unix name for a path that begins with a volume.
 */
#include "host_path.h"

#include <stdbool.h>
#include <wchar.h>

#include "wide.h"

#define VOLUME       L"\\\\?\\Volume{"
#define VOLUME_UNITS 11u
#define NAME_UNITS   49u /* with the GUID, '}' and '\' */

/* The drive of a volume; false: it has none. */
static bool drive_of(const wchar_t *name, wchar_t drive[4])
{
    wchar_t found[64];

    for (wchar_t letter = L'A'; letter <= L'Z'; letter++) {
        wchar_t root[] = {letter, L':', L'\\', 0};

        if (GetVolumeNameForVolumeMountPointW(root, found, 64) &&
            _wcsnicmp(found, name, NAME_UNITS) == 0) {
            wmemcpy(drive, root, 4);
            return true;
        }
    }
    return false;
}

wchar_t *host_path(const char *path)
{
    wchar_t *wide = wide_from_utf8(path);
    wchar_t *named;
    wchar_t drive[4];

    if (!wide || wcslen(wide) < NAME_UNITS || _wcsnicmp(wide, VOLUME, VOLUME_UNITS) != 0 ||
        !drive_of(wide, drive))
        return wide;
    named = wide_format(L"%ls%ls", drive, wide + NAME_UNITS);
    free(wide);
    return named;
}
