/* SPDX-License-Identifier: MIT */
/*
 * network connect and disconnect: what waits for them and what does not, what comes between, and
 * what is left when a call fails or the command dies.
 */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wcow/endpoint.h>

#include "base/error.h"
#include "base/path.h"
#include "engine/container/container.h"
#include "engine/container/state.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "network/endpoint.h"
#include "network/network.h"

#define NETWORK "back"

static const char *const ping[] = {"ping", NULL};

/* A network "back", and a container "web" on the default one. */
static wcow_container *set_the_scene(fixture *f, bool runs)
{
    static const char *const subnets[] = {"172.40.0.0/16", NULL};
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    wcow_container *web = fixture_create(f, "web", ping);
    char *id = NULL;

    spec.name = NETWORK;
    spec.subnets = subnets;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &id, &f->err));
    wcow_free(id);
    if (runs)
        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    return web;
}

static wcow_status join(fixture *f, wcow_container *web)
{
    wcow_endpoint_spec spec = WCOW_ENDPOINT_SPEC_INIT;

    f->err = (wcow_error)WCOW_ERROR_INIT;
    spec.network = NETWORK;
    return wcow_container_connect(web, &spec, &f->err);
}

static wcow_status leave(fixture *f, wcow_container *web)
{
    f->err = (wcow_error)WCOW_ERROR_INIT;
    return wcow_container_disconnect(web, NETWORK, false, &f->err);
}

/* How many endpoints it has in HNS on the network. */
static size_t endpoints(fixture *f, const wcow_container *web)
{
    hns_endpoint *all = NULL;
    size_t count = 0;
    size_t found = 0;

    assert_ok(&f->err, hns_endpoints(f->fake->hcs, &all, &count, &f->err));
    for (size_t i = 0; i < count; i++)
        found += hns_endpoint_is_of(&all[i], web->id) && text_equal(all[i].network_name, NETWORK);
    hns_endpoints_free(all, count);
    return found;
}

static bool is_on(fixture *f, wcow_container *web)
{
    char *json = NULL;
    cJSON *shown;
    bool found;

    assert_ok(&f->err, wcow_container_inspect(web, &json, &f->err));
    shown = fixture_json(f, json);
    found = json_member(json_path(shown, "NetworkSettings.Networks"), NETWORK) != NULL;
    cJSON_Delete(shown);
    return found;
}

/* Both say the same, and nothing is under way any more. */
static void expect_member(fixture *f, wcow_container *web, bool member)
{
    cleanup_state state *s = NULL;

    assert_int_equal(is_on(f, web), member);
    assert_int_equal(endpoints(f, web), member);
    assert_ok(&f->err, state_read(f->host, web->id, &s, &f->err));
    assert_int_equal(s->endpoints.count, member ? 2 : 1);
}

static void end(fixture *f, wcow_container *web)
{
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_settle(f);
    fixture_assert_clean(f);
}

/* ---- a slow service ---- */

static fixture *slow;
static wcow_container *slow_web;
static size_t met;
static int32_t (*quick_hns_call)(hcs_port *, const char *, const char *, const char *, char **);

/* What other commands do while HNS is at it; each of them would wait for containers.lock. */
static int32_t slow_hns_call(hcs_port *port, const char *method, const char *path, const char *body,
                             char **response)
{
    const bool makes = text_equal(method, "POST") && text_equal(path, "/endpoints/");
    const bool deletes = text_equal(method, "DELETE") && text_starts_with(path, "/endpoints/");

    if (makes || deletes) {
        const char *name = makes ? "renamed" : "web";
        wcow_container *other = NULL;

        met++;
        assert_ok(&slow->err, wcow_container_rename(slow_web, name, &slow->err));
        other = fixture_create(slow, "other", ping);
        assert_ok(&slow->err, wcow_container_remove(other, false, &slow->err));
        wcow_container_free(other);
    }
    return quick_hns_call(port, method, path, body, response);
}

static void while_hns_is_slow_other_commands_go_on(void **test)
{
    fixture *f = *test;
    wcow_container *web = set_the_scene(f, true);

    slow = f;
    slow_web = web;
    met = 0;
    f->host->limits.lock = 100;
    quick_hns_call = f->fake->hcs->hns_call;
    f->fake->hcs->hns_call = slow_hns_call;
    assert_ok(&f->err, join(f, web));
    expect_member(f, web, true);
    assert_string_equal(web->name, "renamed"); /* what they changed stays changed */
    assert_ok(&f->err, leave(f, web));
    expect_member(f, web, false);
    assert_int_equal(met, 2);
    f->fake->hcs->hns_call = quick_hns_call;
    f->host->limits.lock = 10000;
    end(f, web);
}

static void two_at_once_take_turns(void **test)
{
    fixture *f = *test;
    wcow_container *web = set_the_scene(f, true);
    cleanup_free char *path = path_in_container(f->host, web->id, FILE_NETWORK_LOCK);
    store_lock lock = STORE_LOCK_INIT;

    assert_ok(&f->err, store_lock_take(f->host, path, 0, &lock, &f->err));
    f->host->limits.lock = 50;
    assert_int_equal(join(f, web), WCOW_TIMEOUT);
    assert_non_null(strstr(f->err.message, "another command is connecting container web"));
    f->host->limits.lock = 10000;
    store_lock_release(&lock);
    expect_member(f, web, false);
    end(f, web);
}

/* ---- something else happens in between ---- */

typedef struct meeting {
    fixture *f;
    const char *id;
    bool ends;
} meeting;

static void start_or_end(void *context)
{
    const meeting *m = context;
    wcow_container *web = NULL;
    wcow_error err = WCOW_ERROR_INIT;

    assert_ok(&err, wcow_container_open(m->f->host, m->id, &web, &err));
    if (m->ends)
        assert_ok(&err, wcow_container_kill(web, "KILL", &err));
    else
        assert_ok(&err, wcow_container_start(web, NULL, NULL, &err));
    wcow_container_free(web);
}

/* At every access to files of `does` the container is started. */
static void meet_a_start(fixture *f, bool member,
                         wcow_status (*does)(fixture *f, wcow_container *web))
{
    wcow_container *web = set_the_scene(f, false);
    meeting m = {f, web->id, false};
    size_t nth = 1;

    for (;; nth++) {
        if (!member)
            assert_ok(&f->err, join(f, web));
        faulty_files_meet(&f->faulty, nth, start_or_end, &m);
        assert_ok(&f->err, does(f, web));
        if (!f->faulty.met)
            break;
        faulty_files_meet(&f->faulty, 0, NULL, NULL);
        expect_member(f, web, member);
        assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
        fixture_settle(f);
        if (member)
            assert_ok(&f->err, leave(f, web));
    }
    faulty_files_meet(&f->faulty, 0, NULL, NULL);
    printf("started at %zu places\n", nth - 1);
    assert_true(nth > 4);
    end(f, web);
}

static void one_that_is_started_meanwhile_joins(void **test)
{
    meet_a_start(*test, true, join);
}

static void one_that_is_started_meanwhile_leaves(void **test)
{
    meet_a_start(*test, false, leave);
}

static void one_that_ends_meanwhile_leaves_nothing(void **test)
{
    fixture *f = *test;
    wcow_container *web = set_the_scene(f, true);
    meeting m = {f, web->id, true};
    size_t nth = 1;

    for (;; nth++) {
        wcow_status status;

        faulty_files_meet(&f->faulty, nth, start_or_end, &m);
        status = join(f, web);
        if (!f->faulty.met)
            break;
        faulty_files_meet(&f->faulty, 0, NULL, NULL);
        fixture_settle(f);
        assert_int_equal(is_on(f, web), status == WCOW_OK);
        fixture_assert_clean(f);
        if (!status)
            assert_ok(&f->err, leave(f, web));
        assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    }
    faulty_files_meet(&f->faulty, 0, NULL, NULL);
    assert_true(nth > 4);
    end(f, web);
}

/* ---- every call fails in turn ---- */

typedef struct fault {
    bool files, after;
} fault;

static void break_call(fixture *f, const fault *what, size_t nth)
{
    cleanup_free char *json = text_format("{\"nth\":%zu,\"hr\":\"0x80004005\"%s}", nth,
                                          what->after ? ",\"after\":true" : "");

    sim_faults_clear(f->fake->sim);
    faulty_files_fail(&f->faulty, what->files ? nth : 0);
    if (nth && !what->files)
        assert_true(sim_fault(f->fake->sim, json));
}

static size_t hits(fixture *f, const fault *what)
{
    const size_t hit = what->files ? f->faulty.failed : sim_faults_hit(f->fake->sim);

    break_call(f, what, 0);
    f->faulty.failed = 0;
    return hit;
}

/* After a failure the same again does it. */
static void torture(fixture *f, const fault *what)
{
    wcow_container *web = set_the_scene(f, true);
    size_t failed[2] = {0, 0};

    for (int leaves = 0; leaves < 2; leaves++) {
        size_t hit = 1;

        for (size_t nth = 1; hit; nth++) {
            wcow_status status;

            break_call(f, what, nth);
            status = leaves ? leave(f, web) : join(f, web);
            hit = hits(f, what);
            if (status) {
                failed[leaves]++;
                assert_int_not_equal(f->err.message[0], '\0');
                if (is_on(f, web) != !leaves)
                    assert_ok(&f->err, leaves ? leave(f, web) : join(f, web));
            }
            expect_member(f, web, !leaves);
            if (hit)
                assert_ok(&f->err, leaves ? join(f, web) : leave(f, web));
        }
    }
    printf("%zu failures of connect, %zu of disconnect\n", failed[0], failed[1]);
    assert_true(failed[0] > 2 && failed[1] > 1);
    if (what->files || what->after) {
        end(f, web);
        return;
    }
    /* Two closes of a handle were refused, one of each: the service goes on to count them. */
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    fixture_settle(f);
    assert_int_equal(fixture_left(f, "endpoints"), 0);
    f->may_leave += 2;
}

static void a_call_to_the_service_that_fails_can_be_made_again(void **test)
{
    torture(*test, &(fault){false, false});
}

static void and_so_can_one_that_was_carried_out(void **test)
{
    torture(*test, &(fault){false, true});
}

static void an_access_to_files_that_fails_can_be_made_again(void **test)
{
    torture(*test, &(fault){true, false});
}

/* ---- the command dies ---- */

/* In a process of its own, which dies at the nth access to files. Whether it died. */
static bool dies(fixture *f, wcow_container *web, bool leaves, size_t nth)
{
    int how = 0;
    pid_t child = fork();

    assert_true(child >= 0);
    if (!child) {
        f->faulty.die = true;
        faulty_files_fail(&f->faulty, nth);
        (void)!(leaves ? leave(f, web) : join(f, web));
        _exit(0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    return WEXITSTATUS(how) == FAULTY_FILES_DIED;
}

/* Of a rest: of a running one the service is in this process, and the child's is a copy. */
static void one_that_dies_has_done_it_or_not(void **test)
{
    fixture *f = *test;
    wcow_container *web = set_the_scene(f, false);

    for (int leaves = 0; leaves < 2; leaves++) {
        bool died = true;

        for (size_t nth = 1; died; nth++) {
            died = dies(f, web, leaves, nth);
            if (is_on(f, web) == !leaves) {
                assert_ok(&f->err, leaves ? join(f, web) : leave(f, web));
            } else {
                assert_true(died);
            }
        }
        assert_ok(&f->err, leaves ? leave(f, web) : join(f, web));
    }
    end(f, web);
}

/* What a dead one noted: an endpoint without an id, made or not; one that no network is of. */
static wcow_status note_leftovers(void *context, state *s, wcow_error *err)
{
    const hns_endpoint *made = context;
    const hns_endpoint named = {.name = made->name};
    const hns_endpoint never = {.name = (char *)(uintptr_t) "wcow9-never"};
    hns_endpoint other = *made;

    other.name = (char *)(uintptr_t) "wcow8-known";
    other.id = (char *)(uintptr_t) "00000000-0000-0000-0000-000000000001";
    return hns_endpoint_list_add(&s->endpoints, &named) &&
                   hns_endpoint_list_add(&s->endpoints, &never) &&
                   hns_endpoint_list_add(&s->endpoints, &other)
               ? WCOW_OK
               : error_no_memory(err);
}

static void what_a_dead_one_noted_is_taken_back_by_the_next(void **test)
{
    fixture *f = *test;
    wcow_container *web = set_the_scene(f, true);
    cleanup_free char *name = hns_endpoint_name(web->id, 2);
    cleanup_network hns_network network = HNS_NETWORK_INIT;
    hns_endpoint_wish wish = {.name = name};
    cleanup_endpoint hns_endpoint made = HNS_ENDPOINT_INIT;

    assert_ok(&f->err, hns_network_find(f->fake->hcs, NETWORK, &network, &f->err));
    wish.network_id = network.id;
    assert_ok(&f->err, hns_endpoint_create(f->fake->hcs, &wish, &made, &f->err));
    assert_ok(&f->err, state_change(f->host, web->id, note_leftovers, &made, &f->err));
    assert_ok(&f->err, join(f, web));
    expect_member(f, web, true);
    end(f, web);
}

/* ---- what is refused ---- */

static void what_cannot_be_is_refused(void **test)
{
    fixture *f = *test;
    wcow_container *web = set_the_scene(f, true);

    assert_int_equal(leave(f, web), WCOW_NOT_FOUND);
    assert_ok(&f->err, join(f, web));
    assert_int_equal(join(f, web), WCOW_CONFLICT);
    assert_string_equal(f->err.message, "endpoint with name web already exists in network back");
    expect_member(f, web, true);
    end(f, web);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(while_hns_is_slow_other_commands_go_on),
        TEST(two_at_once_take_turns),
        TEST(one_that_is_started_meanwhile_joins),
        TEST(one_that_is_started_meanwhile_leaves),
        TEST(one_that_ends_meanwhile_leaves_nothing),
        TEST(a_call_to_the_service_that_fails_can_be_made_again),
        TEST(and_so_can_one_that_was_carried_out),
        TEST(an_access_to_files_that_fails_can_be_made_again),
        TEST(one_that_dies_has_done_it_or_not),
        TEST(what_a_dead_one_noted_is_taken_back_by_the_next),
        TEST(what_cannot_be_is_refused),
    };

    return cmocka_run_group_tests_name("engine/container/connect", tests, NULL, NULL);
}
