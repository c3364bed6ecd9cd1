/* SPDX-License-Identifier: MIT */
/* A whole wcow on a simulated host. */
#include "tests/unit/engine/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "base/thread.h"
#include "port/hash.h"
#include "tests/unit/support/tar_builder.h"

/* ---- monitors on threads ---- */

typedef struct monitor_start {
    fixture *f;
    char *root; /* of the host that starts it, as --root tells it */
    char id[80];
    char *line; /* of its service; NULL: it is none */
    bool by_itself;
} monitor_start;

static void run_monitor(monitor_start *start)
{
    fixture *f = start->f;
    hcs_port *hcs = fake_hcs_open(f->fake->sim);
    storage_port *storage = fake_storage_open(f->fake->sim);
    wcow_host *host = NULL;

    if (!host_new(start->root, hcs, storage, &f->monitors.port, &host, NULL)) {
        host->limits = f->host->limits;
        host->port_owner = f->host->port_owner;
        host->services = f->host->services;
        ignore(start->by_itself ? wcow_monitor_run_at_boot(host, start->id, NULL)
                                : wcow_monitor_run(host, start->id, NULL));
    }
    wcow_host_free(host);
    pthread_mutex_lock(&f->lock);
    f->leaked += fake_hcs_handles(hcs);
    pthread_mutex_unlock(&f->lock);
    hcs->free(hcs);
    storage->free(storage);
}

static void *monitor_main(void *context)
{
    monitor_start *start = context;
    fixture *f = start->f;

    run_monitor(start);
    if (start->line)
        fake_services_ended(&f->services, start->line);
    free(start->line);
    free(start->root);
    free(start);
    pthread_mutex_lock(&f->lock);
    f->running--;
    pthread_cond_broadcast(&f->changed);
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

static int32_t start_thread(fixture *f, const char *root, const char *id, const char *line,
                            bool by_itself)
{
    monitor_start *start = calloc(1, sizeof *start);

    if (!start)
        return -1;
    start->f = f;
    start->root = text_copy(root);
    start->line = line ? text_copy(line) : NULL;
    start->by_itself = by_itself;
    snprintf(start->id, sizeof start->id, "%s", id);
    pthread_mutex_lock(&f->lock);
    f->running++;
    pthread_mutex_unlock(&f->lock);
    return thread_start_detached(monitor_main, start) ? 0 : -1;
}

static int32_t start_monitor(void *context, wcow_host *host, const char *id, machine_child **child)
{
    (void)child;
    return start_thread(context, host->root, id, NULL, false);
}

/* Its command line ends with the container's id. */
static int32_t start_service(void *context, const char *command_line, bool asked)
{
    fixture *f = context;

    return start_thread(f, f->root, strrchr(command_line, ' ') + 1, command_line, !asked);
}

void fixture_serve(fixture *f)
{
    fake_services_init(&f->services, start_service, f);
    f->serves = true;
    f->host->services = &f->services.port;
}

void fixture_settle(fixture *f)
{
    pthread_mutex_lock(&f->lock);
    while (f->running)
        pthread_cond_wait(&f->changed, &f->lock);
    pthread_mutex_unlock(&f->lock);
}

/* ---- the host ---- */

/* Short enough for a test, long enough for a loaded machine. */
static const host_limits limits = {.lock = 10000,
                                   .owner = 5000,
                                   .connect = 10000,
                                   .request = 5000,
                                   .drain = 200,
                                   .shutdown = 5000,
                                   .terminate = 2000,
                                   .lull = 20,
                                   .boot = 20000,
                                   .answer = 5000,
                                   .patience = 5000};

fixture *fixture_new(const sim_options *options)
{
    fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->fake = fake_host_new(options);
    assert_non_null(f->fake);
    f->root = path_join(f->fake->folder, "root");
    assert_int_equal(files_port_open(&f->files), 0);
    faulty_files_init(&f->faulty, f->files);
    faulty_files_init(&f->monitors, f->files);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->changed, NULL);
    assert_ok(&f->err, host_new(f->root, f->fake->hcs, f->fake->storage, &f->faulty.port, &f->host,
                                &f->err));
    f->host->limits = limits;
    f->host->start_monitor = start_monitor;
    f->host->start_context = f;
    return f;
}

fixture *fixture_with_image(const sim_options *options)
{
    fixture *f = fixture_new(options);

    fixture_load(f, IMAGE, "{\"Cmd\":[\"ping\"],\"Env\":[\"FROM=image\"]}");
    return f;
}

/* What a failed test left running would else run for ever. */
static void remove_all(fixture *f)
{
    wcow_container_info *rows = NULL;
    size_t count = 0;

    faulty_files_fail(&f->faulty, 0);
    sim_faults_clear(f->fake->sim);
    if (wcow_container_list(f->host, &rows, &count, NULL))
        return;
    for (size_t i = 0; i < count; i++) {
        wcow_container *container = NULL;

        if (rows[i].running && !wcow_container_open(f->host, rows[i].id, &container, NULL))
            ignore(wcow_container_remove(container, true, NULL));
        wcow_container_free(container);
    }
    wcow_free(rows);
}

void fixture_free(fixture *f)
{
    remove_all(f);
    fixture_settle(f);
    wcow_host_free(f->host);
    assert_int_equal(f->faulty.open, 0);
    assert_int_equal(f->monitors.open, 0);
    assert_int_equal(fake_host_free(f->fake), f->may_leave);
    f->files->free(f->files);
    if (f->serves)
        fake_services_clear(&f->services);
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->changed);
    free(f->root);
    free(f);
}

int fixture_set_up(void **state)
{
    *state = fixture_with_image(NULL);
    return 0;
}

int fixture_tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

/* ---- images ---- */

static void hash_of(const text *bytes, char hex[SHA256_HEX_SIZE])
{
    cleanup_sha256 sha256 *hash = sha256_new();

    sha256_update(hash, bytes->data, bytes->length);
    sha256_finish(hash, hex);
}

void fixture_hive(const char *mark, unsigned char out[HIVE_FILE_SIZE])
{
    hive_file_make(1, out);
    /* Among what is free of its bin. */
    memcpy(out + HIVE_FILE_SIZE / 2 + 512, mark, strlen(mark));
}

static void add_hive(text *layer, const char *name)
{
    unsigned char hive[HIVE_FILE_SIZE];

    fixture_hive(name, hive);
    tar_add(layer, '0', name, "", hive, sizeof hive);
}

static void add_base_layer(text *layer)
{
    static const char *const folders[] = {"Files",
                                          "Files/Windows",
                                          "Files/Windows/System32",
                                          "Files/Windows/System32/config",
                                          "UtilityVM",
                                          "UtilityVM/Files",
                                          "UtilityVM/Files/EFI",
                                          "UtilityVM/Files/EFI/Microsoft",
                                          "UtilityVM/Files/EFI/Microsoft/Boot"};
    static const char *const hives[] = {
        "Files/Windows/System32/config/DEFAULT", "Files/Windows/System32/config/SAM",
        "Files/Windows/System32/config/SECURITY", "Files/Windows/System32/config/SOFTWARE",
        "Files/Windows/System32/config/SYSTEM"};
    static const char *const files[] = {"Files/Windows/System32/cmd.exe",
                                        "UtilityVM/Files/EFI/Microsoft/Boot/BCD"};

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        tar_add_directory(layer, folders[i]);
    for (size_t i = 0; i < sizeof hives / sizeof hives[0]; i++)
        add_hive(layer, hives[i]);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        tar_add_file(layer, files[i], files[i]);
    tar_end(layer);
}

static void add_upper_layer(text *layer, const char *entry, const char *content)
{
    tar_add_directory(layer, "Files");
    tar_add_file(layer, entry, content);
    tar_add_directory(layer, "Hives");
    add_hive(layer, "Hives/Software_Delta");
    tar_end(layer);
}

void fixture_archive_with(text *out, const char *name, const char *config, const char *entry)
{
    cleanup_text text base = TEXT_INIT;
    cleanup_text text upper = TEXT_INIT;
    cleanup_text text json = TEXT_INIT;
    cleanup_text text manifest = TEXT_INIT;
    char base_hex[SHA256_HEX_SIZE];
    char upper_hex[SHA256_HEX_SIZE];

    add_base_layer(&base);
    add_upper_layer(&upper, entry, name);
    hash_of(&base, base_hex);
    hash_of(&upper, upper_hex);
    text_addf(&json,
              "{\"architecture\":\"amd64\",\"os\":\"windows\",\"os.version\":\"10.0.20348.1\","
              "\"created\":\"2026-01-02T03:04:05Z\",\"config\":%s,\"rootfs\":{\"type\":\"layers\","
              "\"diff_ids\":[\"sha256:%s\",\"sha256:%s\"]},\"history\":[]}",
              config, base_hex, upper_hex);
    text_addf(&manifest,
              "[{\"Config\":\"config.json\",\"RepoTags\":[\"%s\"],\"Layers\":[\"base.tar\","
              "\"upper.tar\"]}]",
              name);
    tar_add(out, '0', "base.tar", "", base.data, base.length);
    tar_add(out, '0', "upper.tar", "", upper.data, upper.length);
    tar_add_file(out, "config.json", json.data);
    tar_add_file(out, "manifest.json", manifest.data);
    tar_end(out);
}

void fixture_archive(text *out, const char *name, const char *config)
{
    fixture_archive_with(out, name, config, "Files/name.txt");
}

char *fixture_write(fixture *f, const char *name, const void *bytes, size_t size)
{
    char *path = path_join(f->fake->folder, name);
    FILE *opened = fopen(path, "wb");

    assert_non_null(opened);
    assert_int_equal(fwrite(bytes, 1, size, opened), size);
    assert_int_equal(fclose(opened), 0);
    return path;
}

void fixture_load(fixture *f, const char *name, const char *config)
{
    cleanup_text text archive = TEXT_INIT;
    cleanup_free char *path = NULL;

    fixture_archive(&archive, name, config);
    path = fixture_write(f, "image.tar", archive.data, archive.length);
    assert_ok(&f->err, wcow_image_load(f->host, path, NULL, &f->err));
}

/* ---- containers ---- */

wcow_container *fixture_create(fixture *f, const char *name, const char *const *command)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = command;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

cJSON *fixture_json(fixture *f, char *json)
{
    cJSON *value = NULL;

    assert_ok(&f->err, json_parse(json, strlen(json), "the answer", &value, &f->err));
    wcow_free(json);
    return value;
}

size_t fixture_left(fixture *f, const char *what)
{
    cleanup_json cJSON *left = sim_leftovers(f->fake->sim);
    const cJSON *item = json_member(left, what);

    if (cJSON_IsArray(item))
        return (size_t)cJSON_GetArraySize(item);
    return (size_t)json_integer(left, what, 0);
}

void fixture_assert_clean(fixture *f)
{
    fixture_settle(f);
    assert_int_equal(fixture_left(f, "systems"), 0);
    assert_int_equal(fixture_left(f, "processes"), 0);
    assert_int_equal(fixture_left(f, "mounted"), 0);
    assert_int_equal(fixture_left(f, "endpoints"), 0);
    assert_int_equal(f->leaked, 0);
    assert_int_equal(fake_hcs_handles(f->fake->hcs), 0);
}

size_t fixture_calls(fixture *f, const char *name)
{
    return sim_calls(f->fake->sim, name);
}

char *fixture_inspect(fixture *f, wcow_container *container, const char *path)
{
    cleanup_json cJSON *json = NULL;
    cleanup_free char *printed = NULL;
    const cJSON *item;

    assert_ok(&f->err, wcow_container_inspect(container, &printed, &f->err));
    assert_ok(&f->err, json_parse(printed, strlen(printed), "inspect", &json, &f->err));
    item = json_path(json, path);
    if (!item)
        return text_copy("<missing>");
    return cJSON_IsString(item) ? text_copy(item->valuestring) : json_print(item);
}

/* ---- standard streams ---- */

static int open_capture(fixture *f, const char *name, char **path)
{
    *path = path_join(f->fake->folder, name);
    return open(*path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
}

void streams_replace(fixture *f, streams *s)
{
    int out = open_capture(f, "stdout.txt", &s->out_path);
    int err = open_capture(f, "stderr.txt", &s->err_path);

    fflush(NULL);
    assert_int_equal(pipe(s->in), 0);
    for (int i = 0; i < 3; i++)
        s->saved[i] = dup(i);
    dup2(s->in[0], 0);
    dup2(out, 1);
    dup2(err, 2);
    close(out);
    close(err);
    close(s->in[0]);
}

static char *slurp(const char *path)
{
    FILE *opened = fopen(path, "rb");
    text all = TEXT_INIT;
    char block[4096];
    size_t got;

    while (opened && (got = fread(block, 1, sizeof block, opened)) > 0)
        text_add_bytes(&all, block, got);
    if (opened)
        fclose(opened);
    text_add(&all, "");
    return text_take(&all);
}

void streams_restore(streams *s, char **out, char **err)
{
    for (int i = 0; i < 3; i++) {
        dup2(s->saved[i], i);
        close(s->saved[i]);
    }
    if (s->in[1] >= 0)
        close(s->in[1]);
    *out = slurp(s->out_path);
    *err = slurp(s->err_path);
    free(s->out_path);
    free(s->err_path);
}
