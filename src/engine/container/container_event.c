/* SPDX-License-Identifier: MIT */
/* Containers in events.log. */
#include "engine/container/container_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/host/volume_store.h"
#include "hcs/signals.h"
#include "port/clock.h"

/* Labels are attributes, too; "a=b" becomes an attribute in place: `a` is cut out of its copy. */
static size_t add_labels(string_list *labels, event_attribute *out)
{
    size_t count = 0;

    for (size_t i = 0; i < labels->count; i++) {
        char *equals = strchr(labels->items[i], '=');

        if (equals)
            *equals = '\0';
        out[count++] = (event_attribute){labels->items[i], equals ? equals + 1 : ""};
    }
    return count;
}

static bool copy_list(const string_list *from, string_list *out)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!string_list_add(out, from->items[i]))
            return false;
    }
    return true;
}

void container_event(wcow_host *host, const record *r, const char *action,
                     const event_attribute *more, size_t count)
{
    cleanup_strings string_list labels = STRING_LIST_INIT;
    cleanup_free event_attribute *all = calloc(count + 2 + r->labels.count, sizeof *all);
    size_t filled = 0;

    if (!all || !copy_list(&r->labels, &labels))
        return;
    for (; filled < count; filled++)
        all[filled] = more[filled];
    all[filled++] = (event_attribute){"image", *r->image ? r->image : NULL};
    all[filled++] = (event_attribute){"name", r->name};
    filled += add_labels(&labels, all + filled);
    event_note(host, "container", action, r->id, all, filled);
}

void container_event_of(wcow_host *host, const char *id, const char *action,
                        const event_attribute *more, size_t count)
{
    cleanup_record record *r = NULL;

    if (!record_read(host, id, &r, NULL))
        container_event(host, r, action, more, count);
}

void container_event_signal(wcow_host *host, const record *r, const char *signal)
{
    const long number = signal_number(signal);
    char digits[24];
    const event_attribute more = {"signal", number ? digits : signal};

    snprintf(digits, sizeof digits, "%ld", number);
    container_event(host, r, "kill", &more, 1);
}

void container_event_end(wcow_host *host, const char *id, uint32_t exit_code, int64_t started)
{
    char code[16];
    char seconds[24];
    const int64_t lasted = started ? (clock_now() - started) / 1000000000 : 0;
    const event_attribute more[] = {{"execDuration", seconds}, {"exitCode", code}};

    snprintf(code, sizeof code, "%" PRIu32, exit_code);
    snprintf(seconds, sizeof seconds, "%" PRId64, lasted > 0 ? lasted : 0);
    container_event_of(host, id, "die", more, sizeof more / sizeof more[0]);
}

void container_event_exec_end(wcow_host *host, const char *id, const char *exec, uint32_t exit_code)
{
    char code[16];
    const event_attribute more[] = {{"execID", exec}, {"exitCode", code}};

    snprintf(code, sizeof code, "%" PRIu32, exit_code);
    container_event_of(host, id, "exec_die", more, sizeof more / sizeof more[0]);
}

void container_event_exec_detach(wcow_host *host, const char *id, const char *exec)
{
    container_event_of(host, id, "exec_detach", &(event_attribute){"execID", exec}, 1);
}

void container_event_volumes(wcow_host *host, const record *r, bool mounted)
{
    for (size_t i = 0; i < r->points.count; i++) {
        const mount_spec *mount = &r->points.items[i];
        /* The last two are told of a mount alone. */
        const event_attribute attributes[] = {{"driver", VOLUME_DRIVER},
                                              {"container", r->id},
                                              {"destination", mount->destination},
                                              {"read/write", mount->read_only ? "false" : "true"}};

        if (mount->type == MOUNT_VOLUME)
            event_note(host, "volume", mounted ? "mount" : "unmount", mount->name, attributes,
                       mounted ? 4 : 2);
    }
}

void container_event_network(wcow_host *host, const char *id, const hns_endpoint *endpoint,
                             const char *name, const char *action)
{
    const event_attribute attributes[] = {{"container", id}, {"name", name}};

    event_note(host, "network", action,
               endpoint->network_id && *endpoint->network_id ? endpoint->network_id : name,
               attributes, sizeof attributes / sizeof attributes[0]);
}

void container_event_networks(wcow_host *host, const char *id, const hns_endpoint_list *endpoints,
                              const char *action)
{
    for (size_t i = 0; i < endpoints->count; i++) {
        const hns_endpoint *endpoint = &endpoints->items[i];

        if (endpoint->network_name && *endpoint->network_name)
            container_event_network(host, id, endpoint, endpoint->network_name, action);
    }
}
