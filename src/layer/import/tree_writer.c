/* SPDX-License-Identifier: MIT */
/* Writes backup streams into a layer folder. */
#include "layer/import/tree_writer.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

/* Files that ProcessUtilityImage changes, and where their original streams are kept. */
static const struct {
    const char *name;
    const char *backup;
} boot_files[] = {
    {"UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD", "bcd.bak"},
    {"UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD.LOG", "bcd.log.bak"},
    {"UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD.LOG1", "bcd.log1.bak"},
    {"UtilityVM\\Files\\EFI\\Microsoft\\Boot\\BCD.LOG2", "bcd.log2.bak"},
};

wcow_status tree_writer_open(tree_writer *w, files_port *files, const char *path, wcow_error *err)
{
    w->files = files;
    return error_check(err, files->tree_open(files, path, &w->tree), "open the layer's folder");
}

/* Ends both entries; the first failure counts. */
static int32_t end_entries(tree_writer *w, layer_output *out)
{
    int32_t hr = HR_OK;
    int32_t backup_hr = HR_OK;

    if (out->entry)
        hr = w->files->entry_close(w->files, TAKE(out->entry));
    if (out->backup)
        backup_hr = w->files->entry_close(w->files, TAKE(out->backup));
    return HR_FAILED(hr) ? hr : backup_hr;
}

void tree_writer_close(tree_writer *w)
{
    if (w->tree)
        w->files->tree_close(w->files, w->tree);
    for (size_t i = 0; i < w->folder_count; i++)
        free(w->folders[i].name);
    free(w->folders);
    *w = (tree_writer)TREE_WRITER_INIT;
}

wcow_status tree_writer_remember(tree_writer *w, const char *name, const basic_info *info,
                                 wcow_error *err)
{
    char *copy;

    if (w->folder_count == w->folder_capacity) {
        size_t capacity = w->folder_capacity ? w->folder_capacity * 2 : 64;
        folder_times *folders = realloc(w->folders, capacity * sizeof(*folders));

        if (!folders)
            return error_no_memory(err);
        w->folders = folders;
        w->folder_capacity = capacity;
    }
    copy = text_copy(name);
    if (!copy)
        return error_no_memory(err);
    w->folders[w->folder_count++] = (folder_times){copy, *info};
    return WCOW_OK;
}

wcow_status tree_writer_apply_times(tree_writer *w, wcow_error *err)
{
    for (size_t i = w->folder_count; i-- > 0;) {
        const folder_times *folder = &w->folders[i];
        int32_t hr = w->files->tree_set_info(w->files, w->tree, folder->name, &folder->info);

        if (HR_FAILED(hr) && hr != HR_FILE_NOT_FOUND && hr != HR_PATH_NOT_FOUND)
            return error_wrap(err, error_hresult(err, hr, "set times"), "'%s'", folder->name);
    }
    return WCOW_OK;
}

static wcow_status begin_backup(tree_writer *w, const char *name, layer_output *out,
                                wcow_error *err)
{
    static const basic_info none;

    for (size_t i = 0; i < sizeof(boot_files) / sizeof(boot_files[0]); i++) {
        if (text_equal_ignore_case(name, boot_files[i].name))
            return error_check(
                err,
                w->files->tree_create(w->files, w->tree, boot_files[i].backup, &none, &out->backup),
                "create its backup");
    }
    return WCOW_OK;
}

wcow_status tree_writer_begin(tree_writer *w, const layer_entry *entry, bool reopen,
                              layer_output *out, wcow_error *err)
{
    files_port *files = w->files;
    int32_t hr;
    wcow_status status;

    if (reopen)
        hr = files->tree_reopen(files, w->tree, entry->name, &entry->info, &out->entry);
    else
        hr = files->tree_create(files, w->tree, entry->name, &entry->info, &out->entry);
    status = error_check(err, hr, "create");
    if (!status && !reopen)
        status = begin_backup(w, entry->name, out, err);
    /* A link's folder holds nothing whose writing could change its times. */
    if (!status && (entry->info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) && !entry->reparse)
        status = tree_writer_remember(w, entry->name, &entry->info, err);
    if (status)
        (void)end_entries(w, out);
    return status;
}

wcow_status tree_writer_write(tree_writer *w, layer_output *out, const void *bytes, size_t size,
                              wcow_error *err)
{
    wcow_status status = error_check(
        err, w->files->entry_restore(w->files, out->entry, bytes, size, true), "BackupWrite");

    if (status || !out->backup)
        return status;
    return error_check(err, w->files->entry_restore(w->files, out->backup, bytes, size, false),
                       "BackupWrite of its backup");
}

wcow_status tree_writer_end(tree_writer *w, layer_output *out, wcow_error *err)
{
    return error_check(err, end_entries(w, out), "close");
}
