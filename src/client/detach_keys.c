/* SPDX-License-Identifier: MIT */
/* The detach keys: parsing them, and matching them against input. */
#include "client/detach_keys.h"

#include <string.h>

#include "base/error.h"

#define DEFAULT_KEYS "ctrl-p,ctrl-q"

static bool parse_key(const char *key, size_t length, uint8_t *out)
{
    if (length == 1) {
        *out = (uint8_t)key[0];
        return true;
    }
    if (length != 6 || strncmp(key, "ctrl-", 5) != 0)
        return false;
    /* ctrl-@ is 0, ctrl-a to ctrl-z are 1 to 26, then [ \ ] ^ _ (moby/term) */
    if (key[5] >= 'a' && key[5] <= 'z')
        *out = (uint8_t)(key[5] - 'a' + 1);
    else if (key[5] == '@')
        *out = 0;
    else if (key[5] >= '[' && key[5] <= '_')
        *out = (uint8_t)(key[5] - '[' + 27);
    else
        return false;
    return true;
}

wcow_status detach_keys_parse(const char *specification, detach_keys *out, wcow_error *err)
{
    detach_keys keys = {.count = 0};
    const char *rest = specification && *specification ? specification : DEFAULT_KEYS;

    for (;;) {
        /* A comma can be a key itself: "," and "a,,". */
        const size_t length = *rest == ',' ? 1 : strcspn(rest, ",");
        const char *const end = rest + length;

        if (keys.count == DETACH_KEYS_LIMIT)
            return error_set(err, WCOW_INVALID, "invalid detach keys (%s): more than %d",
                             specification, DETACH_KEYS_LIMIT);
        if ((*end && *end != ',') || !parse_key(rest, length, &keys.keys[keys.count]))
            return error_set(err, WCOW_INVALID, "invalid detach keys (%s): unknown key: '%.*s'",
                             specification, (int)length, rest);
        keys.count++;
        if (!*end)
            break;
        rest = end + 1;
    }
    *out = keys;
    return WCOW_OK;
}

wcow_status detach_keys_check(const char *specification, wcow_error *err)
{
    detach_keys unused;

    return detach_keys_parse(specification, &unused, err);
}

bool detach_keys_filter(detach_keys *keys, const uint8_t *input, size_t length, uint8_t *output,
                        size_t *produced)
{
    size_t made = 0;

    for (size_t i = 0; i < length; i++) {
        if (keys->count && input[i] == keys->keys[keys->matched]) {
            if (++keys->matched == keys->count) {
                keys->matched = 0;
                *produced = made;
                return true;
            }
            continue;
        }
        /* Not the keys after all: pass on what was held back. */
        memcpy(output + made, keys->keys, keys->matched);
        made += keys->matched;
        keys->matched = 0;
        if (keys->count > 1 && input[i] == keys->keys[0])
            keys->matched = 1;
        else
            output[made++] = input[i];
    }
    *produced = made;
    return false;
}
