/* SPDX-License-Identifier: MIT */
/* What --debug prints: the steps of what is done, as the caller hears of them. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

/* What was told, a line each; times never go back. */
typedef struct heard {
    text steps;
    uint64_t last;
} heard;

static void hear(void *context, const char *step, uint64_t microseconds)
{
    heard *h = context;

    assert_true(microseconds >= h->last);
    h->last = microseconds;
    text_addf(&h->steps, "%s|", step);
}

/* A host as a caller opens it, on the fixture's store and service. */
static wcow_host *open_host(fixture *f, heard *h)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_host *host = NULL;

    options.root = f->root;
    options.step = hear;
    options.step_context = h;
    assert_ok(&f->err, wcow_host_open(&options, &host, &f->err));
    host->hcs = f->host->hcs;
    host->storage = f->host->storage;
    host->files = f->host->files;
    host->borrowed = true;
    return host;
}

static void a_caller_hears_of_each_step_and_its_time(void **test)
{
    fixture *f = *test;
    heard h = {.steps = TEXT_INIT};
    wcow_host *host = open_host(f, &h);
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = IMAGE;
    assert_ok(&f->err, wcow_container_create(host, &spec, &web, &f->err));
    assert_non_null(strstr(text_get(&h.steps), "the container is enrolled|"));
    assert_non_null(strstr(text_get(&h.steps), "its scratch layer is made|"));
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    wcow_container_free(web);
    wcow_host_free(host);
    text_free(&h.steps);
}

/* What one call told, and forgets it. */
static void expect_steps(heard *h, const char *const *expected)
{
    const char *at = text_get(&h->steps);

    for (size_t i = 0; expected[i]; i++) {
        at = strstr(at, expected[i]);
        if (!at)
            fail_msg("not told in this order: %s, but: %s", expected[i], text_get(&h->steps));
    }
    text_cut(&h->steps, 0);
}

static void an_exec_a_stop_and_a_removal_have_steps_too(void **test)
{
    static const char *const command[] = {"ping", "-t", NULL};
    static const char *const short_command[] = {"cmd", "/c", "exit", "3", NULL};
    fixture *f = *test;
    heard h = {.steps = TEXT_INIT};
    wcow_host *host = open_host(f, &h);
    wcow_container *made = fixture_create(f, "web", command);
    wcow_container *web = NULL;
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    wcow_attach_options attach = WCOW_ATTACH_OPTIONS_INIT;
    wcow_outcome outcome;

    assert_ok(&f->err, wcow_container_start(made, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_open(host, "web", &web, &f->err));
    expect_steps(&h, (const char *const[]){"the container is found|", NULL});
    spec.command = short_command;
    assert_ok(&f->err, wcow_container_exec(web, &spec, &attach, &outcome, &f->err));
    expect_steps(&h, (const char *const[]){"the process is created|", "the process has ended|",
                                           "its output is read|", NULL});
    assert_ok(&f->err, wcow_container_exec(web, &spec, NULL, NULL, &f->err));
    expect_steps(&h, (const char *const[]){"its monitor has answered|", NULL});
    assert_ok(&f->err, wcow_container_stop(web, 1, &f->err));
    expect_steps(&h, (const char *const[]){"its monitor has answered|", NULL});
    assert_ok(&f->err, wcow_container_remove(web, false, &f->err));
    expect_steps(&h, (const char *const[]){"what it had of the service is released|",
                                           "its scratch layer is destroyed|", "its name is free|",
                                           "its folder is removed|", NULL});
    wcow_container_free(web);
    wcow_container_free(made);
    wcow_host_free(host);
    text_free(&h.steps);
}

static void what_fails_is_no_step(void **test)
{
    fixture *f = *test;
    heard h = {.steps = TEXT_INIT};
    wcow_host *host = open_host(f, &h);
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;

    spec.image = "test/none:1";
    assert_int_equal(wcow_container_create(host, &spec, &web, &f->err), WCOW_NOT_FOUND);
    assert_string_equal(text_get(&h.steps), "");
    wcow_host_free(host);
    text_free(&h.steps);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_caller_hears_of_each_step_and_its_time),
        TEST(an_exec_a_stop_and_a_removal_have_steps_too),
        TEST(what_fails_is_no_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
