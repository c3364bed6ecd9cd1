/* SPDX-License-Identifier: MIT */
/*
 * What containerd was recorded to ask for (tests/unit/hcs/data), through the whole shim: the
 * documents that reach the service are those that its own shim for Windows sent, but for who sends
 * them, where the layers lie, and ids that the host makes up.
 */
#include <string.h>

#include "base/error.h"
#include "network/namespace.h"
#include "tests/unit/shim/container/shim_scene.h"

#define DATA "../hcs/data/"

static const struct recording {
    const char *name;
    const char *id;
    bool terminal, streams, no_input;
} recordings[] = {
    {"ctr-run", "web", false, true, false},
    {"ctr-limits", "web", false, false, false},
    {"ctr-tty", "web", true, true, false},
    {"cri-sandbox", "sandbox-1", false, false, false},
    {"cri-container", "container-1", false, true, true},
    {"cri-stdin", "container-1", false, true, false},
};

static cJSON *read_data(shim_scene *s, const char *name, const char *what)
{
    cleanup_free char *path = text_format(DATA "%s.%s.json", name, what);
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    cJSON *value = NULL;

    if (s->files->read(s->files, path, 1 << 20, &bytes, &size))
        fail_msg("cannot read %s", path);
    assert_ok(&s->err, json_parse(bytes, size, path, &value, &s->err));
    return value;
}

static cJSON *member(cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void put(cJSON *object, const char *name, const char *words)
{
    if (member(object, name))
        assert_true(
            cJSON_ReplaceItemInObjectCaseSensitive(object, name, cJSON_CreateString(words)));
}

/* Folders of the recorded host are one of this one. */
static void settle_config(shim_scene *s, cJSON *config)
{
    cJSON *windows = member(config, "windows");
    cJSON *network = member(windows, "network");
    const char *space = json_text(network, "networkNamespace", "");
    cJSON *mount;

    cJSON_DeleteItemFromObjectCaseSensitive(windows, "layerFolders");
    cJSON_ArrayForEach (mount, member(config, "mounts"))
        put(mount, "source", s->fake->folder);
    if (!s->owner.is_pod) { /* so ctr wrote it */
        cJSON_DeleteItemFromObjectCaseSensitive(network, "networkNamespace");
    } else if (*space) {
        cleanup_free char *made = NULL;

        assert_ok(&s->err, hns_namespace_create(s->fake->hcs, space, &made, &s->err));
        assert_string_equal(made, space);
    }
}

/* What is to differ is made the same; that it is there has been seen. */
static void settle_documents(cJSON *sent, cJSON *recorded)
{
    cJSON *container = member(sent, "Container"), *theirs = member(recorded, "Container");
    cJSON *storage = member(container, "Storage");
    cJSON *directory;

    put(sent, "Owner", json_text(recorded, "Owner", ""));
    assert_true(text_starts_with(json_text(storage, "Path", ""), "\\\\?\\Volume{"));
    assert_int_equal(cJSON_GetArraySize(member(storage, "Layers")), 2);
    cJSON_DeleteItemFromObjectCaseSensitive(container, "Storage");
    cJSON_DeleteItemFromObjectCaseSensitive(theirs, "Storage");
    put(member(container, "Networking"), "Namespace",
        json_text(member(theirs, "Networking"), "Namespace", "none"));
    cJSON_ArrayForEach (directory, member(container, "MappedDirectories"))
        put(directory, "HostPath", "folder");
    cJSON_ArrayForEach (directory, member(theirs, "MappedDirectories"))
        put(directory, "HostPath", "folder");
}

static void compare(const char *name, cJSON *sent, cJSON *recorded)
{
    cleanup_free char *ours = cJSON_PrintUnformatted(sent);
    cleanup_free char *theirs = cJSON_PrintUnformatted(recorded);

    if (!cJSON_Compare(sent, recorded, true))
        fail_msg("%s: sent\n%s\nrecorded\n%s", name, ours, theirs);
}

static void begin(shim_scene *s, const struct recording *r)
{
    const bool is_pod = text_starts_with(r->name, "cri-");
    const scene_wish sandbox = {.id = "sandbox-1",
                                .command = "ping",
                                .annotations = "{\"io.kubernetes.cri.container-type\":\"sandbox\","
                                               "\"io.kubernetes.cri.sandbox-id\":\"sandbox-1\"}"};

    shim_scene_open(s, is_pod ? "sandbox-1" : "web", is_pod, NULL);
    s->host.processors = 2;
    if (!text_equal(r->id, s->owner.id)) {
        assert_ok(&s->err, shim_scene_create(s, &sandbox));
        assert_ok(&s->err, shim_scene_start(s, "sandbox-1", ""));
    }
}

static void check(const struct recording *r)
{
    shim_scene s;
    cleanup_json cJSON *config = NULL;
    cleanup_json cJSON *recorded = NULL;
    cleanup_json cJSON *sent = NULL;
    cleanup_json cJSON *recorded_process = NULL;
    cleanup_json cJSON *sent_process = NULL;
    cleanup_free char *printed = NULL;
    uint32_t pid;

    begin(&s, r);
    config = read_data(&s, r->name, "config");
    recorded = read_data(&s, r->name, "system");
    recorded_process = read_data(&s, r->name, "process");
    settle_config(&s, config);
    printed = json_print(config);

    const scene_wish wish = {.id = r->id,
                             .config = printed,
                             .terminal = r->terminal,
                             .streams = r->streams,
                             .no_input = r->no_input};

    assert_ok(&s.err, shim_scene_create(&s, &wish));
    sent = shim_scene_last(&s, "HcsCreateComputeSystem", "configuration");
    settle_documents(sent, recorded);
    compare(r->name, sent, recorded);
    ignore(task_start(s.pod, r->id, "", &pid, NULL)); /* this host has no pause.exe */
    sent_process = shim_scene_last(&s, "HcsCreateProcess", "processParameters");
    compare(r->name, sent_process, recorded_process);
    shim_scene_end(&s);
    if (s.owner.is_pod)
        assert_ok(&s.err, hns_namespace_delete(s.fake->hcs,
                                               json_text(json_path(config, "windows.network"),
                                                         "networkNamespace", ""),
                                               &s.err));
    shim_scene_close(&s);
}

static void the_documents_are_those_of_the_recorded_shim(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(recordings) / sizeof(recordings[0]); i++)
        check(&recordings[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_are_those_of_the_recorded_shim),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
