/* SPDX-License-Identifier: MIT */
/* Logs of several files: written while calls fail or the writer dies, read while they come and go.
 */
#include "tests/unit/engine/fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/log.h"
#include "engine/container/log_config.h"
#include "engine/container/log_files.h"
#include "engine/host/paths.h"
#include "port/clock.h"

static const char *const ping[] = {"ping", NULL};

static wcow_container *create(fixture *f)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    return web;
}

static void drop(fixture *f, wcow_container *web)
{
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static log_writer *open_with(fixture *f, const wcow_container *web, const log_config *config)
{
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(web), config, &log, &f->err));
    return log;
}

static log_writer *open_log(fixture *f, const wcow_container *web, uint64_t size, uint32_t files)
{
    const log_config config = {.kept = true, .max_size = size, .max_file = files};

    return open_with(f, web, &config);
}

static log_writer *open_packing(fixture *f, const wcow_container *web, uint64_t size,
                                uint32_t files)
{
    const log_config config = {
        .kept = true, .max_size = size, .max_file = files, .compressed = true};

    return open_with(f, web, &config);
}

static void write_numbers(log_writer *log, int from, int to)
{
    for (int i = from; i < to; i++) {
        char line[16];

        snprintf(line, sizeof line, "%d\n", i);
        log_write(log, false, line, strlen(line));
    }
}

static bool collect(void *context, bool is_error, const char *piece, size_t length)
{
    (void)is_error;
    text_add_bytes(context, piece, length);
    return true;
}

static void read_log(fixture *f, wcow_container *web, const wcow_log_options *options, text *out)
{
    text_cut(out, 0);
    assert_ok(&f->err, wcow_container_logs(web, options, collect, out, &f->err));
}

/* That it is the numbers from one to the other, each once, in their order. */
static void assert_numbers(const text *all, int from, int to)
{
    cleanup_text text expected = TEXT_INIT;

    for (int i = from; i < to; i++)
        text_addf(&expected, "%d\n", i);
    assert_string_equal(text_get(all), text_get(&expected));
}

static size_t count_aside(fixture *f, const wcow_container *web)
{
    cleanup_log_numbers log_numbers numbers = {NULL, 0};

    assert_ok(&f->err, log_numbers_read(f->host, wcow_container_id(web), &numbers, &f->err));
    return numbers.count;
}

static void full_files_are_put_aside_and_the_oldest_go(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f);
    log_writer *log = open_log(f, web, 1000, 3);
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    cleanup_text text all = TEXT_INIT;
    int first;

    write_numbers(log, 0, 500);
    log_close(log);
    assert_int_equal(count_aside(f, web), 2);
    read_log(f, web, NULL, &all);
    first = atoi(text_get(&all));
    assert_in_range(first, 460, 490); /* some 65 bytes a line, three files of a little over 1000 */
    assert_numbers(&all, first, 500);
    options.tail = 20; /* more than the last file has */
    read_log(f, web, &options, &all);
    assert_numbers(&all, 480, 500);
    /* and with another writer it goes on */
    log = open_log(f, web, 1000, 3);
    write_numbers(log, 500, 520);
    log_close(log);
    read_log(f, web, &options, &all);
    assert_numbers(&all, 500, 520);
    assert_int_equal(count_aside(f, web), 2);
    drop(f, web);
}

/* A reader at whose first piece the log is written on, until after his time. */
typedef struct late {
    text all;
    log_writer *log;
    int64_t until;
} late;

static bool write_on(void *context, bool is_error, const char *piece, size_t length)
{
    late *l = context;

    (void)is_error;
    text_add_bytes(&l->all, piece, length);
    if (!l->log)
        return true;
    write_numbers(l->log, 5, 100); /* full files are put aside, and so is the one that is read */
    log_close(TAKE(l->log));
    while (clock_now() < l->until)
        clock_sleep(10);
    return true;
}

/* The last round has something of the file that it reads, and the rest is in others by then. */
static void who_follows_until_a_time_gets_what_was_put_aside_before(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f);
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    late l = {TEXT_INIT, open_log(f, web, 1000, 20), clock_now() + 1000000000};

    write_numbers(l.log, 0, 5);
    log_flush(l.log);
    options.follow = true;
    options.until = l.until;
    assert_ok(&f->err, wcow_container_logs(web, &options, write_on, &l, &f->err));
    assert_numbers(&l.all, 0, 100);
    text_free(&l.all);
    drop(f, web);
}

static void one_file_alone_begins_anew(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f);
    log_writer *log = open_log(f, web, 1000, 1);
    cleanup_text text all = TEXT_INIT;

    write_numbers(log, 0, 100);
    log_close(log);
    assert_int_equal(count_aside(f, web), 0);
    read_log(f, web, NULL, &all);
    assert_numbers(&all, atoi(text_get(&all)), 100);
    assert_true(atoi(text_get(&all)) > 80);
    drop(f, web);
}

/* How many files of the log are compressed, are not, and were not finished. */
typedef struct kinds {
    size_t packed, plain, unfinished;
} kinds;

static kinds count_kinds(fixture *f, const wcow_container *web)
{
    cleanup_free char *folder = path_of_container(f->host, wcow_container_id(web));
    cleanup_strings string_list names = STRING_LIST_INIT;
    kinds found = {0};

    assert_int_equal(f->files->list(f->files, folder, &names), HR_OK);
    for (size_t i = 0; i < names.count; i++) {
        if (log_is_unfinished(names.items[i]))
            found.unfinished++;
        else if (text_starts_with(names.items[i], "container.log.") &&
                 text_ends_with(names.items[i], ".gz"))
            found.packed++;
        else if (text_starts_with(names.items[i], "container.log."))
            found.plain++;
    }
    return found;
}

static void what_is_put_aside_is_compressed_and_read_all_the_same(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f);
    log_writer *log = open_packing(f, web, 1000, 4);
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    cleanup_text text all = TEXT_INIT;
    kinds found;

    write_numbers(log, 0, 500);
    log_close(log);
    found = count_kinds(f, web);
    assert_int_equal(found.packed, 3);
    assert_int_equal(found.plain, 0);
    assert_int_equal(found.unfinished, 0);
    read_log(f, web, NULL, &all);
    assert_numbers(&all, atoi(text_get(&all)), 500);
    assert_true(atoi(text_get(&all)) < 460);
    options.tail = 40; /* reaches into those that are compressed */
    read_log(f, web, &options, &all);
    assert_numbers(&all, 460, 500);
    drop(f, web);
}

/* What a writer left that did not compress, or died at it, is the next one's. */
static void what_was_not_compressed_yet_is_by_the_next_writer(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f);
    log_writer *log = open_log(f, web, 1000, 50);
    cleanup_free char *packed = log_path_packed(f->host, wcow_container_id(web), 1);
    cleanup_free char *torn = text_format("%s.0123abcd", packed);
    cleanup_text text all = TEXT_INIT;
    kinds found;

    write_numbers(log, 0, 100);
    log_close(log);
    assert_int_equal(count_kinds(f, web).packed, 0);
    assert_int_equal(f->files->replace(f->files, torn, "half", 4), HR_OK);
    assert_int_equal(count_kinds(f, web).unfinished, 1);
    log = open_packing(f, web, 1000, 50);
    write_numbers(log, 100, 200);
    log_close(log);
    found = count_kinds(f, web);
    assert_int_equal(found.plain, 0);
    assert_int_equal(found.unfinished, 0);
    assert_true(found.packed > 10);
    read_log(f, web, NULL, &all);
    assert_numbers(&all, 0, 200);
    drop(f, web);
}

static void a_damaged_compressed_file_is_named(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f);
    log_writer *log = open_packing(f, web, 1000, 50);
    cleanup_free char *packed = log_path_packed(f->host, wcow_container_id(web), 1);
    cleanup_text text all = TEXT_INIT;

    write_numbers(log, 0, 100);
    log_close(log);
    assert_int_equal(f->files->replace(f->files, packed, "\x1f\x8b\x08 no", 6), HR_OK);
    assert_int_equal(wcow_container_logs(web, NULL, collect, &all, &f->err), WCOW_CORRUPT);
    drop(f, web);
}

/* ---- followers ---- */

typedef struct follower {
    wcow_container *container;
    text all;
    pthread_t thread;
} follower;

static void *follow_main(void *context)
{
    follower *me = context;
    wcow_log_options options = WCOW_LOG_OPTIONS_INIT;
    wcow_error err = WCOW_ERROR_INIT;

    options.follow = true;
    assert_ok(&err, wcow_container_logs(me->container, &options, collect, &me->all, &err));
    return NULL;
}

/* Each gets every line once, whatever becomes of the files meanwhile. */
static void follow_several(fixture *f, bool compressed)
{
    enum { FOLLOWERS = 3 };
    wcow_container *web = create(f);
    log_writer *log = compressed ? open_packing(f, web, 2000, 50) : open_log(f, web, 2000, 50);
    follower all[FOLLOWERS];

    write_numbers(log, 0, 10);
    /* it lives, which followers wait for; what it writes goes there, too */
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    for (size_t i = 0; i < FOLLOWERS; i++) {
        all[i] = (follower){.container = web, .all = TEXT_INIT};
        assert_int_equal(pthread_create(&all[i].thread, NULL, follow_main, &all[i]), 0);
    }
    for (int i = 10; i < 600; i += 10) {
        write_numbers(log, i, i + 10);
        clock_sleep(5);
    }
    log_close(log);
    assert_ok(&f->err, wcow_container_kill(web, "KILL", &f->err));
    for (size_t i = 0; i < FOLLOWERS; i++) {
        int wanted = 0;

        pthread_join(all[i].thread, NULL);
        for (const char *line = text_get(&all[i].all); *line; line += strcspn(line, "\n") + 1) {
            if (*line == 'R') /* "Reply from …" */
                continue;
            assert_int_equal(atoi(line), wanted);
            wanted++;
        }
        assert_int_equal(wanted, 600);
        text_free(&all[i].all);
    }
    drop(f, web);
}

static void several_followers_miss_nothing(void **state)
{
    follow_several(*state, false);
}

static void several_followers_miss_nothing_of_what_is_compressed(void **state)
{
    follow_several(*state, true);
}

/* ---- failures ---- */

/* So that what was put aside is not read again and again. */
static void forget(fixture *f, const wcow_container *web)
{
    cleanup_log_numbers log_numbers numbers = {NULL, 0};
    const char *id = wcow_container_id(web);
    cleanup_free char *path = log_path(f->host, id, 0);

    assert_ok(&f->err, log_numbers_read(f->host, id, &numbers, &f->err));
    for (size_t i = 0; i < numbers.count; i++)
        log_remove(f->host, id, numbers.items[i]);
    (void)f->files->remove_file(f->files, path);
}

/* Each file call of the writer fails in turn: no line is lost, but for one whose own write failed,
 * which is told; and it goes on. */
static void fail_each_call(fixture *f, bool compressed)
{
    wcow_container *web = create(f);
    size_t wanted;
    bool failed = true;

    for (size_t nth = 1; failed; nth++) {
        log_writer *log =
            compressed ? open_packing(f, web, 1000, 1000) : open_log(f, web, 1000, 1000);
        cleanup_text text all = TEXT_INIT;
        size_t lines = 0;

        faulty_files_fail(&f->faulty, nth);
        write_numbers(log, 0, 60);
        wanted = log_failure(log) ? 59 : 60;
        log_close(log);
        failed = f->faulty.failed > 0;
        faulty_files_fail(&f->faulty, 0);
        read_log(f, web, NULL, &all);
        for (const char *at = text_get(&all); (at = strchr(at, '\n')); at++)
            lines++;
        assert_int_equal(lines, wanted);
        assert_int_equal(f->faulty.open, 0);
        forget(f, web);
    }
    drop(f, web);
}

static void whatever_fails_the_output_is_kept(void **state)
{
    fail_each_call(*state, false);
}

static void whatever_fails_while_it_is_compressed_the_output_is_kept(void **state)
{
    fail_each_call(*state, true);
}

/* The writer dies at each of its calls in turn, and the next one goes on: what was written is
 * there, once, in its order. */
static void die_at_each_call(fixture *f, bool compressed)
{
    wcow_container *web = create(f);
    int died = 1;

    for (size_t nth = 1; died; nth++) {
        cleanup_text text all = TEXT_INIT;
        const pid_t child = fork();
        int last = -1;
        int how = 0;
        log_writer *log;

        assert_true(child >= 0);
        if (!child) {
            f->faulty.die = true;
            faulty_files_fail(&f->faulty, nth);
            log = compressed ? open_packing(f, web, 1000, 1000) : open_log(f, web, 1000, 1000);
            write_numbers(log, 0, 60);
            log_close(log);
            _exit(0);
        }
        assert_int_equal(waitpid(child, &how, 0), child);
        died = WIFEXITED(how) && WEXITSTATUS(how) == FAULTY_FILES_DIED;
        log = open_log(f, web, 1000, 1000);
        log_write(log, false, "60\n", 3);
        log_close(log);
        read_log(f, web, NULL, &all);
        for (const char *line = text_get(&all); *line; line += strcspn(line, "\n") + 1) {
            const int number = atoi(line);

            assert_true(number == last + 1 || number == 60 || (last == 60 && number == 0));
            last = number;
        }
        assert_int_equal(last, 60);
    }
    drop(f, web);
}

static void whenever_the_writer_dies_what_was_written_is_there(void **state)
{
    die_at_each_call(*state, false);
}

static void whenever_it_dies_compressing_what_was_written_is_there(void **state)
{
    die_at_each_call(*state, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(full_files_are_put_aside_and_the_oldest_go),
        TEST(one_file_alone_begins_anew),
        TEST(what_is_put_aside_is_compressed_and_read_all_the_same),
        TEST(what_was_not_compressed_yet_is_by_the_next_writer),
        TEST(a_damaged_compressed_file_is_named),
        TEST(who_follows_until_a_time_gets_what_was_put_aside_before),
        TEST(several_followers_miss_nothing),
        TEST(several_followers_miss_nothing_of_what_is_compressed),
        TEST(whatever_fails_the_output_is_kept),
        TEST(whatever_fails_while_it_is_compressed_the_output_is_kept),
        TEST(whenever_the_writer_dies_what_was_written_is_there),
        TEST(whenever_it_dies_compressing_what_was_written_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
