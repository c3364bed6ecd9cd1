/* SPDX-License-Identifier: MIT */
#include "tests/unit/shim/container/mortal_files.h"

#include "base/error.h"

static mortal_files *of(files_port *port)
{
    return (mortal_files *)(void *)port;
}

/* A change is under way: whether it fails. */
static bool change_fails(mortal_files *m)
{
    const size_t nth = ++m->calls;

    if (m->dies && nth >= m->dies)
        m->dead = true;
    return m->dead || (m->fails && nth == m->fails);
}

static int32_t read_whole(files_port *port, const char *path, size_t limit, char **out,
                          size_t *size)
{
    return of(port)->inner->read(of(port)->inner, path, limit, out, size);
}

static int32_t replace(files_port *port, const char *path, const void *bytes, size_t size)
{
    mortal_files *m = of(port);

    return change_fails(m) ? HR_DISK_FULL : m->inner->replace(m->inner, path, bytes, size);
}

static int32_t remove_file(files_port *port, const char *path)
{
    mortal_files *m = of(port);

    return change_fails(m) ? HR_ACCESS_DENIED : m->inner->remove_file(m->inner, path);
}

static int32_t make_directory(files_port *port, const char *path)
{
    return of(port)->inner->make_directory(of(port)->inner, path);
}

static int32_t info(files_port *port, const char *path, file_info *out)
{
    return of(port)->inner->info(of(port)->inner, path, out);
}

static int32_t list(files_port *port, const char *path, string_list *out)
{
    return of(port)->inner->list(of(port)->inner, path, out);
}

static int32_t final_path(files_port *port, const char *path, char **out)
{
    return of(port)->inner->final_path(of(port)->inner, path, out);
}

static int32_t lock_file(files_port *port, const char *path, uint32_t milliseconds, file_lock **out)
{
    return of(port)->inner->lock(of(port)->inner, path, milliseconds, out);
}

static void unlock(files_port *port, file_lock *lock)
{
    of(port)->inner->unlock(of(port)->inner, lock);
}

void mortal_files_init(mortal_files *m, files_port *inner)
{
    *m = (mortal_files){.inner = inner,
                        .port = {.read = read_whole,
                                 .replace = replace,
                                 .remove_file = remove_file,
                                 .make_directory = make_directory,
                                 .info = info,
                                 .list = list,
                                 .final_path = final_path,
                                 .lock = lock_file,
                                 .unlock = unlock}};
}
