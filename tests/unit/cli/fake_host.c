/* SPDX-License-Identifier: MIT */
/* What the scripted library says about its host: a user's settings, and what runs by itself there.
 */
#include "tests/unit/cli/fake_wcow.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

wcow_status wcow_host_user_setting(wcow_host *host, const char *name, char **value, wcow_error *err)
{
    (void)host;
    if (fake.broken_settings)
        return error_set(err, WCOW_CORRUPT, "cannot read 'config.json': no valid JSON at line 1");
    for (const char *const *each = fake.settings; each && *each; each += 2)
        if (strcmp(*each, name) == 0) {
            *value = text_copy(each[1]);
            return *value ? WCOW_OK : error_no_memory(err);
        }
    return WCOW_OK;
}

wcow_status wcow_monitor_run(wcow_host *host, const char *id, wcow_error *err)
{
    (void)host;
    return fake_call(err, "monitor %s", id);
}

wcow_status wcow_monitor_serve(wcow_host *host, const char *id, wcow_error *err)
{
    (void)host;
    return fake_call(err, "service %s", id);
}

wcow_status wcow_monitor_within(wcow_host *host, wcow_error *err)
{
    (void)host;
    return fake_call(err, "within");
}

wcow_status wcow_service_list(wcow_host *host, wcow_service_info **out, size_t *count,
                              wcow_error *err)
{
    static const wcow_service_info two[] = {
        {"wcow-0123456789ab", "0123456789abcdef", "web", "C:\\wcow", "running", true, false, 42},
        {"wcow-fedcba987654", "fedcba9876543210", "", "C:\\other", "stopped", false, true, 0},
    };
    wcow_service_info *block;
    wcow_status status = fake_call(err, "services");

    (void)host;
    if (status)
        return status;
    block = malloc(sizeof(two));
    if (!block)
        return error_no_memory(err);
    memcpy(block, two, sizeof(two));
    *out = block;
    *count = 2;
    return WCOW_OK;
}

wcow_status wcow_self_test_deaf(bool stays, wcow_error *err)
{
    return fake_call(err, "deaf %s", stays ? "stays" : "returns");
}
