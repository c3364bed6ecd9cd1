/* SPDX-License-Identifier: MIT */
/* The file of notes. */
#include "engine/network/network_notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"

#define VERSION 1

#define AT_SUBNET(name) offsetof(subnet_note, name)

static const field subnet_fields[] = {
    {"prefix", FIELD_TEXT, .at = AT_SUBNET(prefix), .text = ""},
    {"gateway", FIELD_TEXT, .at = AT_SUBNET(gateway), .text = ""},
    {"auxiliary", FIELD_TEXTS, .at = AT_SUBNET(auxiliary)},
    FIELDS_END,
};

#define AT(name) offsetof(network_note, name)

static const field note_fields[] = {
    {"name", FIELD_TEXT, .at = AT(name), .text = ""},
    {"id", FIELD_TEXT, .at = AT(id), .text = ""},
    {"hnsName", FIELD_TEXT, .at = AT(hns_name), .text = ""},
    {"driver", FIELD_TEXT, .at = AT(driver), .text = ""},
    {"created", FIELD_TIME, .at = AT(created)},
    {"making", FIELD_BOOL, .at = AT(making)},
    {"internal", FIELD_BOOL, .at = AT(internal)},
    {"attachable", FIELD_BOOL, .at = AT(attachable)},
    {"labels", FIELD_TEXTS, .at = AT(labels)},
    {"options", FIELD_TEXTS, .at = AT(options)},
    {"subnets", FIELD_ITEMS, .at = AT(subnets), .number = sizeof(subnet_note),
     .members = subnet_fields},
    FIELDS_END,
};

static const field file_fields[] = {
    {"networks", FIELD_ITEMS, .at = offsetof(network_notes, list), .number = sizeof(network_note),
     .members = note_fields},
    FIELDS_END,
};

void network_note_free(network_note *note)
{
    free(note->name);
    free(note->id);
    free(note->hns_name);
    free(note->driver);
    string_list_free(&note->labels);
    string_list_free(&note->options);
    for (size_t i = 0; i < note->subnets.count; i++) {
        subnet_note *subnet = (subnet_note *)note->subnets.items + i;

        free(subnet->prefix);
        free(subnet->gateway);
        string_list_free(&subnet->auxiliary);
    }
    free(note->subnets.items);
    *note = (network_note){0};
}

void network_notes_free(network_notes *notes)
{
    for (size_t i = 0; i < notes->list.count; i++)
        network_note_free(network_notes_at(notes, i));
    free(notes->list.items);
    cJSON_Delete(notes->read);
    *notes = (network_notes){0};
}

const char *network_option(const string_list *options, const char *name)
{
    static const char prefix[] = "com.docker.network.windowsshim.";
    const size_t length = strlen(name);

    for (size_t i = 0; i < options->count; i++) {
        const char *option = options->items[i];

        if (!text_starts_with(option, prefix))
            continue;
        option += sizeof(prefix) - 1;
        if (strncmp(option, name, length) == 0 && option[length] == '=')
            return option + length + 1;
    }
    return NULL;
}

bool network_option_is_true(const string_list *options, const char *name)
{
    static const char *const words[] = {"1", "t", "T", "true", "TRUE", "True"};
    const char *value = network_option(options, name);

    for (size_t i = 0; value && i < sizeof(words) / sizeof(words[0]); i++)
        if (text_equal(value, words[i]))
            return true;
    return false;
}

bool network_option_items(const string_list *options, const char *name, string_list *out)
{
    const char *list = network_option(options, name);

    while (list && *list) {
        const size_t length = strcspn(list, ",");

        if (!string_list_own(out, text_copy_bytes(list, length)))
            return false;
        list += length + (list[length] == ',');
    }
    return true;
}

/* ---- the file ---- */

static char *path_of(const wcow_host *host, const char *name)
{
    cleanup_free char *folder = path_join(host->root, "networks");

    return folder ? path_join(folder, name) : NULL;
}

wcow_status network_notes_lock(wcow_host *host, store_lock *out, wcow_error *err)
{
    cleanup_free char *folder = path_join(host->root, "networks");
    cleanup_free char *path = path_of(host, "networks.lock");
    wcow_status status;

    if (!folder || !path)
        return error_no_memory(err);
    status = store_make_directory(host, folder, err);
    return status ? status : store_lock_take(host, path, host->limits.lock, out, err);
}

bool network_notes_absent(wcow_host *host)
{
    cleanup_free char *path = path_of(host, "networks.json");

    return path && store_absent(host, path);
}

static bool are_named(const network_notes *notes)
{
    for (size_t i = 0; i < notes->list.count; i++)
        if (!*network_notes_at(notes, i)->name || !*network_notes_at(notes, i)->hns_name)
            return false;
    return true;
}

static wcow_status read_file(wcow_host *host, const char *path, network_notes *out, wcow_error *err)
{
    wcow_status status = store_read_version(host, path, VERSION, &out->read, err);

    if (!status && (!fields_read(file_fields, out->read, out) || !are_named(out)))
        status = error_set(err, WCOW_CORRUPT,
                           "'%s' is damaged: without it wcow takes its networks for others'", path);
    if (status == WCOW_CORRUPT)
        error_hint(err, "put a copy of it back, or rename it: wcow's networks stay, but are taken "
                        "for those of others, which network rm and prune leave alone");
    return status;
}

wcow_status network_notes_read(wcow_host *host, network_notes *out, wcow_error *err)
{
    cleanup_free char *path = path_of(host, "networks.json");
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = path ? read_file(host, path, out, &problem) : error_no_memory(&problem);

    if (!status)
        return WCOW_OK;
    network_notes_free(out);
    return status == WCOW_NOT_FOUND ? WCOW_OK : error_pass(err, status, &problem);
}

wcow_status network_notes_write(wcow_host *host, network_notes *notes, wcow_error *err)
{
    cleanup_free char *path = path_of(host, "networks.json");

    if (!notes->read)
        notes->read = cJSON_CreateObject();
    if (!path || !notes->read || !json_put_integer(notes->read, "version", VERSION) ||
        !fields_write(file_fields, notes, notes->read))
        return error_no_memory(err);
    return store_write(host, path, notes->read, err);
}

/* ---- the list ---- */

network_note *network_notes_by_name(const network_notes *notes, const char *name)
{
    for (size_t i = 0; i < notes->list.count; i++)
        if (text_equal_ignore_case(network_notes_at(notes, i)->name, name))
            return network_notes_at(notes, i);
    return NULL;
}

wcow_status network_notes_add(network_notes *notes, network_note *note, wcow_error *err)
{
    void *items = realloc(notes->list.items, (notes->list.count + 1) * sizeof(network_note));

    if (!items)
        return error_no_memory(err);
    notes->list.items = items;
    *network_notes_at(notes, notes->list.count++) = *note;
    *note = (network_note){0};
    return WCOW_OK;
}

void network_notes_drop(network_notes *notes, network_note *note)
{
    const size_t i = (size_t)(note - network_notes_at(notes, 0));

    network_note_free(note);
    notes->list.count--;
    memmove(note, note + 1, (notes->list.count - i) * sizeof(*note));
}
