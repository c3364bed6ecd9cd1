/* SPDX-License-Identifier: MIT */
#include "shim/host/log_level.h"

#include "base/text.h"

static const struct {
    const char *name;
    shim_level level;
} levels[] = {{"trace", SHIM_TRACE},  {"debug", SHIM_DEBUG}, {"info", SHIM_INFORM},
              {"warning", SHIM_WARN}, {"error", SHIM_ERROR}, {"warn", SHIM_WARN},
              {"fatal", SHIM_ERROR},  {"panic", SHIM_ERROR}};

bool shim_level_read(wire_bytes name, shim_level *out)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (wire_is(name, levels[i].name)) {
            *out = levels[i].level;
            return true;
        }
    }
    return false;
}

shim_level shim_level_from_number(int32_t number)
{
    static const shim_level rising[] = {SHIM_TRACE, SHIM_DEBUG, SHIM_INFORM, SHIM_WARN};

    for (size_t i = 0; i < sizeof(rising) / sizeof(rising[0]); i++)
        if (number <= (int32_t)rising[i] + 2)
            return rising[i];
    return SHIM_ERROR;
}

const char *shim_level_name(shim_level level)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
        if (levels[i].level == level)
            return levels[i].name;
    return "info";
}
