/* SPDX-License-Identifier: MIT */
/* Noting what happened: lines that are whole whoever else writes, and a file that stays small. */
#include "engine/host/event_log.h"

#include <pthread.h>
#include <string.h>

#include "base/error.h"
#include "tests/unit/engine/fixture.h"

#define LIST_SIZE(list) (sizeof(list) / sizeof((list)[0]))

/* The image's coming is noted, too; here only what the tests note counts. */
static int set_up(void **state)
{
    const int failed = fixture_set_up(state);
    const fixture *f = *state;
    cleanup_free char *path = text_format("%s/events.log", f->root);

    return failed || HR_FAILED(f->files->remove_file(f->files, path));
}

/* A file of the root; "" if it is not there. Malloc'ed. */
static char *read_file(fixture *f, const char *name)
{
    cleanup_free char *path = text_format("%s/%s", f->root, name);
    char *bytes = NULL;
    size_t size = 0;

    if (HR_FAILED(f->files->read(f->files, path, (size_t)16 << 20, &bytes, &size)))
        return text_copy("");
    return bytes;
}

/* How many lines there are; each of them is JSON. */
static size_t count_lines(fixture *f, const char *name)
{
    cleanup_free char *bytes = read_file(f, name);
    size_t count = 0;

    for (char *line = bytes; *line; count++) {
        const size_t length = strcspn(line, "\n");
        cleanup_json cJSON *event = NULL;

        assert_int_equal(line[length], '\n');
        assert_ok(&f->err, json_parse(line, length, "an event", &event, &f->err));
        assert_string_equal(json_text(event, "scope", ""), "local");
        line += length + 1;
    }
    return count;
}

static void an_event_is_a_line_in_docker_s_shape(void **test)
{
    static const event_attribute attributes[] = {
        {"image", "test/base:1"}, {"name", "web"}, {"signal", NULL}};
    fixture *f = *test;
    cleanup_json cJSON *event = NULL;
    cleanup_free char *line = NULL;

    event_note(f->host, "container", "start", "0123", attributes, LIST_SIZE(attributes));
    line = read_file(f, "events.log");
    assert_ok(&f->err, json_parse(line, strlen(line), "the event", &event, &f->err));
    assert_string_equal(json_text(event, "status", ""), "start");
    assert_string_equal(json_text(event, "id", ""), "0123");
    assert_string_equal(json_text(event, "from", ""), "test/base:1");
    assert_string_equal(json_text(event, "Type", ""), "container");
    assert_string_equal(json_text(event, "Action", ""), "start");
    assert_string_equal(json_text(json_member(event, "Actor"), "ID", ""), "0123");
    assert_string_equal(json_text(json_path(event, "Actor.Attributes"), "name", ""), "web");
    assert_null(json_path(event, "Actor.Attributes.signal"));
    assert_true(json_integer(event, "time", 0) > 1600000000);
    assert_non_null(strstr(line, "\"timeNano\":1"));
}

static void other_types_have_no_old_members(void **test)
{
    fixture *f = *test;
    cleanup_free char *line = NULL;

    event_note(f->host, "volume", "create", "data", NULL, 0);
    line = read_file(f, "events.log");
    assert_null(strstr(line, "\"status\""));
    assert_null(strstr(line, "\"from\""));
    assert_int_equal(count_lines(f, "events.log"), 1);
}

static void hostile_texts_stay_in_their_line(void **test)
{
    static const event_attribute attributes[] = {{"name", "a\nb\"\x1b[2J"}, {"bad\xff", "\xfe"}};
    fixture *f = *test;
    cleanup_free char *huge = calloc(1, 1 << 20);
    event_attribute many = {"label", huge};

    memset(huge, '\n', (1 << 20) - 1);
    event_note(f->host, "container", "exec_create: \x80\n", "1", attributes, LIST_SIZE(attributes));
    event_note(f->host, "container", huge, "2", &many, 1);
    assert_int_equal(count_lines(f, "events.log"), 2);
}

static void *note_many(void *context)
{
    fixture *f = context;
    char value[3000];
    const event_attribute long_one = {"label", value};

    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < 100; i++)
        event_note(f->host, "container", "start", "0123", &long_one, 1);
    return NULL;
}

static void lines_of_many_writers_are_whole(void **test)
{
    fixture *f = *test;
    pthread_t threads[8];

    for (size_t i = 0; i < LIST_SIZE(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, note_many, f), 0);
    for (size_t i = 0; i < LIST_SIZE(threads); i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(count_lines(f, "events.log"), 800);
}

/* A log of that many bytes, of blank lines. */
static void make_log(fixture *f, size_t size)
{
    cleanup_free char *path = text_format("%s/events.log", f->root);
    cleanup_free char *bytes = malloc(size);

    memset(bytes, '\n', size);
    assert_int_equal(f->files->replace(f->files, path, bytes, size), 0);
}

static void a_log_that_has_grown_is_put_aside(void **test)
{
    fixture *f = *test;
    cleanup_free char *older = NULL;

    make_log(f, EVENT_LOG_LIMIT - 1);
    event_note(f->host, "image", "pull", "a:1", NULL, 0); /* fills it */
    event_note(f->host, "image", "pull", "a:2", NULL, 0);
    assert_int_equal(count_lines(f, "events.log"), 1);
    older = read_file(f, "events.log.1");
    assert_true(strlen(older) > EVENT_LOG_LIMIT);

    make_log(f, EVENT_LOG_LIMIT);
    event_note(f->host, "image", "pull", "a:3", NULL, 0);
    assert_int_equal(count_lines(f, "events.log"), 1);
}

static void one_who_cannot_put_it_aside_notes_all_the_same(void **test)
{
    fixture *f = *test;
    cleanup_free char *path = text_format("%s/events.lock", f->root);
    cleanup_free char *bytes = NULL;
    file_lock *lock = NULL;

    make_log(f, EVENT_LOG_LIMIT);
    assert_int_equal(f->files->lock(f->files, path, 0, &lock), 0);
    event_note(f->host, "image", "pull", "a:1", NULL, 0);
    f->files->unlock(f->files, lock);
    bytes = read_file(f, "events.log");
    assert_non_null(strstr(bytes, "a:1"));
    assert_true(strlen(bytes) > EVENT_LOG_LIMIT);
}

static void whatever_fails_it_fails_nobody(void **test)
{
    fixture *f = *test;

    for (size_t at = 1;; at++) {
        make_log(f, EVENT_LOG_LIMIT);
        faulty_files_fail(&f->faulty, at);
        event_note(f->host, "image", "pull", "a:1", NULL, 0);
        assert_int_equal(f->faulty.open, 0);
        if (f->faulty.calls < at)
            break;
    }
    faulty_files_fail(&f->faulty, 0);
    event_note(f->host, "image", "pull", "a:2", NULL, 0);
    assert_true(count_lines(f, "events.log") >= 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_is_a_line_in_docker_s_shape),
        TEST(other_types_have_no_old_members),
        TEST(hostile_texts_stay_in_their_line),
        TEST(lines_of_many_writers_are_whole),
        TEST(a_log_that_has_grown_is_put_aside),
        TEST(one_who_cannot_put_it_aside_notes_all_the_same),
        TEST(whatever_fails_it_fails_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
