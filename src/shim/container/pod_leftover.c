/* SPDX-License-Identifier: MIT */
#include "shim/container/pod_leftover.h"

#include "base/condition.h"
#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "shim/container/leftover.h"
#include "shim/container/sandbox_file.h"

/* ms: for a file that somebody has open */
#define READ_PATIENCE 1000u

static bool is_absent(int32_t hr)
{
    return hr == HR_FILE_NOT_FOUND || hr == HR_PATH_NOT_FOUND;
}

/* What is done with each bundle of a pod: kept for the end of that server, or released until then.
 */
typedef struct pod_wish {
    const container_host *host;
    const char *id;     /* of the sandbox */
    const char *server; /* NULL: released */
    uint64_t deadline;
    uint64_t read_until; /* for all of them that somebody has open */
    bool kept;           /* none of them is forgotten */
    wcow_error first;
} pod_wish;

/* What cannot be read just now may be of it. */
static wcow_status find_pod(const pod_wish *wish, const char *bundle, bool *is_of_it,
                            wcow_error *err)
{
    cleanup_free char *sandbox = NULL;
    const wcow_status status =
        bundle_sandbox(wish->host->layers.files, bundle, wish->read_until, &sandbox, err);

    *is_of_it = !status && sandbox && text_equal(sandbox, wish->id);
    return status;
}

static void one_of_pod(pod_wish *wish, const char *bundle)
{
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status;
    bool kept = true;

    if (wish->server) {
        status = container_keep(wish->host, bundle, wish->server, &problem);
        kept = !status;
    } else {
        status = leftover_release(wish->host, bundle, ticks_left(wish->deadline), &kept, &problem);
    }
    wish->kept = wish->kept && kept;
    error_keep_first(&wish->first, status, &problem);
}

/* One that lies beside the sandbox's. */
static wcow_status one_beside(pod_wish *wish, const char *folder, const char *name, wcow_error *err)
{
    cleanup_free char *bundle = path_join(folder, name);
    bool is_of_it = false;
    wcow_status status;

    if (!bundle)
        return error_no_memory(err);
    status = find_pod(wish, bundle, &is_of_it, err);
    if (!status && is_of_it)
        one_of_pod(wish, bundle);
    return status;
}

/* Containers first, then the sandbox; whatever fails, the others' turn comes. */
static wcow_status each_of_pod(pod_wish *wish, const char *bundle, wcow_error *err)
{
    files_port *files = wish->host->layers.files;
    cleanup_free char *folder = path_parent(bundle);
    cleanup_strings string_list names = STRING_LIST_INIT;
    wcow_error problem = WCOW_ERROR_INIT;
    int32_t hr;

    wish->kept = false;
    wish->read_until = ticks_after(READ_PATIENCE);
    if (!folder)
        return error_no_memory(err);
    hr = files->list(files, folder, &names);
    wish->kept = HR_SUCCEEDED(hr) || is_absent(hr);
    if (!wish->kept) /* there is the sandbox still */
        error_keep_first(&wish->first, error_hresult(&problem, hr, "list the pod's bundles"),
                         &problem);
    for (size_t i = 0; i < names.count; i++) {
        wcow_error unknown = WCOW_ERROR_INIT;
        wcow_status status;

        if (names.items[i][0] == '.') /* containerd is removing it */
            continue;
        status = one_beside(wish, folder, names.items[i], &unknown);
        wish->kept = wish->kept && !status;
        error_keep_first(&wish->first, status, &unknown);
    }
    one_of_pod(wish, bundle);
    return error_pass(err, wish->first.status, &wish->first);
}

wcow_status leftover_release_pod(const container_host *host, const char *bundle, const char *id,
                                 uint32_t milliseconds, bool *kept, wcow_error *err)
{
    pod_wish wish = {.host = host, .id = id, .deadline = ticks_after(milliseconds)};
    const wcow_status status = each_of_pod(&wish, bundle, err);

    *kept = wish.kept;
    return status;
}

wcow_status container_keep_pod(const container_host *host, const char *bundle, const char *id,
                               const char *server, wcow_error *err)
{
    pod_wish wish = {.host = host, .id = id, .server = server};

    return each_of_pod(&wish, bundle, err);
}
