/* SPDX-License-Identifier: MIT */
/* Images in events.log. */
#include "engine/image/image_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/host/host_stores.h"

/* "a=b" of a label as an attribute; its name is copied. */
static bool add_labels(const string_list *labels, string_list *names, event_attribute *out)
{
    for (size_t i = 0; i < labels->count; i++) {
        const char *label = labels->items[i];
        const char *equals = strchr(label, '=');
        const size_t length = equals ? (size_t)(equals - label) : strlen(label);

        if (!string_list_own(names, text_copy_bytes(label, length)))
            return false;
        out[i] = (event_attribute){names->items[i], equals ? equals + 1 : ""};
    }
    return true;
}

void image_event(wcow_host *host, const char *action, const char *id, const char *name)
{
    cleanup_image image *one = NULL;
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_free event_attribute *all = NULL;
    image_store images;
    size_t labels = 0;

    if (!host_images(host, &images, NULL) && !image_store_open(&images, id, &one, NULL))
        labels = one->config->labels.count;
    all = calloc(labels + 1, sizeof *all);
    if (!all || (one && !add_labels(&one->config->labels, &names, all + 1)))
        return;
    all[0] = (event_attribute){"name", name};
    event_note(host, "image", action, id, all, labels + 1);
}

void image_event_of(wcow_host *host, const char *action, const image_reference *reference)
{
    cleanup_free char *whole = reference_familiar(reference);
    cleanup_free char *name = reference_repository(reference);

    if (whole && name)
        image_event(host, action, whole, name);
}

void image_event_tag(wcow_host *host, const char *id, const image_reference *name)
{
    cleanup_free char *whole = name ? reference_familiar(name) : NULL;

    if (whole)
        image_event(host, "tag", id, whole);
}

void image_event_prune(wcow_host *host, uint64_t reclaimed)
{
    char bytes[24];

    snprintf(bytes, sizeof bytes, "%" PRIu64, reclaimed);
    event_note(host, "image", "prune", "", &(event_attribute){"reclaimed", bytes}, 1);
}
