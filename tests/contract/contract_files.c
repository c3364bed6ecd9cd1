/* SPDX-License-Identifier: MIT */
/* What port/files.h promises of state files, folders, locks, blobs and logs. */
#include "contract.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "base/path.h"
#include "base/text.h"
#include "port/clock.h"
#include "port/files.h"

#define ROUNDS 60

static files_port *files;
static char folder[512];
static string_list paths = STRING_LIST_INIT;

/* A path in the test's folder, valid until the end of the tests; '\' in it is the separator. */
static char *at(const char *name)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    char *path = text_format("%s%c%s", folder, native_separator(), name);

    for (char *c = path + strlen(folder); *c; c++) {
        if (*c == '\\')
            *c = native_separator();
    }
    pthread_mutex_lock(&lock);
    if (!string_list_own(&paths, path))
        path = NULL;
    pthread_mutex_unlock(&lock);
    return path;
}

static void put(const char *name, const char *contents)
{
    assert_done(files->replace(files, at(name), contents, strlen(contents)));
}

static void expect(const char *name, const char *contents)
{
    cleanup_free char *got = NULL;
    size_t size = 0;

    assert_done(files->read(files, at(name), 1 << 20, &got, &size));
    assert_int_equal(size, strlen(contents));
    assert_string_equal(got, contents);
}

static void expect_kind(const char *name, file_kind kind, uint64_t size)
{
    file_info info;

    assert_done(files->info(files, at(name), &info));
    assert_int_equal(info.kind, kind);
    assert_int_equal(info.size, size);
}

static int32_t absent(const char *name)
{
    file_info info;

    return files->info(files, at(name), &info);
}

static void a_replaced_file_reads_back(void **state)
{
    (void)state;
    put("state", "one");
    expect("state", "one");
    put("state", "two, which is longer");
    expect("state", "two, which is longer");
    put("state", "");
    expect("state", "");
    expect_kind("state", FILE_KIND_FILE, 0);
}

static void all_bytes_are_kept(void **state)
{
    static const char bytes[] = "\0\r\n\x1a\n\r\xff\0";
    cleanup_free char *got = NULL;
    size_t size;

    (void)state;
    assert_done(files->replace(files, at("binary"), bytes, sizeof(bytes)));
    assert_done(files->read(files, at("binary"), sizeof(bytes), &got, &size));
    assert_int_equal(size, sizeof(bytes));
    assert_memory_equal(got, bytes, sizeof(bytes));
    assert_int_equal(got[size], 0);
}

static void a_large_file_is_not_read(void **state)
{
    char *got = NULL;
    size_t size;

    (void)state;
    put("large", "12345");
    assert_hr(HR_FILE_TOO_LARGE, files->read(files, at("large"), 4, &got, &size));
    assert_null(got);
}

static void what_is_not_there_is_said(void **state)
{
    char *got = NULL;
    size_t size;
    string_list names = STRING_LIST_INIT;
    file *f = NULL;

    (void)state;
    assert_hr(HR_FILE_NOT_FOUND, files->read(files, at("none"), 9, &got, &size));
    assert_hr(HR_PATH_NOT_FOUND, files->read(files, at("no\\none"), 9, &got, &size));
    assert_hr(HR_PATH_NOT_FOUND, files->replace(files, at("no\\none"), "", 0));
    assert_hr(HR_PATH_NOT_FOUND, files->make_directory(files, at("no\\none")));
    assert_hr(HR_FILE_NOT_FOUND, files->remove_file(files, at("none")));
    assert_hr(HR_FILE_NOT_FOUND, files->remove_directory(files, at("none")));
    assert_hr(HR_FILE_NOT_FOUND, files->rename(files, at("none"), at("other")));
    assert_hr(HR_FILE_NOT_FOUND, absent("none"));
    assert_hr(HR_PATH_NOT_FOUND, absent("no\\none"));
    assert_hr(HR_PATH_NOT_FOUND, files->list(files, at("none"), &names));
    assert_hr(HR_FILE_NOT_FOUND, files->open(files, at("none"), FILE_READ, &f));
    assert_hr(HR_PATH_NOT_FOUND, files->open(files, at("no\\none"), FILE_CREATE, &f));
}

/* Which code says so is the system's own choice; none is that the memory does not suffice. */
static void assert_refused(int32_t hr)
{
    assert_true(hr < 0);
    assert_int_not_equal(hr, HR_OUT_OF_MEMORY);
}

static void an_empty_path_is_refused_as_a_path(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    char *got = NULL;
    size_t size;
    file *f = NULL;

    (void)state;
    assert_refused(files->read(files, "", 9, &got, &size));
    assert_refused(files->open(files, "", FILE_READ, &f));
    assert_refused(files->open(files, "", FILE_CREATE, &f));
    assert_refused(files->list(files, "", &names));
    assert_refused(files->make_directory(files, ""));
    assert_refused(files->remove_directory(files, ""));
}

static void what_this_user_makes_is_ours(void **state)
{
    bool ours = false;
    bool shared = true;

    (void)state;
    assert_done(files->make_directory(files, at("folder")));
    assert_done(files->is_ours(files, at("folder"), &ours));
    assert_true(ours);
    ours = false;
    put("folder\\file", "");
    assert_done(files->is_ours(files, at("folder\\file"), &ours));
    assert_true(ours);
    assert_done(files->is_shared(files, at("folder"), &shared));
    assert_false(shared);
    assert_hr(HR_FILE_NOT_FOUND, files->is_shared(files, at("none"), &shared));
    assert_hr(HR_FILE_NOT_FOUND, files->is_ours(files, at("none"), &ours));
    assert_hr(HR_PATH_NOT_FOUND, files->is_ours(files, at("no\\none"), &ours));
    assert_done(files->remove_file(files, at("folder\\file")));
    assert_done(files->remove_directory(files, at("folder")));
}

static void a_volume_tells_what_it_is_formatted_with(void **state)
{
    char *name = NULL;

    (void)state;
    assert_done(files->file_system(files, folder, &name));
    assert_string_equal(name, "NTFS");
    free(name);
    assert_hr(HR_FILE_NOT_FOUND, files->file_system(files, at("none"), &name));
}

static void folders_are_made_listed_and_removed(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    (void)state;
    assert_done(files->make_directory(files, at("folder")));
    assert_hr(HR_ALREADY_EXISTS, files->make_directory(files, at("folder")));
    expect_kind("folder", FILE_KIND_DIRECTORY, 0);
    assert_done(files->list(files, at("folder"), &names));
    assert_int_equal(names.count, 0);
    put("folder\\b", "");
    assert_done(files->make_directory(files, at("folder\\a")));
    put("folder\\gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x84", "");
    assert_done(files->list(files, at("folder"), &names));
    string_list_sort(&names);
    assert_int_equal(names.count, 3);
    assert_string_equal(names.items[0], "a");
    assert_string_equal(names.items[1], "b");
    assert_string_equal(names.items[2], "gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x84");
    assert_hr(HR_DIR_NOT_EMPTY, files->remove_directory(files, at("folder")));
    assert_done(files->remove_file(files, at("folder\\b")));
    assert_done(files->remove_file(files, at("folder\\gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\x84")));
    assert_done(files->remove_directory(files, at("folder\\a")));
    assert_done(files->remove_directory(files, at("folder")));
    assert_hr(HR_FILE_NOT_FOUND, absent("folder"));
}

static void a_long_list_is_complete(void **state)
{
    cleanup_strings string_list names = STRING_LIST_INIT;

    (void)state;
    assert_done(files->make_directory(files, at("many")));
    for (int i = 0; i < 500; i++) {
        char name[80];
        file *f;

        snprintf(name, sizeof(name), "many\\a-rather-long-name-of-a-file-number-%03d", i);
        assert_done(files->open(files, at(name), FILE_CREATE, &f));
        files->close(files, f);
    }
    assert_done(files->list(files, at("many"), &names));
    assert_int_equal(names.count, 500);
    for (size_t i = 0; i < names.count; i++) {
        cleanup_free char *name = text_format("many\\%s", names.items[i]);

        assert_done(files->remove_file(files, at(name)));
    }
    assert_done(files->remove_directory(files, at("many")));
}

static void a_file_is_no_folder_and_a_folder_no_file(void **state)
{
    string_list names = STRING_LIST_INIT;
    char *got = NULL;
    size_t size;

    (void)state;
    put("file", "x");
    assert_done(files->make_directory(files, at("dir")));
    assert_hr(HR_FROM_WIN32(267), files->remove_directory(files, at("file")));
    assert_hr(HR_ACCESS_DENIED, files->remove_file(files, at("dir")));
    assert_true(HR_FAILED(files->list(files, at("file"), &names)));
    assert_true(HR_FAILED(files->read(files, at("dir"), 9, &got, &size)));
    assert_hr(HR_PATH_NOT_FOUND, absent("file\\x"));
    expect("file", "x");
    assert_done(files->remove_file(files, at("file")));
    assert_done(files->remove_directory(files, at("dir")));
}

static void rename_replaces_nothing(void **state)
{
    (void)state;
    put("from", "1");
    put("to", "2");
    assert_hr(HR_ALREADY_EXISTS, files->rename(files, at("from"), at("to")));
    expect("to", "2");
    assert_done(files->remove_file(files, at("to")));
    assert_done(files->rename(files, at("from"), at("to")));
    expect("to", "1");
    assert_hr(HR_FILE_NOT_FOUND, absent("from"));
    assert_done(files->make_directory(files, at("old")));
    put("old\\x", "inside");
    assert_done(files->rename(files, at("old"), at("new")));
    expect("new\\x", "inside");
    assert_done(files->remove_file(files, at("new\\x")));
    assert_done(files->remove_directory(files, at("new")));
}

static void blobs_are_streamed(void **state)
{
    char line[16] = "";
    size_t got = 99;
    file *f;

    (void)state;
    assert_done(files->open(files, at("blob"), FILE_CREATE, &f));
    assert_done(files->write_all(files, f, "0123456789", 10));
    assert_done(files->flush(files, f));
    files->close(files, f);
    assert_hr(HR_FILE_EXISTS, files->open(files, at("blob"), FILE_CREATE, &f));
    assert_done(files->open(files, at("blob"), FILE_READ, &f));
    assert_done(files->seek(files, f, 7));
    assert_done(files->read_some(files, f, line, sizeof(line), &got));
    assert_int_equal(got, 3);
    assert_string_equal(line, "789");
    assert_done(files->read_some(files, f, line, sizeof(line), &got));
    assert_int_equal(got, 0);
    assert_done(files->seek(files, f, 0));
    assert_done(files->read_some(files, f, line, 2, &got));
    assert_int_equal(got, 2);
    files->close(files, f);
    assert_done(files->remove_file(files, at("blob")));
    files->close(files, NULL);
}

/* A log is read while it is written, and what is appended goes to its end whoever writes. */
static void logs_are_appended_to(void **state)
{
    char line[32] = "";
    size_t got;
    file *one;
    file *two;
    file *reader;

    (void)state;
    assert_done(files->open(files, at("log"), FILE_APPEND, &one));
    assert_done(files->open(files, at("log"), FILE_APPEND, &two));
    assert_done(files->open(files, at("log"), FILE_READ, &reader));
    assert_done(files->write_all(files, one, "a1\n", 3));
    assert_done(files->write_all(files, two, "b1\n", 3));
    assert_done(files->write_all(files, one, "a2\n", 3));
    assert_done(files->read_some(files, reader, line, sizeof(line), &got));
    assert_string_equal(line, "a1\nb1\na2\n");
    files->close(files, one);
    files->close(files, two);
    assert_done(files->open(files, at("log"), FILE_APPEND, &one));
    assert_done(files->write_all(files, one, "a3\n", 3));
    assert_done(files->read_some(files, reader, line, sizeof(line), &got));
    assert_int_equal(got, 3);
    /* It can be removed although somebody reads it. */
    files->close(files, one);
    assert_done(files->remove_file(files, at("log")));
    files->close(files, reader);
}

static void long_paths_work(void **state)
{
    char name[512] = "";
    static const char component[] = "a-folder-with-a-name-of-forty-characters";

    (void)state;
    for (int i = 0; i < 8; i++) {
        if (i > 0)
            strcat(name, "\\");
        strcat(name, component);
        assert_done(files->make_directory(files, at(name)));
    }
    assert_true(strlen(at(name)) > 300);
    strcat(name, "\\f");
    put(name, "deep");
    expect(name, "deep");
    assert_done(files->remove_file(files, at(name)));
    while (strchr(name, '\\')) {
        *strrchr(name, '\\') = '\0';
        assert_done(files->remove_directory(files, at(name)));
    }
}

static void paths_lead_where_they_say(void **state)
{
    cleanup_free char *slashes = text_format("%s/turn", folder);
    cleanup_free char *dots = text_format("%s%cturn%c..%cf", folder, native_separator(),
                                          native_separator(), native_separator());
    cleanup_free char *got = NULL;
    size_t size;

    (void)state;
    assert_done(files->make_directory(files, slashes));
    put("f", "beside");
    assert_done(files->read(files, dots, 100, &got, &size));
    assert_string_equal(got, "beside");
    assert_done(files->remove_file(files, dots));
    assert_done(files->remove_directory(files, at("turn")));
}

/* ---- at the same time ---- */

typedef struct contender {
    atomic_bool stop;
    atomic_int seen;
    int32_t hr;
    bool torn;
} contender;

static const char *const versions[] = {
    "short", "a much longer version of the same state, to be seen whole or not at all"};

static void *read_again_and_again(void *context)
{
    contender *c = context;
    char *path = at("shared");

    while (!atomic_load(&c->stop) && HR_SUCCEEDED(c->hr)) {
        cleanup_free char *got = NULL;
        size_t size;

        c->hr = files->read(files, path, 4096, &got, &size);
        if (HR_SUCCEEDED(c->hr) && strcmp(got, versions[0]) != 0 && strcmp(got, versions[1]) != 0)
            c->torn = true;
        atomic_fetch_add(&c->seen, 1);
    }
    return NULL;
}

static void readers_see_the_old_state_or_the_new_one(void **state)
{
    contender reader = {0};
    cleanup_strings string_list names = STRING_LIST_INIT;
    pthread_t thread;
    int32_t hr = HR_OK;

    (void)state;
    put("shared", versions[0]);
    assert_int_equal(pthread_create(&thread, NULL, read_again_and_again, &reader), 0);
    for (int i = 0; i < ROUNDS && HR_SUCCEEDED(hr); i++)
        hr = files->replace(files, at("shared"), versions[i % 2], strlen(versions[i % 2]));
    atomic_store(&reader.stop, true);
    pthread_join(thread, NULL);
    assert_done(hr);
    assert_done(reader.hr);
    assert_false(reader.torn);
    assert_true(atomic_load(&reader.seen) > 0);
    assert_done(files->remove_file(files, at("shared")));
    /* No temporary file is left. */
    assert_done(files->list(files, folder, &names));
    for (size_t i = 0; i < names.count; i++)
        assert_false(text_starts_with(names.items[i], "shared"));
}

static void *let_go_later(void *held)
{
    clock_sleep(4000);
    native_close(*(intptr_t *)held);
    return NULL;
}

static void a_file_that_is_held_for_seconds_is_replaced_after_all(void **state)
{
    intptr_t held;
    pthread_t thread;
    int32_t hr;

    (void)state;
    put("held", versions[0]);
    held = native_hold(at("held"));
    assert_int_equal(pthread_create(&thread, NULL, let_go_later, &held), 0);
    hr = files->replace(files, at("held"), versions[1], strlen(versions[1]));
    pthread_join(thread, NULL);
    assert_done(hr);
    expect("held", versions[1]);
    assert_done(files->remove_file(files, at("held")));
}

static void a_held_lock_keeps_others_out(void **state)
{
    file_lock *lock = NULL;
    file_lock *second = NULL;
    uint64_t before;

    (void)state;
    assert_done(files->lock(files, at("x.lock"), 0, &lock));
    assert_hr(HR_WAIT_TIMEOUT, files->lock(files, at("x.lock"), 0, &second));
    before = clock_ticks();
    assert_hr(HR_WAIT_TIMEOUT, files->lock(files, at("x.lock"), 80, &second));
    assert_in_range(clock_ticks() - before, 60, 30000);
    assert_null(second);
    files->unlock(files, lock);
    assert_done(files->lock(files, at("x.lock"), 0, &lock));
    files->unlock(files, lock);
    files->unlock(files, NULL);
    assert_hr(HR_PATH_NOT_FOUND, files->lock(files, at("no\\x.lock"), 0, &lock));
    assert_done(files->remove_file(files, at("x.lock")));
}

typedef struct counting {
    int32_t hr;
    int *value;
} counting;

static void *count_up(void *context)
{
    counting *c = context;
    char *path = at("count.lock");

    for (int i = 0; i < 50 && HR_SUCCEEDED(c->hr); i++) {
        file_lock *lock;
        int value;

        c->hr = files->lock(files, path, 30000, &lock);
        if (HR_FAILED(c->hr))
            break;
        value = *(volatile int *)c->value;
        if (i % 10 == 0)
            clock_sleep(1);
        *(volatile int *)c->value = value + 1;
        files->unlock(files, lock);
    }
    return NULL;
}

static void a_lock_admits_one_thread_at_a_time(void **state)
{
    int value = 0;
    counting tasks[4];
    pthread_t threads[4];

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        tasks[i] = (counting){.value = &value};
        assert_int_equal(pthread_create(&threads[i], NULL, count_up, &tasks[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        assert_done(tasks[i].hr);
    }
    assert_int_equal(value, 200);
    assert_done(files->remove_file(files, at("count.lock")));
}

/* `rm` removes a container's folder with the lock in it while others try to take it. */
static void a_removed_lock_file_protects_nobody(void **state)
{
    file_lock *old = NULL;
    file_lock *lock = NULL;

    (void)state;
    assert_done(files->lock(files, at("gone.lock"), 0, &old));
    assert_done(files->remove_file(files, at("gone.lock")));
    files->unlock(files, old);
    assert_done(files->lock(files, at("gone.lock"), 1000, &lock));
    assert_hr(HR_WAIT_TIMEOUT, files->lock(files, at("gone.lock"), 0, &old));
    files->unlock(files, lock);
    assert_done(files->remove_file(files, at("gone.lock")));
}

static void nothing_is_left_open(void **state)
{
    size_t before = native_handles();
    cleanup_strings string_list names = STRING_LIST_INIT;
    file_lock *lock;
    file *f;

    (void)state;
    for (int i = 0; i < 5; i++) {
        put("f", "x");
        expect("f", "x");
        assert_done(files->list(files, folder, &names));
        assert_done(files->open(files, at("f"), FILE_APPEND, &f));
        files->close(files, f);
        assert_done(files->lock(files, at("f.lock"), 0, &lock));
        files->unlock(files, lock);
        assert_hr(HR_FILE_EXISTS, files->open(files, at("f"), FILE_CREATE, &f));
        assert_done(files->remove_file(files, at("f")));
        assert_done(files->remove_file(files, at("f.lock")));
    }
    assert_in_range(native_handles(), 0, before + 2);
}

static int set_up(void **state)
{
    (void)state;
    native_temporary(folder, sizeof(folder));
    return HR_FAILED(files_port_open(&files));
}

static int tear_down(void **state)
{
    static const char *const left[] = {"state", "binary", "large", "to"};
    int32_t hr;

    (void)state;
    for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
        (void)files->remove_file(files, at(left[i]));
    hr = files->remove_directory(files, folder);
    files->free(files);
    string_list_free(&paths);
    return HR_FAILED(hr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_replaced_file_reads_back),
        cmocka_unit_test(all_bytes_are_kept),
        cmocka_unit_test(a_large_file_is_not_read),
        cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(an_empty_path_is_refused_as_a_path),
        cmocka_unit_test(a_volume_tells_what_it_is_formatted_with),
        cmocka_unit_test(what_this_user_makes_is_ours),
        cmocka_unit_test(folders_are_made_listed_and_removed),
        cmocka_unit_test(a_long_list_is_complete),
        cmocka_unit_test(a_file_is_no_folder_and_a_folder_no_file),
        cmocka_unit_test(rename_replaces_nothing),
        cmocka_unit_test(blobs_are_streamed),
        cmocka_unit_test(logs_are_appended_to),
        cmocka_unit_test(long_paths_work),
        cmocka_unit_test(paths_lead_where_they_say),
        cmocka_unit_test(readers_see_the_old_state_or_the_new_one),
        cmocka_unit_test(a_file_that_is_held_for_seconds_is_replaced_after_all),
        cmocka_unit_test(a_held_lock_keeps_others_out),
        cmocka_unit_test(a_lock_admits_one_thread_at_a_time),
        cmocka_unit_test(a_removed_lock_file_protects_nobody),
        cmocka_unit_test(nothing_is_left_open),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
