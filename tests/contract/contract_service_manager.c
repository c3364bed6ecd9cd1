/* SPDX-License-Identifier: MIT */
/*
 * What port/service_manager.h promises: this program makes services of itself, and is them, told by
 * its first argument.
 */
#include "contract.h"

#include <stdio.h>

#include "base/program_main.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/files.h"
#include "port/machine.h"
#include "port/service_manager.h"

#define SERVICE "--contract-service"
#define ROUNDS  1000
#define ROUND   20u
/* What every Windows has. */
#define EXISTING "EventLog"

static files_port *files;
static services_port *services;
static char folder[512];
static char name[64];

/* ---- the service ---- */

static char *in_folder(const char *where, const char *leaf)
{
    return text_format("%s%c%s", where, native_separator(), leaf);
}

static void write_file(const char *where, const char *leaf)
{
    cleanup_free char *path = in_folder(where, leaf);

    (void)files->replace(files, path, "", 0);
}

static bool has_file(const char *where, const char *leaf)
{
    cleanup_free char *path = in_folder(where, leaf);
    file_info info;

    return HR_SUCCEEDED(files->info(files, path, &info));
}

/* Says how it was started, and ends with 7 when it was told to end; or lingers, if it was told so.
 */
static uint32_t run_service(void *context, bool asked)
{
    const char *where = context;
    bool lingers = false;

    write_file(where, asked ? "asked" : "unasked");
    for (int i = 0; i < ROUNDS && !has_file(where, "end"); i++) {
        if (!lingers && has_file(where, "linger"))
            service_process_ending();
        lingers = lingers || has_file(where, "linger");
        clock_sleep(ROUND);
    }
    return 7;
}

/* A moment later: who asked for the end is not kept waiting. What it does then it may finish. */
static void end_service(void *context)
{
    clock_sleep(200);
    write_file(context, "end");
    clock_sleep(300);
    write_file(context, "finished");
}

/* ---- the tests ---- */

static int32_t create(bool automatic)
{
    const char *const arguments[] = {SERVICE, folder, "two words", NULL};
    const char *const after[] = {"no-such-service", EXISTING, NULL};
    const service_spec spec = {.name = name,
                               .title = name,
                               .description = "made by a test",
                               .arguments = arguments,
                               .after = after,
                               .automatic = automatic,
                               .shutdown = 20000};

    return services->create(services, &spec);
}

static service_info look(void)
{
    service_info info = {0};

    assert_done(services->query(services, name, &info));
    return info;
}

static void wait_for_file(const char *leaf)
{
    for (int i = 0; i < ROUNDS && !has_file(folder, leaf); i++)
        clock_sleep(ROUND);
    assert_true(has_file(folder, leaf));
}

static void remove_file(const char *leaf)
{
    cleanup_free char *path = in_folder(folder, leaf);

    assert_done(files->remove_file(files, path));
}

static uint32_t wait_for_rest(void)
{
    for (int i = 0; i < ROUNDS; i++) {
        cleanup_service_info service_info info = look();

        if (info.state == SERVICE_AT_REST)
            return info.exit_code;
        clock_sleep(ROUND);
    }
    fail_msg("it does not end");
    return 0;
}

static void wait_for_absence(void)
{
    service_info info = {0};
    int32_t hr = HR_OK;

    for (int i = 0; i < ROUNDS && hr != HR_SERVICE_DOES_NOT_EXIST; i++) {
        service_info_clear(&info);
        hr = services->query(services, name, &info);
        clock_sleep(ROUND);
    }
    assert_hr(HR_SERVICE_DOES_NOT_EXIST, hr);
}

static void what_is_made_is_there_until_it_is_removed(void **state)
{
    service_info *all = NULL;
    size_t count = 0;
    service_info none = {0};

    (void)state;
    assert_hr(HR_SERVICE_DOES_NOT_EXIST, services->query(services, name, &none));
    assert_hr(HR_SERVICE_DOES_NOT_EXIST, services->remove(services, name));
    assert_hr(HR_SERVICE_DOES_NOT_EXIST, services->start(services, name, false));
    assert_done(create(false));
    assert_hr(HR_SERVICE_EXISTS, create(false));
    for (int automatic = 0; automatic < 2; automatic++) {
        cleanup_service_info service_info info = look();

        assert_string_equal(info.name, name);
        assert_int_equal(info.automatic, automatic);
        assert_int_equal(info.state, SERVICE_AT_REST);
        assert_int_equal(info.pid, 0);
        assert_non_null(strstr(info.command_line, SERVICE));
        assert_non_null(strstr(info.command_line, "\"two words\""));
        assert_true(*info.command_line == '"');
        assert_int_equal(native_service_depends(name, EXISTING), !automatic);
        assert_done(services->set_automatic(services, name, !automatic, NULL));
    }
    assert_done(services->list(services, name, &all, &count));
    assert_int_equal(count, 1);
    assert_string_equal(all[0].name, name);
    service_infos_free(all, count);
    assert_done(services->list(services, "wcow-contract-no", &all, &count));
    assert_int_equal(count, 0);
    service_infos_free(all, count);
    assert_done(services->remove(services, name));
    wait_for_absence();
}

static void one_that_is_started_runs_until_it_is_told_to_end(void **state)
{
    (void)state;
    assert_done(create(false));
    for (int asked = 0; asked < 2; asked++) {
        cleanup_service_info service_info info = {0};

        assert_done(services->start(services, name, asked));
        wait_for_file(asked ? "asked" : "unasked");
        info = look();
        assert_int_equal(info.state, SERVICE_WORKING);
        assert_int_not_equal(info.pid, 0);
        assert_int_not_equal(info.pid, machine_process_id());
        assert_hr(HR_SERVICE_ALREADY_RUNNING, services->start(services, name, false));
        assert_true(native_stop_service(name));
        assert_int_equal(wait_for_rest(), 7);
        remove_file("finished"); /* it has ended after that */
        remove_file("end");
        remove_file(asked ? "asked" : "unasked");
    }
    assert_done(services->remove(services, name));
    wait_for_absence();
}

static void one_that_lingers_ends_and_hears_of_nothing(void **state)
{
    service_state found = SERVICE_WORKING;

    (void)state;
    assert_done(create(false));
    assert_done(services->start(services, name, true));
    wait_for_file("asked");
    write_file(folder, "linger");
    for (int i = 0; i < ROUNDS && found != SERVICE_ENDING; i++) {
        cleanup_service_info service_info info = look();

        found = info.state;
        clock_sleep(ROUND);
    }
    assert_int_equal(found, SERVICE_ENDING);
    assert_hr(HR_SERVICE_ALREADY_RUNNING, services->start(services, name, true));
    assert_false(native_stop_service(name));
    write_file(folder, "end");
    assert_int_equal(wait_for_rest(), 7);
    remove_file("linger");
    remove_file("end");
    remove_file("asked");
    assert_done(services->remove(services, name));
    wait_for_absence();
}

static void one_that_is_removed_while_it_runs_goes_with_its_process(void **state)
{
    (void)state;
    assert_done(create(true));
    assert_done(services->start(services, name, true));
    wait_for_file("asked");
    assert_done(services->remove(services, name));
    assert_hr(HR_SERVICE_MARKED_FOR_DELETE, create(true));
    write_file(folder, "end");
    wait_for_absence();
    remove_file("end");
    remove_file("asked");
    assert_done(create(true));
    assert_done(services->remove(services, name));
    wait_for_absence();
}

static void who_was_not_started_by_the_manager_is_no_service(void **state)
{
    const service_body body = {folder, run_service, end_service};

    (void)state;
    assert_hr(native_is_windows() ? HR_FROM_WIN32(1063) : HR_NOT_SUPPORTED,
              service_process_run(&body));
}

static void linux_has_no_manager(void **state)
{
    (void)state;
    assert_hr(HR_NOT_SUPPORTED, services_port_open(&services));
}

static uint32_t test_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_not_started_by_the_manager_is_no_service),
        cmocka_unit_test(what_is_made_is_there_until_it_is_removed),
        cmocka_unit_test(one_that_is_started_runs_until_it_is_told_to_end),
        cmocka_unit_test(one_that_lingers_ends_and_hears_of_nothing),
        cmocka_unit_test(one_that_is_removed_while_it_runs_goes_with_its_process),
    };
    const struct CMUnitTest none[] = {
        cmocka_unit_test(who_was_not_started_by_the_manager_is_no_service),
        cmocka_unit_test(linux_has_no_manager),
    };
    int failed;

    if (!native_is_windows())
        return (uint32_t)cmocka_run_group_tests(none, NULL, NULL);
    native_temporary(folder, sizeof(folder));
    snprintf(name, sizeof(name), "wcow-contract-%u", machine_process_id());
    if (HR_FAILED(services_port_open(&services)))
        return 125;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)services->remove(services, name); /* of a test that failed */
    services->free(services);
    return HR_FAILED(files->remove_directory(files, folder)) ? 1 : (uint32_t)failed;
}

uint32_t program_main(int argc, char **argv)
{
    uint32_t code = 0;

    if (HR_FAILED(files_port_open(&files)))
        return 125;
    if (argc > 2 && strcmp(argv[1], SERVICE) == 0) {
        const service_body body = {argv[2], run_service, end_service};

        code = HR_FAILED(service_process_run(&body));
    } else {
        code = test_all();
    }
    files->free(files);
    return code;
}
