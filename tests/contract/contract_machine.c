/* SPDX-License-Identifier: MIT */
/*
 * What port/machine.h promises, and the entry point: this program starts itself through it, so it
 * is also the child, told by its first argument what to do.
 */
#include "contract.h"

#include <stdio.h>

#include "base/path.h"
#include "base/program_main.h"
#include "base/text.h"
#include "base/thread.h"
#include "port/clock.h"
#include "port/files.h"
#include "port/machine.h"
#include "port/stream.h"

/* Found by argv[0] being a path, a child is known by this. */
#define CHILD "--contract-child"

static files_port *files;
static char folder[512];

/* ---- the child ---- */

/* Writes the arguments from the third on into the file, one a line, in brackets. */
static uint32_t child_arguments(int argc, char **argv)
{
    cleanup_text text lines = TEXT_INIT;

    for (int i = 4; i < argc; i++)
        text_addf(&lines, "[%s]\n", argv[i]);
    return HR_FAILED(files->replace(files, argv[3], text_get(&lines), lines.length)) ? 1 : 0;
}

/* Says that it holds the lock by making a file, and holds it until it is killed or time is over. */
static uint32_t child_lock(char **argv)
{
    file_lock *lock;

    if (HR_FAILED(files->lock(files, argv[3], 1000, &lock)))
        return 1;
    if (HR_FAILED(files->replace(files, argv[4], "held", 4)))
        return 2;
    clock_sleep((uint32_t)strtoul(argv[5], NULL, 10));
    return 0;
}

/* Whether it has a terminal or standard streams that lead anywhere. */
static uint32_t child_streams(void)
{
    char byte;
    size_t got = 0;
    cleanup_stream stream *in = NULL;

    if (HR_FAILED(stream_standard(STANDARD_INPUT, &in)))
        return 10;
    return HR_SUCCEEDED(stream_read(in, &byte, 1, &got)) && got == 0 ? 10 : 11;
}

/* In a job, whether a job holds what it starts; 2: no jobs here. */
static uint32_t child_in_job(char **argv)
{
    cleanup_child machine_child *child = NULL;
    uint32_t code = 0;

    if (!native_enter_job((native_job)strtoul(argv[3], NULL, 10)))
        return 2;
    if (HR_FAILED(machine_start_self((const char *[]){CHILD, "exit", "0", NULL}, &child)) ||
        HR_FAILED(machine_child_wait(child, 30000, &code)) || code)
        return 3;
    return machine_child_bound(child);
}

/* Speaks, closes its output, and lives on. */
static uint32_t child_says(char **argv)
{
    fputs(argv[3], stdout);
    fclose(stdout);
    clock_sleep((uint32_t)strtoul(argv[4], NULL, 10));
    return 0;
}

static void *hang(void *context)
{
    (void)context;
    native_hang();
    return NULL;
}

/* Ends by machine_end(), or as programs do, while a thread hangs in what every end waits for. */
static uint32_t child_hangs(char **argv)
{
    if (!thread_start_detached(hang, NULL))
        return 1;
    clock_sleep(200);
    if (strcmp(argv[3], "at once") == 0)
        machine_end(7);
    fputs("last words", stdout);
    return 8;
}

static uint32_t run_child(int argc, char **argv)
{
    if (strcmp(argv[2], "hang") == 0)
        return child_hangs(argv);
    if (strcmp(argv[2], "job") == 0)
        return child_in_job(argv);
    if (strcmp(argv[2], "exit") == 0)
        return (uint32_t)strtoul(argv[3], NULL, 0);
    if (strcmp(argv[2], "arguments") == 0)
        return child_arguments(argc, argv);
    if (strcmp(argv[2], "lock") == 0)
        return child_lock(argv);
    if (strcmp(argv[2], "say") == 0)
        return child_says(argv);
    if (strcmp(argv[2], "streams") == 0)
        return child_streams();
    if (strcmp(argv[2], "sleep") == 0)
        clock_sleep((uint32_t)strtoul(argv[3], NULL, 10));
    return 0;
}

/* ---- the tests ---- */

static machine_child *start(const char *const *arguments)
{
    machine_child *child = NULL;

    assert_done(machine_start_self(arguments, &child));
    assert_non_null(child);
    return child;
}

static uint32_t run(const char *const *arguments)
{
    cleanup_child machine_child *child = start(arguments);
    uint32_t code = 0;

    assert_done(machine_child_wait(child, 30000, &code));
    return code;
}

static void facts_are_there(void **state)
{
    cleanup_free char *hostname = machine_hostname();
    cleanup_free char *name = machine_os_name();

    (void)state;
    assert_non_null(hostname);
    assert_true(strlen(hostname) > 0);
    assert_non_null(name);
    assert_true(strlen(name) > 4);
    assert_in_range(machine_processors(), 1, 4096);
    assert_true(machine_memory() > UINT64_C(64) << 20);
    assert_true(machine_process_id() > 0);
}

/* Every Windows has the first; the second is nobody's. */
static void a_value_of_the_host_is_read_as_text(void **state)
{
    static const char key[] = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";
    cleanup_free char *name = NULL;
    cleanup_free char *none = NULL;
    int32_t hr = machine_local_value(key, "ProductName", &name);

    (void)state;
#ifdef _WIN32
    assert_int_equal(hr, 0);
    assert_non_null(strstr(name, "Windows"));
#else
    assert_int_equal(hr, (int32_t)0x80070002);
#endif
    assert_int_equal(machine_local_value(key, "wcow has no such value", &none),
                     (int32_t)0x80070002);
    assert_int_equal(machine_local_value("SOFTWARE\\wcow has no such key", "x", &none),
                     (int32_t)0x80070002);
    assert_null(none);
}

static void the_version_is_a_modern_windows(void **state)
{
    machine_version version = {1, 1, 1, 1, true};

    (void)state;
    machine_version_get(&version);
    if (native_is_windows()) {
        assert_int_equal(version.major, 10);
        assert_true(version.build >= 10240);
    } else {
        assert_int_equal(version.major + version.minor + version.build + version.revision, 0);
        assert_false(version.server);
    }
}

/* Natively there is nothing to be elevated for. */
static void it_is_known_whether_the_process_is_elevated(void **state)
{
    (void)state;
    assert_int_equal(machine_elevated(), native_is_elevated());
}

static void the_default_root_is_an_absolute_path(void **state)
{
    cleanup_free char *root = machine_default_root();

    (void)state;
    assert_true(path_is_absolute(root));
    assert_string_equal(path_base_name(root), "wcow");
}

static void a_relative_path_is_made_whole(void **state)
{
    cleanup_free char *whole = machine_whole_path("./other");

    (void)state;
    assert_non_null(whole);
    assert_true(path_is_absolute(whole));
    assert_string_equal(path_base_name(whole), "other");
    assert_null(strstr(whole, "./"));
}

static void environment_variables_are_read(void **state)
{
    cleanup_free char *set = NULL;
    cleanup_free char *empty = NULL;

    (void)state;
    native_set_environment("CONTRACT_SET", "some value");
    native_set_environment("CONTRACT_EMPTY", "");
    native_set_environment("CONTRACT_UNSET", NULL);
    set = machine_environment("CONTRACT_SET");
    empty = machine_environment("CONTRACT_EMPTY");
    assert_string_equal(set, "some value");
    assert_string_equal(empty, "");
    assert_null(machine_environment("CONTRACT_UNSET"));
}

static void the_exit_code_comes_back(void **state)
{
    (void)state;
    assert_int_equal(run((const char *[]){CHILD, "exit", "0", NULL}), 0);
    assert_int_equal(run((const char *[]){CHILD, "exit", "77", NULL}), 77);
    /* Linux keeps eight bits. */
    assert_int_equal(run((const char *[]){CHILD, "exit", "0xC0000005", NULL}),
                     native_is_windows() ? 0xC0000005 : 5);
}

/* A job that lets go says nothing of whether a child was bound: being in one does. */
static void what_a_job_holds_is_bound(void **state)
{
    static const struct {
        const char *job;
        bool bound;
    } cases[] = {{"0", true}, {"1", false}, {"2", false}};
    cleanup_child machine_child *free_child = start((const char *[]){CHILD, "exit", "0", NULL});

    (void)state;
    assert_false(machine_child_bound(free_child));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(run((const char *[]){CHILD, "job", cases[i].job, NULL}),
                         native_is_windows() ? cases[i].bound : 2);
}

static void arguments_arrive_as_they_were(void **state)
{
    char path[600];
    cleanup_free char *got = NULL;
    size_t size;

    (void)state;
    snprintf(path, sizeof(path), "%s%carguments", folder, native_separator());
    assert_int_equal(
        run((const char *[]){CHILD, "arguments", path, "plain", "", "two words", "quo\"te",
                             "back\\slash\\", "both \\\"", "a\\\\ b\\", "tab\there", "%PATH%", "*",
                             "gr\xc3\xbc\xc3\x9f", "\xf0\x9f\x90\x84", NULL}),
        0);
    assert_done(files->read(files, path, 4096, &got, &size));
    assert_string_equal(got, "[plain]\n[]\n[two words]\n[quo\"te]\n[back\\slash\\]\n[both \\\"]\n"
                             "[a\\\\ b\\]\n[tab\there]\n[%PATH%]\n[*]\n[gr\xc3\xbc\xc3\x9f]\n"
                             "[\xf0\x9f\x90\x84]\n");
    assert_done(files->remove_file(files, path));
}

static void waiting_has_an_end(void **state)
{
    cleanup_child machine_child *child = start((const char *[]){CHILD, "sleep", "700", NULL});
    uint32_t code = 99;

    (void)state;
    assert_true(machine_child_id(child) > 0);
    assert_int_not_equal(machine_child_id(child), machine_process_id());
    assert_hr(HR_WAIT_TIMEOUT, machine_child_wait(child, 0, &code));
    assert_hr(HR_WAIT_TIMEOUT, machine_child_wait(child, 50, &code));
    assert_int_equal(code, 99);
    assert_done(machine_child_wait(child, 30000, &code));
    assert_int_equal(code, 0);
    assert_done(machine_child_wait(child, 0, &code));
}

/* A pipe that a child had inherited would not end before the child does. */
static void no_handle_is_inherited(void **state)
{
    intptr_t reader;
    intptr_t writer;
    intptr_t before;
    cleanup_stream stream *out = NULL;
    cleanup_child machine_child *child = NULL;
    uint32_t code;
    char byte;
    size_t got = 99;

    (void)state;
    native_pipe(&reader, &writer);
    before = native_redirect(STANDARD_OUTPUT, writer);
    child = start((const char *[]){CHILD, "sleep", "2000", NULL});
    native_redirect_back(STANDARD_OUTPUT, before);
    native_close(writer);
    assert_done(stream_from_native(reader, &out));
    assert_done(stream_read_timeout(out, &byte, 1, 1500, &got));
    assert_int_equal(got, 0);
    assert_hr(HR_WAIT_TIMEOUT, machine_child_wait(child, 0, &code));
}

/* What a child that is heard has of ours is that one pipe; that of whoever started us is not held.
 */
static void a_child_is_heard_until_it_closes_its_output(void **state)
{
    intptr_t reader;
    intptr_t writer;
    intptr_t before;
    cleanup_stream stream *out = NULL;
    cleanup_stream stream *said = NULL;
    cleanup_child machine_child *child = NULL;
    char words[16] = "";
    uint32_t code;
    size_t got = 99;

    (void)state;
    native_pipe(&reader, &writer);
    before = native_redirect(STANDARD_OUTPUT, writer);
    assert_done(machine_start_self_heard((const char *[]){CHILD, "say", "ready", "3000", NULL},
                                         &child, &said));
    native_redirect_back(STANDARD_OUTPUT, before);
    native_close(writer);
    assert_done(stream_from_native(reader, &out));
    assert_done(stream_read_timeout(out, words, 1, 1500, &got));
    assert_int_equal(got, 0);
    assert_done(stream_read_timeout(said, words, sizeof(words), 30000, &got));
    assert_int_equal(got, 5);
    assert_memory_equal(words, "ready", 5);
    assert_done(stream_read_timeout(said, words, 1, 30000, &got));
    assert_int_equal(got, 0);
    assert_hr(HR_WAIT_TIMEOUT, machine_child_wait(child, 0, &code));
}

static void a_child_that_is_heard_has_no_input(void **state)
{
    cleanup_stream stream *said = NULL;
    cleanup_child machine_child *child = NULL;
    uint32_t code = 99;

    (void)state;
    assert_done(machine_start_self_heard((const char *[]){CHILD, "streams", NULL}, &child, &said));
    assert_done(machine_child_wait(child, 30000, &code));
    assert_int_equal(code, 10);
}

static void a_child_has_no_input(void **state)
{
    (void)state;
    assert_int_equal(run((const char *[]){CHILD, "streams", NULL}), 10);
}

static void a_process_ends_while_threads_of_it_hang(void **state)
{
    cleanup_stream stream *said = NULL;
    cleanup_child machine_child *child = NULL;
    char words[16] = "";
    uint32_t code = 99;
    size_t got = 0;

    (void)state;
    assert_int_equal(run((const char *[]){CHILD, "hang", "at once", NULL}), 7);
    assert_done(machine_start_self_heard((const char *[]){CHILD, "hang", "as programs do", NULL},
                                         &child, &said));
    assert_done(machine_child_wait(child, 30000, &code));
    assert_int_equal(code, 8);
    assert_done(stream_read_timeout(said, words, sizeof(words), 30000, &got));
    assert_int_equal(got, 10);
    assert_memory_equal(words, "last words", 10);
}

static void a_child_is_killed(void **state)
{
    cleanup_child machine_child *child = start((const char *[]){CHILD, "sleep", "30000", NULL});
    uint32_t code = 0;

    (void)state;
    machine_child_kill(child);
    assert_done(machine_child_wait(child, 10000, &code));
    assert_int_not_equal(code, 0);
    machine_child_kill(child);
}

static void the_program_is_there(void **state)
{
    cleanup_free char *program = machine_program();
    file_info info;

    (void)state;
    assert_non_null(program);
    assert_true(path_is_absolute(program));
    assert_done(files->info(files, program, &info));
    assert_int_equal(strncmp(path_base_name(program), "test_contract_", 14), 0);
}

static void a_child_runs_on_when_let_go(void **state)
{
    char lock[600];
    char held[600];
    file_lock *mine = NULL;
    file_info info;

    (void)state;
    snprintf(lock, sizeof(lock), "%s%cchild.lock", folder, native_separator());
    snprintf(held, sizeof(held), "%s%cheld", folder, native_separator());
    machine_child_free(start((const char *[]){CHILD, "lock", lock, held, "400", NULL}));
    for (int i = 0; i < 500 && HR_FAILED(files->info(files, held, &info)); i++)
        clock_sleep(20);
    /* A lock holds against other processes, and goes when its process goes without unlocking. */
    assert_hr(HR_WAIT_TIMEOUT, files->lock(files, lock, 20, &mine));
    assert_done(files->lock(files, lock, 20000, &mine));
    files->unlock(files, mine);
    assert_done(files->remove_file(files, lock));
    assert_done(files->remove_file(files, held));
}

static int set_up(void **state)
{
    (void)state;
    native_temporary(folder, sizeof(folder));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return HR_FAILED(files->remove_directory(files, folder));
}

uint32_t program_main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_are_there),
        cmocka_unit_test(a_value_of_the_host_is_read_as_text),
        cmocka_unit_test(the_version_is_a_modern_windows),
        cmocka_unit_test(it_is_known_whether_the_process_is_elevated),
        cmocka_unit_test(the_default_root_is_an_absolute_path),
        cmocka_unit_test(a_relative_path_is_made_whole),
        cmocka_unit_test(environment_variables_are_read),
        cmocka_unit_test(the_exit_code_comes_back),
        cmocka_unit_test(what_a_job_holds_is_bound),
        cmocka_unit_test(arguments_arrive_as_they_were),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(no_handle_is_inherited),
        cmocka_unit_test(a_child_is_heard_until_it_closes_its_output),
        cmocka_unit_test(a_child_that_is_heard_has_no_input),
        cmocka_unit_test(a_child_has_no_input),
        cmocka_unit_test(a_process_ends_while_threads_of_it_hang),
        cmocka_unit_test(a_child_is_killed),
        cmocka_unit_test(the_program_is_there),
        cmocka_unit_test(a_child_runs_on_when_let_go),
    };
    uint32_t code;

    if (HR_FAILED(files_port_open(&files)))
        return 125;
    code = argc > 2 && strcmp(argv[1], CHILD) == 0
               ? run_child(argc, argv)
               : (uint32_t)cmocka_run_group_tests(tests, set_up, tear_down);
    files->free(files);
    return code;
}
