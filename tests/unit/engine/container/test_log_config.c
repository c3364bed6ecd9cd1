/* SPDX-License-Identifier: MIT */
/* Log drivers and their options: what is refused, what is noted beside each line, and what becomes
 * of a line that is an event. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/log.h"
#include "engine/container/log_config.h"
#include "engine/container/log_files.h"
#include "engine/container/log_trace.h"
#include "port/clock.h"

static const char *const ping[] = {"ping", NULL};

static wcow_container *create(fixture *f, const char *driver, const char *const *options,
                              const char *const *labels, const char *const *environment)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    spec.name = "web";
    spec.command = ping;
    spec.log_driver = driver;
    spec.log_options = options;
    spec.labels = labels;
    spec.environment = environment;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    return web;
}

static void drop(fixture *f, wcow_container *web)
{
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
}

static bool collect(void *context, bool is_error, const char *piece, size_t length)
{
    (void)is_error;
    text_add_bytes(context, piece, length);
    return true;
}

static log_config load(fixture *f, const wcow_container *web)
{
    cleanup_record record *r = NULL;
    log_config config = {0};

    assert_ok(&f->err, record_read(f->host, wcow_container_id(web), &r, &f->err));
    assert_ok(&f->err, log_config_load(f->host, r, &config, &f->err));
    return config;
}

/* As its monitor would, if it wrote this. */
static void write_log(fixture *f, const wcow_container *web, bool is_error, const void *bytes,
                      size_t length)
{
    cleanup_log_config log_config config = load(f, web);
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(web), &config, &log, &f->err));
    log_write(log, is_error, bytes, length);
    log_close(log);
}

static char *read_details(fixture *f, wcow_container *web)
{
    wcow_log_options how = WCOW_LOG_OPTIONS_INIT;
    text all = TEXT_INIT;

    how.details = true;
    assert_ok(&f->err, wcow_container_logs(web, &how, collect, &all, &f->err));
    return text_take(&all);
}

static void details_are_what_the_options_name(void **state)
{
    static const char *const options[] = {"labels=tier,none", "env=Path", "tag={{.Name}}/{{.ID}}",
                                          NULL};
    static const char *const labels[] = {"tier=front end", "other=x", NULL};
    fixture *f = *state;
    wcow_container *web = create(f, "json-file", options, labels, NULL);
    cleanup_free char *all = NULL;
    cleanup_free char *expected =
        text_format("tag=web%%2F%.12s,tier=front+end hello\n", wcow_container_id(web));

    write_log(f, web, false, "hello\n", 6);
    all = read_details(f, web);
    assert_string_equal(all, expected);
    drop(f, web);
}

static void without_a_log_nothing_is_kept_and_logs_says_so(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f, "none", NULL, NULL, NULL);
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
        {"local", "colour=red", "unknown log opt 'colour' for log driver local"},
        {"etwlogs", "colour=red", "unknown log opt 'colour' for etwlogs log driver"},
        {"", "max-size=0", "max-size must be a positive number"},
        {"", "max-size=-1", "max-size must be a positive number"},
        {"", "max-size=much", "invalid size: 'much'"},
        {"", "max-file=0", "max-file cannot be less than 1"},
        {"", "max-file=x", "invalid max-file: \"x\""},
        {"", "compress=yes", "invalid value for compress: \"yes\""},
        {"", "compress=true",
         "compress cannot be true when max-file is less than 2 or max-size is not set"},
        {"local", "max-file=1", "compression cannot be enabled when max file count is 1"},
        {"etwlogs", "cache-max-file=1", "compression cannot be enabled when max file count is 1"},
        {"etwlogs", "cache-disabled=perhaps",
         "invalid value for option cache-disabled: \"perhaps\""},
        {"", "labels-regex=(a", "error parsing regexp: missing closing ): `(a`"},
        {"", "env-regex=a**", "error parsing regexp: invalid nested repetition operator: `**`"},
        {"", "mode=fast", "logger: logging mode not supported: fast"},
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

static void patterns_name_labels_and_variables(void **state)
{
    static const char *const options[] = {"labels-regex=^ti", "env-regex=^(RED|tier)$", "env=BLUE",
                                          NULL};
    static const char *const labels[] = {"tier=front", "title=x", "untidy=y", NULL};
    static const char *const environment[] = {"RED=1", "BLUE=2", "GREEN=3", "tier=of the variable",
                                              NULL};
    fixture *f = *state;
    wcow_container *web = create(f, "local", options, labels, environment);
    cleanup_free char *all = NULL;

    write_log(f, web, false, "hello\n", 6);
    all = read_details(f, web);
    assert_string_equal(all, "BLUE=2,RED=1,tier=of+the+variable,title=x hello\n");
    drop(f, web);
}

static void each_driver_has_docker_s_defaults(void **state)
{
    static const char *const packed[] = {"max-size=1k", "max-file=2", "compress=1", NULL};
    static const char *const cache[] = {"cache-max-size=2k", "cache-compress=false", NULL};
    static const struct {
        const char *driver;
        const char *const *options;
        uint64_t size;
        uint32_t files;
        bool compressed, traced;
    } cases[] = {
        {"json-file", NULL, 0, 1, false, false},    {"json-file", packed, 1000, 2, true, false},
        {"local", NULL, 20u << 20, 5, true, false}, {"etwlogs", NULL, 20u << 20, 5, true, true},
        {"etwlogs", cache, 2000, 5, false, true},
    };
    fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        wcow_container *web = create(f, cases[i].driver, cases[i].options, NULL, NULL);
        cleanup_log_config log_config config = load(f, web);

        assert_true(config.kept);
        assert_int_equal(config.max_size, cases[i].size);
        assert_int_equal(config.max_file, cases[i].files);
        assert_int_equal(config.compressed, cases[i].compressed);
        assert_int_equal(config.trace_head != NULL, cases[i].traced);
        drop(f, web);
    }
}

/* ---- events ---- */

static struct {
    text written;
    unsigned open;
    int32_t hr;
} tracer;

static int32_t trace_open(const char *provider_guid, event_trace **out)
{
    if (HR_FAILED(tracer.hr))
        return tracer.hr;
    text_addf(&tracer.written, "{%s}\n", provider_guid);
    tracer.open++;
    *out = (event_trace *)&tracer;
    return HR_OK;
}

static int32_t trace_write(event_trace *trace, const char *words)
{
    (void)trace;
    text_addf(&tracer.written, "%s\n", words);
    return tracer.hr;
}

static void trace_close(event_trace *trace)
{
    (void)trace;
    tracer.open--;
}

static int tracer_set_up(void **state)
{
    tracer.open = 0;
    tracer.hr = HR_OK;
    log_trace_port = (log_trace_calls){trace_open, trace_write, trace_close};
    return fixture_set_up(state);
}

static int tracer_tear_down(void **state)
{
    assert_int_equal(tracer.open, 0);
    text_free(&tracer.written);
    return fixture_tear_down(state);
}

/* And kept besides, as by dockerd, which calls that its cache. */
static void a_line_is_an_event_in_docker_s_words(void **state)
{
    static const char wide[] = "h\0i\0\n\0\xff!\n";
    fixture *f = *state;
    wcow_container *web = create(f, "etwlogs", NULL, NULL, NULL);
    const char *id = wcow_container_id(web);
    cleanup_free char *image = fixture_inspect(f, web, "Image");
    cleanup_text text expected = TEXT_INIT;
    cleanup_text text all = TEXT_INIT;

    write_log(f, web, false, "hello\nand", 9);
    write_log(f, web, true, wide, sizeof wide - 1);
    text_add(&expected, "{a3693192-9ed6-46d2-a981-f8226c8363bd}\n");
    for (int i = 0; i < 2; i++)
        text_addf(&expected,
                  "container_name: web, image_name: %s, container_id: %s, image_id: %s, "
                  "source: stdout, log: %s\n",
                  IMAGE, id, image, i ? "and" : "hello");
    text_add(&expected, "{a3693192-9ed6-46d2-a981-f8226c8363bd}\n");
    for (int i = 0; i < 2; i++)
        text_addf(&expected,
                  "container_name: web, image_name: %s, container_id: %s, image_id: %s, "
                  "source: stderr, log: %s\n",
                  IMAGE, id, image, i ? "\xef\xbf\xbd!" : "hi");
    assert_string_equal(text_get(&tracer.written), text_get(&expected));
    assert_ok(&f->err, wcow_container_logs(web, NULL, collect, &all, &f->err));
    assert_true(text_starts_with(text_get(&all), "hello\nand"));
    drop(f, web);
}

static void without_its_cache_nothing_is_kept_and_logs_says_so(void **state)
{
    static const char *const options[] = {"cache-disabled=true", NULL};
    fixture *f = *state;
    wcow_container *web = create(f, "etwlogs", options, NULL, NULL);
    cleanup_free char *path = log_path(f->host, wcow_container_id(web), 0);
    cleanup_text text all = TEXT_INIT;
    file_info info;

    write_log(f, web, false, "hello\n", 6);
    assert_non_null(strstr(text_get(&tracer.written), "log: hello\n"));
    assert_fails(&f->err, WCOW_UNSUPPORTED, "configured logging driver does not support reading",
                 wcow_container_logs(web, NULL, collect, &all, &f->err));
    assert_true(HR_FAILED(f->files->info(f->files, path, &info)));
    drop(f, web);
}

static void where_events_cannot_be_written_no_log_is_opened(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f, "etwlogs", NULL, NULL, NULL);
    cleanup_log_config log_config config = load(f, web);
    log_writer *log = NULL;

    tracer.hr = HR_ACCESS_DENIED;
    assert_int_not_equal(log_open(f->host, wcow_container_id(web), &config, &log, &f->err),
                         WCOW_OK);
    assert_true(text_starts_with(
        f->err.message,
        "failed to initialize logging driver: Failed to register ETW provider: EventRegister: "));
    assert_null(log);
    assert_int_equal(f->faulty.open, 0);
    drop(f, web);
}

/* A slow session drops events. Its lines are in the files all the same: nothing is lost. */
static void an_event_that_is_lost_is_no_lost_line(void **state)
{
    fixture *f = *state;
    wcow_container *web = create(f, "etwlogs", NULL, NULL, NULL);
    cleanup_log_config log_config config = load(f, web);
    cleanup_text text all = TEXT_INIT;
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(web), &config, &log, &f->err));
    tracer.hr = HR_FROM_WIN32(234); /* ERROR_MORE_DATA */
    log_write(log, false, "a\nb\n", 4);
    assert_int_equal(log_failure(log), HR_OK);
    log_close(log);
    assert_ok(&f->err, wcow_container_logs(web, NULL, collect, &all, &f->err));
    assert_string_equal(text_get(&all), "a\nb\n");
    drop(f, web);
}

static void without_a_file_it_is_told(void **state)
{
    static const char *const options[] = {"cache-disabled=true", NULL};
    fixture *f = *state;
    wcow_container *web = create(f, "etwlogs", options, NULL, NULL);
    cleanup_log_config log_config config = load(f, web);
    log_writer *log = NULL;

    assert_ok(&f->err, log_open(f->host, wcow_container_id(web), &config, &log, &f->err));
    tracer.hr = HR_FROM_WIN32(234);
    log_write(log, false, "a\nb\n", 4);
    assert_int_equal(log_failure(log), HR_FROM_WIN32(234));
    log_close(log);
    drop(f, web);
}

#define TEST(name)  cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
#define TRACE(name) cmocka_unit_test_setup_teardown(name, tracer_set_up, tracer_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(details_are_what_the_options_name),
        TEST(without_a_log_nothing_is_kept_and_logs_says_so),
        TEST(what_no_driver_knows_is_refused_in_docker_s_words),
        TEST(patterns_name_labels_and_variables),
        TRACE(each_driver_has_docker_s_defaults),
        TRACE(a_line_is_an_event_in_docker_s_words),
        TRACE(without_its_cache_nothing_is_kept_and_logs_says_so),
        TRACE(where_events_cannot_be_written_no_log_is_opened),
        TRACE(an_event_that_is_lost_is_no_lost_line),
        TRACE(without_a_file_it_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
