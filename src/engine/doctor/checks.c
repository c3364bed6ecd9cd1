/* SPDX-License-Identifier: MIT */
/* The doctor's checks, in the order in which they are told: what comes first explains the rest. */
#include "engine/doctor/doctor.h"

/* clang-format off */
const doctor_check doctor_checks[] = {
    {"elevation", "may this process use the Host Compute Service?", LANE_NONE, false, check_elevation, NULL},
    {"windows", "does this Windows have containers?", LANE_NONE, false, check_windows, NULL},
    {"containers", "is the feature Containers installed?", LANE_MANAGER, false, check_containers, NULL},
    {"exports", "does vmcompute.dll have every call that wcow makes on this build?", LANE_NONE, false, check_exports, NULL},
    {"compute", "does the Host Compute Service (vmcompute) answer?", LANE_SERVICE, true, check_compute, fix_compute},
    {"hyper-v", "can containers have a kernel of their own (--isolation hyperv)?", LANE_MANAGER, false, check_hyperv, NULL},
    {"hns", "does the Host Network Service (hns) answer?", LANE_NETWORK, true, check_network_service, fix_network_service},
    {"network", "is there a default network, and which subnet does it have?", LANE_NETWORK, true, check_network, NULL},
    {"dns", "are names of registries resolved?", LANE_NONE, false, check_dns, NULL},
    {"clock", "is the clock right?", LANE_NONE, false, check_clock, NULL},
    {"program", "can only administrators replace wcow.exe?", LANE_NONE, false, check_program, NULL},
    {"root", "does wcow's folder belong to an administrator?", LANE_NONE, false, check_root, NULL},
    {"settings", "can daemon.json be read, and does all in it count?", LANE_NONE, false, check_settings, NULL},
    {"store", "can the lists of images and networks be read?", LANE_NONE, false, check_store, NULL},
    {"disk", "is there room for layers?", LANE_NONE, false, check_disk, NULL},
    {"file-system", "can layers be on this file system?", LANE_NONE, false, check_file_system, NULL},
    {"defender", "does Defender leave wcow's folder alone?", LANE_MANAGER, true, check_defender, NULL},
    {"filters", "do drivers of others look into files?", LANE_NONE, true, check_filters, NULL},
    {"damaged", "can the files of all containers be read?", LANE_NONE, false, check_damaged, NULL},
    {"monitors", "have monitors died and left their containers?", LANE_NONE, false, check_lost, fix_leftovers},
    {"systems", "are there compute systems that nobody watches?", LANE_SERVICE, true, check_systems, fix_leftovers},
    {"endpoints", "are there endpoints that no container uses?", LANE_NETWORK, true, check_endpoints, fix_leftovers},
    {"namespaces", "are there network namespaces that no container uses?", LANE_NETWORK, true, check_namespaces, fix_leftovers},
    {"services", "are there services of monitors whose container is gone?", LANE_MANAGER, false, check_services, fix_services},
    {"scratches", "are disks of resting containers mounted?", LANE_NONE, false, check_scratches, fix_leftovers},
    {"folders", "are there folders of half-made containers?", LANE_NONE, false, check_folders, fix_leftovers},
    {"layers", "are there layers of broken imports and removals?", LANE_NONE, false, check_layers, fix_layers},
    {0},
};
/* clang-format on */
