/* SPDX-License-Identifier: MIT */
/* Programs that run beside us. */
#include "port/companion.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"
#include "base/text.h"
#include "codes.h"
#include "port/clock.h"

struct companion {
    pid_t pid;
    bool ended;
    uint32_t exit_code;
};

/* Descriptors of ours are closed on their own. */
static int32_t spawn(const char *path, char **arguments, char **environment, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int result = posix_spawn_file_actions_init(&actions);

    if (result)
        return hresult_from_errno(result);
    for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
        posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
    posix_spawn_file_actions_addchdir_np(&actions, "/");
    result = posix_spawn(pid, path, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    return result ? hresult_from_errno(result) : HR_OK;
}

static bool lists_make(const char *path, const char *const *arguments, const char *const *variables,
                       string_list *words, string_list *environment)
{
    const char *folders = getenv("PATH");
    bool made = string_list_add(words, path) &&
                string_list_own(environment, text_format("PATH=%s", folders ? folders : ""));

    for (size_t i = 0; made && arguments[i]; i++)
        made = string_list_add(words, arguments[i]);
    for (size_t i = 0; made && variables[i]; i++)
        made = string_list_add(environment, variables[i]);
    return made;
}

int32_t companion_start(const char *path, const char *const *arguments,
                        const char *const *variables, companion **out)
{
    cleanup_strings string_list words = STRING_LIST_INIT;
    cleanup_strings string_list environment = STRING_LIST_INIT;
    companion *c = calloc(1, sizeof(*c));
    int32_t hr = HR_OUT_OF_MEMORY;

    if (c && lists_make(path, arguments, variables, &words, &environment))
        hr = spawn(path, words.items, environment.items, &c->pid);
    if (HR_FAILED(hr)) {
        free(c);
        return hr;
    }
    *out = c;
    return HR_OK;
}

static bool look(companion *c)
{
    int state = 0;

    if (!c->ended && waitpid(c->pid, &state, WNOHANG) == c->pid) {
        c->ended = true;
        c->exit_code = WIFEXITED(state) ? (uint32_t)WEXITSTATUS(state) : 255;
    }
    return c->ended;
}

int32_t companion_wait(companion *c, uint32_t milliseconds, uint32_t *exit_code)
{
    const uint64_t deadline = clock_ticks() + milliseconds;

    while (!look(c)) {
        if (clock_ticks() >= deadline)
            return HR_WAIT_TIMEOUT;
        clock_sleep(2);
    }
    *exit_code = c->exit_code;
    return HR_OK;
}

void companion_kill(companion *c)
{
    if (!look(c))
        kill(c->pid, SIGKILL);
}

uint32_t companion_id(const companion *c)
{
    return (uint32_t)c->pid;
}

/* One that still runs stays behind, and is the system's when this process ends. */
void companion_free(companion *c)
{
    if (!c)
        return;
    (void)look(c);
    free(c);
}
