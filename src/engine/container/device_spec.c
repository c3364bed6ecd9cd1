/* SPDX-License-Identifier: MIT */
/* Forms and words: moby daemon/oci_windows.go, setupWindowsDevices. */
#include "engine/container/device_spec.h"

#include <string.h>

#include "base/error.h"
#include "base/guid.h"
#include "base/text.h"

static const char *class_of(const char *device)
{
    static const char *const forms[] = {"class/", "class://", "vpci-class-guid://"};
    const char *class = NULL;

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (text_starts_with(device, forms[i])) /* the longest of those that fit */
            class = device + strlen(forms[i]);
    }
    return class;
}

static wcow_status parse(const char *device, string_list *out, wcow_error *err)
{
    const char *class = class_of(device);
    guid unused;

    if (!class) {
        error_set(err, WCOW_INVALID,
                  "invalid device assignment path: '%s', must be 'class/ID' or 'IDType://ID'",
                  device);
        error_hint(err, "Windows gives containers classes of devices: --device class/GUID, "
                        "IDType is class or vpci-class-guid");
        return WCOW_INVALID;
    }
    if (!guid_parse(class, &unused))
        return error_set(err, WCOW_INVALID,
                         "invalid device assignment path: '%s': a class of devices is a GUID like "
                         "86E0D1E0-8089-11D0-9CE4-08003E301F73",
                         device);
    return string_list_add(out, class) ? WCOW_OK : error_no_memory(err);
}

wcow_status device_classes_parse(const char *const *devices, string_list *out, wcow_error *err)
{
    for (; devices && *devices; devices++) {
        wcow_status status = parse(*devices, out, err);

        if (status)
            return status;
    }
    return WCOW_OK;
}
