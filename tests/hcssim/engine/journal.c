/* SPDX-License-Identifier: MIT */
/* The journal: one JSON object for every call and every notification, and what is left at the end.
 */
#include "journal.h"
#include "handles.h"
#include "mounts.h"
#include "processes.h"
#include "sessions.h"
#include "systems.h"

#include <stdio.h>

#define KEPT_IN_MEMORY 4096 /* entries; of more, the last: a host runs for hours */

/* Written out at once, so that a test can read what was done until a crash. */
static void append(sim *s, cJSON *entry)
{
    cleanup_free char *line = NULL;
    FILE *file;

    pthread_mutex_lock(&s->journal_lock);
    cJSON_ReplaceItemInObjectCaseSensitive(entry, "n",
                                           cJSON_CreateNumber((double)++s->journal_lines));
    if (s->journal_path) {
        line = json_print(entry);
        file = line ? fopen(s->journal_path, "ab") : NULL;
        if (file) {
            fprintf(file, "%s\n", line);
            fclose(file);
        }
        cJSON_Delete(entry);
    } else {
        json_append(s->journal, entry);
        if (++s->journal_kept > KEPT_IN_MEMORY) {
            cJSON_DeleteItemFromArray(s->journal, 0);
            s->journal_kept--;
        }
    }
    pthread_mutex_unlock(&s->journal_lock);
}

static cJSON *begin(const sim *s, const session *client)
{
    cJSON *entry = cJSON_CreateObject();

    json_add_integer(entry, "n", 0);
    json_add_integer(entry, "ms", (wall_clock() - s->begun) / 1000000);
    json_add_integer(entry, "session", (int64_t)client->id);
    json_add_integer(entry, "pid", client->pid);
    return entry;
}

void journal_call(sim *s, const session *client, const cJSON *request, const cJSON *reply)
{
    cJSON *entry = begin(s, client);
    const cJSON *member;

    cJSON_ArrayForEach (member, request)
        json_add(entry, member->string, cJSON_Duplicate(member, true));
    json_add(entry, "reply", cJSON_Duplicate(reply, true));
    append(s, entry);
}

void journal_notice(sim *s, const session *client, uint64_t callback, const notice *what)
{
    cJSON *entry = begin(s, client);

    json_add_integer(entry, "notify", what->type);
    json_add_integer(entry, "callback", (int64_t)callback);
    json_add_integer(entry, "hr", what->hr);
    json_add_text(entry, "data", what->data);
    append(s, entry);
}

static cJSON *read_journal(const char *path)
{
    cJSON *list = cJSON_CreateArray();
    cleanup_text text content = TEXT_INIT;
    FILE *file = fopen(path, "rb");
    char buffer[4096];
    size_t got;
    const char *at;

    if (!file)
        return list;
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add_bytes(&content, buffer, got);
    fclose(file);
    at = text_get(&content);
    while (*at) {
        const char *end = NULL;
        cJSON *entry = cJSON_ParseWithOpts(at, &end, false);

        if (!entry)
            break;
        json_append(list, entry);
        at = *end == '\n' ? end + 1 : end;
    }
    return list;
}

cJSON *sim_journal(sim *s)
{
    cJSON *copy;

    pthread_mutex_lock(&s->journal_lock);
    copy = s->journal_path ? read_journal(s->journal_path) : cJSON_Duplicate(s->journal, true);
    pthread_mutex_unlock(&s->journal_lock);
    return copy;
}

cJSON *sim_leftovers(sim *s)
{
    cJSON *left = cJSON_CreateObject();
    cJSON *mounted = cJSON_AddArrayToObject(left, "mounted");
    int64_t systems = 0;
    int64_t processes = 0;

    sim_lock(s);
    mounts_forget_let_go(s);
    for (const compute_system *system = s->systems; system; system = system->next) {
        systems++;
        for (const compute_process *p = system->processes; p; p = p->next)
            processes += !p->exited;
    }
    for (const mount *m = s->mounts; m; m = m->next)
        if (m->status != MOUNT_NONE)
            json_append(mounted, cJSON_CreateString(m->path));
    json_add_integer(left, "systems", systems);
    json_add_integer(left, "processes", processes);
    json_add_integer(left, "endpoints", cJSON_GetArraySize(s->endpoints));
    json_add_integer(left, "namespaces", cJSON_GetArraySize(s->namespaces));
    json_add_integer(left, "guards", cJSON_GetArraySize(s->guards));
    json_add_integer(left, "handles", (int64_t)handle_count(s, NULL));
    sim_unlock(s);
    return left;
}
