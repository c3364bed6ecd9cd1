/* SPDX-License-Identifier: MIT */
/* The mutex that says that a pipe has a server: whose it is, and who only looks at it. */
#include "tests/unit/status.h"

#include <pthread.h>
#include <stdio.h>

#include "platform.h"
#include "port/pipe.h"
#include "security.h"

#include <sddl.h>

static char name[64];
static wchar_t path[96];

static int name_it(void **state)
{
    static unsigned count;

    (void)state;
    snprintf(name, sizeof name, "test-mutex-%lu-%u", GetCurrentProcessId(), count++);
    swprintf(path, sizeof path / sizeof path[0], L"Global\\wcow-pipe-%hs", name);
    return 0;
}

static void *let_go(void *context)
{
    Sleep(30);
    CloseHandle(context);
    return NULL;
}

/* One monitor dies, somebody looks, and the next begins. */
static void a_name_that_somebody_only_looks_at_is_taken(void **state)
{
    cleanup_pipe_server pipe_server *server = NULL;
    HANDLE looker = CreateMutexW(NULL, FALSE, path);
    pthread_t thread;

    (void)state;
    assert_non_null(looker);
    assert_int_equal(pthread_create(&thread, NULL, let_go, looker), 0);
    assert_int_equal(pipe_listen(name, &server), HR_OK);
    pthread_join(thread, NULL);
    assert_true(pipe_listened(name));
}

/* Whoever may make it makes nobody believe that a monitor lives. */
static void a_mutex_of_an_elevated_one_s_unelevated_user_is_no_server(void **state)
{
    const bool elevated = security_pipe_kind() == SECURITY_ELEVATED_PIPE;
    SECURITY_ATTRIBUTES *attributes = NULL;
    cleanup_handle HANDLE made = NULL;

    (void)state;
    assert_int_equal(security_private(SECURITY_PIPE, &attributes), HR_OK);
    made = CreateMutexW(attributes, FALSE, path);
    assert_non_null(made);
    assert_int_equal(pipe_listened(name), !elevated);
}

/* Nor who keeps everybody from it: no friend keeps administrators out. */
static void a_mutex_that_nobody_may_open_is_none_for_an_elevated_process(void **state)
{
    const bool elevated = security_pipe_kind() == SECURITY_ELEVATED_PIPE;
    SECURITY_ATTRIBUTES closed = {.nLength = sizeof closed};
    cleanup_handle HANDLE made = NULL;

    (void)state;
    assert_true(ConvertStringSecurityDescriptorToSecurityDescriptorW(
        L"D:P", SDDL_REVISION_1, &closed.lpSecurityDescriptor, NULL));
    made = CreateMutexW(&closed, FALSE, path);
    LocalFree(closed.lpSecurityDescriptor);
    assert_non_null(made);
    assert_int_equal(pipe_listened(name), !elevated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_name_that_somebody_only_looks_at_is_taken, name_it),
        cmocka_unit_test_setup(a_mutex_of_an_elevated_one_s_unelevated_user_is_no_server, name_it),
        cmocka_unit_test_setup(a_mutex_that_nobody_may_open_is_none_for_an_elevated_process,
                               name_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
