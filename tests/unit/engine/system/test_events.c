/* SPDX-License-Identifier: MIT */
/* Reading events.log: what was, what comes, and a file that is put aside under the reader. */
#include "base/error.h"
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/host/event_log.h"
#include "port/clock.h"

/* What a follower gets; it notes events itself when there are none for now, so that all is on one
 * thread. */
typedef struct follower {
    fixture *f;
    text got; /* ids, a blank behind each */
    size_t count;
    size_t rounds;
    void (*idle)(struct follower *follower);
    size_t wanted; /* the end */
} follower;

static bool take(void *context, const char *json)
{
    follower *me = context;
    cleanup_json cJSON *event = NULL;

    if (!json) {
        me->rounds++;
        if (me->idle)
            me->idle(me);
        return me->count < me->wanted && me->rounds < 200;
    }
    assert_ok(&me->f->err, json_parse(json, strlen(json), "an event", &event, &me->f->err));
    if (text_equal(json_text(event, "Type", ""), "image"))
        return true; /* the fixture's own */
    text_addf(&me->got, "%s ", json_text(json_member(event, "Actor"), "ID", ""));
    return ++me->count < me->wanted;
}

static void note(fixture *f, const char *id)
{
    event_note(f->host, "network", "connect", id, NULL, 0);
}

static void expect_events(follower *me, int64_t since, int64_t until, const char *expected)
{
    wcow_event_options options = WCOW_EVENT_OPTIONS_INIT;

    options.since = since;
    options.until = until;
    assert_ok(&me->f->err, wcow_host_events(me->f->host, &options, take, me, &me->f->err));
    assert_string_equal(text_get(&me->got), expected);
    text_free(&me->got);
    me->got = (text)TEXT_INIT;
    me->count = me->rounds = 0;
}

static void past_ones_are_told_and_the_call_ends_at_its_time(void **state)
{
    follower me = {.f = *state, .wanted = 100};
    int64_t middle;

    note(me.f, "a");
    note(me.f, "b");
    clock_sleep(5);
    middle = clock_now();
    clock_sleep(5);
    note(me.f, "c");
    expect_events(&me, 1, clock_now(), "a b c ");
    expect_events(&me, 0, clock_now(), "a b c ");
    expect_events(&me, middle, clock_now(), "c ");
    expect_events(&me, 1, middle, "a b ");
}

static void note_one_more(follower *me)
{
    static const char *const ids[] = {"x", "y", "z"};

    if (me->rounds <= 3)
        note(me->f, ids[me->rounds - 1]);
}

static void without_a_time_only_new_ones_are(void **state)
{
    follower me = {.f = *state, .wanted = 3, .idle = note_one_more};

    note(me.f, "old");
    expect_events(&me, 0, 0, "x y z ");
}

static void the_first_event_of_all_is_waited_for(void **state)
{
    follower me = {.f = *state, .wanted = 3, .idle = note_one_more};
    cleanup_free char *path = text_format("%s/events.log", me.f->root);

    assert_int_equal(me.f->files->remove_file(me.f->files, path), 0);
    expect_events(&me, 0, 0, "x y z ");
}

/* As a writer does it who finds the file too long; one who was late still has it open. */
static void put_aside(follower *me)
{
    files_port *files = me->f->files;
    cleanup_free char *path = text_format("%s/events.log", me->f->root);
    cleanup_free char *aside = text_format("%s/events.log.1", me->f->root);
    static const char late[] = "{\"Type\":\"network\",\"Action\":\"connect\",\"Actor\":{\"ID\":"
                               "\"late\",\"Attributes\":{}},\"timeNano\":99}\n";
    file *open = NULL;

    if (me->rounds != 1)
        return;
    note(me->f, "before");
    assert_int_equal(files->open(files, path, FILE_APPEND, &open), 0);
    assert_int_equal(files->rename(files, path, aside), 0);
    note(me->f, "after");
    assert_int_equal(files->write_all(files, open, late, sizeof late - 1), 0);
    files->close(files, open);
}

static void nothing_is_lost_when_the_file_is_put_aside(void **state)
{
    follower me = {.f = *state, .wanted = 3, .idle = put_aside};

    note(me.f, "a");
    note(me.f, "b");
    expect_events(&me, 0, 0, "before late after ");
    me.idle = NULL;
    me.wanted = 5;
    expect_events(&me, 1, clock_now(), "a b before late after ");
}

static void a_torn_line_costs_no_other(void **state)
{
    follower me = {.f = *state, .wanted = 100};
    files_port *files = me.f->files;
    cleanup_free char *path = text_format("%s/events.log", me.f->root);
    cleanup_free char *endless = malloc(EVENT_LINE_LIMIT * 3);
    static const char torn[] = "{\"Type\":\"network\",\"Acti\n\n{\"timeNano\":7\n";
    file *open = NULL;

    memset(endless, '7', EVENT_LINE_LIMIT * 3);
    endless[EVENT_LINE_LIMIT * 3 - 1] = '\n';
    note(me.f, "a");
    assert_int_equal(files->open(files, path, FILE_APPEND, &open), 0);
    assert_int_equal(files->write_all(files, open, torn, sizeof torn - 1), 0);
    assert_int_equal(files->write_all(files, open, endless, EVENT_LINE_LIMIT * 3), 0);
    files->close(files, open);
    note(me.f, "b");
    expect_events(&me, 1, clock_now(), "a b ");
}

/* Each call to the file system fails in turn: the call says so, or nothing is missing. */
static void any_failing_call_is_told(void **state)
{
    fixture *f = *state;
    bool failed = true;

    note(f, "a");
    note(f, "b");
    for (size_t nth = 1; failed; nth++) {
        follower me = {.f = f, .wanted = 100};
        wcow_event_options options = WCOW_EVENT_OPTIONS_INIT;
        wcow_status status;

        options.since = 1;
        options.until = clock_now();
        faulty_files_fail(&f->faulty, nth);
        status = wcow_host_events(f->host, &options, take, &me, &f->err);
        failed = f->faulty.failed > 0;
        if (!status)
            assert_string_equal(text_get(&me.got), "a b ");
        else
            assert_true(failed);
        text_free(&me.got);
        assert_int_equal(f->faulty.open, 0);
    }
    faulty_files_fail(&f->faulty, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(past_ones_are_told_and_the_call_ends_at_its_time),
        TEST(without_a_time_only_new_ones_are),
        TEST(the_first_event_of_all_is_waited_for),
        TEST(nothing_is_lost_when_the_file_is_put_aside),
        TEST(a_torn_line_costs_no_other),
        TEST(any_failing_call_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
