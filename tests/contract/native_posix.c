/* SPDX-License-Identifier: MIT */
/* The contract tests' needs, on Linux. */
#include "native.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "../posix/pipe_owner.h"

void native_pipe(intptr_t *reader, intptr_t *writer)
{
    int ends[2] = {-1, -1};

    if (pipe2(ends, O_CLOEXEC))
        abort();
    *reader = ends[0];
    *writer = ends[1];
}

void native_close(intptr_t handle)
{
    close((int)handle);
}

bool native_is_open(intptr_t handle)
{
    return fcntl((int)handle, F_GETFD) >= 0;
}

intptr_t native_redirect(int which, intptr_t handle)
{
    int before = fcntl(which, F_DUPFD_CLOEXEC, 3);

    if (before < 0 || dup2((int)handle, which) < 0)
        abort();
    return before;
}

void native_redirect_back(int which, intptr_t before)
{
    dup2((int)before, which);
    close((int)before);
}

void native_temporary(char *path, size_t size)
{
    const char *folder = getenv("TMPDIR");

    snprintf(path, size, "%s/wcow-contract-XXXXXX", folder ? folder : "/tmp");
    if (!mkdtemp(path))
        abort();
}

bool native_pipe_admits_user(const char *name)
{
    (void)name; /* a socket in a folder of the user's own */
    return true;
}

intptr_t native_hold(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);

    if (file < 0)
        abort();
    return file;
}

bool native_link(const char *target, const char *path)
{
    return symlink(target, path) == 0;
}

char native_separator(void)
{
    return '/';
}

size_t native_handles(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    while (folder && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count;
}

void native_set_environment(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

bool native_is_windows(void)
{
    return false;
}

bool native_is_wine(void)
{
    return false;
}

bool native_obeys_sequences(int which)
{
    return isatty(which) == 1;
}

bool native_is_elevated(void)
{
    return true;
}

/* Only root could make one: so it is ours, and the port is told otherwise. */
intptr_t native_strange_pipe(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int length =
        snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "wcow/%s", name);

    if (listener < 0 ||
        bind(listener, (const struct sockaddr *)&address,
             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length)) ||
        listen(listener, 1))
        abort();
    pipe_owner_lie(geteuid() + 1);
    return listener;
}

bool native_strange_pipe_heard(intptr_t pipe)
{
    const int client = accept((int)pipe, NULL, NULL);
    char byte;
    bool heard;

    if (client < 0)
        abort();
    heard = read(client, &byte, 1) != 0;
    close(client);
    close((int)pipe);
    pipe_owner_lie(PIPE_OWNER_TRUE);
    return heard;
}

bool native_is_private(const char *path)
{
    struct stat found;

    return !stat(path, &found) && !(found.st_mode & 077) && found.st_uid == geteuid();
}

void native_hang(void)
{
    for (;;)
        pause();
}

bool native_enter_job(native_job kind)
{
    (void)kind;
    return false;
}

void native_console_spoil(void)
{
}

void native_console_state(char *state, size_t size)
{
    struct termios terminal = {0};

    tcgetattr(0, &terminal);
    snprintf(state, size, "modes %x %x %x", terminal.c_iflag, terminal.c_oflag, terminal.c_lflag);
}

static void go_on(int number)
{
    (void)number;
}

void native_run_here(const char *argument)
{
    pid_t child;

    signal(SIGINT, go_on); /* not SIG_IGN, which the child would have, too */
    child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "contract_console", argument, (char *)NULL);
        _exit(127);
    }
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
}

bool native_stop_service(const char *name)
{
    (void)name;
    return false;
}

bool native_service_depends(const char *name, const char *other)
{
    (void)name;
    (void)other;
    return false;
}

/* ---- sockets ---- */

intptr_t native_socket(bool udp, bool everywhere, uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int s = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(everywhere ? INADDR_ANY : INADDR_LOOPBACK);
    if (s < 0 || bind(s, (struct sockaddr *)&address, size) || (!udp && listen(s, 1)) ||
        getsockname(s, (struct sockaddr *)&address, &size))
        abort();
    *port = ntohs(address.sin_port);
    return s;
}

void native_socket_close(intptr_t handle)
{
    close((int)handle);
}
