/* SPDX-License-Identifier: MIT */
/*
 * Schema 2. containerd's shim sends its documents, and no source tells of a real host what wcow
 * does with them: a namespace with an endpoint that HNS made by its first interface, none of an
 * empty one, and how long a program is left alone that is asked to end.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/container.h"
#include "engine/container/state.h"
#include "engine/self_test/self_test.h"
#include "hcs/document.h"

#define NAME             "self-test-schema"
#define SECOND           "self-test-schema-2"
#define NETWORK_OF_FIRST "container:self-test-schema"

static bool begin(self_test *t)
{
    const uint32_t build = t->host->version.build;

    if (!build || build >= SCHEMA_V2_BUILD)
        return true;
    note_left_out(t, "this build has no schema 2");
    return false;
}

/* What is not expected anywhere is only noted: by the commands' output. */
static void try_running(self_test *t)
{
    (void)self_test_code(t, "exec", NAME, "ipconfig", "/all");
    (void)self_test_code(t, "stats", "--no-stream", NAME);
    (void)self_test_code(t, "top", NAME);
    (void)self_test_code(t, "update", "-m", "512m", NAME);
    (void)self_test_code(t, "network", "disconnect", "nat", NAME);
    (void)self_test_code(t, "network", "connect", "nat", NAME);
}

/* Its namespace, as it is noted; NULL: it has none. */
static char *space_of(self_test *t, const char *name)
{
    wcow_container *container = NULL;
    cleanup_state state *s = NULL;
    char *out = NULL;

    if (!wcow_container_open(t->host, name, &container, NULL) &&
        !state_read(t->host, wcow_container_id(container), &s, NULL) && s->space && *s->space)
        out = text_copy(s->space);
    wcow_container_free(container);
    return out;
}

/* The first has gone, which HNS may answer with the namespace, or without. */
static void try_second(self_test *t, const char *space)
{
    self_test_namespace(t, "GET", space, "withTwoContainers");
    self_test_end(t, NAME);
    self_test_namespace(t, "GET", space, "withTheSecond");
    self_test_namespace(t, "DELETE", space, "deletedWithTheSecond");
    (void)self_test_code(t, "exec", SECOND, "ipconfig", "/all");
    self_test_end(t, SECOND);
    self_test_namespace(t, "GET", space, "afterTheirEnd");
}

/* Two in one namespace: is it deleted with the first of them? HNS has refused that, and of
 * containers that were gone, too (network/namespace.c). */
static void try_sharing(self_test *t)
{
    cleanup_free char *space = NULL;

    if (!note_expected(t, "the first of two runs",
                       !self_test_code(t, "run", "-d", "--schema", "2", "--isolation", "process",
                                       "--name", NAME, "{image}", "ping", "-t", "localhost")))
        return;
    space = space_of(t, NAME);
    if (note_expected(t, "its namespace is noted", space != NULL) &&
        note_expected(t, "a second runs in it",
                      !self_test_code(t, "run", "-d", "--isolation", "process", "--network",
                                      NETWORK_OF_FIRST, "--name", SECOND, "{image}", "ping", "-t",
                                      "localhost")))
        try_second(t, space);
    else
        self_test_end(t, NAME);
}

/* Of a program that goes on until it is ended: the time that is noted tells who ended it. */
static void try_stop(self_test *t, const char *schema)
{
    if (!note_expected(t, "it runs",
                       !self_test_code(t, "run", "-d", "--schema", schema, "--isolation", "process",
                                       "--name", NAME, "{image}", "ping", "-t", "localhost")))
        return;
    if (text_equal(schema, "2"))
        try_running(t);
    (void)self_test_code(t, "stop", "-t", "12", NAME);
    self_test_end(t, NAME);
}

void step_schema(self_test *t)
{
    if (!begin(t))
        return;
    if (!note_expected(t, "exit code 42, without a network",
                       self_test_code(t, "run", "--rm", "--schema", "2", "--isolation", "process",
                                      "--network", "none", "{image}", "cmd", "/c",
                                      "exit 42") == 42))
        return;
    /* What that account does is noted alone, in either schema. */
    for (size_t i = 0; i < 2; i++)
        (void)self_test_code(t, "run", "--rm", "--schema", i ? "2" : "1", "--isolation", "process",
                             "--network", "none", "--security-opt",
                             "credentialspec=raw://" SELF_TEST_ACCOUNT, "{image}", "cmd", "/c",
                             "exit 42");
    try_sharing(t);
    try_stop(t, "2");
    try_stop(t, "1");
}
