/* SPDX-License-Identifier: MIT */
/*
 * Checks of the files that every command goes by: daemon.json, and the lists of images and of
 * networks. They are read by the functions that run, pull and network read them by, so what those
 * refuse is found here.
 */
#include "base/error.h"
#include "base/path.h"
#include "engine/container/schema.h"
#include "engine/doctor/doctor.h"
#include "engine/host/host_stores.h"
#include "engine/host/store.h"
#include "engine/network/network_notes.h"
#include "image/registry/registry_settings.h"

/* ---- daemon.json ---- */

typedef enum member_kind { KIND_BOOL, KIND_NUMBER, KIND_TEXTS } member_kind;

/* All that wcow knows of it. A wrong type is the default to those who read it, without a word. */
static const struct {
    const char *name;
    member_kind kind;
    const char *should_be;
} members[] = {
    {"schema", KIND_NUMBER, "1 or 2"},
    {"event-log", KIND_BOOL, "true or false"},
    {"insecure-registries", KIND_TEXTS, "a list of strings"},
    {"registry-mirrors", KIND_TEXTS, "a list of strings"},
    {"max-concurrent-downloads", KIND_NUMBER, "a whole number, 1 or more"},
};

#define MEMBERS (sizeof members / sizeof members[0])

static bool is_of_kind(const cJSON *settings, const char *name, member_kind wanted)
{
    const cJSON *value = json_member(settings, name);
    cleanup_strings string_list texts = STRING_LIST_INIT;

    if (wanted == KIND_BOOL)
        return cJSON_IsBool(value);
    if (wanted == KIND_TEXTS)
        return cJSON_IsArray(value) && json_strings(settings, name, &texts);
    return json_integer(settings, name, -1) >= 1;
}

static void add_wrong(text *wrong, const cJSON *settings, const char *name)
{
    size_t i = 0;

    while (i < MEMBERS && !text_equal(members[i].name, name))
        i++;
    if (i < MEMBERS && is_of_kind(settings, name, members[i].kind))
        return;
    text_add(wrong, wrong->length ? "; " : "");
    if (i < MEMBERS)
        text_addf(wrong, "\"%s\" is not %s", name, members[i].should_be);
    else
        text_addf(wrong, "wcow knows no \"%s\"", name);
}

static void add_names(text *out)
{
    for (size_t i = 0; i < MEMBERS; i++)
        text_addf(out, "%s%s", i ? ", " : "", members[i].name);
}

static void tell_members(examination *x, const char *path, const cJSON *settings)
{
    cleanup_text text wrong = TEXT_INIT;
    cleanup_text text names = TEXT_INIT;
    const cJSON *member;

    cJSON_ArrayForEach (member, settings)
        add_wrong(&wrong, settings, member->string);
    if (!wrong.length) {
        found(x, "yes: '%s'", path);
        return;
    }
    add_names(&names);
    found(x, "in '%s' this has no effect: %s", path, text_get(&wrong));
    found_wrong(x, WCOW_VERDICT_WARNING, "correct it, or take it out; wcow knows %s",
                text_get(&names));
}

/* What those who read it refuse makes their commands fail; what cannot be looked at may be well. */
static wcow_status ask_readers(wcow_host *host, wcow_error *err)
{
    cleanup_registry_settings registry_settings registries = REGISTRY_SETTINGS_INIT;
    files_port *files = NULL;
    int schema = 0;
    wcow_status status = schema_of_host(host, &schema, err);

    if (!status)
        status = host_files(host, &files, err);
    return status ? status : registry_settings_read(files, host->root, &registries, err);
}

static wcow_verdict verdict_of(wcow_status status)
{
    return status == WCOW_CORRUPT || status == WCOW_INVALID || status == WCOW_UNSUPPORTED
               ? WCOW_VERDICT_BROKEN
               : WCOW_VERDICT_UNKNOWN;
}

void check_settings(examination *x)
{
    cleanup_free char *path = path_join(x->host->root, "daemon.json");
    cleanup_json cJSON *settings = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = path ? ask_readers(x->host, &err) : error_no_memory(&err);

    if (status) {
        found_error(x, verdict_of(status), &err);
        if (verdict_of(status) == WCOW_VERDICT_BROKEN)
            found_wrong(x, WCOW_VERDICT_BROKEN,
                        "mend the file, or rename it: without it all is as wcow has it");
        return;
    }
    /* Its readers take an empty one for none, as Docker's engine does. */
    if (store_absent(x->host, path) || store_read(x->host, path, &settings, NULL))
        found(x, "nothing is set: all is as wcow has it");
    else
        tell_members(x, path, settings);
}

/* ---- images and networks ---- */

static void tell_failure(examination *x, wcow_status status, const wcow_error *err)
{
    if (!status)
        return;
    if (x->found.length)
        found(x, "; ");
    found_error(x, verdict_of(status), err);
}

void check_store(examination *x)
{
    cleanup_image_records image_records images = IMAGE_RECORDS_INIT;
    cleanup_network_notes network_notes networks = {0};
    wcow_error err = WCOW_ERROR_INIT;
    image_store store;
    wcow_status status = host_images(x->host, &store, &err);

    if (!status)
        status = image_store_list(&store, &images, &err);
    tell_failure(x, status, &err);
    err = (wcow_error)WCOW_ERROR_INIT;
    status = network_notes_read(x->host, &networks, &err);
    tell_failure(x, status, &err);
    if (!x->found.length)
        found(x, "yes: %zu image%s, %zu network%s of wcow's", images.count,
              text_plural(images.count), networks.list.count, text_plural(networks.list.count));
}
