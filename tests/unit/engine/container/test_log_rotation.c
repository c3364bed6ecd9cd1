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
#include "port/clock.h"

static const char *const ping[] = {"ping", NULL};

static wcow_container *create(fixture *f, const char *driver, const char *const *options,
                              const char *const *labels)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.log_driver = driver;
    spec.log_options = options;
    spec.labels = labels;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    return web;
}

static void drop(fixture *f, wcow_container *web)
{
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static log_writer *open_log(fixture *f, const wcow_container *web, uint64_t size, uint32_t files)
{
    const log_config config = {.kept = true, .max_size = size, .max_file = files};
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(web), &config, &log, &f->err));
    return log;
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
    wcow_container *web = create(f, NULL, NULL, NULL);
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

static void one_file_alone_begins_anew(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f, NULL, NULL, NULL);
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
static void several_followers_miss_nothing(void **state)
{
    enum { FOLLOWERS = 3 };
    fixture *f = *state;
    wcow_container *web = create(f, NULL, NULL, NULL);
    log_writer *log = open_log(f, web, 2000, 50);
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

/* ---- failures ---- */

/* Each file call of the writer fails in turn: no line is lost, but for one whose own write failed,
 * which is told; and it goes on. */
static void whatever_fails_the_output_is_kept(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f, NULL, NULL, NULL);
    size_t wanted = 0;
    bool failed = true;

    for (size_t nth = 1; failed; nth++) {
        log_writer *log = open_log(f, web, 1000, 1000);
        cleanup_text text all = TEXT_INIT;
        size_t lines = 0;

        faulty_files_fail(&f->faulty, nth);
        write_numbers(log, 0, 60);
        failed = f->faulty.failed > 0;
        faulty_files_fail(&f->faulty, 0);
        wanted += log_failure(log) ? 59 : 60;
        log_close(log);
        read_log(f, web, NULL, &all);
        for (const char *at = text_get(&all); (at = strchr(at, '\n')); at++)
            lines++;
        assert_int_equal(lines, wanted);
        assert_int_equal(f->faulty.open, 0);
    }
    drop(f, web);
}

/* The writer dies at each of its calls in turn, and the next one goes on: what was written is
 * there, once, in its order. */
static void whenever_the_writer_dies_what_was_written_is_there(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f, NULL, NULL, NULL);
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
            log = open_log(f, web, 1000, 1000);
            write_numbers(log, 0, 60);
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

/* ---- drivers and their options ---- */

static void details_are_what_the_options_name(void **state)
{
    static const char *const options[] = {"labels=tier,none", "env=Path", "tag={{.Name}}/{{.ID}}",
                                          NULL};
    static const char *const labels[] = {"tier=front end", "other=x", NULL};
    fixture *f = *state;
    wcow_container *web = create(f, "json-file", options, labels);
    wcow_log_options how = WCOW_LOG_OPTIONS_INIT;
    cleanup_text text all = TEXT_INIT;
    cleanup_free char *expected =
        text_format("tag=web%%2F%.12s,tier=front+end hello\n", wcow_container_id(web));
    cleanup_record record *r = NULL;
    cleanup_log_config log_config config = {0};
    log_writer *log = NULL;

    assert_ok(&f->err, record_read(f->host, wcow_container_id(web), &r, &f->err));
    assert_ok(&f->err, log_config_load(f->host, r, &config, &f->err));
    assert_ok(&f->err, log_open(f->host, r->id, &config, &log, &f->err));
    log_write(log, false, "hello\n", 6);
    log_close(log);
    how.details = true;
    read_log(f, web, &how, &all);
    assert_string_equal(text_get(&all), expected);
    drop(f, web);
}

static void without_a_log_nothing_is_kept_and_logs_says_so(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f, "none", NULL, NULL);
    cleanup_text text all = TEXT_INIT;
    cleanup_free char *path = log_path(f->host, wcow_container_id(web), 0);
    cleanup_free char *type = NULL;
    file_info info;

    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    clock_sleep(50);
    assert_fails(&f->err, WCOW_UNSUPPORTED, "configured logging driver does not support reading",
                 wcow_container_logs(web, NULL, collect, &all, &f->err));
    type = fixture_inspect(f, web, "HostConfig.LogConfig.Type");
    assert_string_equal(type, "none");
    assert_true(HR_FAILED(f->files->info(f->files, path, &info)));
    drop(f, web);
}

static void what_no_driver_knows_is_refused_in_docker_s_words(void **state)
{
    static const struct {
        const char *driver, *option, *said;
    } cases[] = {
        {"json-file", "colour=red", "unknown log opt 'colour' for json-file log driver"},
        {"local", "labels=a", "unknown log opt 'labels' for local log driver"},
        {"", "max-size=0", "max-size must be a positive number"},
        {"", "max-size=-1", "max-size must be a positive number"},
        {"", "max-size=much", "invalid size: 'much'"},
        {"", "max-file=0", "max-file cannot be less than 1"},
        {"", "max-file=x", "invalid max-file: \"x\""},
        {"none", "max-size=1m", "invalid logging opts for driver none"},
        {"syslog", NULL, "error looking up logging plugin syslog: plugin \"syslog\" not found"},
    };
    wcow_error err = WCOW_ERROR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const options[] = {cases[i].option, NULL};

        assert_fails(&err, WCOW_INVALID, cases[i].said,
                     log_wishes_check(cases[i].driver, options, &err));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(full_files_are_put_aside_and_the_oldest_go),
        TEST(one_file_alone_begins_anew),
        TEST(several_followers_miss_nothing),
        TEST(whatever_fails_the_output_is_kept),
        TEST(whenever_the_writer_dies_what_was_written_is_there),
        TEST(details_are_what_the_options_name),
        TEST(without_a_log_nothing_is_kept_and_logs_says_so),
        TEST(what_no_driver_knows_is_refused_in_docker_s_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
