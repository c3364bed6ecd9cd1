/* SPDX-License-Identifier: MIT */
/* A port of the host that somebody has: named before HNS is asked for an endpoint. */
#include "tests/unit/engine/fixture.h"

#include <string.h>

#include <wcow/endpoint.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/state.h"
#include "engine/host/host.h"

static const char *const ping[] = {"ping", NULL};

static wcow_container *publish(fixture *f, const char *name, const char *port)
{
    const char *const ports[] = {port, NULL};
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = name;
    spec.command = ping;
    spec.publish = ports;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

/* Endpoints that HNS was asked for. */
static size_t posts(fixture *f)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    const cJSON *call;
    size_t count = 0;

    cJSON_ArrayForEach (call, journal)
        count += text_equal(json_text(call, "method", ""), "POST") &&
                 text_equal(json_text(call, "path", ""), "/endpoints/");
    return count;
}

static wcow_status start(fixture *f, wcow_container *container)
{
    f->err = (wcow_error)WCOW_ERROR_INIT;
    return wcow_container_start(container, NULL, NULL, &f->err);
}

static void free_both(wcow_container *a, wcow_container *b)
{
    wcow_container_free(a);
    wcow_container_free(b);
}

static void the_container_that_has_it_is_named(void **test)
{
    fixture *f = *test;
    wcow_container *web = publish(f, "web", "8080:80");
    wcow_container *other = publish(f, "other", "8080:81");

    assert_ok(&f->err, start(f, web));
    assert_int_equal(start(f, other), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "port 8080/tcp of the host is already allocated: "
                                           "container web ("));
    assert_int_equal(posts(f), 1);
    assert_ok(&f->err, wcow_container_stop(web, 0, &f->err));
    fixture_settle(f);
    assert_ok(&f->err, start(f, other));
    free_both(web, other);
}

static void another_protocol_is_another_port(void **test)
{
    fixture *f = *test;
    wcow_container *web = publish(f, "web", "8080:80");
    wcow_container *other = publish(f, "other", "8080:80/udp");

    assert_ok(&f->err, start(f, web));
    assert_ok(&f->err, start(f, other));
    free_both(web, other);
}

/* Its state says that it runs, and nobody watches it. */
static wcow_status die(void *context, state *s, wcow_error *err)
{
    hns_endpoint *dead = context;

    (void)err;
    s->phase = PHASE_RUNNING;
    s->networked = true;
    return hns_endpoint_list_add(&s->endpoints, dead) ? WCOW_OK : WCOW_NO_MEMORY;
}

static void a_dead_one_has_none(void **test)
{
    static hns_port ports[] = {{HNS_TCP, 80, 8080}};
    fixture *f = *test;
    wcow_container *web = publish(f, "web", "8080:80");
    wcow_container *other = publish(f, "other", "8080:81");
    hns_endpoint left = {.ports = ports, .port_count = 1};

    assert_ok(&f->err, state_change(f->host, web->id, die, &left, &f->err));
    assert_ok(&f->err, start(f, other));
    free_both(web, other);
}

static int32_t nginx(bool udp, uint16_t port, socket_owner *out)
{
    (void)udp;
    if (port != 8080 && port != 60000)
        return HR_NOT_FOUND;
    *out = (socket_owner){77, "nginx.exe", true};
    return HR_OK;
}

static void the_process_that_has_it_is_named(void **test)
{
    fixture *f = *test;
    wcow_container *web = publish(f, "web", "8080:80");
    wcow_container *other = publish(f, "other", "8081:80");

    f->host->port_owner = nginx;
    assert_int_equal(start(f, web), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "cannot start container 'web'"));
    assert_non_null(strstr(f->err.message, "process 77 (nginx.exe) has it"));
    assert_int_equal(posts(f), 0);
    assert_ok(&f->err, start(f, other));
    free_both(web, other);
}

/* Where HNS chooses none. */
static void a_port_that_a_process_has_is_not_chosen(void **test)
{
    static const char *const ports[] = {"80", NULL};
    static const char *const subnets[] = {"10.51.0.0/24", NULL};
    static const char *const gateways[] = {"10.51.0.1", NULL};
    fixture *f = *test;
    wcow_network_spec network = WCOW_NETWORK_SPEC_INIT;
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *web = NULL;
    wcow_port_info *told = NULL;
    size_t count = 0;
    char *id = NULL;

    network.name = "l2";
    network.driver = "l2bridge";
    network.subnets = subnets;
    network.gateways = gateways;
    assert_ok(&f->err, wcow_network_create(f->host, &network, &id, &f->err));
    wcow_free(id);
    spec.image = IMAGE;
    spec.command = ping;
    spec.publish = ports;
    spec.network = "l2";
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    f->host->port_owner = nginx;
    assert_ok(&f->err, start(f, web));
    assert_ok(&f->err, wcow_container_ports(web, &told, &count, &f->err));
    assert_int_equal(told[0].host, 60001);
    wcow_free(told);
    wcow_container_free(web);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
        TEST(the_container_that_has_it_is_named),
        TEST(another_protocol_is_another_port),
        TEST(a_dead_one_has_none),
        TEST(the_process_that_has_it_is_named),
        TEST(a_port_that_a_process_has_is_not_chosen),
    };

    return cmocka_run_group_tests_name("engine/container/port_conflict", tests, NULL, NULL);
}
