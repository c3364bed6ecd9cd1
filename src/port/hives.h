/* SPDX-License-Identifier: MIT */
/**
 * Registry hives that are loaded nowhere: Windows' offline registry library, offreg.dll. A table,
 * so that tests can fail each call. Failures are HRESULTs (the library's Win32 codes made such).
 * Paths are UTF-8, absolute.
 */
#ifndef WCOW_PORT_HIVES_H
#define WCOW_PORT_HIVES_H

#include <stddef.h>
#include <stdint.h>

typedef struct hives_port hives_port;
typedef struct offline_hive offline_hive; /* a hive in memory: ORHKEY */

struct hives_port {
    /** A hive of nothing but an empty root key (ORCreateHive). */
    int32_t (*create)(hives_port *port, offline_hive **out);
    /** Reads and checks a file (OROpenHive). An empty one is HR_FROM_WIN32(1009), another that is
     * no hive HR_FROM_WIN32(1017). */
    int32_t (*open)(hives_port *port, const char *path, offline_hive **out);
    /**
     * What one sees through all of them, as one hive (ORMergeHives): the base first, then what was
     * changed of it. They stay the caller's. HR_PROC_NOT_FOUND before Windows Server 2022, whose
     * library is the first that can.
     */
    int32_t (*merge)(hives_port *port, offline_hive *const *hives, size_t count,
                     offline_hive **out);
    /**
     * Writes it to a file that must not exist: HR_ALREADY_EXISTS (ORSaveHive).
     *
     * @param major, minor  of the Windows whose format it shall have: 10, 0
     */
    int32_t (*save)(hives_port *port, offline_hive *hive, const char *path, uint32_t major,
                    uint32_t minor);
    /** Frees it, whatever it returns (ORCloseHive). */
    int32_t (*close)(hives_port *port, offline_hive *hive);
    void (*free)(hives_port *port);
};

/** Loads the library; HR_MODULE_NOT_FOUND on a host that has none. */
int32_t hives_port_open(hives_port **out);

#endif
