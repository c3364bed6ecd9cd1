/* SPDX-License-Identifier: MIT */
/* volume create. */
#include <stdlib.h>
#include <string.h>

#include <wcow/volume.h>

#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/container/id.h"
#include "engine/host/volume_store.h"
#include "port/clock.h"

/* Docker's words, which name the plugin twice. */
static wcow_status check(const wcow_volume_spec *spec, wcow_error *err)
{
    const char *name = spec->name ? spec->name : "";
    const char *driver = spec->driver && *spec->driver ? spec->driver : VOLUME_DRIVER;

    if (!text_equal(driver, VOLUME_DRIVER))
        return error_set(err, WCOW_INVALID,
                         "create %s: error looking up volume plugin %s: plugin \"%s\" not found: "
                         "wcow has volumes of the driver local",
                         name, driver, driver);
    if (spec->options && spec->options[0])
        return error_set(err, WCOW_INVALID,
                         "create %s: options are not supported on this platform: a volume is a "
                         "folder of wcow's; mount another one with -v C:\\folder:C:\\container",
                         name);
    for (const char *const *label = spec->labels; label && *label; label++)
        if (!**label || **label == '=')
            return error_set(err, WCOW_INVALID, "invalid label '%s': empty name", *label);
    return WCOW_OK;
}

/* The last of several that are equal counts; "key" alone is "key=". */
static bool take_labels(const char *const *given, string_list *out)
{
    size_t count = 0;

    while (given && given[count])
        count++;
    for (size_t i = 0; i < count; i++) {
        const size_t length = strcspn(given[i], "=");
        bool again = false;

        for (size_t n = i + 1; n < count; n++)
            again =
                again || (strcspn(given[n], "=") == length && !strncmp(given[n], given[i], length));
        if (!again && !string_list_own(out, given[i][length] ? text_copy(given[i])
                                                             : text_format("%s=", given[i])))
            return false;
    }
    string_list_sort(out);
    return true;
}

static wcow_status take(const wcow_volume_spec *spec, volume *v, wcow_error *err)
{
    char id[ID_LENGTH + 1];
    wcow_status status;

    v->anonymous = !spec->name || !*spec->name;
    v->created = clock_now();
    v->container = text_copy("");
    if (!v->container || !take_labels(spec->labels, &v->labels))
        return error_no_memory(err);
    if (!v->anonymous)
        return volume_name_take(spec->name, &v->name, err);
    status = id_make(id, err);
    if (!status && !(v->name = text_copy(id)))
        status = error_no_memory(err);
    return status;
}

wcow_status wcow_volume_create(wcow_host *host, const wcow_volume_spec *spec, char **name,
                               wcow_error *err)
{
    wcow_volume_spec wish = WCOW_VOLUME_SPEC_INIT;
    cleanup_volume volume *v = calloc(1, sizeof *v);
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    wcow_status status =
        v ? options_copy(&wish, sizeof wish, spec, "wcow_volume_spec", err) : error_no_memory(err);

    if (!status)
        status = check(&wish, err);
    if (!status)
        status = take(&wish, v, err);
    if (!status)
        status = catalog_lock(host, &lock, err);
    if (!status)
        status = volume_make(host, v, err);
    if (status)
        return status;
    *name = TAKE(v->name);
    return WCOW_OK;
}
