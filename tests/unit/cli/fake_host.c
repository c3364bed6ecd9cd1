/* SPDX-License-Identifier: MIT */
/* What the scripted library says about its host: a user's settings, and what runs by itself there.
 */
#include "tests/unit/cli/fake_wcow.h"

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

wcow_status wcow_self_test_deaf(bool stays, wcow_error *err)
{
    return fake_call(err, "deaf %s", stays ? "stays" : "returns");
}
