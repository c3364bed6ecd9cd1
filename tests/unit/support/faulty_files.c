/* SPDX-License-Identifier: MIT */
/* A files port that fails the call it is told to. */
#include "tests/unit/support/faulty_files.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"

static faulty_files *self_of(files_port *port)
{
    return (faulty_files *)port;
}

/* ---- what happens in between ---- */

static bool is_short(const char *path)
{
    static const char *const names[] = {"/index.lock", "/containers.lock", "/container.lock",
                                        "/names.lock"};
    const size_t length = strlen(path);
    const char *layers = strstr(path, "/layers/");

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const size_t tail = strlen(names[i]);

        if (length > tail && strcmp(path + length - tail, names[i]) == 0)
            return true;
    }
    return layers && strlen(layers) == strlen("/layers/xx.lock");
}

/* Puts `to` where `from` is; there is always a place. */
static void exchange(faulty_files *self, file_lock *from, file_lock *to)
{
    for (size_t i = 0; i < sizeof(self->short_locks) / sizeof(self->short_locks[0]); i++) {
        file_lock *expected = from;

        if (atomic_compare_exchange_strong(&self->short_locks[i], &expected, to))
            return;
    }
}

static bool is_free(faulty_files *self)
{
    for (size_t i = 0; i < sizeof(self->short_locks) / sizeof(self->short_locks[0]); i++) {
        if (self->short_locks[i])
            return false;
    }
    return true;
}

/* Counts a call; true if it is the one to fail. */
static bool fails(files_port *port, const char *name)
{
    faulty_files *self = self_of(port);
    const size_t call = ++self->calls;

    if (self->meet_at && call >= self->meet_at && is_free(self) &&
        !atomic_exchange(&self->met, true))
        self->meet(self->meet_context);
    if (self->stay_dead && self->fail_at && call > self->fail_at)
        return true;
    if (call != self->fail_at)
        return false;
    if (self->die)
        _exit(FAULTY_FILES_DIED);
    self->failed++;
    self->last = name;
    return true;
}

/* The same for a call that opens what it is to look at or to read. */
static bool fails_to_find(files_port *port, const char *name)
{
    self_of(port)->found++;
    return fails(port, name);
}

/* The same for one that reads a file whole. */
static bool fails_to_read(files_port *port, const char *name)
{
    self_of(port)->reads++;
    return fails(port, name);
}

static int32_t opened(files_port *port, int32_t hr)
{
    if (HR_SUCCEEDED(hr))
        self_of(port)->open++;
    return hr;
}

static int32_t as_it_is(files_port *port, int32_t hr)
{
    (void)port;
    return hr;
}

/* ---- calls that only pass on ---- */

#define FAULTY(counted, result, name, parameters, arguments)                                       \
    static int32_t faulty_##name parameters                                                        \
    {                                                                                              \
        files_port *inner = self_of(port)->inner;                                                  \
                                                                                                   \
        if (counted(port, #name))                                                                  \
            return self_of(port)->code;                                                            \
        return result(port, inner->name arguments);                                                \
    }

#include "tests/unit/support/faulty_files.def"

#undef FAULTY

/* ---- calls that do more ---- */

static int32_t faulty_lock(files_port *port, const char *path, uint32_t milliseconds,
                           file_lock **out)
{
    int32_t hr;

    self_of(port)->locks++;
    if (fails(port, "lock"))
        return self_of(port)->code;
    hr = opened(port, self_of(port)->inner->lock(self_of(port)->inner, path, milliseconds, out));
    if (HR_SUCCEEDED(hr) && is_short(path))
        exchange(self_of(port), NULL, *out);
    return hr;
}

/* Its folder, made when it is first opened. */
static void find_drive(const faulty_files *self, const char *path, char *out, size_t size)
{
    const int length = snprintf(out, size, "%s/%.*s/" HOSTS_FOLDER, self->drives,
                                (int)strcspn(path + 11, "}"), path + 11);

    for (char *c = out + strlen(self->drives); *c; c++) {
        if (*c == '/') {
            *c = '\0';
            (void)mkdir(out, 0700);
            *c = '/';
        }
    }
    (void)mkdir(out, 0700);
    out[(size_t)length - strlen("/" HOSTS_FOLDER)] = '\0';
}

static int32_t faulty_tree_open(files_port *port, const char *path, file_tree **out)
{
    const bool is_volume = strncmp(path, "\\\\?\\Volume{", 11) == 0;
    char drive[512];

    if (fails(port, "tree_open"))
        return self_of(port)->code;
    if (self_of(port)->volume && is_volume)
        path = self_of(port)->volume;
    if (self_of(port)->drives && is_volume) {
        find_drive(self_of(port), path, drive, sizeof drive);
        path = drive;
    }
    return opened(port, self_of(port)->inner->tree_open(self_of(port)->inner, path, out));
}

static void faulty_backup_close(files_port *port, tree_backup *backup)
{
    if (!backup)
        return;
    self_of(port)->open--;
    self_of(port)->inner->backup_close(self_of(port)->inner, backup);
}

static void faulty_unlock(files_port *port, file_lock *lock)
{
    if (!lock)
        return;
    self_of(port)->open--;
    exchange(self_of(port), lock, NULL);
    self_of(port)->inner->unlock(self_of(port)->inner, lock);
}

static void faulty_close(files_port *port, file *f)
{
    if (!f)
        return;
    self_of(port)->open--;
    self_of(port)->inner->close(self_of(port)->inner, f);
}

static void faulty_tree_close(files_port *port, file_tree *tree)
{
    if (!tree)
        return;
    self_of(port)->open--;
    self_of(port)->inner->tree_close(self_of(port)->inner, tree);
}

/* Frees in any case, as the contract says; what fails is the flush before. */
static int32_t faulty_entry_close(files_port *port, tree_entry *entry)
{
    int32_t hr;

    self_of(port)->open--;
    hr = self_of(port)->inner->entry_close(self_of(port)->inner, entry);
    return fails(port, "entry_close") ? self_of(port)->code : hr;
}

/* What is there stays, then. */
static int32_t faulty_entry_place(files_port *port, tree_entry *entry)
{
    files_port *inner = self_of(port)->inner;

    self_of(port)->open--;
    if (!fails(port, "entry_place"))
        return inner->entry_place(inner, entry);
    (void)inner->entry_close(inner, entry);
    return self_of(port)->code;
}

static void faulty_free(files_port *port)
{
    (void)port;
}

void faulty_files_init(faulty_files *f, files_port *inner)
{
    memset(f, 0, sizeof(*f));
    f->inner = inner;
    f->code = HR_DISK_FULL;
    f->port = (files_port){
#define FAULTY(counted, result, name, parameters, arguments) .name = faulty_##name,
#include "tests/unit/support/faulty_files.def"
#undef FAULTY
        .lock = faulty_lock,
        .tree_open = faulty_tree_open,
        .backup_close = faulty_backup_close,
        .unlock = faulty_unlock,
        .close = faulty_close,
        .tree_close = faulty_tree_close,
        .entry_close = faulty_entry_close,
        .entry_place = faulty_entry_place,
        .free = faulty_free,
    };
}

void faulty_files_fail(faulty_files *f, size_t nth)
{
    f->calls = 0;
    f->failed = 0;
    f->fail_at = nth;
    f->last = NULL;
}

void faulty_files_meet(faulty_files *f, size_t nth, void (*meet)(void *context), void *context)
{
    f->calls = 0;
    f->meet = meet;
    f->meet_context = context;
    f->met = false;
    f->meet_at = nth;
}
