#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The export tables of the simulated host's DLLs, against the lists of what the real ones export.

usage: test_exports.py OBJDUMP FOLDER
"""

import re
import subprocess
import sys

SYSTEMS = """
HcsEnumerateComputeSystems HcsCreateComputeSystem HcsOpenComputeSystem HcsCloseComputeSystem
HcsStartComputeSystem HcsShutdownComputeSystem HcsTerminateComputeSystem HcsPauseComputeSystem
HcsResumeComputeSystem HcsSaveComputeSystem HcsGetComputeSystemProperties HcsModifyComputeSystem
HcsRegisterComputeSystemCallback HcsUnregisterComputeSystemCallback
"""
PROCESSES = """
HcsCreateProcess HcsOpenProcess HcsCloseProcess HcsTerminateProcess HcsGetProcessInfo
HcsGetProcessProperties HcsModifyProcess HcsRegisterProcessCallback HcsUnregisterProcessCallback
"""
STORAGE = """
ActivateLayer CopyLayer CreateLayer CreateSandboxLayer ExpandSandboxSize DeactivateLayer DestroyLayer
ExportLayer GetLayerMountPath GetBaseImages ImportLayer LayerExists NameToGuid PrepareLayer
UnprepareLayer ProcessBaseImage ProcessUtilityImage GrantVmAccess HNSCall
"""
SINCE_17763 = "HcsSignalProcess HcsModifyServiceSettings HcsGetServiceProperties"
VIRTDISK = """
AttachVirtualDisk CreateVirtualDisk DetachVirtualDisk ExpandVirtualDisk GetVirtualDiskInformation
GetVirtualDiskPhysicalPath OpenVirtualDisk SetVirtualDiskInformation
"""
NOUNS = "Enumerate{0}s Create{0} Open{0} Modify{0} Query{0}Properties Delete{0} Close{0}"
NETWORK = [f"Hcn{call}" for noun in ("Network", "Namespace", "Endpoint") for call in NOUNS.format(noun).split()]
OFFREG = "ORCloseHive ORCreateHive OROpenHive ORSaveHive"  # of them, what is needed

OLD = (SYSTEMS + PROCESSES + STORAGE).split()
EXPECTED = {
    "vmcompute.dll": OLD + SINCE_17763.split(),
    "vmcompute-14393.dll": OLD,
    "virtdisk.dll": VIRTDISK.split(),
    "computenetwork.dll": NETWORK,  # of them, what is needed
    "offreg.dll": OFFREG.split() + ["ORMergeHives"],
    "offreg-17763.dll": OFFREG.split(),
}


def exports(objdump, path):
    text = subprocess.run([objdump, "-p", path], check=True, capture_output=True, text=True).stdout
    table = text.split("[Ordinal/Name Pointer] Table", 1)[1]
    return re.findall(r"^\s*\[\s*\d+\](?: \+base\[\s*\d+\])?\s+(?:[0-9a-f]+ )?(\w+)$", table, re.M)


def main():
    objdump, folder = sys.argv[1:]
    wrong = 0
    for name, expected in EXPECTED.items():
        found = exports(objdump, f"{folder}/{name}")
        missing, more = set(expected) - set(found), set(found) - set(expected)
        print(f"{name}: {len(found)} exports")
        if missing or more or len(found) != len(expected):
            print(f"  missing: {sorted(missing)}\n  too many: {sorted(more)}")
            wrong += 1
    sys.exit(wrong)


if __name__ == "__main__":
    main()
