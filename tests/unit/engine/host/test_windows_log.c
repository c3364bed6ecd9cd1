/* SPDX-License-Identifier: MIT */
/* Windows' event log: reading entries, what explains a failure, and what wcow writes. */
#include "engine/host/windows_log.h"

#include <stdio.h>
#include <string.h>

#include <wcow/events_log.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "tests/unit/engine/fixture.h"

#define ENTRY(provider, id, level, time, data)                                                     \
    "<Event xmlns='x'><System><Provider Name='" provider "' Guid='{1}'/><EventID>" id              \
    "</EventID><Level>" level "</Level><TimeCreated SystemTime='" time                             \
    "'/></System><UserData><VmlEventLog><SystemId>" data                                           \
    "</SystemId><Why>it is &lt;bad&gt;\r\n  today</Why></VmlEventLog></UserData></Event>"

/* ---- a made-up log ---- */

static struct made_up {
    const char *entries[4]; /* of the first channel, the latest first */
    const char *message;
    int32_t hr;
    unsigned reads;
    char query[256];
    unsigned written;
    uint32_t id;
    char words[1024];
} viewer;

static int32_t read_entries(const char *channel, const char *query, event_viewer_fn *each,
                            void *context)
{
    bool more = true;

    viewer.reads++;
    if (strcmp(channel, windows_log_channels[0]) != 0)
        return HR_FROM_WIN32(15007);
    snprintf(viewer.query, sizeof viewer.query, "%s", query);
    for (size_t i = 0; i < 4 && viewer.entries[i] && more; i++)
        more = each(context, viewer.entries[i], viewer.message);
    return viewer.hr;
}

static int32_t write_entry(uint32_t kind, uint32_t id, const char *words)
{
    assert_int_equal(kind, EVENT_VIEWER_ERROR);
    viewer.written++;
    viewer.id = id;
    snprintf(viewer.words, sizeof viewer.words, "%s", words);
    return HR_OK;
}

static int set_up(void **test)
{
    memset(&viewer, 0, sizeof viewer);
    windows_log_port = (windows_log){read_entries, write_entry};
    return fixture_set_up(test);
}

/* ---- reading ---- */

static void an_entry_is_read_from_its_xml(void **test)
{
    CLEANUP(log_entry_facts) log_entry_facts facts = {0};

    (void)test;
    assert_true(log_entry_facts_read(
        ENTRY("Hyper-V-Compute", "2000", "2", "2026-11-30T07:00:00Z", "abc"), NULL, &facts));
    assert_string_equal(facts.provider, "Hyper-V-Compute");
    assert_string_equal(facts.time, "2026-11-30T07:00:00Z");
    assert_int_equal(facts.id, 2000);
    assert_int_equal(facts.level, 2);
    assert_string_equal(facts.words, "abc it is <bad> today");
    log_entry_facts_free(&facts);
    assert_true(log_entry_facts_read(ENTRY("A", "1", "4", "T", "abc"), "in\nwords \n", &facts));
    assert_string_equal(facts.words, "in words");
}

static void what_is_no_entry_is_none(void **test)
{
    static const char *const broken[] = {
        "",
        "<Event>",
        "<Provider Name=",
        "<Provider Name='",
        "<Provider Name='x'/><TimeCreated",
        "<Provider Name='x'/><TimeCreated SystemTime='",
        "<TimeCreated SystemTime=''>&#xZZ;<Event",
    };

    (void)test;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        log_entry_facts facts = {0};

        assert_false(log_entry_facts_read(broken[i], NULL, &facts));
        assert_null(facts.time);
    }
}

static cJSON *events_log(fixture *f, const char *container, uint32_t limit)
{
    wcow_events_log_options options = WCOW_EVENTS_LOG_OPTIONS_INIT;
    char *json = NULL;

    options.container = container;
    options.limit = limit;
    assert_ok(&f->err, wcow_host_events_log(f->host, &options, &json, &f->err));
    return fixture_json(f, json);
}

static void entries_are_listed_by_time_and_container(void **test)
{
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", NULL);
    cleanup_free char *its = text_format(
        "<Event><System><Provider Name='P'/><EventID>1</EventID><TimeCreated SystemTime='3'/>"
        "</System><EventData><Data>%s</Data></EventData></Event>",
        wcow_container_id(web));

    viewer.entries[0] = its;
    viewer.entries[1] = ENTRY("P", "2", "3", "2", "0123456789abcdef");
    viewer.entries[2] = ENTRY("P", "3", "2", "1", "x");
    {
        cleanup_json cJSON *all = events_log(f, NULL, 0);
        cleanup_json cJSON *last = events_log(f, NULL, 2);
        cleanup_json cJSON *of_web = events_log(f, "web", 0);
        cleanup_json cJSON *of_one_gone = events_log(f, "0123456789abcdef", 0);

        assert_int_equal(cJSON_GetArraySize(all), 3);
        assert_string_equal(json_text(all->child, "Time", ""), "1");
        assert_string_equal(json_text(all->child, "Level", ""), "error");
        assert_int_equal(cJSON_GetArraySize(last), 2);
        assert_string_equal(json_text(last->child, "Time", ""), "2");
        assert_int_equal(cJSON_GetArraySize(of_web), 1);
        assert_string_equal(json_text(of_web->child, "Message", ""), wcow_container_id(web));
        assert_int_equal(json_integer(of_one_gone->child, "ID", 0), 2);
    }
    assert_non_null(strstr(viewer.query, "@SystemTime>='20"));
    wcow_container_free(web);
}

static void a_container_that_nobody_knows_and_a_log_that_fails_are_told(void **test)
{
    fixture *f = *test;
    wcow_events_log_options options = WCOW_EVENTS_LOG_OPTIONS_INIT;
    char *json = NULL;

    options.container = "nobody";
    assert_int_equal(wcow_host_events_log(f->host, &options, &json, &f->err), WCOW_NOT_FOUND);
    viewer.hr = HR_ACCESS_DENIED;
    assert_int_equal(wcow_host_events_log(f->host, NULL, &json, &f->err), WCOW_DENIED);
    assert_non_null(strstr(f->err.message, "Hyper-V-Compute-Admin"));
    assert_null(json);
}

/* ---- explaining ---- */

static void a_failure_without_events_gets_those_of_the_log(void **test)
{
    wcow_error err = WCOW_ERROR_INIT;

    (void)test;
    viewer.entries[0] = ENTRY("Hyper-V-Compute", "2000", "2", "2", "abc");
    viewer.entries[1] = ENTRY("Hyper-V-Compute", "2001", "2", "1", "others");
    (void)error_hresult(&err, (int32_t)0x80004005, "HcsStartComputeSystem");
    windows_log_explain("abc", 1, &err);
    assert_string_equal(err.events, "Hyper-V-Compute 2000: abc it is <bad> today");
    assert_non_null(strstr(err.hint, "Windows' event log says: Hyper-V-Compute 2000"));
    assert_int_equal(viewer.reads, 1);

    /* The service's own words are better, and what is none of its failures is not asked for. */
    strcpy(err.events, "mine");
    windows_log_explain("abc", 1, &err);
    assert_string_equal(err.events, "mine");
    (void)error_set(&err, WCOW_INVALID, "bad");
    windows_log_explain("abc", 1, &err);
    assert_int_equal(viewer.reads, 1);
}

static void what_is_written_a_moment_later_is_waited_for_once(void **test)
{
    wcow_error err = WCOW_ERROR_INIT;

    (void)test;
    (void)error_hresult(&err, (int32_t)0x80004005, "HcsStartComputeSystem");
    windows_log_explain("abc", 1, &err);
    assert_int_equal(viewer.reads, 2);
    assert_string_equal(err.events, "");
}

/* ---- writing ---- */

static void entries_are_written_unless_it_is_off(void **test)
{
    static const char off[] = "{\"event-log\":false}";
    fixture *f = *test;
    cleanup_free char *path = path_join(f->root, "daemon.json");

    windows_log_note(f->host, WINDOWS_LOG_MONITOR_LOST, "abc", "it died");
    assert_int_equal(viewer.written, 1);
    assert_int_equal(viewer.id, 2);
    assert_non_null(strstr(viewer.words, "it died\r\nContainer: abc\r\nRoot: "));
    {
        FILE *out = fopen(path, "w");

        assert_non_null(out);
        fputs(off, out);
        fclose(out);
    }
    windows_log_note(f->host, WINDOWS_LOG_MONITOR_LOST, "abc", "it died");
    assert_int_equal(viewer.written, 1);
}

static void a_container_that_cannot_be_started_is_written_down(void **test)
{
    static const char *const ping[] = {"ping", NULL};
    fixture *f = *test;
    wcow_container *web = fixture_create(f, "web", ping);

    assert_true(
        sim_fault(f->fake->sim, "{\"call\":\"HcsStartComputeSystem\",\"hr\":\"0x80004005\"}"));
    assert_int_not_equal(wcow_container_start(web, NULL, NULL, &f->err), WCOW_OK);
    fixture_settle(f);
    assert_int_equal(viewer.written, 1);
    assert_int_equal(viewer.id, WINDOWS_LOG_START_FAILED);
    assert_non_null(strstr(viewer.words, "cannot start container 'web'"));
    assert_non_null(strstr(viewer.words, wcow_container_id(web)));
    sim_faults_clear(f->fake->sim);
    wcow_container_free(web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_entry_is_read_from_its_xml),
        TEST(what_is_no_entry_is_none),
        TEST(entries_are_listed_by_time_and_container),
        TEST(a_container_that_nobody_knows_and_a_log_that_fails_are_told),
        TEST(a_failure_without_events_gets_those_of_the_log),
        TEST(what_is_written_a_moment_later_is_waited_for_once),
        TEST(entries_are_written_unless_it_is_off),
        TEST(a_container_that_cannot_be_started_is_written_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
