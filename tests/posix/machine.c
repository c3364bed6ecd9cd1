/* SPDX-License-Identifier: MIT */
/* This machine and this process, on Linux. */
#include "port/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "codes.h"
#include "port/clock.h"

extern char **environ;

struct machine_child {
    pid_t pid;
    int descriptor; /* a pidfd: readable when it ended */
    bool ended;
    uint32_t exit_code;
};

int32_t machine_local_value(const char *key, const char *name, char **out)
{
    (void)key;
    (void)name;
    (void)out;
    return HR_FROM_WIN32(2);
}

void machine_version_get(machine_version *out)
{
    memset(out, 0, sizeof(*out));
}

char *machine_hostname(void)
{
    struct utsname names;

    return uname(&names) ? NULL : text_copy(names.nodename);
}

char *machine_os_name(void)
{
    struct utsname names;

    return uname(&names) ? NULL : text_format("%s %s", names.sysname, names.release);
}

uint32_t machine_processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count < 1 ? 1 : (uint32_t)count;
}

uint64_t machine_memory(void)
{
    long pages = sysconf(_SC_PHYS_PAGES);
    long size = sysconf(_SC_PAGESIZE);

    return pages < 0 || size < 0 ? 0 : (uint64_t)pages * (uint64_t)size;
}

/* Nothing here needs a right: what stands for the service is in the tests' own hands. */
bool machine_elevated(void)
{
    return true;
}

/* Only root may; a nice value is a thread's own on Linux. */
void machine_thread_leads(void)
{
    (void)setpriority(PRIO_PROCESS, (id_t)gettid(), -10);
}

uint32_t machine_process_id(void)
{
    return (uint32_t)getpid();
}

uint32_t machine_session(void)
{
    return 0;
}

bool machine_bound(void)
{
    return false;
}

char *machine_environment(const char *name)
{
    return text_copy(getenv(name));
}

char *machine_program(void)
{
    char self[4096];
    const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (length <= 0)
        return NULL;
    self[length] = '\0';
    return text_copy(self);
}

_Noreturn void machine_end(uint32_t code)
{
    _exit((int)code);
}

/* One "./" or "." before it is all that our tests have. */
char *machine_whole_path(const char *path)
{
    cleanup_free char *here = getcwd(NULL, 0);
    const char *below = text_starts_with(path, "./") ? path + 2 : path;

    if (!here)
        return NULL;
    return text_equal(path, ".") ? text_copy(here) : path_join(here, below);
}

char *machine_default_root(void)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");
    cleanup_free char *base = NULL;

    if (data && data[0] == '/')
        return path_join(data, "wcow");
    base = path_join(home && home[0] == '/' ? home : "/tmp", ".local/share");
    return base ? path_join(base, "wcow") : NULL;
}

/* The child leads a session of its own, on /dev/null, without any other descriptor; `output` is its
 * standard output, if it is one. */
static int spawn_detached(char *const *arguments, int output, pid_t *out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    sigset_t all;
    int code = 0;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i <= 2 && !code; i++)
        code = posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
    if (!code && output >= 0)
        code = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!code)
        code = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (!code)
        code = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                         POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    if (!code)
        code = posix_spawn(out, "/proc/self/exe", &actions, &attributes, arguments, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static char **make_arguments(char *self, const char *const *arguments)
{
    size_t count = 0;
    char **list;

    while (arguments[count])
        count++;
    list = calloc(count + 2, sizeof(*list));
    if (!list)
        return NULL;
    list[0] = self;
    memcpy(list + 1, arguments, count * sizeof(*list));
    return list;
}

static int32_t start_self(const char *const *arguments, int output, machine_child **out)
{
    char self[4096] = "wcow";
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    cleanup_free char **list = make_arguments(self, arguments);
    machine_child *child = calloc(1, sizeof(*child));
    int code;

    if (length > 0)
        self[length] = '\0';
    if (!list || !child) {
        free(child);
        return HR_OUT_OF_MEMORY;
    }
    code = spawn_detached(list, output, &child->pid);
    if (code) {
        free(child);
        return hresult_from_errno(code);
    }
    child->descriptor = (int)syscall(SYS_pidfd_open, child->pid, 0);
    *out = child;
    return HR_OK;
}

int32_t machine_start_self(const char *const *arguments, machine_child **out)
{
    return start_self(arguments, -1, out);
}

/* Above the three, of which the child opens its own. */
static int out_of_the_way(int descriptor)
{
    const int raised = descriptor < 3 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 3) : descriptor;

    if (raised != descriptor)
        close(descriptor);
    return raised;
}

int32_t machine_start_self_heard(const char *const *arguments, machine_child **out, stream **said)
{
    int ends[2];
    int32_t hr;

    if (pipe2(ends, O_CLOEXEC))
        return hresult_last();
    ends[1] = out_of_the_way(ends[1]);
    hr = start_self(arguments, ends[1], out);
    close(ends[1]);
    if (HR_FAILED(hr)) {
        close(ends[0]);
        return hr;
    }
    return stream_from_native(ends[0], said);
}

/* Without pidfd (old kernels) it is asked again and again. */
static void wait_a_while(const machine_child *child, uint32_t milliseconds)
{
    struct pollfd polled = {child->descriptor, POLLIN, 0};

    if (child->descriptor < 0)
        clock_sleep(milliseconds < 5 ? milliseconds : 5);
    else
        poll(&polled, 1, (int)(milliseconds > 60000 ? 60000 : milliseconds));
}

int32_t machine_child_wait(machine_child *child, uint32_t milliseconds, uint32_t *exit_code)
{
    uint64_t deadline = clock_ticks() + milliseconds;

    while (!child->ended) {
        int status;
        pid_t ended = waitpid(child->pid, &status, WNOHANG);
        uint64_t now = clock_ticks();

        if (ended < 0 && errno != EINTR)
            return hresult_last();
        if (ended == child->pid) {
            child->ended = true;
            child->exit_code =
                (uint32_t)(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
        } else if (now >= deadline) {
            return HR_WAIT_TIMEOUT;
        } else {
            wait_a_while(child, (uint32_t)(deadline - now));
        }
    }
    *exit_code = child->exit_code;
    return HR_OK;
}

uint32_t machine_child_id(const machine_child *child)
{
    return (uint32_t)child->pid;
}

void machine_child_kill(machine_child *child)
{
    if (!child->ended)
        kill(child->pid, SIGKILL);
}

bool machine_child_bound(const machine_child *child)
{
    (void)child;
    return false; /* Linux has no jobs */
}

void machine_child_free(machine_child *child)
{
    if (!child)
        return;
    if (!child->ended)
        waitpid(child->pid, NULL, WNOHANG);
    if (child->descriptor >= 0)
        close(child->descriptor);
    free(child);
}
