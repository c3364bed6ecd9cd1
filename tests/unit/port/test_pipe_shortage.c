/* SPDX-License-Identifier: MIT */
/* A pipe whose next instance cannot be made: a shortage that no test can bring about at will. */
#include "tests/unit/status.h"

#include "platform.h"
#include "security.h"

static bool is_short;

static HANDLE WINAPI fake_instance(const wchar_t *path, DWORD open, DWORD mode, DWORD instances,
                                   DWORD out, DWORD in, DWORD patience,
                                   SECURITY_ATTRIBUTES *security)
{
    if (!is_short)
        return CreateNamedPipeW(path, open, mode, instances, out, in, patience, security);
    SetLastError(ERROR_NOT_ENOUGH_MEMORY);
    return INVALID_HANDLE_VALUE;
}

#define CreateNamedPipeW fake_instance
#include "win32/pipe.c"

/* What else it uses. */

int32_t security_private(security_kind kind, SECURITY_ATTRIBUTES **out)
{
    (void)kind;
    *out = NULL;
    return HR_OK;
}

int32_t security_is_ours(HANDLE handle, security_object kind, bool *out)
{
    (void)handle;
    (void)kind;
    *out = true;
    return HR_OK;
}

security_kind security_pipe_kind(void)
{
    return SECURITY_PIPE;
}

bool machine_elevated(void)
{
    return false;
}

int32_t stream_from_native(intptr_t native, stream **out)
{
    CloseHandle((HANDLE)native);
    *out = NULL;
    return HR_OK;
}

uint64_t clock_ticks(void)
{
    return GetTickCount64();
}

/* Whoever is told of a shortage tries again: he would never learn that he is to leave. */
static void who_is_to_leave_learns_it_in_a_shortage_too(void **state)
{
    pipe_server *server = NULL;
    stream *accepted = NULL;

    (void)state;
    is_short = false;
    assert_int_equal(pipe_listen("wcow-test-pipe-shortage", &server), HR_OK);
    cleanup_after_handle(&server->next);
    server->next = NULL;
    is_short = true;
    assert_int_equal(pipe_accept(server, &accepted), HR_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY));
    pipe_server_cancel(server);
    assert_int_equal(pipe_accept(server, &accepted), HR_OPERATION_ABORTED);
    pipe_server_resume(server);
    assert_int_equal(pipe_accept(server, &accepted), HR_FROM_WIN32(ERROR_NOT_ENOUGH_MEMORY));
    pipe_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_to_leave_learns_it_in_a_shortage_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
