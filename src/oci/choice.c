/* SPDX-License-Identifier: MIT */
/* Choosing one of several images. */
#include "oci/choice.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"

static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        const char lower_a = (char)(*a >= 'A' && *a <= 'Z' ? *a + 32 : *a);
        const char lower_b = (char)(*b >= 'A' && *b <= 'Z' ? *b + 32 : *b);

        if (lower_a != lower_b)
            return false;
    }
    return *a == *b;
}

const char *architecture_normal(const char *architecture)
{
    static const char *const names[][2] = {{"amd64", "amd64"},
                                           {"x86_64", "amd64"},
                                           {"x86-64", "amd64"},
                                           {"arm64", "arm64"},
                                           {"aarch64", "arm64"}};

    for (size_t i = 0; architecture && i < sizeof(names) / sizeof(names[0]); i++) {
        if (same_word(architecture, names[i][0]))
            return names[i][1];
    }
    return architecture;
}

bool choice_admits(const image_choice *choice, const char *os, const char *architecture)
{
    return os && same_word(os, "windows") &&
           (!architecture || !choice->architecture ||
            text_equal(architecture_normal(architecture), choice->architecture));
}

int choice_rank(const image_choice *choice, const char *os_version)
{
    return choice->rank ? choice->rank(choice->context, os_version ? os_version : "") : 0;
}

const image_descriptor *choice_of(const image_choice *choice, const image_manifest *index)
{
    const image_descriptor *best = NULL;
    int best_rank = 0;

    for (size_t i = 0; i < index->count; i++) {
        const image_descriptor *d = &index->items[i];
        int rank;

        if (!choice_admits(choice, d->os, d->architecture))
            continue;
        rank = choice_rank(choice, d->os_version);
        if (rank >= 0 && (!best || rank < best_rank)) {
            best = d;
            best_rank = rank;
        }
    }
    return best;
}

bool descriptor_is_vague(const image_descriptor *descriptor)
{
    return !descriptor->os || !*descriptor->os;
}

static bool replace(char **old, const char *with)
{
    char *copy = text_copy(with);

    if (with && !copy)
        return false;
    free(*old);
    *old = copy;
    return true;
}

wcow_status descriptor_learn(image_descriptor *descriptor, const image_config *config,
                             wcow_error *err)
{
    if (replace(&descriptor->os, config->os) &&
        replace(&descriptor->architecture, config->architecture) &&
        replace(&descriptor->os_version, config->os_version))
        return WCOW_OK;
    return error_no_memory(err);
}
