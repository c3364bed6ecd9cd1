/* SPDX-License-Identifier: MIT */
/* Making ids and names, and the rules for names. */
#include "engine/container/id.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "port/hash.h"

static const char *const adjectives[] = {
    "amber", "brave",  "brisk",  "calm",   "clear",   "clever", "copper", "cosy",
    "crisp", "daring", "eager",  "early",  "fair",    "fond",   "free",   "gentle",
    "glad",  "golden", "grand",  "green",  "happy",   "honest", "humble", "keen",
    "kind",  "light",  "lively", "lucid",  "lucky",   "mellow", "merry",  "mild",
    "neat",  "nimble", "noble",  "open",   "patient", "plain",  "polite", "proud",
    "quick", "quiet",  "ready",  "rustic", "serene",  "sharp",  "silent", "silver",
    "snowy", "solid",  "steady", "still",  "sunny",   "swift",  "tidy",   "tranquil",
    "true",  "vivid",  "warm",   "wise",   "witty",   "young",  "zesty",  "bold",
};

static const char *const nouns[] = {
    "anchor", "arch",    "badger", "beacon",  "birch",   "bridge", "brook",  "canyon",
    "castle", "cedar",   "cliff",  "cloud",   "comet",   "coral",  "crane",  "delta",
    "dune",   "eagle",   "ember",  "falcon",  "fern",    "fjord",  "forest", "fox",
    "garden", "glacier", "grove",  "harbour", "hawk",    "heron",  "hill",   "island",
    "ivy",    "lagoon",  "lake",   "lantern", "larch",   "lark",   "maple",  "marsh",
    "meadow", "mill",    "moon",   "oak",     "orchard", "otter",  "owl",    "pebble",
    "pine",   "planet",  "quarry", "raven",   "reef",    "river",  "robin",  "sail",
    "spring", "stone",   "swan",   "tide",    "valley",  "willow", "wolf",   "zephyr",
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static bool short_form_is_a_number(const char *id)
{
    return strspn(id, "0123456789") >= ID_SHORT_LENGTH;
}

wcow_status id_make(char id[ID_LENGTH + 1], wcow_error *err)
{
    uint8_t bytes[ID_LENGTH / 2];
    char text[ID_LENGTH + 1];

    do {
        int32_t hr = random_bytes(bytes, sizeof bytes);

        if (HR_FAILED(hr))
            return error_hresult(err, hr, "make a random id");
        for (size_t i = 0; i < sizeof bytes; i++)
            snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    } while (short_form_is_a_number(text));
    memcpy(id, text, sizeof text);
    return WCOW_OK;
}

bool id_valid(const char *text)
{
    return strlen(text) == ID_LENGTH && strspn(text, "0123456789abcdef") == ID_LENGTH;
}

wcow_status name_check(const char *name, wcow_error *err)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const size_t length = strlen(name);

    if (length >= 2 && length <= 255 && isalnum((unsigned char)name[0]) &&
        strspn(name, allowed) == length)
        return WCOW_OK;
    return error_set(err, WCOW_INVALID,
                     "Invalid container name (%s), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
                     name);
}

wcow_status name_make(unsigned attempt, char name[NAME_SIZE], wcow_error *err)
{
    uint8_t dice[3];
    int32_t hr = random_bytes(dice, sizeof dice);

    if (HR_FAILED(hr))
        return error_hresult(err, hr, "make a random name");

    const char *adjective = adjectives[dice[0] % COUNT(adjectives)];
    const char *noun = nouns[dice[1] % COUNT(nouns)];

    if (attempt < 3)
        snprintf(name, NAME_SIZE, "%s_%s", adjective, noun);
    else
        snprintf(name, NAME_SIZE, "%s_%s%u", adjective, noun, attempt * 256 + dice[2]);
    return WCOW_OK;
}
