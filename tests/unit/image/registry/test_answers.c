/* SPDX-License-Identifier: MIT */
/* What registries and token services answer that differs from the usual and is right all the same.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/clock.h"
#include "tests/unit/image/transfer_fixture.h"

#define THREADS  4
#define PATIENCE 5000u /* ms; no test waits so long unless it fails */

/* ---- statuses ---- */

/* moby's and containerd's clients send what they cannot ask for. */
static void a_blob_that_may_not_be_asked_for_is_sent(void **state)
{
    static const int statuses[] = {403, 405, 400, 501};

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        fake_answer refusals[] = {{.method = "HEAD", .path = "/blobs/", .status = statuses[i]},
                                  {.method = NULL}};

        fake_registry_empty(there);
        there->answers = refusals;
        if (statuses[i] == 501) /* a server's own fault is asked again, and then is one */
            assert_int_equal(push(), WCOW_UNAVAILABLE);
        else
            assert_ok(&err, push());
        there->answers = NULL;
        assert_int_equal(registry_is_complete(), statuses[i] != 501);
    }
}

static void a_blob_that_may_neither_be_asked_for_nor_sent_is_refused(void **state)
{
    static fake_answer refusals[] = {
        {.method = "HEAD", .path = "/blobs/", .status = 403},
        {.method = "POST",
         .path = "/blobs/uploads/",
         .status = 403,
         .body = "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"read only\"}]}"},
        {.method = NULL}};

    (void)state;
    there->answers = refusals;
    assert_int_equal(push(), WCOW_DENIED);
    assert_non_null(strstr(err.message, "denied: read only"));
}

static void any_success_of_a_push_is_one(void **state)
{
    static const int statuses[] = {200, 201, 202, 204};

    (void)state;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        const int status = statuses[i];
        fake_answer odd[] = {
            {.method = "POST",
             .path = "/uploads/",
             .usual = true,
             .status = status == 201 ? 202 : status},
            {.method = "PATCH", .path = "/uploads/", .usual = true, .status = status},
            {.method = "PUT", .path = "/uploads/", .usual = true, .status = status},
            {.method = "PUT", .path = "/manifests/", .usual = true, .status = status},
            {.method = NULL}};

        chunk = 4;
        fake_registry_empty(there);
        there->answers = odd;
        assert_ok(&err, push());
        there->answers = NULL;
        assert_true(registry_is_complete());
    }
}

static void any_success_of_a_pull_is_one(void **state)
{
    static fake_answer odd[] = {
        {.method = "GET", .path = "/blobs/", .usual = true, .status = 203},
        {.method = "GET", .path = "/manifests/", .usual = true, .status = 203},
        {.method = NULL}};

    (void)state;
    there->answers = odd;
    assert_ok(&err, pull(NULL));
    assert_int_equal(sound_blobs(&target), sound_blobs(&store));
}

/* ---- tokens ---- */

/* Its token service gives that answer with that status. */
static void ask_for_tokens(fake_answer list[3], char challenge[160], int status, const char *body)
{
    snprintf(challenge, 160, "WWW-Authenticate: Bearer realm=\"http://%s/token\",service=\"s\"\r\n",
             there->host);
    list[0] = (fake_answer){.method = "GET", .path = "/token", .status = status, .body = body};
    list[1] = (fake_answer){
        .method = "GET", .path = "/v2/", .anonymous = true, .status = 401, .headers = challenge};
    list[2] = (fake_answer){.method = NULL};
    there->answers = list;
}

static void a_token_is_taken_from_whichever_member_has_it(void **state)
{
    static const struct {
        int status;
        const char *body;
        wcow_status expected;
    } services[] = {
        {200, "{\"token\":\"a\"}", WCOW_OK},
        {200, "{\"access_token\":\"a\"}", WCOW_OK},
        {200, "{\"token\":\"\",\"access_token\":\"a\"}", WCOW_OK},
        {200, "{\"token\":null,\"access_token\":\"a\"}", WCOW_OK},
        {201, "{\"token\":\"a\",\"access_token\":\"\"}", WCOW_OK},
        {200, "{\"token\":\"\",\"access_token\":\"\"}", WCOW_CORRUPT},
        {200, "{\"token\":\"a\\r\\nX: y\"}", WCOW_CORRUPT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        fake_answer list[3];
        char challenge[160];

        fresh_target();
        ask_for_tokens(list, challenge, services[i].status, services[i].body);
        assert_int_equal(pull(NULL), services[i].expected);
        there->answers = NULL;
    }
}

/* ---- threads ---- */

/* A registry that several threads use. */
typedef struct crowd {
    registry *r;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    bool asked;      /* the token service was */
    bool may_answer; /* it */
    size_t served;   /* requests that came through */
} crowd;

/* Before the token service answers. */
static void hold_token_back(void *context, const char *method, const char *path)
{
    crowd *c = context;
    const uint64_t end = clock_ticks() + PATIENCE;
    bool waits = true;

    (void)method;
    if (!strstr(path, "/token"))
        return;
    pthread_mutex_lock(&c->lock);
    c->asked = true;
    pthread_cond_broadcast(&c->changed);
    pthread_mutex_unlock(&c->lock);
    while (waits && clock_ticks() < end) {
        pthread_mutex_lock(&c->lock);
        waits = !c->may_answer;
        pthread_mutex_unlock(&c->lock);
        clock_sleep(waits ? 1 : 0);
    }
}

static void send_to(crowd *c, const char *url)
{
    cleanup_http_client http_client *client = NULL;
    cleanup_http_response http_response response = {.status = 0};
    const registry_request request = {.method = "GET", .url = url};
    bool served = registry_connect(c->r, &client, NULL) == WCOW_OK &&
                  registry_send(c->r, client, &request, &response, NULL) == WCOW_OK &&
                  response.status == 200;

    pthread_mutex_lock(&c->lock);
    c->served += served;
    pthread_mutex_unlock(&c->lock);
}

static void *send_guarded(void *context)
{
    send_to(context, "manifests/1");
    return NULL;
}

static void open_crowd(crowd *c, bool may_answer)
{
    *c = (crowd){.r = open_registry(), .may_answer = may_answer};
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->changed, NULL);
    there->context = c;
    there->before = hold_token_back;
}

static void close_crowd(crowd *c)
{
    registry_free(c->r);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->changed);
}

static void a_slow_token_service_stops_nobody_who_needs_no_token(void **state)
{
    cleanup_free char *open_to_all = text_format("blobs/%s", there->contents[0].digest);
    const uint64_t begin = clock_ticks();
    fake_answer list[3];
    char challenge[160];
    pthread_t thread;
    crowd c;

    (void)state;
    open_crowd(&c, false);
    ask_for_tokens(list, challenge, 200, "{\"token\":\"a\"}");
    list[1].path = "/manifests/";
    assert_int_equal(pthread_create(&thread, NULL, send_guarded, &c), 0);
    pthread_mutex_lock(&c.lock);
    while (!c.asked)
        pthread_cond_wait(&c.changed, &c.lock);
    pthread_mutex_unlock(&c.lock);
    send_to(&c, open_to_all);
    assert_int_equal(c.served, 1);
    pthread_mutex_lock(&c.lock);
    c.may_answer = true;
    pthread_mutex_unlock(&c.lock);
    pthread_join(thread, NULL);
    assert_int_equal(c.served, 2);
    assert_true(clock_ticks() - begin < PATIENCE);
    close_crowd(&c);
}

static void send_from_all(crowd *c)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, send_guarded, c), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

static void threads_that_want_the_same_token_fetch_it_once(void **state)
{
    fake_answer list[3];
    char challenge[160];
    crowd c;

    (void)state;
    open_crowd(&c, true);
    ask_for_tokens(list, challenge, 200, "{\"token\":\"a\"}");
    send_from_all(&c);
    assert_int_equal(c.served, THREADS);
    assert_int_equal(fake_registry_asked(there, "/token"), 1);
    close_crowd(&c);
}

static void a_fetch_that_fails_leaves_the_others_to_their_own(void **state)
{
    fake_answer list[4] = {{.method = "GET", .path = "/token", .status = 404, .times = 1}};
    char challenge[160];
    crowd c;

    (void)state;
    open_crowd(&c, true);
    ask_for_tokens(list + 1, challenge, 200, "{\"token\":\"a\"}");
    there->answers = list;
    send_from_all(&c);
    assert_int_equal(c.served, THREADS - 1);
    assert_int_equal(fake_registry_asked(there, "/token"), 2);
    close_crowd(&c);
}

/* ---- errors ---- */

static void a_success_leaves_no_error_of_what_failed_before_it(void **state)
{
    const wcow_error untouched = WCOW_ERROR_INIT;

    (void)state;
    for (size_t nth = 1; nth <= 4; nth++) { /* asked again, and then it works */
        fresh_target();
        fake_registry_fail(there, FAULT_CUT, nth, false);
        assert_int_equal(pull(NULL), WCOW_OK);
        assert_memory_equal(&err, &untouched, sizeof(err));
    }
    fake_registry_fail(there, FAULT_CUT, 0, false);
    for (size_t nth = 1; nth <= 8; nth++) {
        fake_registry_empty(there);
        fake_registry_fail(there, FAULT_500, nth, false);
        assert_int_equal(push(), WCOW_OK);
        assert_memory_equal(&err, &untouched, sizeof(err));
    }
}

static void a_mirror_that_fails_leaves_no_error_when_another_does_not(void **state)
{
    const wcow_error untouched = WCOW_ERROR_INIT;
    cleanup_free char *works = text_format("http://%s", there->host);

    (void)state;
    add_mirror("http://127.0.0.1:1");
    add_mirror(works);
    reference_free(pushed);
    assert_ok(&err, reference_parse("docker.io/library/x:1", &pushed, &err));
    assert_int_equal(pull(NULL), WCOW_OK);
    assert_memory_equal(&err, &untouched, sizeof(err));
}

int main(void)
{
#define PULL(name) cmocka_unit_test_setup_teardown(name, start_pulls, stop_transfers)
#define PUSH(name) cmocka_unit_test_setup_teardown(name, start_transfers, stop_transfers)
    const struct CMUnitTest tests[] = {
        PUSH(a_blob_that_may_not_be_asked_for_is_sent),
        PUSH(a_blob_that_may_neither_be_asked_for_nor_sent_is_refused),
        PUSH(any_success_of_a_push_is_one),
        PULL(any_success_of_a_pull_is_one),
        PULL(a_token_is_taken_from_whichever_member_has_it),
        PULL(a_slow_token_service_stops_nobody_who_needs_no_token),
        PULL(threads_that_want_the_same_token_fetch_it_once),
        PULL(a_fetch_that_fails_leaves_the_others_to_their_own),
        PULL(a_success_leaves_no_error_of_what_failed_before_it),
        PULL(a_mirror_that_fails_leaves_no_error_when_another_does_not),
    };

    return cmocka_run_group_tests_name("image/answers", tests, NULL, NULL);
}
