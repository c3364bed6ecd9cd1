/* SPDX-License-Identifier: MIT */
/* Challenges: scheme [name=value {"," name=value}] {"," scheme …}. */
#include "image/registry/challenge.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define TOKEN_END " \t,=\""

static const char *skip(const char *at, const char *characters)
{
    return at + strspn(at, characters);
}

/* A token or a quoted string; NULL: malformed, or out of memory (*failed). */
static char *take_value(const char **at, bool *failed)
{
    cleanup_text text value = TEXT_INIT;
    const char *c = *at;
    char *taken;

    text_add(&value, "");
    if (*c != '"') {
        size_t length = strcspn(c, TOKEN_END);

        text_add_bytes(&value, c, length);
        c += length;
    } else {
        for (c++; *c && *c != '"'; c++) {
            if (*c == '\\' && c[1])
                c++;
            text_add_char(&value, *c);
        }
        if (*c != '"')
            return NULL;
        c++;
    }
    *at = c;
    text_add_bytes(&value, "", 0);
    taken = text_take(&value);
    *failed |= !taken;
    return taken;
}

static void keep(auth_challenge *challenge, const char *name, size_t length, char *value)
{
    struct {
        const char *name;
        char **member;
    } const members[] = {{"realm", &challenge->realm},
                         {"service", &challenge->service},
                         {"scope", &challenge->scope}};
    cleanup_free char *key = text_copy_bytes(name, length);

    for (size_t i = 0; key && i < sizeof(members) / sizeof(members[0]); i++) {
        if (text_equal_ignore_case(key, members[i].name) && !*members[i].member) {
            *members[i].member = value;
            return;
        }
    }
    free(value);
}

/* The parameters up to the next scheme. */
static const char *take_parameters(const char *at, auth_challenge *challenge, bool *failed)
{
    for (;;) {
        const char *name = skip(at, " \t,");
        size_t length = strcspn(name, TOKEN_END);
        const char *next = skip(name + length, " \t");
        char *value;

        if (!length || *next != '=') /* a scheme, or the end, or rubbish */
            return length ? name : name + (*name != '\0');
        at = skip(next + 1, " \t");
        value = take_value(&at, failed);
        if (!value)
            return at + strlen(at);
        keep(challenge, name, length, value);
    }
}

static challenge_kind kind_of(const char *scheme, size_t length)
{
    cleanup_free char *name = text_copy_bytes(scheme, length);

    if (text_equal_ignore_case(name ? name : "", "bearer"))
        return CHALLENGE_BEARER;
    return text_equal_ignore_case(name ? name : "", "basic") ? CHALLENGE_BASIC : CHALLENGE_NONE;
}

bool auth_challenge_parse(const char *header, auth_challenge *out)
{
    bool failed = false;

    while (!failed) {
        cleanup_challenge auth_challenge found = {CHALLENGE_NONE, NULL, NULL, NULL};
        const char *scheme = skip(header, " \t,=\"");
        size_t length = strcspn(scheme, TOKEN_END);

        if (!length)
            return true;
        found.kind = kind_of(scheme, length);
        header = take_parameters(scheme + length, &found, &failed);
        if (found.kind > out->kind && (found.kind == CHALLENGE_BASIC || found.realm)) {
            auth_challenge_clear(out);
            *out = found;
            found = (auth_challenge){CHALLENGE_NONE, NULL, NULL, NULL};
        }
    }
    return false;
}

void auth_challenge_clear(auth_challenge *challenge)
{
    free(challenge->realm);
    free(challenge->service);
    free(challenge->scope);
    *challenge = (auth_challenge){CHALLENGE_NONE, NULL, NULL, NULL};
}
