/* SPDX-License-Identifier: MIT */
/* See support.h. */
#include "support.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void heard_init(heard *h)
{
    memset(h, 0, sizeof(*h));
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->changed, NULL);
}

void heard_free(heard *h)
{
    pthread_cond_destroy(&h->changed);
    pthread_mutex_destroy(&h->lock);
}

void heard_callback(uint32_t type, void *context, int32_t hr, const char *data)
{
    heard *h = context;

    pthread_mutex_lock(&h->lock);
    h->items[h->count].type = type;
    h->items[h->count].hr = hr;
    h->items[h->count].thread = pthread_self();
    snprintf(h->items[h->count].data, sizeof(h->items[0].data), "%s", data ? data : "");
    h->count++;
    pthread_cond_broadcast(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

void heard_wait(heard *h, size_t count)
{
    struct timespec until;
    size_t got;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 5;
    pthread_mutex_lock(&h->lock);
    while (h->count < count && !pthread_cond_timedwait(&h->changed, &h->lock, &until))
        ;
    got = h->count;
    pthread_mutex_unlock(&h->lock);
    assert_true(got >= count);
}

int32_t heard_wait_for(heard *h, uint32_t type)
{
    size_t seen = 0;

    for (;;) {
        heard_wait(h, seen + 1);
        if (h->items[seen].type == type)
            return h->items[seen].hr;
        seen++;
    }
}

size_t heard_count(heard *h, uint32_t type)
{
    size_t count = 0;

    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->count; i++)
        count += h->items[i].type == type;
    pthread_mutex_unlock(&h->lock);
    return count;
}

void parents_of(fixture *f, layer_descriptor out[2])
{
    out[0].path = f->host->upper;
    out[1].path = f->host->base;
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(
            f->storage->name_to_guid(f->storage, path_base_name(out[i].path), &out[i].id), HR_OK);
}

void make_scratch(fixture *f, const char *path)
{
    layer_descriptor parents[2];

    parents_of(f, parents);
    assert_int_equal(f->storage->create_sandbox_layer(f->storage, path, parents, 2), HR_OK);
}

static void prepare(fixture *f)
{
    layer_descriptor parents[2];

    parents_of(f, parents);
    f->scratch = path_join(f->host->folder, "scratch");
    make_scratch(f, f->scratch);
    assert_int_equal(f->storage->activate_layer(f->storage, f->scratch), HR_OK);
    assert_int_equal(f->storage->prepare_layer(f->storage, f->scratch, parents, 2), HR_OK);
    assert_int_equal(f->storage->get_layer_mount_path(f->storage, f->scratch, &f->volume), HR_OK);
}

static void open_host(fixture *f, const sim_options *options)
{
    f->host = fake_host_new(options);
    assert_non_null(f->host);
    f->hcs = f->host->hcs;
    f->storage = f->host->storage;
    prepare(f);
}

static size_t close_host(fixture *f)
{
    size_t left;

    if (scripted_volumes(f->host->machine)) {
        f->storage->unprepare_layer(f->storage, f->scratch);
        f->storage->deactivate_layer(f->storage, f->scratch);
    }
    left = scripted_volumes(f->host->machine) + scripted_processes(f->host->machine);
    left += fake_host_free(f->host);
    free(f->scratch);
    free(f->volume);
    return left;
}

int fixture_setup(void **state)
{
    fixture *f = calloc(1, sizeof(*f));

    heard_init(&f->heard);
    open_host(f, NULL);
    *state = f;
    return 0;
}

void fixture_restart(fixture *f, const sim_options *options)
{
    assert_int_equal(close_host(f), 0);
    open_host(f, options);
}

int fixture_teardown(void **state)
{
    fixture *f = *state;
    size_t left = close_host(f) - f->expected_left;

    heard_free(&f->heard);
    free(f->result);
    free(f);
    if (left)
        fprintf(stderr, "%zu handles, processes or volumes were left behind\n", left);
    return left ? -1 : 0;
}

static char *layers_of(const fixture *f, storage_port *storage)
{
    const char *paths[] = {f->host->upper, f->host->base};
    text out = TEXT_INIT;

    for (size_t i = 0; i < 2; i++) {
        char printed[GUID_TEXT_SIZE];
        guid id;

        storage->name_to_guid(storage, path_base_name(paths[i]), &id);
        guid_print(&id, printed);
        text_addf(&out, "%s{\"ID\":\"%s\",\"Path\":\"%s\"}", i ? "," : "", printed, paths[i]);
    }
    return text_take(&out);
}

/* A path in JSON: separators doubled. */
static char *escaped(const char *path)
{
    text out = TEXT_INIT;

    for (; *path; path++)
        text_addf(&out, *path == '\\' ? "\\\\" : "%c", *path);
    return text_take(&out);
}

char *process_document(const fixture *f, const char *id, const char *more)
{
    cleanup_free char *layers = layers_of(f, f->storage);
    cleanup_free char *volume = escaped(f->volume);

    return text_format("{\"SystemType\":\"Container\",\"Name\":\"%s\",\"HvPartition\":false,"
                       "\"VolumePath\":\"%s\",\"LayerFolderPath\":\"%s\",\"Layers\":[%s]%s}",
                       id, volume, f->scratch, layers, more);
}

char *hyperv_document(const fixture *f, const char *id, const char *more)
{
    cleanup_free char *layers = layers_of(f, f->storage);

    return text_format("{\"SystemType\":\"Container\",\"Name\":\"%s\",\"HvPartition\":true,"
                       "\"HvRuntime\":{\"ImagePath\":\"%s/UtilityVM\"},\"LayerFolderPath\":\"%s\","
                       "\"Layers\":[%s]%s}",
                       id, f->host->base, f->scratch, layers, more);
}

int32_t create(fixture *f, const char *id, const char *document, hcs_system **out)
{
    free(f->result);
    f->result = NULL;
    return f->hcs->create_system(f->hcs, id, document, out, &f->result);
}

/* Completion of what is pending on a fresh registration. */
static void await(fixture *f, hcs_system *system, int32_t hr, uint32_t type)
{
    hcs_registration *registration = NULL;
    heard here;

    if (hr == HR_OK)
        return;
    assert_int_equal(hr, PENDING);
    heard_init(&here);
    assert_int_equal(f->hcs->register_system(f->hcs, system, heard_callback, &here, &registration),
                     HR_OK);
    assert_int_equal(heard_wait_for(&here, type), HR_OK);
    assert_int_equal(f->hcs->unregister_system(f->hcs, registration), HR_OK);
    heard_free(&here);
}

hcs_system *run_document(fixture *f, const char *id, const char *document)
{
    hcs_system *system = NULL;
    int32_t hr = create(f, id, document, &system);

    await(f, system, hr, HCS_SYSTEM_CREATE_COMPLETED);
    await(f, system, f->hcs->start_system(f->hcs, system, "", NULL), HCS_SYSTEM_START_COMPLETED);
    return system;
}

hcs_system *run_system(fixture *f, const char *id)
{
    cleanup_free char *document = process_document(f, id, "");

    return run_document(f, id, document);
}

void end_system(fixture *f, hcs_system *system)
{
    await(f, system, f->hcs->terminate_system(f->hcs, system, "", NULL), HCS_SYSTEM_EXITED);
    assert_int_equal(f->hcs->close_system(f->hcs, system), HR_OK);
}

int32_t run_process(fixture *f, hcs_system *system, const char *command, hcs_process_io *io,
                    hcs_process **out)
{
    cleanup_free char *quoted = escaped(command);
    cleanup_free char *document =
        text_format("{\"CommandLine\":\"%s\",\"CreateStdInPipe\":true,\"CreateStdOutPipe\":true,"
                    "\"CreateStdErrPipe\":true,\"ConsoleSize\":[0,0]}",
                    quoted);

    free(f->result);
    f->result = NULL;
    return f->hcs->create_process(f->hcs, system, document, io, out, &f->result);
}

char *read_all(stream *s)
{
    text out = TEXT_INIT;
    char buffer[4096];
    size_t got;

    while (HR_SUCCEEDED(stream_read(s, buffer, sizeof(buffer), &got)) && got)
        text_add_bytes(&out, buffer, got);
    stream_free(s);
    return out.data ? text_take(&out) : text_copy("");
}

uint32_t exit_code(fixture *f, hcs_process *process)
{
    hcs_registration *registration = NULL;
    cleanup_free char *status = NULL;
    cleanup_json cJSON *parsed = NULL;
    heard here;

    heard_init(&here);
    assert_int_equal(
        f->hcs->register_process(f->hcs, process, heard_callback, &here, &registration), HR_OK);
    heard_wait(&here, 1);
    assert_int_equal(here.items[0].type, HCS_PROCESS_EXITED);
    assert_int_equal(f->hcs->unregister_process(f->hcs, registration), HR_OK);
    heard_free(&here);
    assert_int_equal(f->hcs->get_process_properties(f->hcs, process, &status, NULL), HR_OK);
    parsed = cJSON_Parse(status);
    assert_true(json_bool(parsed, "Exited", false));
    assert_int_equal(json_integer(parsed, "LastWaitResult", -1), 0);
    return (uint32_t)json_integer(parsed, "ExitCode", -1);
}

void io_free(hcs_process_io *io)
{
    stream_free(io->in);
    stream_free(io->out);
    stream_free(io->err);
    *io = (hcs_process_io){0};
}

cJSON *properties(fixture *f, hcs_system *system, const char *query)
{
    cleanup_free char *printed = NULL;

    assert_int_equal(f->hcs->get_system_properties(f->hcs, system, query, &printed, NULL), HR_OK);
    return cJSON_Parse(printed);
}

cJSON *hns(fixture *f, const char *method, const char *path, const char *body)
{
    cleanup_free char *response = NULL;

    assert_int_equal(f->hcs->hns_call(f->hcs, method, path, body, &response), HR_OK);
    return cJSON_Parse(response);
}
