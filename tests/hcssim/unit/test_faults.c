/* SPDX-License-Identifier: MIT */
/* Fault injection and the journal. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define INJECTED ((int32_t)0x80004005)

static int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void the_nth_call_of_a_name_fails(void **state)
{
    fixture *f = *state;
    hcs_system *system = NULL;

    assert_true(sim_fault(f->host->sim,
                          "{\"call\":\"HcsOpenComputeSystem\",\"nth\":2,\"hr\":\"0x80004005\"}"));
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, NULL), (int32_t)0xC037010E);
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, NULL), INJECTED);
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, NULL), (int32_t)0xC037010E);
    assert_int_equal(sim_faults_hit(f->host->sim), 1);
}

static void the_nth_call_of_any_name_fails(void **state)
{
    fixture *f = *state;
    hcs_system *system = NULL;
    char *list = NULL;

    assert_true(sim_fault(f->host->sim, "{\"nth\":2,\"hr\":-2147467259}"));
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, NULL), (int32_t)0xC037010E);
    assert_int_equal(f->hcs->enumerate_systems(f->hcs, "{}", &list, NULL), INJECTED);
    assert_null(list);
}

static void every_call_can_fail_until_cleared(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = text_format("%s/other", f->host->folder);

    make_scratch(f, path);
    assert_true(sim_fault(f->host->sim,
                          "{\"call\":\"ActivateLayer\",\"every\":true,\"hr\":\"0x80070015\"}"));
    for (int i = 0; i < 3; i++)
        assert_int_equal(f->storage->activate_layer(f->storage, path), HR_FROM_WIN32(21));
    assert_int_equal(sim_faults_hit(f->host->sim), 3);
    sim_faults_clear(f->host->sim);
    assert_int_equal(f->storage->activate_layer(f->storage, path), HR_OK);
    assert_int_equal(f->storage->deactivate_layer(f->storage, path), HR_OK);
}

static void events_come_with_a_failure_if_wanted(void **state)
{
    fixture *f = *state;
    hcs_system *system = NULL;
    char *result = NULL;

    sim_fault(f->host->sim,
              "{\"call\":\"HcsOpenComputeSystem\",\"hr\":\"0xC0370106\",\"events\":true}");
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, &result), (int32_t)0xC0370106);
    assert_non_null(strstr(result, "ErrorEvents"));
    free(result);
    result = NULL;
    sim_fault(f->host->sim, "{\"call\":\"HcsOpenComputeSystem\",\"hr\":\"0xC0370106\"}");
    sim_faults_clear(f->host->sim);
    sim_fault(f->host->sim, "{\"call\":\"HcsOpenComputeSystem\",\"hr\":\"0xC0370106\"}");
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, &result), (int32_t)0xC0370106);
    assert_null(result);
}

static void a_call_can_be_done_and_still_fail(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = process_document(f, "web", "");
    hcs_system *system = NULL;

    sim_fault(f->host->sim, "{\"call\":\"HcsCreateComputeSystem\",\"hr\":\"0x80004005\","
                            "\"after\":true}");
    assert_int_equal(create(f, "web", document, &system), INJECTED);
    assert_null(system);
    assert_int_equal(fake_hcs_handles(f->hcs), 0);
    assert_int_equal(f->hcs->open_system(f->hcs, "web", &system, NULL), HR_OK);
    end_system(f, system);
}

static void a_process_that_nobody_hears_of_leaves_no_stream(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};

    sim_fault(f->host->sim, "{\"call\":\"HcsCreateProcess\",\"hr\":\"0x80004005\",\"after\":true}");
    assert_int_equal(run_process(f, system, "cat", &io, &process), INJECTED);
    assert_null(process);
    assert_null(io.out);
    assert_int_equal(fake_hcs_handles(f->hcs), 1);
    end_system(f, system);
}

static void notifications_are_dropped_and_delayed(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = process_document(f, "web", "");
    hcs_system *system = NULL;
    hcs_registration *registration = NULL;
    int64_t begun;

    sim_fault(f->host->sim, "{\"notify\":2,\"drop\":true}");
    sim_fault(f->host->sim, "{\"notify\":1,\"delay\":150}");
    assert_int_equal(create(f, "web", document, &system), PENDING);
    f->hcs->register_system(f->hcs, system, heard_callback, &f->heard, &registration);
    begun = milliseconds();
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), PENDING);
    heard_wait(&f->heard, 1);
    assert_true(milliseconds() - begun >= 140);
    assert_int_equal(f->heard.items[0].type, HCS_SYSTEM_EXITED);
    assert_int_equal(heard_count(&f->heard, HCS_SYSTEM_CREATE_COMPLETED), 0);
    assert_int_equal(sim_faults_hit(f->host->sim), 2);
    f->hcs->unregister_system(f->hcs, registration);
    f->hcs->close_system(f->hcs, system);
}

static void a_call_can_take_its_time(void **state)
{
    fixture *f = *state;
    int64_t begun = milliseconds();
    bool exists;

    sim_fault(f->host->sim, "{\"call\":\"LayerExists\",\"delay\":100}");
    assert_int_equal(f->storage->layer_exists(f->storage, f->host->base, &exists), HR_OK);
    assert_true(milliseconds() - begun >= 95);
}

static void faults_come_from_a_file(void **state)
{
    fixture *f = *state;
    char *path = text_format("/tmp/hcssim-faults-%p", (void *)f);
    sim_options options = {.faults = path};
    hcs_system *system = NULL;
    FILE *file;

    fixture_restart(f, &options);
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, NULL), (int32_t)0xC037010E);
    file = fopen(path, "w");
    fputs("{\"call\":\"HcsOpenComputeSystem\",\"nth\":2,\"hr\":\"0x80004005\"}\n", file);
    fclose(file);
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, NULL), (int32_t)0xC037010E);
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, NULL), INJECTED);
    remove(path);
    assert_int_equal(f->hcs->open_system(f->hcs, "x", &system, NULL), (int32_t)0xC037010E);
    fixture_restart(f, &(sim_options){0});
    free(path);
}

static void the_service_dies_at_a_call(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");

    sim_fault(f->host->sim, "{\"call\":\"HcsTerminateComputeSystem\",\"kill\":true}");
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), (int32_t)0x8037011E);
    f->hcs->close_system(f->hcs, system);
    assert_int_equal(f->hcs->open_system(f->hcs, "web", &system, NULL), HR_OK);
    end_system(f, system);
}

/* A client that is killed at a call: what would be a process is counted here. */
static uint32_t killed;

static int32_t kill_client(sim_machine *machine, uint32_t pid)
{
    (void)machine;
    killed = pid;
    return HR_OK;
}

static void a_client_is_killed_at_a_call(void **state)
{
    fixture *f = *state;
    bool exists;

    killed = 0;
    f->host->machine->kill_client = kill_client;
    assert_true(sim_fault(f->host->sim, "{\"nth\":2,\"kill_client\":true}"));
    assert_int_equal(f->storage->layer_exists(f->storage, f->host->base, &exists), HR_OK);
    assert_int_equal(killed, 0);
    assert_int_equal(f->storage->deactivate_layer(f->storage, f->scratch), (int32_t)0x8037011E);
    assert_int_equal(killed, getpid());
    assert_int_equal(scripted_volumes(f->host->machine), 1); /* it was not carried out */
    killed = 0;
    sim_faults_clear(f->host->sim);
    assert_true(sim_fault(f->host->sim, "{\"nth\":1,\"kill_client\":true,\"after\":true}"));
    assert_int_equal(f->storage->layer_exists(f->storage, f->host->base, &exists), HR_OK);
    assert_int_equal(killed, getpid());
}

static void malformed_faults_are_refused(void **state)
{
    static const char *const rules[] = {
        "", "{", "{}", "[]", "{\"call\":\"x\"}", "{\"hr\":1,\"unknown\":2}"};
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        assert_false(sim_fault(f->host->sim, rules[i]));
}

/* ---- the journal ---- */

static void the_journal_tells_everything(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    cleanup_json cJSON *journal = NULL;
    const cJSON *entry;
    bool created = false;
    bool notified = false;
    int64_t last = 0;

    end_system(f, system);
    journal = sim_journal(f->host->sim);
    cJSON_ArrayForEach (entry, journal) {
        assert_int_equal(json_integer(entry, "n", 0), last + 1);
        last++;
        if (text_equal(json_text(entry, "call", ""), "HcsCreateComputeSystem")) {
            created = true;
            assert_string_equal(json_text(entry, "id", ""), "web");
            assert_int_equal(json_integer(json_member(entry, "reply"), "hr", 0), PENDING);
        }
        notified = notified || json_integer(entry, "notify", 0) == HCS_SYSTEM_EXITED;
    }
    assert_true(created);
    assert_true(notified);
}

static void the_journal_can_be_a_file(void **state)
{
    fixture *f = *state;
    char *path = text_format("/tmp/hcssim-journal-%p", (void *)f);
    sim_options options = {.journal = path};
    cleanup_json cJSON *journal = NULL;

    fixture_restart(f, &options);
    journal = sim_journal(f->host->sim);
    assert_true(cJSON_GetArraySize(journal) >= 5);
    assert_string_equal(
        json_text(cJSON_GetArrayItem(journal, cJSON_GetArraySize(journal) - 1), "call", ""),
        "GetLayerMountPath");
    fixture_restart(f, &(sim_options){0});
    remove(path);
    free(path);
}

static void what_is_left_is_counted(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    cleanup_json cJSON *left = NULL;

    assert_int_equal(run_process(f, system, "stuck", &io, &process), HR_OK);
    left = sim_leftovers(f->host->sim);
    assert_int_equal(json_integer(left, "systems", 0), 1);
    assert_int_equal(json_integer(left, "processes", 0), 1);
    assert_int_equal(json_integer(left, "handles", 0), 2);
    assert_int_equal(json_integer(left, "endpoints", -1), 0);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(json_member(left, "mounted"), 0)),
                        f->scratch);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    end_system(f, system);
}

static void hear_nothing(uint32_t type, void *context, int32_t hr, const char *data)
{
    (void)type;
    (void)context;
    (void)hr;
    (void)data;
}

/* Any call may fail, before or after it was done: nothing may be lost or crash. */
static void any_failing_call_leaves_the_service_sound(void **state)
{
    fixture *f = *state;

    for (int nth = 1; nth < 40; nth++) {
        cleanup_free char *rule = text_format("{\"nth\":%d,\"hr\":\"0x80004005\",\"after\":%s}",
                                              nth / 2 + 1, nth % 2 ? "true" : "false");
        cleanup_free char *document =
            process_document(f, "web", ",\"TerminateOnLastHandleClosed\":true");
        hcs_port *client = fake_hcs_open(f->host->sim);
        hcs_registration *registration = NULL;
        hcs_system *system = NULL;
        hcs_process *process = NULL;
        hcs_process_io io = {0};

        assert_true(sim_fault(f->host->sim, rule));
        client->create_system(client, "web", document, &system, NULL);
        if (system) {
            client->register_system(client, system, hear_nothing, NULL, &registration);
            client->start_system(client, system, "", NULL);
            client->create_process(client, system, "{\"CommandLine\":\"echo x\"}", &io, &process,
                                   NULL);
            client->terminate_system(client, system, "", NULL);
            if (process)
                client->close_process(client, process);
            if (registration)
                client->unregister_system(client, registration);
            client->close_system(client, system);
        }
        sim_faults_clear(f->host->sim);
        f->expected_left += fake_hcs_handles(client);
        client->free(client);
        while (f->hcs->open_system(f->hcs, "web", &system, NULL) == HR_OK) {
            f->hcs->terminate_system(f->hcs, system, "", NULL);
            f->hcs->close_system(f->hcs, system);
        }
    }
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_nth_call_of_a_name_fails),
        TEST(the_nth_call_of_any_name_fails),
        TEST(every_call_can_fail_until_cleared),
        TEST(events_come_with_a_failure_if_wanted),
        TEST(a_call_can_be_done_and_still_fail),
        TEST(a_process_that_nobody_hears_of_leaves_no_stream),
        TEST(notifications_are_dropped_and_delayed),
        TEST(a_call_can_take_its_time),
        TEST(faults_come_from_a_file),
        TEST(the_service_dies_at_a_call),
        TEST(a_client_is_killed_at_a_call),
        TEST(malformed_faults_are_refused),
        TEST(the_journal_tells_everything),
        TEST(the_journal_can_be_a_file),
        TEST(what_is_left_is_counted),
        TEST(any_failing_call_leaves_the_service_sound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
