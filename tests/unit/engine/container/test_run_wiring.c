/* SPDX-License-Identifier: MIT */
/* Containers that share a network: whose it is when he comes and goes. */
#include "tests/unit/engine/container/pinging.h"

#include <string.h>

#include "engine/container/container.h"
#include "engine/container/state.h"

/* @param network  "container:NAME"; NULL: its own */
static wcow_container *make(fixture *f, const char *name, int schema, const char *network)
{
    wcow_container_spec spec = pinging_spec(name, schema);
    wcow_container *container = NULL;

    spec.network = network;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

/* The owner's start has made his network anew, and the sharer has the one before. */
static void who_names_a_sharer_gets_the_network_that_he_has(void **test)
{
    static const char refusal[] =
        "it has the one that container web had before it was started anew: restart peer first";
    fixture *f = *test;

    for (int schema = 1; schema <= 2; schema++) {
        wcow_container *web = make(f, "web", schema, NULL);
        wcow_container *peer = make(f, "peer", schema, "container:web");
        wcow_container *third = make(f, "third", schema, "container:peer");
        wcow_container *fourth = make(f, "fourth", schema, "container:third");

        pinging_start(f, web);
        pinging_start(f, peer);
        pinging_start(f, third);
        assert_ok(&f->err, wcow_container_restart(peer, NULL, 5, &f->err));
        pinging_start(f, fourth); /* a sharer's start changes nothing of the owner's */
        assert_ok(&f->err, wcow_container_stop(fourth, 5, &f->err));
        assert_ok(&f->err, wcow_container_restart(web, NULL, 5, &f->err));
        assert_ok(&f->err, wcow_container_restart(peer, NULL, 5, &f->err));
        assert_int_equal(wcow_container_start(fourth, NULL, NULL, &f->err), WCOW_CONFLICT);
        assert_non_null(strstr(f->err.message, "cannot join network of container third: "));
        assert_ok(&f->err, wcow_container_restart(web, NULL, 5, &f->err));
        assert_ok(&f->err, wcow_container_stop(third, 5, &f->err));
        assert_int_equal(wcow_container_start(third, NULL, NULL, &f->err), WCOW_CONFLICT);
        assert_non_null(strstr(f->err.message, refusal));
        assert_ok(&f->err, wcow_container_restart(peer, NULL, 5, &f->err));
        pinging_start(f, third);
        pinging_start(f, fourth);
        pinging_end(f, fourth);
        pinging_end(f, third);
        pinging_end(f, peer);
        pinging_end(f, web);
        fixture_assert_clean(f);
        assert_int_equal(count_namespaces(f), 0);
    }
}

static wcow_status an_hour_earlier(void *context, state *s, wcow_error *err)
{
    (void)context;
    (void)err;
    s->started -= INT64_C(3600) * 1000 * 1000 * 1000;
    return WCOW_OK;
}

/* The clock was set back before it was started. */
static void set_back(fixture *f, const wcow_container *container)
{
    assert_ok(&f->err, state_change(f->host, container->id, an_hour_earlier, NULL, &f->err));
}

static void whose_network_it_is_no_clock_decides(void **test)
{
    fixture *f = *test;
    wcow_container *web = make(f, "web", 1, NULL);
    wcow_container *peer = make(f, "peer", 1, "container:web");
    wcow_container *third = make(f, "third", 1, "container:peer");

    pinging_start(f, web);
    pinging_start(f, peer);
    set_back(f, peer);
    pinging_start(f, third);
    assert_ok(&f->err, wcow_container_stop(third, 5, &f->err));
    assert_ok(&f->err, wcow_container_restart(web, NULL, 5, &f->err));
    set_back(f, web);
    set_back(f, web);
    assert_int_equal(wcow_container_start(third, NULL, NULL, &f->err), WCOW_CONFLICT);
    pinging_end(f, third);
    pinging_end(f, peer);
    pinging_end(f, web);
    fixture_assert_clean(f);
}

/* ---- what HNS will not delete ---- */

static int32_t (*real_replace)(files_port *, const char *, const void *, size_t);

static int32_t replace_but_the_list(files_port *port, const char *path, const void *bytes,
                                    size_t size)
{
    return strstr(path, "namespaces.json") ? HR_FROM_WIN32(5)
                                           : real_replace(port, path, bytes, size);
}

static void keep_from_noting(fixture *f, bool kept)
{
    real_replace = kept ? f->faulty.port.replace : real_replace;
    f->faulty.port.replace = kept ? replace_but_the_list : real_replace;
    f->monitors.port.replace = f->faulty.port.replace;
}

static void assert_noted(fixture *f, const wcow_container *container, const char *space)
{
    cleanup_state state *s = NULL;

    assert_ok(&f->err, state_read(f->host, container->id, &s, &f->err));
    assert_string_equal(s->space, space);
}

/* Neither a start writes over the only note of it, nor does rm take that along. */
static void a_namespace_that_cannot_be_noted_elsewhere_stays_noted(void **test)
{
    fixture *f = *test;
    wcow_container *web = make(f, "web", 2, NULL);
    wcow_container *peer = make(f, "peer", 2, "container:web");
    cleanup_state state *s = NULL;

    pinging_start(f, web);
    pinging_start(f, peer);
    assert_ok(&f->err, state_read(f->host, web->id, &s, &f->err));
    keep_from_noting(f, true);
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    assert_noted(f, web, s->space);
    assert_int_not_equal(wcow_container_start(web, NULL, NULL, &f->err), WCOW_OK);
    assert_non_null(strstr(f->err.message, "can be neither deleted nor noted: "));
    assert_noted(f, web, s->space);
    assert_int_not_equal(wcow_container_remove(web, false, &f->err), WCOW_OK);
    assert_non_null(strstr(f->err.message, "can be neither deleted nor noted: "));
    assert_noted(f, web, s->space);
    keep_from_noting(f, false);
    pinging_end(f, web);
    assert_int_equal(count_namespaces(f), 1);
    pinging_end(f, peer);
    assert_int_equal(count_namespaces(f), 0);
    fixture_assert_clean(f);
}

/* How often HNS is asked for the life of one that has nothing to do with the others. */
static size_t calls_of_a_life(fixture *f)
{
    const size_t before = fixture_calls(f, "HNSCall");
    wcow_container *other = make(f, "other", 2, NULL);

    pinging_start(f, other);
    pinging_end(f, other);
    return fixture_calls(f, "HNSCall") - before;
}

/* However many there are that HNS keeps. */
static void an_end_asks_for_no_namespace_of_others(void **test)
{
    fixture *f = *test;
    wcow_container *web = make(f, "web", 2, NULL);
    wcow_container *peer = make(f, "peer", 2, "container:web");
    size_t alone;

    pinging_start(f, web);
    pinging_start(f, peer);
    alone = calls_of_a_life(f);
    assert_ok(&f->err, wcow_container_stop(web, 5, &f->err));
    assert_int_equal(count_namespaces(f), 1);
    assert_int_equal(calls_of_a_life(f), alone);
    pinging_end(f, peer);
    assert_int_equal(count_namespaces(f), 0);
    pinging_end(f, web);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_names_a_sharer_gets_the_network_that_he_has),
        TEST(whose_network_it_is_no_clock_decides),
        TEST(a_namespace_that_cannot_be_noted_elsewhere_stays_noted),
        TEST(an_end_asks_for_no_namespace_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
