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
        TEST(what_fails_is_no_step),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
