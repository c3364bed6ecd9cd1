/* SPDX-License-Identifier: MIT */
/*
 * Scratch disks: attached (ActivateLayer), with their parents (PrepareLayer), and back. What is
 * attached is kept in the state folder, so that what a crash leaves mounted stays mounted. The real
 * codes of calls in the wrong order are not known; these are the ones that facts §12 settles on.
 */
#include "layers.h"
#include "mounts.h"

#include <stdio.h>
#include <string.h>

#include "base/path.h"

static char folded(char c)
{
    if (c == '/')
        return '\\';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static const char *without_prefix(const char *path)
{
    return text_starts_with(path, "\\\\?\\") ? path + 4 : path;
}

bool layer_same_path(const char *a, const char *b)
{
    a = without_prefix(a);
    b = without_prefix(b);
    while (*a && folded(*a) == folded(*b)) {
        a++;
        b++;
    }
    if (folded(*a) == '\\' && !a[1])
        a++;
    if (folded(*b) == '\\' && !b[1])
        b++;
    return !*a && !*b;
}

static void mount_free(sim *s, mount *m)
{
    s->machine->disk_close(s->machine, m->disk);
    string_list_free(&m->layers);
    free(m->path);
    free(m);
}

static void mount_drop(sim *s, mount *gone)
{
    for (mount **at = &s->mounts; *at; at = &(*at)->next)
        if (*at == gone) {
            *at = gone->next;
            mount_free(s, gone);
            return;
        }
}

/* The end of it, on the host, too. */
static void mount_remove(sim *s, mount *gone)
{
    if (!gone->by_vm)
        s->machine->volume_detach(s->machine, gone->volume);
    mount_drop(s, gone);
}

/*
 * A disk that AttachVirtualDisk attached without PERMANENT_LIFETIME goes with its client's handle.
 * Nobody tells of that, so it is looked for when it matters.
 */
void mounts_forget_let_go(sim *s)
{
    mount *next;

    for (mount *m = s->mounts; m; m = next) {
        next = m->next;
        if (m->by_disk && !m->busy && !m->users && m->status == MOUNT_ACTIVE &&
            !s->machine->disk_in_use(s->machine, m->path, &m->disk))
            mount_remove(s, m);
    }
}

mount *mount_find(sim *s, const char *path)
{
    mount *m;

    mounts_forget_let_go(s);
    m = s->mounts;

    while (m && !layer_same_path(m->path, path))
        m = m->next;
    return m;
}

mount *mount_find_volume(sim *s, const char *volume)
{
    mount *m = s->mounts;

    while (m && (m->by_vm || !text_equal_ignore_case(m->volume, volume)))
        m = m->next;
    return m;
}

bool volume_parse(const char *path, char out[GUID_TEXT_SIZE])
{
    static const char prefix[] = "\\\\?\\Volume{";
    char inner[GUID_TEXT_SIZE];
    const char *rest = path + sizeof(prefix) - 1;
    guid parsed;

    if (!text_starts_with(path, prefix) || strlen(rest) < GUID_TEXT_SIZE)
        return false;
    memcpy(inner, rest, GUID_TEXT_SIZE - 1);
    inner[GUID_TEXT_SIZE - 1] = 0;
    rest += GUID_TEXT_SIZE - 1;
    if ((strcmp(rest, "}") && strcmp(rest, "}\\")) || !guid_parse(inner, &parsed))
        return false;
    guid_print(&parsed, out);
    return true;
}

static mount *mount_new(sim *s, const char *path)
{
    mount *m = calloc(1, sizeof(*m));

    m->path = text_copy(path);
    m->next = s->mounts;
    s->mounts = m;
    (void)s->machine->disk_open(s->machine, path, &m->disk);
    return m;
}

/* With a volume of its own, on which nothing is yet. */
static mount *mount_attach(sim *s, const char *path)
{
    mount *m = mount_new(s, path);

    m->status = MOUNT_ACTIVE;
    guid_make(m->volume);
    (void)s->machine->volume_attach(s->machine, m->volume, disk_size(s, path));
    return m;
}

void mounts_free(sim *s)
{
    while (s->mounts)
        mount_drop(s, s->mounts); /* what is mounted stays mounted */
}

/* ---- the state folder ---- */

static char *state_file(const sim *s)
{
    return s->state ? path_join(s->state, "mounts.json") : NULL;
}

void mounts_save(sim *s)
{
    cleanup_free char *path = state_file(s);
    cleanup_json cJSON *list = cJSON_CreateArray();
    cleanup_free char *printed = NULL;

    if (!path)
        return;
    for (const mount *m = s->mounts; m; m = m->next) {
        cJSON *entry;

        if (m->by_vm || m->by_disk)
            continue;
        entry = cJSON_CreateObject();
        json_add_text(entry, "path", m->path);
        json_add_text(entry, "volume", m->volume);
        json_add_bool(entry, "prepared", m->status == MOUNT_PREPARED);
        json_add_strings(entry, "layers", (const char *const *)m->layers.items);
        json_append(list, entry);
    }
    printed = json_print(list);
    s->machine->make_directory(s->machine, s->state);
    s->machine->write_file(s->machine, path, printed, strlen(printed));
}

void mounts_load(sim *s)
{
    cleanup_free char *path = state_file(s);
    cleanup_free char *bytes = NULL;
    cleanup_json cJSON *list = NULL;
    const cJSON *entry;
    size_t size = 0;

    if (!path || HR_FAILED(s->machine->read_file(s->machine, path, &bytes, &size)))
        return;
    list = cJSON_ParseWithLength(bytes, size);
    cJSON_ArrayForEach (entry, list) {
        mount *m = mount_new(s, json_text(entry, "path", ""));

        snprintf(m->volume, sizeof(m->volume), "%s", json_text(entry, "volume", ""));
        m->status = json_bool(entry, "prepared", false) ? MOUNT_PREPARED : MOUNT_ACTIVE;
        json_strings(entry, "layers", &m->layers);
    }
}

/* ---- containers ---- */

int32_t mount_use(sim *s, const char *volume, refusal *why)
{
    mount *m = mount_find_volume(s, volume);

    if (!m || m->status != MOUNT_PREPARED || m->busy)
        return refuse(why, HR_NOT_READY, "The volume %s is not prepared.", volume);
    if (m->users)
        return refuse(why, HR_SHARING_VIOLATION, "The volume %s is in use.", volume);
    m->users++;
    return HR_OK;
}

int32_t mount_use_by_vm(sim *s, const char *scratch, refusal *why)
{
    mount *m = mount_find(s, scratch);

    if (m)
        return refuse(why, HR_SHARING_VIOLATION, "The disk of '%s' is attached already.", scratch);
    m = mount_new(s, scratch);
    disk_mark_prepared(s, scratch); /* from now on it has what an export asks for */
    m->by_vm = true;
    m->users = 1;
    m->status = MOUNT_PREPARED;
    return HR_OK;
}

void mount_unuse(sim *s, const char *volume, const char *scratch)
{
    mount *m = volume ? mount_find_volume(s, volume) : mount_find(s, scratch);

    if (!m)
        return;
    m->users--;
    if (m->by_vm)
        mount_drop(s, m);
}

/* ---- the calls ---- */

/* Under the lock: what is attached and not being worked on. */
static int32_t get_mount(sim_context *c, const char *path, mount **out)
{
    mount *m = mount_find(c->sim, path);

    if (!m || m->by_vm)
        return refuse(&c->why, HR_NOT_READY, "The disk of '%s' is not attached.", path);
    if (m->busy || m->users)
        return refuse(&c->why, HR_SHARING_VIOLATION, "The disk of '%s' is in use.", path);
    *out = m;
    return HR_OK;
}

static bool has_disk(sim *s, const char *path)
{
    cleanup_free char *disk = path_join(path, "sandbox.vhdx");
    bool directory = false;

    return s->machine->exists(s->machine, disk, &directory) && !directory;
}

static bool is_layer(sim *s, const char *path)
{
    cleanup_free char *files = path_join(path, "Files");
    bool directory = false;

    return s->machine->exists(s->machine, files, &directory) && directory;
}

/*
 * Read-only layers have no disk: for them these calls have nothing to do. containerd mounts and
 * exports them by the same calls as a scratch, a base layer without parents (its mount_windows.go;
 * ExportLayerToTar of hcsshim).
 */
static int32_t check_scratch(sim_context *c, const char *path, bool *read_only)
{
    bool directory = false;

    *read_only = false;
    if (!path)
        return refuse(&c->why, HR_INVALID_PARAMETER, "There is no layer id.");
    if (!c->sim->machine->exists(c->sim->machine, path, &directory) || !directory)
        return refuse(&c->why, HR_PATH_NOT_FOUND, "There is no folder '%s'.", path);
    if (has_disk(c->sim, path))
        return HR_OK;
    *read_only = true;
    if (is_layer(c->sim, path))
        return HR_OK;
    return refuse(&c->why, HR_FILE_NOT_FOUND, "There is no layer in '%s'.", path);
}

/*
 * One that is attached already, and that nobody works with, stays so, and that is success: an
 * engine that died comes back, terminates what ran, and activates and prepares the layers of the
 * containers that it starts again, without a word about what is there (moby, graphdriver/windows
 * Get()). What the real call answers is not known.
 */
int32_t call_activate(sim_context *c)
{
    cleanup_free char *path = layer_path(c, "id");
    bool read_only;
    mount *m;
    int32_t hr = check_scratch(c, path, &read_only);

    if (HR_FAILED(hr) || read_only)
        return hr;

    sim_lock(c->sim);
    m = mount_find(c->sim, path);
    if (m && (m->by_vm || m->by_disk || m->busy || m->users)) {
        hr = refuse(&c->why, HR_SHARING_VIOLATION, "The disk of '%s' is in use.", path);
    } else if (!m) {
        mount_attach(c->sim, path);
        mounts_save(c->sim);
    }
    sim_unlock(c->sim);
    return hr;
}

/* virtdisk: the disk is named, not its layer. */
int32_t call_attach_disk(sim_context *c)
{
    const char *disk = request_text(c, "path");
    cleanup_free char *folder = disk ? path_parent(disk) : NULL;
    int32_t hr = HR_OK;
    mount *m;

    if (!folder)
        return HR_INVALID_PARAMETER;
    if (!text_equal_ignore_case(path_base_name(disk), "sandbox.vhdx"))
        return HR_OK; /* of no layer: nothing here asks for its volume */
    sim_lock(c->sim);
    if (mount_find(c->sim, folder)) {
        hr = refuse(&c->why, HR_SHARING_VIOLATION, "The disk of '%s' is attached.", folder);
    } else {
        m = mount_attach(c->sim, folder);
        m->by_disk = json_integer(c->request, "permanent", 0) == 0;
        mounts_save(c->sim);
    }
    sim_unlock(c->sim);
    return hr;
}

/* A layer folder holds everything down to the base (see call_import), so that the topmost suffices.
 */
static int32_t prepare(sim_context *c, mount *m, string_list *parents)
{
    const char *layers[] = {parents->items[0], NULL};
    sim_machine *machine = c->sim->machine;
    int32_t hr = disk_mark_prepared(c->sim, m->path);

    if (HR_FAILED(hr))
        return hr;
    m->busy = true;
    sim_unlock(c->sim);
    hr = machine->volume_prepare(machine, m->volume, m->path, layers);
    sim_lock(c->sim);
    m->busy = false;
    if (HR_FAILED(hr))
        return hr;
    m->status = MOUNT_PREPARED;
    m->layers = *parents;
    *parents = (string_list)STRING_LIST_INIT;
    mounts_save(c->sim);
    return hr;
}

int32_t call_prepare(sim_context *c)
{
    cleanup_strings string_list parents = STRING_LIST_INIT;
    cleanup_free char *path = layer_path(c, "id");
    bool read_only;
    mount *m = NULL;
    int32_t hr = check_scratch(c, path, &read_only);

    if (HR_SUCCEEDED(hr) && (!read_only || cJSON_GetArraySize(json_member(c->request, "parents"))))
        hr = layer_parents(c, &parents);
    if (HR_SUCCEEDED(hr) && !read_only)
        hr = layer_check_scratch_parents(c, path, &parents);
    if (HR_FAILED(hr) || read_only)
        return hr;

    sim_lock(c->sim);
    hr = get_mount(c, path, &m);
    if (HR_SUCCEEDED(hr) && m->status != MOUNT_PREPARED) /* see call_activate() */
        hr = prepare(c, m, &parents);
    sim_unlock(c->sim);
    return hr;
}

/* Takes the filter off; the disk stays attached. Under the lock. */
static int32_t unprepare(sim_context *c, mount *m)
{
    sim_machine *machine = c->sim->machine;
    int32_t hr;

    m->busy = true;
    sim_unlock(c->sim);
    hr = machine->volume_release(machine, m->volume, m->path);
    sim_lock(c->sim);
    m->busy = false;
    if (HR_FAILED(hr))
        return hr;
    m->status = MOUNT_ACTIVE;
    string_list_free(&m->layers);
    mounts_save(c->sim);
    return hr;
}

int32_t call_unprepare(sim_context *c)
{
    cleanup_free char *path = layer_path(c, "id");
    bool read_only;
    mount *m = NULL;
    int32_t hr = check_scratch(c, path, &read_only);

    if (HR_FAILED(hr) || read_only)
        return hr;

    sim_lock(c->sim);
    hr = get_mount(c, path, &m);
    if (HR_SUCCEEDED(hr) && m->status != MOUNT_PREPARED)
        hr = refuse(&c->why, HR_NOT_READY, "'%s' is not prepared.", path);
    if (HR_SUCCEEDED(hr))
        hr = unprepare(c, m);
    sim_unlock(c->sim);
    return hr;
}

/* Also of a prepared one: containerd recovers so what it finds mounted (facts §1.4). */
static int32_t detach(sim_context *c, const char *path)
{
    mount *m = NULL;
    int32_t hr;

    sim_lock(c->sim);
    hr = get_mount(c, path, &m);
    if (HR_SUCCEEDED(hr) && m->status == MOUNT_PREPARED)
        hr = unprepare(c, m);
    if (HR_SUCCEEDED(hr)) {
        mount_remove(c->sim, m);
        mounts_save(c->sim);
    }
    sim_unlock(c->sim);
    return hr;
}

int32_t call_deactivate(sim_context *c)
{
    cleanup_free char *path = layer_path(c, "id");
    bool read_only;
    int32_t hr = check_scratch(c, path, &read_only);

    return HR_FAILED(hr) || read_only ? hr : detach(c, path);
}

int32_t call_detach_disk(sim_context *c)
{
    const char *disk = request_text(c, "path");
    cleanup_free char *folder = disk ? path_parent(disk) : NULL;

    if (!folder)
        return HR_INVALID_PARAMETER;
    return detach(c, folder);
}

/*
 * Without a separator at its end, as dockerd logged what the call gave it ("hcsshim::
 * GetLayerMountPath succeeded … path=\\\\?\\Volume{21c14e6d-…}": moby #32595). Clients that need
 * one add it: dockerd before it writes Root.Path, containerd before it mounts.
 */
int32_t call_mount_path(sim_context *c)
{
    cleanup_free char *path = layer_path(c, "id");
    cleanup_free char *volume = NULL;
    bool read_only;
    mount *m;
    int32_t hr = check_scratch(c, path, &read_only);

    if (HR_FAILED(hr))
        return hr;
    if (read_only) {
        json_add_text(c->reply, "path", path);
        return hr;
    }

    sim_lock(c->sim);
    m = mount_find(c->sim, path);
    if (m && !m->by_vm)
        volume = text_format("\\\\?\\Volume{%s}", m->volume);
    else
        hr = refuse(&c->why, HR_NOT_READY, "The disk of '%s' is not attached.", path);
    json_add_text(c->reply, "path", volume);
    sim_unlock(c->sim);
    return hr;
}
