/* SPDX-License-Identifier: MIT */
/* Option structs of callers who were built with older and newer headers. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static const char *const ping[] = {"ping", NULL};

/* ---- a call for each struct; none comes far, but each has looked at its options ---- */

typedef wcow_status call_fn(fixture *f, wcow_container *container, const void *options);

static wcow_status open_host(fixture *f, wcow_container *container, const void *options)
{
    wcow_host *host = NULL;
    wcow_status status = wcow_host_open(options, &host, &f->err);

    (void)container;
    wcow_host_free(host);
    return status;
}

static wcow_status create(fixture *f, wcow_container *container, const void *options)
{
    wcow_container *made = NULL;
    wcow_status status = wcow_container_create(f->host, options, &made, &f->err);

    (void)container;
    if (!status)
        status = wcow_container_remove(made, true, &f->err);
    wcow_container_free(made);
    return status;
}

static wcow_status plan(fixture *f, wcow_container *container, const void *options)
{
    char *json = NULL;
    wcow_status status = wcow_container_plan(f->host, options, &json, &f->err);

    (void)container;
    wcow_free(json);
    return status;
}

static wcow_status start(fixture *f, wcow_container *container, const void *options)
{
    wcow_container *gone = fixture_create(f, "gone", ping);
    wcow_outcome outcome = WCOW_OUTCOME_INIT;
    wcow_status status;

    (void)container;
    assert_ok(&f->err, wcow_container_remove(gone, false, &f->err));
    status = wcow_container_start(gone, options, &outcome, &f->err);
    wcow_container_free(gone);
    return status;
}

static wcow_status attach(fixture *f, wcow_container *container, const void *options)
{
    wcow_outcome outcome = WCOW_OUTCOME_INIT;

    return wcow_container_attach(container, options, &outcome, &f->err);
}

static wcow_status exec_spec(fixture *f, wcow_container *container, const void *options)
{
    return wcow_container_exec(container, options, NULL, NULL, &f->err);
}

static wcow_status exec_attach(fixture *f, wcow_container *container, const void *options)
{
    wcow_exec_spec spec = WCOW_EXEC_SPEC_INIT;
    wcow_outcome outcome = WCOW_OUTCOME_INIT;

    spec.command = ping;
    return wcow_container_exec(container, &spec, options, &outcome, &f->err);
}

static bool read_nothing(void *context, bool is_error, const char *bytes, size_t length)
{
    (void)context;
    (void)is_error;
    (void)bytes;
    (void)length;
    return true;
}

static wcow_status logs(fixture *f, wcow_container *container, const void *options)
{
    return wcow_container_logs(container, options, read_nothing, NULL, &f->err);
}

static wcow_status commit(fixture *f, wcow_container *container, const void *options)
{
    char *id = NULL;

    return wcow_container_commit(container, "No Reference", options, &id, &f->err);
}

static wcow_status load(fixture *f, wcow_container *container, const void *options)
{
    (void)container;
    return wcow_image_load(f->host, "/no/such/file", options, &f->err);
}

static wcow_status pull(fixture *f, wcow_container *container, const void *options)
{
    (void)container;
    return wcow_image_pull(f->host, "No Reference", options, &f->err);
}

static wcow_status import(fixture *f, wcow_container *container, const void *options)
{
    char *id = NULL;

    (void)container;
    return wcow_image_import(f->host, "/no/such/file", NULL, options, &id, &f->err);
}

static void say_nothing(void *context, const char *line)
{
    (void)context;
    (void)line;
}

static wcow_status prune(fixture *f, wcow_container *container, const void *options)
{
    uint64_t reclaimed = 0;

    (void)container;
    return wcow_image_prune(f->host, options, say_nothing, NULL, &reclaimed, &f->err);
}

static wcow_status prune_host(fixture *f, wcow_container *container, const void *options)
{
    (void)container;
    return wcow_host_prune(f->host, options, NULL, &f->err);
}

static wcow_status prune_containers(fixture *f, wcow_container *container, const void *options)
{
    (void)container;
    return wcow_container_prune(f->host, options, NULL, &f->err);
}

static wcow_status zap(fixture *f, wcow_container *container, const void *options)
{
    (void)container;
    return wcow_layer_zap(f->host, "/no/such/folder", options, &f->err);
}

/* ---- the structs ---- */

static const wcow_host_options host_options = WCOW_HOST_OPTIONS_INIT;
static wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
static const wcow_attach_options attach_options = WCOW_ATTACH_OPTIONS_INIT;
static wcow_exec_spec exec_what = WCOW_EXEC_SPEC_INIT;
static const wcow_log_options log_options = WCOW_LOG_OPTIONS_INIT;
static const wcow_commit_options commit_options = WCOW_COMMIT_OPTIONS_INIT;
static const wcow_load_options load_options = WCOW_LOAD_OPTIONS_INIT;
static const wcow_pull_options pull_options = WCOW_PULL_OPTIONS_INIT;
static const wcow_import_options import_options = WCOW_IMPORT_OPTIONS_INIT;
static const wcow_image_prune_options prune_options = WCOW_IMAGE_PRUNE_OPTIONS_INIT;
static const wcow_layer_zap_options zap_options = WCOW_LAYER_ZAP_OPTIONS_INIT;
static const wcow_prune_options prune_all = WCOW_PRUNE_OPTIONS_INIT;

#define NOTHING sizeof(size_t) /* the oldest caller there could be knows the size alone */

static const struct promise {
    const char *name;
    call_fn *call;
    const void *full; /* as this header has it */
    size_t size;
    size_t old; /* bytes that an older caller's header has */
} promises[] = {
    {"wcow_host_options", open_host, &host_options, sizeof host_options, NOTHING},
    {"wcow_container_spec", create, &spec, sizeof spec, offsetof(wcow_container_spec, isolation)},
    {"wcow_container_spec", plan, &spec, sizeof spec, offsetof(wcow_container_spec, isolation)},
    {"wcow_attach_options", start, &attach_options, sizeof attach_options, NOTHING},
    {"wcow_attach_options", attach, &attach_options, sizeof attach_options, NOTHING},
    {"wcow_exec_spec", exec_spec, &exec_what, sizeof exec_what,
     offsetof(wcow_exec_spec, environment)},
    {"wcow_attach_options", exec_attach, &attach_options, sizeof attach_options, NOTHING},
    {"wcow_log_options", logs, &log_options, sizeof log_options, NOTHING},
    {"wcow_commit_options", commit, &commit_options, sizeof commit_options, NOTHING},
    {"wcow_load_options", load, &load_options, sizeof load_options, NOTHING},
    {"wcow_pull_options", pull, &pull_options, sizeof pull_options, NOTHING},
    {"wcow_import_options", import, &import_options, sizeof import_options, NOTHING},
    {"wcow_image_prune_options", prune, &prune_options, sizeof prune_options, NOTHING},
    {"wcow_layer_zap_options", zap, &zap_options, sizeof zap_options, NOTHING},
    {"wcow_prune_options", prune_host, &prune_all, sizeof prune_all, NOTHING},
    {"wcow_prune_options", prune_containers, &prune_all, sizeof prune_all, NOTHING},
};

#define PROMISES (sizeof promises / sizeof promises[0])
#define MORE     (2 * sizeof(size_t)) /* what a newer header has behind ours */

/* A caller's struct of exactly that many bytes: reading one more is an error of memory. */
static char *options_of(const struct promise *p, size_t size, size_t said)
{
    char *bytes = calloc(1, size);

    assert_non_null(bytes);
    memcpy(bytes, p->full, size < p->size ? size : p->size);
    memcpy(bytes, &said, sizeof said);
    return bytes;
}

static void for_each(fixture *f,
                     void (*check)(fixture *f, const struct promise *p, wcow_container *container))
{
    wcow_container *container = fixture_create(f, "web", ping);

    spec.image = IMAGE;
    exec_what.command = ping;
    for (size_t i = 0; i < PROMISES; i++)
        check(f, &promises[i], container);
    ignore(wcow_container_remove(container, true, NULL)); /* unless a prune has */
    wcow_container_free(container);
}

static void check_size(fixture *f, const struct promise *p, wcow_container *container, size_t size)
{
    const wcow_status expected = p->call(f, container, p->full);
    char *bytes = options_of(p, size, size);

    assert_int_equal(p->call(f, container, bytes), expected);
    free(bytes);
}

static void check_older(fixture *f, const struct promise *p, wcow_container *container)
{
    check_size(f, p, container, p->old);
}

static void what_an_older_caller_does_not_know_has_its_default(void **test)
{
    for_each(*test, check_older);
}

static void check_newer(fixture *f, const struct promise *p, wcow_container *container)
{
    check_size(f, p, container, p->size + MORE);
}

static void a_newer_caller_who_wants_nothing_new_is_served(void **test)
{
    for_each(*test, check_newer);
}

static void check_wish(fixture *f, const struct promise *p, wcow_container *container)
{
    char *bytes = options_of(p, p->size + MORE, p->size + MORE);

    bytes[p->size + MORE - 1] = 1;
    assert_int_equal(p->call(f, container, bytes), WCOW_UNSUPPORTED);
    assert_non_null(strstr(f->err.message, p->name));
    assert_non_null(strstr(f->err.message, "asks for what this version of libwcow does not know"));
    free(bytes);
}

static void a_newer_caller_who_wants_something_new_is_refused(void **test)
{
    for_each(*test, check_wish);
}

static void check_forgotten(fixture *f, const struct promise *p, wcow_container *container)
{
    static const size_t wrong[] = {0, 1, sizeof(size_t) + 1};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char *bytes = options_of(p, NOTHING, wrong[i]);

        assert_int_equal(p->call(f, container, bytes), WCOW_INVALID);
        assert_non_null(strstr(f->err.message, p->name));
        assert_non_null(strstr(f->err.message, "was not initialised"));
        free(bytes);
    }
}

static void a_struct_without_its_initialiser_is_refused(void **test)
{
    for_each(*test, check_forgotten);
}

static void an_empty_name_is_made_up(void **test)
{
    fixture *f = *test;
    wcow_container_spec wish = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *made = NULL;

    wish.image = IMAGE;
    wish.name = "";
    assert_ok(&f->err, wcow_container_create(f->host, &wish, &made, &f->err));
    assert_true(strlen(wcow_container_name(made)) > 2);
    wcow_container_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_an_older_caller_does_not_know_has_its_default,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_newer_caller_who_wants_nothing_new_is_served,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_newer_caller_who_wants_something_new_is_refused,
                                        fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(a_struct_without_its_initialiser_is_refused, fixture_set_up,
                                        fixture_tear_down),
        cmocka_unit_test_setup_teardown(an_empty_name_is_made_up, fixture_set_up,
                                        fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
