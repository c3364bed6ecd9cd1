/* SPDX-License-Identifier: MIT */
/* layer ls, layer rm: the imported layers, who needs them, and what crashes left. */
#include <wcow/layer.h>

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/catalog.h"
#include "engine/layer/users.h"

/* Everything that decides about layers, read once. */
typedef struct survey {
    layer_store layers;
    string_list ready;
    string_list leftovers;
    string_list of_images;     /* chain ids, one for each image that stands on it */
    string_list of_containers; /* the same of containers */
    string_list leased;        /* and of pulls that are under way */
    catalog users;
} survey;

static void survey_free(survey *s)
{
    string_list_free(&s->ready);
    string_list_free(&s->leftovers);
    string_list_free(&s->of_images);
    string_list_free(&s->of_containers);
    string_list_free(&s->leased);
    catalog_free(&s->users);
}

DEFINE_CLEANUP_VALUE(survey, survey, survey_free)

/* What has left a lease meanwhile is an image. */
static wcow_status read_images(wcow_host *host, survey *s, wcow_error *err)
{
    image_store images;
    wcow_status status = host_images(host, &images, err);

    if (!status)
        status = layer_leases_add(&images, &s->leased, err);
    return status ? status : layer_images_add(&images, &s->of_images, err);
}

static wcow_status read_containers(wcow_host *host, survey *s, wcow_error *err)
{
    wcow_status status = catalog_read(host, &s->users, err);

    for (size_t i = 0; i < s->users.count && !status; i++) {
        wcow_error problem = WCOW_ERROR_INIT;

        status = layer_container_add(&s->layers, s->users.items[i].record->chain, &s->of_containers,
                                     &problem);
        if (status != WCOW_NO_MEMORY)
            status = WCOW_OK; /* its layers are counted too low; none of them is removed for that */
        (void)error_pass(err, status, &problem);
    }
    return status;
}

static wcow_status survey_make(wcow_host *host, survey *s, wcow_error *err)
{
    wcow_status status = host_layer_files(host, &s->layers, err);

    if (!status)
        status = layer_list(&s->layers, &s->ready, err);
    if (!status)
        status = layer_list_leftovers(&s->layers, &s->leftovers, err);
    if (!status)
        status = read_images(host, s, err);
    if (!status)
        status = read_containers(host, s, err);
    string_list_sort(&s->ready);
    string_list_sort(&s->leftovers);
    return status;
}

static size_t count_of(const string_list *list, const char *item)
{
    size_t count = 0;

    for (size_t i = 0; i < list->count; i++)
        count += text_equal(list->items[i], item);
    return count;
}

/* ---- ls ---- */

static const char *status_of(const survey *s, const char *id, const layer *l)
{
    if (!l)
        return "leftover";
    return string_list_contains(&s->of_images, id) || string_list_contains(&s->of_containers, id) ||
                   string_list_contains(&s->leased, id)
               ? "ready"
               : "unused";
}

static cJSON *row_new(const survey *s, const char *id, const layer *l)
{
    const uint64_t size = l ? l->size : layer_leftover_size(&s->layers, id);
    cleanup_json cJSON *row = cJSON_CreateObject();
    bool fine = row && json_add_text(row, "Id", id) &&
                json_add_text(row, "Parent", l && l->parents.count ? l->parents.items[0] : "") &&
                json_add_integer(row, "Size", (int64_t)size) &&
                json_add_integer(row, "Files", l ? (int64_t)l->files : 0) &&
                json_add_bool(row, "UtilityVM", l && l->utility_vm) &&
                json_add_text(row, "Path", l ? l->path : "") &&
                json_add_text(row, "Status", status_of(s, id, l)) &&
                json_add_integer(row, "Images", (int64_t)count_of(&s->of_images, id)) &&
                json_add_integer(row, "Containers", (int64_t)count_of(&s->of_containers, id));

    return fine ? TAKE(row) : NULL;
}

static wcow_status add_rows(const survey *s, cJSON *rows, wcow_error *err)
{
    for (size_t i = 0; i < s->ready.count; i++) {
        cleanup_layer layer *one = NULL;

        if (layer_open(&s->layers, s->ready.items[i], &one, NULL))
            continue; /* removed meanwhile */
        if (!json_append(rows, row_new(s, one->id, one)))
            return error_no_memory(err);
    }
    for (size_t i = 0; i < s->leftovers.count; i++)
        if (!json_append(rows, row_new(s, s->leftovers.items[i], NULL)))
            return error_no_memory(err);
    return WCOW_OK;
}

wcow_status wcow_layer_list(wcow_host *host, char **json, wcow_error *err)
{
    CLEANUP(survey) survey s = {.ready = STRING_LIST_INIT};
    cleanup_json cJSON *rows = cJSON_CreateArray();
    char *printed;
    wcow_status status = survey_make(host, &s, err);

    if (!status)
        status = rows ? add_rows(&s, rows, err) : error_no_memory(err);
    if (status)
        return status;
    printed = json_print(rows);
    if (!printed)
        return error_no_memory(err);
    *json = printed;
    return WCOW_OK;
}

/* ---- rm ---- */

static wcow_status find(const survey *s, const char *prefix, const char **out, wcow_error *err)
{
    const string_list *const lists[] = {&s->ready, &s->leftovers};
    const char *wanted = text_starts_with(prefix, "sha256:") ? prefix + 7 : prefix;
    const char *found = NULL;

    for (size_t n = 0; n < 2 && *wanted; n++) {
        for (size_t i = 0; i < lists[n]->count; i++) {
            if (!text_starts_with(lists[n]->items[i], wanted))
                continue;
            if (found)
                return error_set(err, WCOW_CONFLICT, "multiple layers found with prefix: %s",
                                 prefix);
            found = lists[n]->items[i];
        }
    }
    if (!found)
        return error_set(err, WCOW_NOT_FOUND, "No such layer: %s", prefix);
    *out = found;
    return WCOW_OK;
}

static wcow_status check_unused(const survey *s, const char *id, wcow_error *err)
{
    if (count_of(&s->of_containers, id))
        return error_set(err, WCOW_CONFLICT, "conflict: layer %.12s is used by a container", id);
    if (count_of(&s->of_images, id)) {
        error_set(err, WCOW_CONFLICT, "conflict: layer %.12s is used by an image", id);
        error_hint(err, "remove the image: wcow rmi");
        return WCOW_CONFLICT;
    }
    for (size_t i = 0; i < s->ready.count; i++) {
        cleanup_layer layer *other = NULL;

        if (!layer_open(&s->layers, s->ready.items[i], &other, NULL) &&
            string_list_contains(&other->parents, id))
            return error_set(err, WCOW_CONFLICT, "conflict: layer %.12s is the parent of %.12s", id,
                             other->id);
    }
    return WCOW_OK;
}

/* What came meanwhile; the context of the question. */
typedef struct removing {
    wcow_host *host;
    bool needed;
} removing;

static wcow_status is_needed(void *context, const char *chain_id, bool *needed, wcow_error *err)
{
    removing *r = context;
    wcow_status status = layer_is_needed(r->host, chain_id, &r->needed, err);

    *needed = r->needed;
    return status;
}

static wcow_status destroy(wcow_host *host, const layer_store *layers, const char *id,
                           wcow_error *err)
{
    removing r = {host, false};
    wcow_status status = layer_destroy_unless(layers, id, is_needed, &r, err);

    if (!status && r.needed)
        status = error_set(err, WCOW_CONFLICT,
                           "conflict: layer %.12s is used by a pull that is under way", id);
    return status;
}

/* Under the catalog's lock: no container can be made on it meanwhile. */
wcow_status wcow_layer_remove(wcow_host *host, const char *id, char **removed, wcow_error *err)
{
    CLEANUP(survey) survey s = {.ready = STRING_LIST_INIT};
    cleanup_lock store_lock lock = STORE_LOCK_INIT;
    cleanup_free char *whole = NULL;
    const char *found = NULL;
    layer_store layers;
    wcow_status status = host_layers(host, &layers, err);

    if (!status)
        status = catalog_lock(host, &lock, err);
    if (!status)
        status = survey_make(host, &s, err);
    if (!status)
        status = find(&s, id, &found, err);
    if (!status)
        status = check_unused(&s, found, err);
    if (status)
        return status;
    whole = text_copy(found);
    if (!whole)
        return error_no_memory(err);
    status = destroy(host, &layers, whole, err);
    if (!status)
        *removed = TAKE(whole);
    return status;
}
