/* SPDX-License-Identifier: MIT */
/* What the scripted library says about layers and images. */
#include "tests/unit/cli/fake_wcow.h"

#include "base/error.h"

static const wcow_layer_entry entries[] = {
    {.name = "Files/a",
     .security = true,
     .attribute_count = 1,
     .stream_count = 2,
     .size = 1234,
     .attributes = 0x21,
     .creation_time = 48491090211286549,
     .access_time = 1,
     .write_time = 116444736000000000 + 20000000,
     .change_time = 2,
     .stream_length = 1300,
     .stream_sha256 = "abcd"},
    {.name = "Files/.wh.b", .whiteout = true, .stream_sha256 = ""},
    {.name = "Files/c", .hard_link = "Files/a", .stream_sha256 = ""},
    {.name = "Files/\x1b[2J",
     .target = "C:/x",
     .junction = true,
     .attributes = 0x410,
     .write_time = 116444736000000000,
     .stream_sha256 = "ef"},
};

wcow_status wcow_layer_inspect(wcow_host *host, const char *path, wcow_layer_entry_fn *each,
                               void *context, wcow_error *err)
{
    cleanup_free char *line = text_format("layer inspect %s", path);
    wcow_status status = line ? fake_note(err, line) : error_no_memory(err);

    (void)host;
    for (size_t i = 0; !status && i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (!each(context, &entries[i]))
            return error_set(err, WCOW_CANCELLED, "cancelled");
    }
    return status;
}
