/* SPDX-License-Identifier: MIT */
/* Checks of wcow's folder: whose it is, its volume, and who else looks into its files. */
#include <string.h>

#include "base/error.h"
#include "engine/doctor/doctor.h"

#define GIB (UINT64_C(1) << 30)
#define DISK_LITTLE                                                                                \
    (10 * GIB) /* a Server Core image takes about 5 GB, and twice that to import                   \
                */
#define DISK_NOTHING GIB

void check_root(examination *x)
{
    wcow_error err = WCOW_ERROR_INIT;
    files_port *files = NULL;
    wcow_status status = host_files(x->host, &files, &err);

    if (!status)
        status = host_check_root(x->host, files, &err);
    if (status)
        found_error(x, WCOW_VERDICT_BROKEN, &err);
    else
        found(x, "yes: '%s'", x->host->root);
}

void check_disk(examination *x)
{
    uint64_t bytes = 0;
    const int32_t hr = x->ask->free_space(x->host->root, &bytes);

    if (HR_FAILED(hr)) {
        found_unknown(x, "GetDiskFreeSpaceEx", hr);
        return;
    }
    found(x, "%.1f GiB are free for '%s'", (double)bytes / (double)GIB, x->host->root);
    if (bytes < DISK_LITTLE)
        found_wrong(x, bytes < DISK_NOTHING ? WCOW_VERDICT_BROKEN : WCOW_VERDICT_WARNING,
                    "make room (wcow system df, wcow system prune -a), or use another volume "
                    "(--root, WCOW_ROOT)");
}

/* moby refuses ReFS for its windowsfilter; a Dev Drive is ReFS, too. */
void check_file_system(examination *x)
{
    survey_volume volume;
    uint32_t flags = 0;
    int32_t hr = x->ask->volume_of(x->host->root, &volume);

    if (HR_FAILED(hr)) {
        found_unknown(x, "GetVolumeInformation", hr);
        return;
    }
    hr = x->ask->volume_state(x->host->root, &flags);
    found(x, "%s%s", volume.file_system,
          HR_SUCCEEDED(hr) && flags & VOLUME_IS_DEV_DRIVE ? ", a Dev Drive" : "");
    if (strcmp(volume.file_system, "NTFS") != 0)
        found_wrong(x, WCOW_VERDICT_BROKEN,
                    "Windows' layers need NTFS: use a volume that has it (--root, WCOW_ROOT)");
}

/* ---- who looks into files ---- */

#define SERVICE_RUNS 4u

/* Whether a path is a folder or lies in it; case does not matter. */
static bool covers(const char *folder, const char *path)
{
    size_t length = strlen(folder);

    while (length && (folder[length - 1] == '\\' || folder[length - 1] == '*'))
        length--;
    if (!length || strlen(path) < length || (path[length] && path[length] != '\\'))
        return false;
    for (size_t i = 0; i < length; i++) {
        const char one[2] = {folder[i], '\0'};
        const char other[2] = {path[i], '\0'};

        if (!text_equal_ignore_case(one, other))
            return false;
    }
    return true;
}

/* Defender opens each file of a layer that is imported, and a scan holds files that are to go. */
void check_defender(examination *x)
{
    cleanup_strings string_list folders = STRING_LIST_INIT;
    uint32_t state = 0;
    int32_t hr = x->ask->service("WinDefend", &state);

    if (HR_FAILED(hr) || state != SERVICE_RUNS) {
        found(x, "Defender does not run");
        return;
    }
    hr = x->ask->exclusions(&folders);
    if (HR_FAILED(hr)) {
        found_unknown(x, "read Defender's exclusions", hr);
        return;
    }
    for (size_t i = 0; i < folders.count; i++) {
        if (covers(folders.items[i], x->host->root)) {
            found(x, "yes: '%s' is excluded", folders.items[i]);
            return;
        }
    }
    found(x, "it scans '%s': imports take longer, and may fail", x->host->root);
    found_wrong(x, WCOW_VERDICT_WARNING, "Add-MpPreference -ExclusionPath '%s'", x->host->root);
}

/*
 * Filters that Windows itself brings (learn.microsoft.com, "Allocated filter altitudes": those of
 * Microsoft that its editions load).
 */
static const char *const of_windows[] = {
    "applockerfltr", "AppvStrm",        "AppvVemgr",  "AppvVfs",   "bfs",         "bindflt",
    "CCFFilter",     "cimfs",           "CldFlt",     "CsvFlt",    "CsvNSFlt",    "Datascrn",
    "Dedup",         "DfsDriver",       "DfsrRo",     "FileCrypt", "FileInfo",    "FsDepends",
    "gameflt",       "iorate",          "luafv",      "MsSecFlt",  "npsvctrig",   "PrjFlt",
    "Quota",         "ResumeKeyFilter", "storqosflt", "svhdxflt",  "UCPD",        "UnionFS",
    "WcNFS",         "wcifs",           "WdFilter",   "WIMMount",  "WinSetupMon", "Wof",
    "WofAdk",        "UevAgentDriver",
};

static bool is_of_windows(const char *name)
{
    for (size_t i = 0; i < sizeof of_windows / sizeof of_windows[0]; i++)
        if (text_equal_ignore_case(of_windows[i], name))
            return true;
    return false;
}

/* Antivirus and backup: some open files of a layer in ways that make its import fail. */
void check_filters(examination *x)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    const int32_t hr = x->ask->filters(&names);
    size_t others = 0;

    if (HR_FAILED(hr)) {
        found_unknown(x, "FilterFindFirst", hr);
        return;
    }
    for (size_t i = 0; i < names.count; i++) {
        if (!is_of_windows(names.items[i]))
            found(x, "%s%s", others++ ? ", " : "file-system filters of others: ", names.items[i]);
    }
    if (!others) {
        found(x, "no: of %zu file-system filters all are Windows' own", names.count);
        return;
    }
    found_wrong(x, WCOW_VERDICT_WARNING,
                "exclude '%s' in their products; where imports fail, try without them",
                x->host->root);
}
