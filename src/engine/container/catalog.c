/* SPDX-License-Identifier: MIT */
/*
 * The containers of a store. Names stand in container.json only: nothing can disagree with it. Who
 * looks at all of them does so through the summary, which opens no file that has not changed; who
 * asks for one name looks at those alone that may have it (name_claim.h).
 */
#include "engine/container/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "engine/container/id.h"
#include "engine/container/name_claim.h"
#include "engine/host/paths.h"
#include "network/namespace.h"

void entry_clear(entry *e)
{
    record_free(e->record);
    state_free(e->state);
    *e = (entry){NULL, NULL, WCOW_OK};
}

void catalog_free(catalog *c)
{
    for (size_t i = 0; i < c->count; i++)
        entry_clear(&c->items[i]);
    free(c->items);
    c->items = NULL;
    c->count = 0;
}

static wcow_status lock_with(wcow_host *host, uint32_t milliseconds, store_lock *out,
                             wcow_error *err)
{
    cleanup_free char *folder = path_of_containers(host);
    cleanup_free char *path = folder ? path_join(folder, "containers.lock") : NULL;
    wcow_status status;

    if (!path)
        return error_no_memory(err);
    status = store_make_directory(host, folder, err);
    if (status)
        return status;
    return store_lock_take(host, path, milliseconds, out, err);
}

wcow_status catalog_lock(wcow_host *host, store_lock *out, wcow_error *err)
{
    return lock_with(host, host->limits.lock, out, err);
}

/* Folders of containers and claims of names, in order, and what else is there. */
static wcow_status list_all(wcow_host *host, string_list *out, wcow_error *err)
{
    cleanup_free char *folder = path_of_containers(host);
    wcow_status status = folder ? store_list(host, folder, out, err) : error_no_memory(err);

    string_list_sort(out);
    return status;
}

/* Ids of folders, in order: of containers, of what was never finished, and of what is half removed.
 */
static wcow_status list_folders(wcow_host *host, string_list *out, wcow_error *err)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_status status = list_all(host, &names, err);

    for (size_t i = 0; i < names.count && !status; i++) {
        if (id_valid(names.items[i]) && !string_list_add(out, names.items[i]))
            status = error_no_memory(err);
    }
    return status;
}

/* What cannot be looked at just now may well be a container's. */
wcow_status catalog_debris(wcow_host *host, string_list *out, wcow_error *err)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    wcow_status status = list_folders(host, &ids, err);

    for (size_t i = 0; i < ids.count && !status; i++) {
        cleanup_free char *path = path_in_container(host, ids.items[i], FILE_RECORD);

        if (!path || (store_absent(host, path) && !string_list_add(out, ids.items[i])))
            status = error_no_memory(err);
    }
    return status;
}

static void save(wcow_host *host, summary *known, bool locked)
{
    cleanup_lock store_lock lock = STORE_LOCK_INIT;

    /* Whoever has the lock just now is not waited for: the next who looks will do it. */
    if (summary_is_due(known) && (locked || !lock_with(host, 0, &lock, NULL)))
        summary_write(known);
}

static bool is_unreadable(wcow_status status)
{
    return status == WCOW_CORRUPT || status == WCOW_UNSUPPORTED;
}

/* Its record; what stands for it if it is damaged, and then why, which comes before all else. */
static wcow_status read_record(summary *known, wcow_host *host, const char *id, entry *e,
                               wcow_error *problem)
{
    wcow_status status = record_read_with(known, host, id, &e->record, problem);

    if (!is_unreadable(status))
        return status;
    e->unreadable = status;
    e->record = record_unreadable(id);
    e->state = state_unreadable(problem->message);
    return e->record && e->state ? WCOW_OK : error_no_memory(problem);
}

static wcow_status read_entry(summary *known, wcow_host *host, const char *id, entry *out,
                              wcow_error *err)
{
    CLEANUP(entry) entry e = {NULL, NULL, WCOW_OK};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = read_record(known, host, id, &e, &problem);

    if (!status && !e.state)
        status = state_look(known, host, id, &e.state, &e.unreadable, &problem);
    if (status)
        return error_pass(err, status, &problem);
    *out = e;
    e = (entry){NULL, NULL, WCOW_OK};
    return WCOW_OK;
}

wcow_status catalog_entry(wcow_host *host, const char *id, entry *out, wcow_error *err)
{
    return read_entry(NULL, host, id, out, err);
}

static int newest_first(const void *a, const void *b)
{
    const entry *left = a;
    const entry *right = b;

    return (left->record->created < right->record->created) -
           (left->record->created > right->record->created);
}

static wcow_status read_all(wcow_host *host, summary *known, const string_list *ids, catalog *out,
                            wcow_error *err)
{
    for (size_t i = 0; i < ids->count; i++) {
        wcow_error problem = WCOW_ERROR_INIT;
        wcow_status status =
            read_entry(known, host, ids->items[i], &out->items[out->count], &problem);

        if (!status)
            out->count++;
        else if (status != WCOW_NOT_FOUND) /* gone, or never there */
            return error_pass(err, status, &problem);
    }
    return WCOW_OK;
}

wcow_status catalog_read(wcow_host *host, catalog *out, wcow_error *err)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    cleanup_catalog catalog found = CATALOG_INIT;
    cleanup_summary summary *known = summary_open(host);
    wcow_status status = known ? list_folders(host, &ids, err) : error_no_memory(err);

    if (status)
        return status;
    found.items = calloc(ids.count + 1, sizeof *found.items);
    if (!found.items)
        return error_no_memory(err);
    status = read_all(host, known, &ids, &found, err);
    if (status)
        return status;
    save(host, known, false);
    if (found.count)
        qsort(found.items, found.count, sizeof *found.items, newest_first);
    *out = found;
    found = (catalog)CATALOG_INIT;
    return WCOW_OK;
}

/* What a search has seen so far. */
typedef struct search {
    const char *reference;
    char *by_name;
    char *by_name_name;
    char *by_prefix;
    char *by_prefix_name;
    unsigned prefixes;
} search;

static void search_free(search *s)
{
    free(s->by_name);
    free(s->by_name_name);
    free(s->by_prefix);
    free(s->by_prefix_name);
}

DEFINE_CLEANUP_VALUE(search, search, search_free)

static bool search_consider(search *s, const char *id, const json_piece *name)
{
    if (!s->by_name && json_piece_is(name, s->reference)) {
        s->by_name = text_copy(id);
        s->by_name_name = text_copy_bytes(name->at, name->length);
        return s->by_name && s->by_name_name;
    }
    if (text_starts_with(id, s->reference) && !s->prefixes++) {
        s->by_prefix = text_copy(id);
        s->by_prefix_name = text_copy_bytes(name->at, name->length);
        return s->by_prefix && s->by_prefix_name;
    }
    return true;
}

/* A text of a copy, if it is plain. */
static bool plain_member(const json_piece *copy, const char *member, json_piece *out)
{
    json_piece value;

    return json_piece_member(copy, member, &value) && json_piece_plain(&value, out);
}

/* Its name, of its copy, if something is known, or its file; "" if nobody can read it, which must
 * not hide the others: it can be removed by its id. */
static wcow_status consider(wcow_host *host, summary *known, search *s, const char *id,
                            wcow_error *err)
{
    json_piece copy;
    json_piece own_id;
    json_piece name;
    cleanup_record record *r = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = WCOW_OK;

    if (!known || !summary_peek(known, id, FILE_RECORD, &copy) ||
        !plain_member(&copy, "id", &own_id) || !json_piece_is(&own_id, id) ||
        !plain_member(&copy, "name", &name)) {
        status = record_read_with(known, host, id, &r, &problem);
        name = (json_piece){r ? r->name : "", r ? strlen(r->name) : 0};
    }
    if (status == WCOW_NOT_FOUND) /* removed meanwhile, or never there */
        return WCOW_OK;
    if (status && !is_unreadable(status))
        return error_pass(err, status, &problem);
    return search_consider(s, id, &name) ? WCOW_OK : error_no_memory(err);
}

static wcow_status search_all(wcow_host *host, summary *known, search *s, wcow_error *err)
{
    cleanup_strings string_list ids = STRING_LIST_INIT;
    wcow_status status = list_folders(host, &ids, err);

    for (size_t i = 0; !status && i < ids.count; i++)
        status = consider(host, known, s, ids.items[i], err);
    if (!status)
        save(host, known, false);
    return status;
}

/* A whole id leads to its folder. */
static wcow_status find_by_id(wcow_host *host, const char *id, char **name, wcow_error *err)
{
    cleanup_record record *r = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = record_read(host, id, &r, &problem);

    if (status && !is_unreadable(status))
        return error_pass(err, status, &problem);
    *name = text_copy(r ? r->name : "");
    return *name ? WCOW_OK : error_no_memory(err);
}

/*
 * Where the summary remembers who has the name, he alone is looked at: if his file is as it was, he
 * has it now. Who is not remembered, or has changed, is looked for among all.
 */
static wcow_status search_name(wcow_host *host, summary *known, search *s, wcow_error *err)
{
    const char *remembered = summary_recall(known, "name", s->reference);
    cleanup_free char *id = text_copy(remembered);

    if (!remembered)
        return WCOW_OK;
    return id ? consider(host, known, s, id, err) : error_no_memory(err);
}

/* As Windows compares names of files: it keeps one claim for names that differ in case. */
static bool claims(const char *item, const char *name)
{
    const char *claimed = name_claim_of(item);

    return claimed && text_equal_ignore_case(claimed, name);
}

static wcow_status consider_claim(wcow_host *host, search *s, const char *item, wcow_error *err)
{
    cleanup_free char *id = text_copy_bytes(item, ID_LENGTH);

    return id ? consider(host, NULL, s, id, err) : error_no_memory(err);
}

/*
 * Who claims the name, and has it. Nobody has it if nobody claims it and all folders have claims;
 * then the beginning of one id is that one's, and he alone is looked at (`sure`).
 */
static wcow_status search_claims(wcow_host *host, search *s, bool *sure, wcow_error *err)
{
    cleanup_strings string_list found = STRING_LIST_INIT;
    const char *begun = NULL;
    size_t prefixes = 0;
    wcow_status status = list_all(host, &found, err);

    *sure = true;
    for (size_t i = 0; !status && i < found.count; i++) {
        if (claims(found.items[i], s->reference)) {
            status = consider_claim(host, s, found.items[i], err);
            *sure = *sure && s->by_name;
        } else if (id_valid(found.items[i])) {
            *sure = *sure && name_claim_follows(&found, i);
            prefixes += text_starts_with(found.items[i], s->reference);
            begun = text_starts_with(found.items[i], s->reference) ? found.items[i] : begun;
        }
    }
    *sure = *sure && prefixes == 1;
    if (!status && !s->by_name && *sure)
        status = consider(host, NULL, s, begun, err);
    return status;
}

/* Among all, by what their files say. */
static wcow_status search_files(wcow_host *host, search *s, wcow_error *err)
{
    cleanup_summary summary *known = summary_open(host);
    wcow_status status = known ? search_name(host, known, s, err) : error_no_memory(err);

    if (status || s->by_name)
        return status;
    search_free(s);
    *s = (search){.reference = s->reference};
    return search_all(host, known, s, err);
}

/* WCOW_NOT_FOUND, without an error: there is none of that name, and no id begins so. */
static wcow_status find(wcow_host *host, const char *reference, char **id, char **name,
                        wcow_error *err)
{
    CLEANUP(search) search s = {.reference = reference};
    bool sure;
    wcow_status status = search_claims(host, &s, &sure, err);

    if (!status && !s.by_name && !(sure && s.by_prefix)) {
        search_free(&s);
        s = (search){.reference = reference};
        status = search_files(host, &s, err);
    }
    if (status)
        return status;
    if (!s.by_name && s.prefixes > 1)
        return error_set(err, WCOW_CONFLICT, "Multiple IDs found with provided prefix: %s",
                         reference);
    if (!s.by_name && !s.prefixes)
        return WCOW_NOT_FOUND;
    *id = s.by_name ? TAKE(s.by_name) : TAKE(s.by_prefix);
    *name = s.by_name_name ? TAKE(s.by_name_name) : TAKE(s.by_prefix_name);
    return WCOW_OK;
}

wcow_status catalog_find(wcow_host *host, const char *reference, char **id, char **name,
                         wcow_error *err)
{
    /* Docker shows names with a slash in inspect, and accepts them so. */
    const char *plain = reference[0] == '/' ? reference + 1 : reference;
    cleanup_free char *found_id = NULL;
    cleanup_free char *found_name = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = WCOW_NOT_FOUND;

    if (!*plain)
        return error_set(err, WCOW_INVALID, "No such container: an empty name is no name");
    if (id_valid(plain))
        status = find_by_id(host, plain, &found_name, &problem);
    if (!status)
        found_id = text_copy(plain);
    if (status == WCOW_NOT_FOUND)
        status = find(host, plain, &found_id, &found_name, &problem);
    if (status == WCOW_NOT_FOUND)
        return error_set(err, status, "No such container: %s", reference);
    if (status)
        return error_pass(err, status, &problem);
    if (found_name && !*found_name) {
        free(found_name);
        found_name = found_id ? text_copy_bytes(found_id, ID_SHORT_LENGTH) : NULL;
    }
    if (!found_id || !found_name)
        return error_no_memory(err);
    *id = TAKE(found_id);
    *name = TAKE(found_name);
    return WCOW_OK;
}

/* One without a claim gets one: it is looked at once. */
static wcow_status consider_unclaimed(wcow_host *host, summary **known, search *s, const char *id,
                                      wcow_error *err)
{
    cleanup_record record *r = NULL;
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;

    if (!*known && !(*known = summary_open(host)))
        return error_no_memory(err);
    status = record_read_with(*known, host, id, &r, &problem);
    if (status == WCOW_NOT_FOUND || is_unreadable(status))
        return WCOW_OK;
    if (status)
        return error_pass(err, status, &problem);
    ignore(name_claim_make(host, id, r->name, NULL));
    return search_consider(s, id, &(json_piece){r->name, strlen(r->name)}) ? WCOW_OK
                                                                           : error_no_memory(err);
}

/* A claim of what a crash left no folder of. */
static bool is_stray(const string_list *sorted, size_t claim)
{
    size_t before = claim;

    while (before-- > 0 && !strncmp(sorted->items[before], sorted->items[claim], ID_LENGTH))
        if (id_valid(sorted->items[before]))
            return false;
    return true;
}

static wcow_status search_owner(wcow_host *host, summary **known, search *s, wcow_error *err)
{
    cleanup_strings string_list found = STRING_LIST_INIT;
    wcow_status status = list_all(host, &found, err);

    for (size_t i = 0; !status && i < found.count; i++) {
        const char *claimed = name_claim_of(found.items[i]);

        if (claimed && is_stray(&found, i)) {
            cleanup_free char *id = text_copy_bytes(found.items[i], ID_LENGTH);

            if (id)
                name_claim_drop(host, id, claimed);
        } else if (claims(found.items[i], s->reference)) {
            status = consider_claim(host, s, found.items[i], err);
        } else if (id_valid(found.items[i]) && !name_claim_follows(&found, i)) {
            status = consider_unclaimed(host, known, s, found.items[i], err);
        }
    }
    return status;
}

wcow_status catalog_owner(wcow_host *host, const char *name, char **id, wcow_error *err)
{
    CLEANUP(search) search s = {.reference = name};
    cleanup_summary summary *known = NULL;
    wcow_status status = search_owner(host, &known, &s, err);

    if (status)
        return status;
    if (known)
        save(host, known, true);
    *id = s.by_name ? TAKE(s.by_name) : NULL;
    return WCOW_OK;
}

const char *catalog_of_namespace(const catalog *c, const char *space)
{
    for (size_t i = 0; i < c->count; i++) {
        const char *id = c->items[i].record->id;
        const char *noted = c->items[i].state->space;

        if ((noted && text_equal_ignore_case(noted, space)) || hns_namespace_is_of(space, id))
            return id;
    }
    return NULL;
}
