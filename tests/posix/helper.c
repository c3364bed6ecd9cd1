/* SPDX-License-Identifier: MIT */
/* Running a helper. */
#include "port/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/text.h"
#include "codes.h"
#include "port/clock.h"

extern char **environ;

static int32_t start(const char *const *arguments, const int in[2], const int out[2], pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int result = posix_spawn_file_actions_init(&actions);

    if (result)
        return hresult_from_errno(result);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    for (int i = 0; i < 2; i++) {
        posix_spawn_file_actions_addclose(&actions, in[i]);
        posix_spawn_file_actions_addclose(&actions, out[i]);
    }
    result = posix_spawnp(pid, arguments[0], &actions, NULL, (char *const *)(uintptr_t)arguments,
                          environ);
    posix_spawn_file_actions_destroy(&actions);
    return result ? hresult_from_errno(result) : HR_OK;
}

/* One that does not read says why on its own. */
static void write_all(int to, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(to, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        bytes += written;
        size -= (size_t)written;
    }
}

static int32_t wait_readable(int from, uint64_t deadline)
{
    const uint32_t left = ticks_left(deadline);
    struct pollfd waited = {.fd = from, .events = POLLIN};
    const int ready = left ? poll(&waited, 1, (int)left) : 0;

    if (ready < 0 && errno != EINTR)
        return hresult_from_errno(errno);
    return ready == 0 ? HR_WAIT_TIMEOUT : HR_OK;
}

static int32_t read_all(int from, size_t limit, uint64_t deadline, text *out)
{
    char buffer[4096];

    for (;;) {
        const int32_t hr = wait_readable(from, deadline);
        ssize_t got;

        if (HR_FAILED(hr))
            return hr;
        got = read(from, buffer, sizeof(buffer));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? hresult_from_errno(errno) : HR_OK;
        if (out->length + (size_t)got > limit)
            return HR_FILE_TOO_LARGE;
        text_add_bytes(out, buffer, (size_t)got);
    }
}

/* Its output has ended, so it should. */
static int32_t wait_for_end(pid_t pid, uint64_t deadline, uint32_t *exit_code)
{
    int state = 0;
    pid_t ended;

    while ((ended = waitpid(pid, &state, WNOHANG)) == 0 && clock_ticks() < deadline)
        clock_sleep(2);
    if (ended != pid)
        return HR_WAIT_TIMEOUT;
    *exit_code = WIFEXITED(state) ? (uint32_t)WEXITSTATUS(state) : 255;
    return HR_OK;
}

static int32_t talk(const char *const *arguments, const void *input, size_t size, size_t limit,
                    uint64_t deadline, int in[2], int out[2], text *said, uint32_t *exit_code)
{
    pid_t pid = 0;
    int32_t hr = start(arguments, in, out, &pid);

    if (HR_FAILED(hr))
        return hr;
    close(out[1]);
    out[1] = -1;
    close(in[0]);
    in[0] = -1;
    write_all(in[1], input, size);
    close(in[1]);
    in[1] = -1;
    hr = read_all(out[0], limit, deadline, said);
    if (HR_SUCCEEDED(hr))
        hr = wait_for_end(pid, deadline, exit_code);
    if (HR_FAILED(hr)) {
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    return hr;
}

int32_t helper_run(const char *const *arguments, const void *input, size_t size, size_t limit,
                   uint32_t milliseconds, char **output, size_t *output_size, uint32_t *exit_code)
{
    const uint64_t deadline = clock_ticks() + milliseconds;
    int in[2] = {-1, -1};
    int out[2] = {-1, -1};
    cleanup_text text said = TEXT_INIT;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN);
    int32_t hr = HR_OK;

    text_add(&said, "");
    if (size > HELPER_INPUT_LIMIT)
        hr = HR_INVALID_PARAMETER;
    else if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
        hr = hresult_from_errno(errno);
    else
        hr = talk(arguments, input, size, limit, deadline, in, out, &said, exit_code);
    for (int i = 0; i < 2; i++) {
        if (in[i] >= 0)
            close(in[i]);
        if (out[i] >= 0)
            close(out[i]);
    }
    signal(SIGPIPE, before);
    if (HR_FAILED(hr))
        return hr;
    *output_size = said.length;
    *output = text_take(&said);
    return *output ? HR_OK : HR_OUT_OF_MEMORY;
}
