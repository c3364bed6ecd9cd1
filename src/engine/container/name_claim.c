/* SPDX-License-Identifier: MIT */
/* containers/<id>.<name> */
#include "engine/container/name_claim.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/id.h"
#include "engine/host/paths.h"

/* What a file may be called on NTFS; names may be as long as that by themselves. */
#define FILE_NAME_LIMIT 255u

const char *name_claim_of(const char *item)
{
    char id[ID_LENGTH + 1];

    if (strlen(item) <= ID_LENGTH + 1 || item[ID_LENGTH] != '.')
        return NULL;
    memcpy(id, item, ID_LENGTH);
    id[ID_LENGTH] = '\0';
    return id_valid(id) ? item + ID_LENGTH + 1 : NULL;
}

/* The dot comes before all digits, so nothing stands between a folder and what it has. */
bool name_claim_follows(const string_list *sorted, size_t folder)
{
    const char *next = folder + 1 < sorted->count ? sorted->items[folder + 1] : "";

    return text_starts_with(next, sorted->items[folder]) && name_claim_of(next);
}

static char *path_of(const wcow_host *host, const char *id, const char *name)
{
    cleanup_free char *leaf = text_format("%s.%s", id, name);

    return leaf ? path_of_container(host, leaf) : NULL;
}

wcow_status name_claim_make(wcow_host *host, const char *id, const char *name, wcow_error *err)
{
    cleanup_free char *path = path_of(host, id, name);
    file *f = NULL;
    files_port *files;
    wcow_status status = path ? host_files(host, &files, err) : error_no_memory(err);
    int32_t hr;

    if (status || !*name || ID_LENGTH + 1 + strlen(name) > FILE_NAME_LIMIT)
        return status;
    hr = files->open(files, path, FILE_CREATE, &f);
    if (HR_SUCCEEDED(hr))
        files->close(files, f);
    else if (hr != HR_FILE_EXISTS)
        return error_wrap(err, error_hresult(err, hr, "create"), "cannot create '%s'", path);
    return WCOW_OK;
}

/* One that stays claims what is not so, which costs a look at each time. */
void name_claim_drop(wcow_host *host, const char *id, const char *name)
{
    cleanup_free char *path = path_of(host, id, name);
    files_port *files;

    if (path && !host_files(host, &files, NULL))
        ignore(files->remove_file(files, path));
}
