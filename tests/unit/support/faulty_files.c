/* SPDX-License-Identifier: MIT */
/* A files port that fails the call it is told to. */
#include "tests/unit/support/faulty_files.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

static faulty_files *self_of(files_port *port)
{
    return (faulty_files *)port;
}

/* ---- what happens in between ---- */

static bool is_short(const char *path)
{
    static const char *const names[] = {"/index.lock", "/containers.lock", "/container.lock"};
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

static int32_t opened(files_port *port, int32_t hr)
{
    if (HR_SUCCEEDED(hr))
        self_of(port)->open++;
    return hr;
}

static int32_t faulty_read(files_port *port, const char *path, size_t limit, char **out,
                           size_t *size)
{
    if (fails(port, "read"))
        return self_of(port)->code;
    return self_of(port)->inner->read(self_of(port)->inner, path, limit, out, size);
}

static int32_t faulty_replace(files_port *port, const char *path, const void *bytes, size_t size)
{
    if (fails(port, "replace"))
        return self_of(port)->code;
    return self_of(port)->inner->replace(self_of(port)->inner, path, bytes, size);
}

static int32_t faulty_make_directory(files_port *port, const char *path)
{
    if (fails(port, "make_directory"))
        return self_of(port)->code;
    return self_of(port)->inner->make_directory(self_of(port)->inner, path);
}

static int32_t faulty_rename(files_port *port, const char *from, const char *to)
{
    if (fails(port, "rename"))
        return self_of(port)->code;
    return self_of(port)->inner->rename(self_of(port)->inner, from, to);
}

static int32_t faulty_remove_file(files_port *port, const char *path)
{
    if (fails(port, "remove_file"))
        return self_of(port)->code;
    return self_of(port)->inner->remove_file(self_of(port)->inner, path);
}

static int32_t faulty_remove_directory(files_port *port, const char *path)
{
    if (fails(port, "remove_directory"))
        return self_of(port)->code;
    return self_of(port)->inner->remove_directory(self_of(port)->inner, path);
}

static int32_t faulty_info(files_port *port, const char *path, file_info *out)
{
    if (fails_to_find(port, "info"))
        return self_of(port)->code;
    return self_of(port)->inner->info(self_of(port)->inner, path, out);
}

static int32_t faulty_is_ours(files_port *port, const char *path, bool *out)
{
    if (fails_to_find(port, "is_ours"))
        return self_of(port)->code;
    return self_of(port)->inner->is_ours(self_of(port)->inner, path, out);
}

static int32_t faulty_file_system(files_port *port, const char *path, char **out)
{
    if (fails_to_find(port, "file_system"))
        return self_of(port)->code;
    return self_of(port)->inner->file_system(self_of(port)->inner, path, out);
}

static int32_t faulty_list(files_port *port, const char *path, string_list *out)
{
    if (fails(port, "list"))
        return self_of(port)->code;
    return self_of(port)->inner->list(self_of(port)->inner, path, out);
}

static int32_t faulty_lock(files_port *port, const char *path, uint32_t milliseconds,
                           file_lock **out)
{
    int32_t hr;

    if (fails(port, "lock"))
        return self_of(port)->code;
    hr = opened(port, self_of(port)->inner->lock(self_of(port)->inner, path, milliseconds, out));
    if (HR_SUCCEEDED(hr) && is_short(path))
        exchange(self_of(port), NULL, *out);
    return hr;
}

static int32_t faulty_open(files_port *port, const char *path, int mode, file **out)
{
    if (fails_to_find(port, "open"))
        return self_of(port)->code;
    return opened(port, self_of(port)->inner->open(self_of(port)->inner, path, mode, out));
}

static int32_t faulty_read_some(files_port *port, file *f, void *buffer, size_t size, size_t *got)
{
    if (fails(port, "read_some"))
        return self_of(port)->code;
    return self_of(port)->inner->read_some(self_of(port)->inner, f, buffer, size, got);
}

static int32_t faulty_write_all(files_port *port, file *f, const void *bytes, size_t size)
{
    if (fails(port, "write_all"))
        return self_of(port)->code;
    return self_of(port)->inner->write_all(self_of(port)->inner, f, bytes, size);
}

static int32_t faulty_seek(files_port *port, file *f, uint64_t offset)
{
    if (fails(port, "seek"))
        return self_of(port)->code;
    return self_of(port)->inner->seek(self_of(port)->inner, f, offset);
}

static int32_t faulty_flush(files_port *port, file *f)
{
    if (fails(port, "flush"))
        return self_of(port)->code;
    return self_of(port)->inner->flush(self_of(port)->inner, f);
}

static int32_t faulty_tree_open(files_port *port, const char *path, file_tree **out)
{
    if (fails(port, "tree_open"))
        return self_of(port)->code;
    if (self_of(port)->volume && strncmp(path, "\\\\?\\Volume{", 11) == 0)
        path = self_of(port)->volume;
    return opened(port, self_of(port)->inner->tree_open(self_of(port)->inner, path, out));
}

static int32_t faulty_tree_create(files_port *port, file_tree *tree, const char *name,
                                  const basic_info *info, tree_entry **out)
{
    if (fails(port, "tree_create"))
        return self_of(port)->code;
    return opened(port,
                  self_of(port)->inner->tree_create(self_of(port)->inner, tree, name, info, out));
}

static int32_t faulty_tree_reopen(files_port *port, file_tree *tree, const char *name,
                                  const basic_info *info, tree_entry **out)
{
    if (fails(port, "tree_reopen"))
        return self_of(port)->code;
    return opened(port,
                  self_of(port)->inner->tree_reopen(self_of(port)->inner, tree, name, info, out));
}

static int32_t faulty_entry_write(files_port *port, tree_entry *entry, const void *bytes,
                                  size_t size)
{
    if (fails(port, "entry_write"))
        return self_of(port)->code;
    return self_of(port)->inner->entry_write(self_of(port)->inner, entry, bytes, size);
}

static int32_t faulty_entry_restore(files_port *port, tree_entry *entry, const void *bytes,
                                    size_t size, bool security)
{
    if (fails(port, "entry_restore"))
        return self_of(port)->code;
    return self_of(port)->inner->entry_restore(self_of(port)->inner, entry, bytes, size, security);
}

static int32_t faulty_tree_link(files_port *port, file_tree *tree, const char *name,
                                file_tree *target_tree, const char *target)
{
    if (fails(port, "tree_link"))
        return self_of(port)->code;
    return self_of(port)->inner->tree_link(self_of(port)->inner, tree, name, target_tree, target);
}

static int32_t faulty_tree_remove(files_port *port, file_tree *tree, const char *name)
{
    if (fails(port, "tree_remove"))
        return self_of(port)->code;
    return self_of(port)->inner->tree_remove(self_of(port)->inner, tree, name);
}

static int32_t faulty_tree_set_info(files_port *port, file_tree *tree, const char *name,
                                    const basic_info *info)
{
    if (fails(port, "tree_set_info"))
        return self_of(port)->code;
    return self_of(port)->inner->tree_set_info(self_of(port)->inner, tree, name, info);
}

static int32_t faulty_tree_info(files_port *port, file_tree *tree, const char *name, file_info *out)
{
    if (fails_to_find(port, "tree_info"))
        return self_of(port)->code;
    return self_of(port)->inner->tree_info(self_of(port)->inner, tree, name, out);
}

static int32_t faulty_tree_basic_info(files_port *port, file_tree *tree, const char *name,
                                      basic_info *out)
{
    if (fails_to_find(port, "tree_basic_info"))
        return self_of(port)->code;
    return self_of(port)->inner->tree_basic_info(self_of(port)->inner, tree, name, out);
}

static int32_t faulty_tree_list(files_port *port, file_tree *tree, const char *name,
                                string_list *out)
{
    if (fails_to_find(port, "tree_list"))
        return self_of(port)->code;
    return self_of(port)->inner->tree_list(self_of(port)->inner, tree, name, out);
}

static int32_t faulty_tree_copy(files_port *port, file_tree *tree, const char *name,
                                file_tree *source_tree, const char *source)
{
    if (fails(port, "tree_copy"))
        return self_of(port)->code;
    return self_of(port)->inner->tree_copy(self_of(port)->inner, tree, name, source_tree, source);
}

static int32_t faulty_tree_identity(files_port *port, file_tree *tree, const char *name,
                                    file_identity *out)
{
    if (fails_to_find(port, "tree_identity"))
        return self_of(port)->code;
    return self_of(port)->inner->tree_identity(self_of(port)->inner, tree, name, out);
}

static int32_t faulty_tree_backup_open(files_port *port, file_tree *tree, const char *name,
                                       tree_backup **out)
{
    if (fails_to_find(port, "tree_backup_open"))
        return self_of(port)->code;
    return opened(port,
                  self_of(port)->inner->tree_backup_open(self_of(port)->inner, tree, name, out));
}

static int32_t faulty_backup_info(files_port *port, tree_backup *backup, basic_info *info,
                                  file_identity *identity)
{
    if (fails(port, "backup_info"))
        return self_of(port)->code;
    return self_of(port)->inner->backup_info(self_of(port)->inner, backup, info, identity);
}

static int32_t faulty_backup_read(files_port *port, tree_backup *backup, void *buffer, size_t size,
                                  size_t *got)
{
    if (fails(port, "backup_read"))
        return self_of(port)->code;
    return self_of(port)->inner->backup_read(self_of(port)->inner, backup, buffer, size, got);
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
        .read = faulty_read,
        .replace = faulty_replace,
        .make_directory = faulty_make_directory,
        .rename = faulty_rename,
        .remove_file = faulty_remove_file,
        .remove_directory = faulty_remove_directory,
        .info = faulty_info,
        .is_ours = faulty_is_ours,
        .file_system = faulty_file_system,
        .list = faulty_list,
        .lock = faulty_lock,
        .open = faulty_open,
        .read_some = faulty_read_some,
        .write_all = faulty_write_all,
        .seek = faulty_seek,
        .flush = faulty_flush,
        .tree_open = faulty_tree_open,
        .tree_create = faulty_tree_create,
        .tree_reopen = faulty_tree_reopen,
        .entry_write = faulty_entry_write,
        .entry_restore = faulty_entry_restore,
        .tree_link = faulty_tree_link,
        .tree_remove = faulty_tree_remove,
        .tree_set_info = faulty_tree_set_info,
        .tree_info = faulty_tree_info,
        .tree_basic_info = faulty_tree_basic_info,
        .tree_list = faulty_tree_list,
        .tree_copy = faulty_tree_copy,
        .tree_identity = faulty_tree_identity,
        .tree_backup_open = faulty_tree_backup_open,
        .backup_info = faulty_backup_info,
        .backup_read = faulty_backup_read,
        .backup_close = faulty_backup_close,
        .unlock = faulty_unlock,
        .close = faulty_close,
        .tree_close = faulty_tree_close,
        .entry_close = faulty_entry_close,
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
