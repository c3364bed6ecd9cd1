/* SPDX-License-Identifier: MIT */
/* Compute systems: states, notifications, handles of many clients, the death of things. */
#include "support.h"

#include <stdlib.h>
#include <time.h>

#define INVALID_STATE   ((int32_t)0xC0370105)
#define NOT_FOUND       ((int32_t)0xC037010E)
#define ALREADY_EXISTS  ((int32_t)0xC037010F)
#define ALREADY_STOPPED ((int32_t)0xC0370110)
#define DISCONNECTED    ((int32_t)0x8037011E)

static hcs_system *created(fixture *f, const char *id, const char *more)
{
    cleanup_free char *document = process_document(f, id, more);
    hcs_system *system = NULL;

    assert_int_equal(create(f, id, document, &system), PENDING);
    return system;
}

static hcs_registration *listen(fixture *f, hcs_port *hcs, hcs_system *system)
{
    hcs_registration *registration = NULL;

    assert_int_equal(hcs->register_system(hcs, system, heard_callback, &f->heard, &registration),
                     HR_OK);
    return registration;
}

static void pause_for(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static void completions_wait_for_the_first_registration(void **state)
{
    fixture *f = *state;
    hcs_system *system = created(f, "web", "");
    hcs_registration *first;
    hcs_registration *second;

    /* Refused until Create is through, which nobody is told of yet. */
    while (f->hcs->start_system(f->hcs, system, "", NULL) == INVALID_STATE)
        pause_for(1);
    pause_for(50);
    first = listen(f, f->hcs, system);
    heard_wait(&f->heard, 2);
    assert_int_equal(f->heard.items[0].type, HCS_SYSTEM_CREATE_COMPLETED);
    assert_int_equal(f->heard.items[1].type, HCS_SYSTEM_START_COMPLETED);
    assert_false(pthread_equal(f->heard.items[0].thread, pthread_self()));
    second = listen(f, f->hcs, system);
    pause_for(50);
    assert_int_equal(f->heard.count, 2);
    f->hcs->unregister_system(f->hcs, first);
    f->hcs->unregister_system(f->hcs, second);
    end_system(f, system);
}

static void a_synchronous_service_answers_at_once(void **state)
{
    fixture *f = *state;
    sim_options options = {.synchronous = true};
    cleanup_free char *document = NULL;
    hcs_system *system = NULL;

    fixture_restart(f, &options);
    document = process_document(f, "web", "");
    assert_int_equal(create(f, "web", document, &system), HR_OK);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), HR_OK);
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), HR_OK);
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), ALREADY_STOPPED);
    assert_int_equal(f->hcs->close_system(f->hcs, system), HR_OK);
}

static void calls_out_of_order_are_refused(void **state)
{
    fixture *f = *state;
    hcs_system *system = created(f, "web", "");
    hcs_registration *registration = listen(f, f->hcs, system);
    cleanup_free char *result = NULL;

    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_CREATE_COMPLETED), HR_OK);
    assert_int_equal(f->hcs->shutdown_system(f->hcs, system, "", &result), INVALID_STATE);
    assert_non_null(strstr(result, "'web'"));
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_START_COMPLETED), HR_OK);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), INVALID_STATE);
    assert_int_equal(f->hcs->resume_system(f->hcs, system, "", NULL), INVALID_STATE);
    assert_int_equal(f->hcs->pause_system(f->hcs, system, "", NULL), HR_FROM_WIN32(50));
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_EXITED), HR_OK);
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), ALREADY_STOPPED);
    assert_int_equal(f->hcs->shutdown_system(f->hcs, system, "", NULL), ALREADY_STOPPED);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), INVALID_STATE);
    f->hcs->unregister_system(f->hcs, registration);
    f->hcs->close_system(f->hcs, system);
}

static void ids_are_unique_until_the_last_handle_is_closed(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = process_document(f, "web", "");
    hcs_system *system = created(f, "web", "");
    hcs_system *other = NULL;
    hcs_registration *registration;

    assert_int_equal(create(f, "web", document, &other), ALREADY_EXISTS);
    assert_null(other);
    assert_non_null(strstr(f->result, "'web'"));
    assert_int_equal(f->hcs->open_system(f->hcs, "db", &other, NULL), NOT_FOUND);
    registration = listen(f, f->hcs, system);
    f->hcs->terminate_system(f->hcs, system, "", NULL);
    heard_wait_for(&f->heard, HCS_SYSTEM_EXITED);
    assert_int_equal(create(f, "web", document, &other), ALREADY_EXISTS);
    f->hcs->unregister_system(f->hcs, registration);
    f->hcs->close_system(f->hcs, system);
    assert_int_equal(f->hcs->open_system(f->hcs, "web", &other, NULL), NOT_FOUND);
    assert_int_equal(create(f, "web", document, &other), PENDING);
    end_system(f, other);
}

static void a_stopped_system_is_listed_until_it_is_closed(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_registration *registration = listen(f, f->hcs, system);
    char *list = NULL;

    f->hcs->terminate_system(f->hcs, system, "", NULL);
    heard_wait_for(&f->heard, HCS_SYSTEM_EXITED);
    assert_int_equal(f->hcs->enumerate_systems(f->hcs, "{}", &list, NULL), HR_OK);
    assert_non_null(strstr(list, "\"State\":\"Stopped\""));
    assert_non_null(strstr(list, "\"ExitType\":\"ForcedExit\""));
    free(list);
    f->hcs->unregister_system(f->hcs, registration);
    f->hcs->close_system(f->hcs, system);
    assert_int_equal(f->hcs->enumerate_systems(f->hcs, "{}", &list, NULL), HR_OK);
    assert_string_equal(list, "[]");
    free(list);
}

static void the_list_is_filtered(void **state)
{
    static const struct {
        const char *query;
        bool found;
    } cases[] = {
        {"", true},
        {"{\"Owners\":[\"wcow\"]}", true},
        {"{\"Owners\":[\"WCOW\"]}", false},
        {"{\"Ids\":[\"db\",\"web\"]}", true},
        {"{\"Names\":[\"db\"]}", false},
        {"{\"Types\":[\"Container\"]}", true},
        {"{\"Types\":[\"VirtualMachine\"]}", false},
    };
    fixture *f = *state;
    hcs_system *system = created(f, "web", ",\"Owner\":\"wcow\"");
    char *list = NULL;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(f->hcs->enumerate_systems(f->hcs, cases[i].query, &list, NULL), HR_OK);
        assert_int_equal(strstr(list, "\"web\"") != NULL, cases[i].found);
        free(list);
        list = NULL;
    }
    assert_int_equal(f->hcs->enumerate_systems(f->hcs, "{\"Owner\":[]}", &list, NULL),
                     (int32_t)0xC037010D);
    end_system(f, system);
}

static void every_handle_hears_of_the_end_once(void **state)
{
    fixture *f = *state;
    hcs_port *client = fake_hcs_open(f->host->sim);
    hcs_system *system = run_system(f, "web");
    hcs_system *other = NULL;
    hcs_registration *registrations[3];

    assert_int_equal(client->open_system(client, "web", &other, NULL), HR_OK);
    registrations[0] = listen(f, f->hcs, system);
    registrations[1] = listen(f, client, other);
    f->hcs->terminate_system(f->hcs, system, "", NULL);
    heard_wait(&f->heard, 2);
    registrations[2] = listen(f, f->hcs, system);
    heard_wait(&f->heard, 3);
    pause_for(30);
    assert_int_equal(heard_count(&f->heard, HCS_SYSTEM_EXITED), 3);
    f->hcs->unregister_system(f->hcs, registrations[0]);
    f->hcs->unregister_system(f->hcs, registrations[2]);
    client->unregister_system(client, registrations[1]);
    client->close_system(client, other);
    client->free(client);
    f->hcs->close_system(f->hcs, system);
}

#define ROUNDS 1500

/* AddressSanitizer's own counter; it stands in for the C library's. */
size_t __sanitizer_get_current_allocated_bytes(void);

/* A host that has run some hundred containers is as large as before, and its journal ends. */
static void a_host_does_not_grow_with_what_it_did(void **state)
{
    const sim_options options = {.synchronous = true};
    fixture *f = *state;
    size_t before = 0, after;
    cJSON *kept;

    fixture_restart(f, &options);
    for (int i = 0; i < ROUNDS; i++) {
        hcs_process_io io = {0};
        hcs_process *process = NULL;
        hcs_system *system = run_system(f, "web");

        if (i == ROUNDS - 500) /* by then the journal is full */
            before = __sanitizer_get_current_allocated_bytes();
        assert_int_equal(run_process(f, system, "exit 0", &io, &process), HR_OK);
        io_free(&io);
        f->hcs->close_process(f->hcs, process);
        end_system(f, system);
    }
    pause_for(50);
    after = __sanitizer_get_current_allocated_bytes();
    assert_true(after < before + 200000);
    kept = sim_journal(f->host->sim);
    assert_int_equal(cJSON_GetArraySize(kept), 4096);
    assert_int_equal(json_integer(cJSON_GetArrayItem(kept, 4095), "n", 0) -
                         json_integer(cJSON_GetArrayItem(kept, 0), "n", 0),
                     4095);
    cJSON_Delete(kept);
}

/* For tests of clients that must not rely on it. */
static void a_host_can_be_told_to_ignore_that_wish(void **state)
{
    sim_options careless = {.keep_orphans = true};
    fixture *f = *state;
    hcs_system *system;

    fixture_restart(f, &careless);
    system = created(f, "web", ",\"TerminateOnLastHandleClosed\":true");
    f->hcs->close_system(f->hcs, system);
    system = NULL;
    assert_int_equal(f->hcs->open_system(f->hcs, "web", &system, NULL), HR_OK);
    end_system(f, system);
}

static void the_last_handle_of_any_client_ends_a_system_if_asked(void **state)
{
    fixture *f = *state;
    hcs_port *client = fake_hcs_open(f->host->sim);
    hcs_system *system = created(f, "web", ",\"TerminateOnLastHandleClosed\":true");
    hcs_system *other = NULL;
    hcs_registration *registration;

    assert_int_equal(client->open_system(client, "web", &other, NULL), HR_OK);
    assert_int_equal(f->hcs->close_system(f->hcs, system), HR_OK);
    pause_for(30);
    assert_int_equal(f->hcs->open_system(f->hcs, "web", &system, NULL), HR_OK);
    registration = listen(f, f->hcs, system);
    assert_int_equal(client->close_system(client, other), HR_OK);
    pause_for(30);
    assert_int_equal(heard_count(&f->heard, HCS_SYSTEM_EXITED), 0);
    f->hcs->unregister_system(f->hcs, registration);
    f->hcs->close_system(f->hcs, system);
    while (f->hcs->open_system(f->hcs, "web", &system, NULL) == HR_OK) {
        f->hcs->close_system(f->hcs, system);
        pause_for(1);
    }
    client->free(client);
}

static void a_client_that_dies_leaves_no_handle(void **state)
{
    fixture *f = *state;
    hcs_port *client = fake_hcs_open(f->host->sim);
    cleanup_free char *document =
        process_document(f, "web", ",\"TerminateOnLastHandleClosed\":true");
    cleanup_json cJSON *left = NULL;
    hcs_system *system = NULL;
    uint64_t session = sim_session_open(f->host->sim, 7, NULL, NULL);
    cleanup_json cJSON *request = cJSON_CreateObject();
    cleanup_json cJSON *reply = NULL;

    assert_int_equal(client->create_system(client, "web", document, &system, NULL), PENDING);
    assert_int_equal(fake_hcs_handles(client), 1);
    json_add_text(request, "call", "HcsOpenComputeSystem");
    json_add_text(request, "id", "web");
    reply = sim_call(f->host->sim, session, request);
    assert_int_equal(json_integer(reply, "hr", -1), 0);
    assert_int_equal(sim_session_handles(f->host->sim, session), 1);
    client->close_system(client, system);
    sim_session_close(f->host->sim, session); /* it died: its handle counts as left open */
    while (f->hcs->open_system(f->hcs, "web", &system, NULL) == HR_OK) {
        f->hcs->close_system(f->hcs, system);
        pause_for(1);
    }
    client->free(client);
    left = sim_leftovers(f->host->sim);
    assert_int_equal(json_integer(left, "systems", -1), 0);
    assert_int_equal(json_integer(left, "handles", -1), 0);
    f->expected_left = 1;
}

static void a_guest_that_goes_down_is_an_unexpected_exit(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_registration *registration = listen(f, f->hcs, system);

    assert_true(scripted_crash(f->host->machine, "web"));
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_EXITED), (int32_t)0xC0370106);
    assert_non_null(strstr(f->heard.items[0].data, "UnexpectedExit"));
    f->hcs->unregister_system(f->hcs, registration);
    f->hcs->close_system(f->hcs, system);
}

static void a_virtual_machine_can_be_paused(void **state)
{
    fixture *f = *state;
    cleanup_free char *document = NULL;
    hcs_system *system = NULL;
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    hcs_registration *registration;
    cJSON *basic;

    f->storage->unprepare_layer(f->storage, f->scratch);
    f->storage->deactivate_layer(f->storage, f->scratch);
    document = hyperv_document(f, "vm", "");
    assert_int_equal(create(f, "vm", document, &system), PENDING);
    registration = listen(f, f->hcs, system);
    heard_wait(&f->heard, 1);
    assert_int_equal(f->hcs->start_system(f->hcs, system, NULL, NULL), PENDING);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_START_COMPLETED), HR_OK);
    assert_int_equal(f->storage->activate_layer(f->storage, f->scratch), HR_FROM_WIN32(32));
    assert_int_equal(f->hcs->pause_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_PAUSE_COMPLETED), HR_OK);
    basic = properties(f, system, "{}");
    assert_string_equal(json_text(basic, "State", ""), "Paused");
    assert_non_null(json_text(basic, "RuntimeImagePath", NULL));
    cJSON_Delete(basic);
    assert_int_equal(run_process(f, system, "echo", &io, &process), INVALID_STATE);
    assert_int_equal(f->hcs->resume_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_RESUME_COMPLETED), HR_OK);
    f->hcs->unregister_system(f->hcs, registration);
    end_system(f, system);
    assert_int_equal(f->storage->activate_layer(f->storage, f->scratch), HR_OK);
    assert_int_equal(f->storage->deactivate_layer(f->storage, f->scratch), HR_OK);
}

static void basic_properties_say_what_it_is(void **state)
{
    fixture *f = *state;
    hcs_system *system = created(f, "web", ",\"Owner\":\"wcow\"");
    cJSON *basic = properties(f, system, "{}");
    char *answer = NULL;

    assert_string_equal(json_text(basic, "Id", ""), "web");
    assert_string_equal(json_text(basic, "Owner", ""), "wcow");
    assert_string_equal(json_text(basic, "SystemType", ""), "Container");
    assert_string_equal(json_text(basic, "RuntimeOsType", ""), "Windows");
    assert_string_equal(json_text(basic, "State", ""), "Created");
    cJSON_Delete(basic);
    assert_int_equal(f->hcs->get_system_properties(
                         f->hcs, system, "{\"PropertyTypes\":[\"ProcessList\"]}", &answer, NULL),
                     INVALID_STATE);
    assert_int_equal(f->hcs->get_system_properties(
                         f->hcs, system, "{\"PropertyTypes\":[\"Nonsense\"]}", &answer, NULL),
                     (int32_t)0xC037010D);
    end_system(f, system);
}

static void a_stop_meets_a_start_under_way(void **state)
{
    fixture *f = *state;
    hcs_system *system = created(f, "web", ",\"HostName\":\"slow\"");
    hcs_registration *registration = listen(f, f->hcs, system);

    heard_wait_for(&f->heard, HCS_SYSTEM_CREATE_COMPLETED);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), INVALID_STATE);
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_START_COMPLETED), (int32_t)0xC0370106);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_EXITED), HR_OK);
    f->hcs->unregister_system(f->hcs, registration);
    f->hcs->close_system(f->hcs, system);
}

static void a_start_that_fails_can_be_cleaned_up(void **state)
{
    fixture *f = *state;
    hcs_system *system = created(f, "web", ",\"HostName\":\"broken\"");
    hcs_registration *registration = listen(f, f->hcs, system);

    heard_wait_for(&f->heard, HCS_SYSTEM_CREATE_COMPLETED);
    assert_int_equal(f->hcs->start_system(f->hcs, system, "", NULL), PENDING);
    assert_int_equal(heard_wait_for(&f->heard, HCS_SYSTEM_START_COMPLETED), HR_FROM_WIN32(1359));
    f->hcs->unregister_system(f->hcs, registration);
    end_system(f, system);
    assert_int_equal(f->storage->unprepare_layer(f->storage, f->scratch), HR_OK);
    assert_int_equal(f->storage->deactivate_layer(f->storage, f->scratch), HR_OK);
}

static void a_system_outlives_its_first_process(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_process *process = NULL;
    hcs_process_io io = {0};
    cJSON *basic;

    assert_int_equal(run_process(f, system, "exit 0", &io, &process), HR_OK);
    assert_int_equal(exit_code(f, process), 0);
    io_free(&io);
    f->hcs->close_process(f->hcs, process);
    basic = properties(f, system, "{}");
    assert_string_equal(json_text(basic, "State", ""), "Running");
    cJSON_Delete(basic);
    end_system(f, system);
}

static void notifications_can_be_late(void **state)
{
    fixture *f = *state;
    sim_options options = {.notify_delay_ms = 100};
    struct timespec begun;
    struct timespec ended;
    hcs_system *system;
    hcs_registration *registration;

    fixture_restart(f, &options);
    system = created(f, "web", "");
    clock_gettime(CLOCK_MONOTONIC, &begun);
    registration = listen(f, f->hcs, system);
    heard_wait(&f->heard, 1);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    assert_true((ended.tv_sec - begun.tv_sec) * 1000 + (ended.tv_nsec - begun.tv_nsec) / 1000000 >=
                95);
    f->hcs->unregister_system(f->hcs, registration);
    end_system(f, system);
}

/* ---- unregister waits ---- */

typedef struct slow {
    pthread_mutex_t lock;
    bool entered, left;
} slow;

static void slow_callback(uint32_t type, void *context, int32_t hr, const char *data)
{
    slow *s = context;

    (void)type;
    (void)hr;
    (void)data;
    pthread_mutex_lock(&s->lock);
    s->entered = true;
    pthread_mutex_unlock(&s->lock);
    pause_for(100);
    pthread_mutex_lock(&s->lock);
    s->left = true;
    pthread_mutex_unlock(&s->lock);
}

static void unregistering_waits_for_a_running_callback(void **state)
{
    fixture *f = *state;
    hcs_system *system = created(f, "web", "");
    hcs_registration *registration = NULL;
    slow s = {.lock = PTHREAD_MUTEX_INITIALIZER};
    bool entered = false;

    f->hcs->register_system(f->hcs, system, slow_callback, &s, &registration);
    while (!entered) {
        pause_for(1);
        pthread_mutex_lock(&s.lock);
        entered = s.entered;
        pthread_mutex_unlock(&s.lock);
    }
    assert_int_equal(f->hcs->unregister_system(f->hcs, registration), HR_OK);
    assert_true(s.left);
    end_system(f, system);
}

static void wrong_handles_are_refused(void **state)
{
    fixture *f = *state;
    hcs_port *client = fake_hcs_open(f->host->sim);
    hcs_system *system = created(f, "web", "");

    assert_int_equal(client->start_system(client, system, "", NULL), HR_FROM_WIN32(6));
    assert_int_equal(client->close_system(client, system), HR_FROM_WIN32(6));
    assert_int_equal(f->hcs->close_process(f->hcs, (hcs_process *)system), HR_FROM_WIN32(6));
    client->free(client);
    end_system(f, system);
    assert_int_equal(f->hcs->close_system(f->hcs, system), HR_FROM_WIN32(6));
}

static void when_the_service_dies_old_handles_are_worthless(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    hcs_registration *registration = listen(f, f->hcs, system);

    assert_true(sim_fault(f->host->sim, "{\"kill\":true}"));
    heard_wait(&f->heard, 1);
    assert_int_equal(f->heard.items[0].type, HCS_SERVICE_DISCONNECT);
    assert_int_equal(f->hcs->terminate_system(f->hcs, system, "", NULL), DISCONNECTED);
    assert_int_equal(f->hcs->unregister_system(f->hcs, registration), DISCONNECTED);
    assert_int_equal(f->hcs->close_system(f->hcs, system), DISCONNECTED);
    assert_int_equal(f->hcs->open_system(f->hcs, "web", &system, NULL), HR_OK);
    end_system(f, system);
}

/* ---- many at once ---- */

static void *client_thread(void *argument)
{
    fixture *f = argument;
    hcs_port *client = fake_hcs_open(f->host->sim);
    size_t opened = 0;

    for (int i = 0; i < 50; i++) {
        hcs_system *system = NULL;
        hcs_process *process = NULL;
        hcs_process_io io = {0};
        cleanup_free char *out = NULL;

        if (client->open_system(client, "web", &system, NULL) != HR_OK)
            continue;
        if (client->create_process(client, system,
                                   "{\"CommandLine\":\"echo hi\",\"CreateStdOutPipe\":true}", &io,
                                   &process, NULL) == HR_OK) {
            out = read_all(TAKE(io.out));
            opened += text_equal(out, "hi\n");
            client->close_process(client, process);
        }
        client->close_system(client, system);
    }
    client->free(client);
    return opened == 50 ? argument : NULL;
}

static void many_clients_work_at_once(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");
    pthread_t threads[8];
    void *good = NULL;

    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, client_thread, f), 0);
    for (size_t i = 0; i < 8; i++) {
        pthread_join(threads[i], &good);
        assert_non_null(good);
    }
    end_system(f, system);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(completions_wait_for_the_first_registration),
        TEST(a_synchronous_service_answers_at_once),
        TEST(calls_out_of_order_are_refused),
        TEST(ids_are_unique_until_the_last_handle_is_closed),
        TEST(a_stopped_system_is_listed_until_it_is_closed),
        TEST(the_list_is_filtered),
        TEST(every_handle_hears_of_the_end_once),
        TEST(the_last_handle_of_any_client_ends_a_system_if_asked),
        TEST(a_host_can_be_told_to_ignore_that_wish),
        TEST(a_host_does_not_grow_with_what_it_did),
        TEST(a_client_that_dies_leaves_no_handle),
        TEST(a_guest_that_goes_down_is_an_unexpected_exit),
        TEST(a_virtual_machine_can_be_paused),
        TEST(basic_properties_say_what_it_is),
        TEST(a_stop_meets_a_start_under_way),
        TEST(a_start_that_fails_can_be_cleaned_up),
        TEST(a_system_outlives_its_first_process),
        TEST(notifications_can_be_late),
        TEST(unregistering_waits_for_a_running_callback),
        TEST(wrong_handles_are_refused),
        TEST(when_the_service_dies_old_handles_are_worthless),
        TEST(many_clients_work_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
