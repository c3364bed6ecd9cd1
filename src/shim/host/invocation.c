/* SPDX-License-Identifier: MIT */
#include "shim/host/invocation.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

/* "-x v", "-x=v", "--x v" and "--x=v" are the same; a switch takes a value only behind "=". The
 * first word that is no flag ends them, and so does "--" (Go, package flag). */
typedef struct flag {
    const char *name;
    bool is_switch;
    size_t offset;
    bool required; /* of start, delete and serve, in this order */
} flag;

static const flag flags[] = {
    {"namespace", false, offsetof(shim_invocation, space), true},
    {"address", false, offsetof(shim_invocation, address), true},
    {"publish-binary", false, offsetof(shim_invocation, publish_binary), true},
    {"id", false, offsetof(shim_invocation, id), true},
    {"bundle", false, offsetof(shim_invocation, bundle), false},
    {"debug", true, offsetof(shim_invocation, debug), false},
    {"events", false, offsetof(shim_invocation, events), false},
    {"log-level", false, offsetof(shim_invocation, log_level), false},
    {"pod", true, offsetof(shim_invocation, pod), false},
};

static const struct {
    const char *word;
    shim_action action;
} actions[] = {{"start", SHIM_START},
               {"delete", SHIM_DELETE},
               {"serve", SHIM_SERVE},
               {"release", SHIM_RELEASE}};

/* What people ask for who call it by hand; hcsshim's tests know the words before it. */
#define SEE_HELP "; -h tells how containerd calls it"

/* Flags that are actions, too, and need no others. */
static const struct {
    const char *name;
    shim_action action;
} questions[] = {{"info", SHIM_INFO},
                 {"v", SHIM_VERSION},
                 {"version", SHIM_VERSION},
                 {"h", SHIM_HELP},
                 {"help", SHIM_HELP}};

static const flag *find_flag(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        if (strlen(flags[i].name) == length && memcmp(flags[i].name, name, length) == 0)
            return &flags[i];
    return NULL;
}

/* As Go reads a truth value: 1, t, T, TRUE, true, True, and their opposites. */
static bool read_truth(const char *value, bool *out)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
    static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (text_equal(value, yes[i]) || text_equal(value, no[i])) {
            *out = text_equal(value, yes[i]);
            return true;
        }
    }
    return false;
}

static wcow_status set_switch(const char *name, const char *value, bool *out, wcow_error *err)
{
    *out = true;
    if (!value || read_truth(value, out))
        return WCOW_OK;
    return error_set(err, WCOW_INVALID, "invalid boolean value \"%s\" for -%s" SEE_HELP, value,
                     name);
}

/* One flag at arguments[*at], which is left behind it. */
static wcow_status take_flag(int count, char *const *arguments, int *at, shim_invocation *out,
                             bool *asked, wcow_error *err)
{
    const char *name = arguments[(*at)++] + 1;
    const char *value;
    size_t length;
    const flag *f;

    name += *name == '-';
    value = strchr(name, '=');
    length = value ? (size_t)(value - name) : strlen(name);
    value = value ? value + 1 : NULL;
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        wcow_status status;

        if (strlen(questions[i].name) != length || memcmp(questions[i].name, name, length) != 0)
            continue;
        status = set_switch(questions[i].name, value, asked, err);
        if (!status && *asked)
            out->action = questions[i].action;
        return status;
    }
    f = find_flag(name, length);
    if (!f)
        return error_set(err, WCOW_INVALID, "flag provided but not defined: -%.*s" SEE_HELP,
                         (int)length, name);
    if (f->is_switch)
        return set_switch(f->name, value, (bool *)((char *)out + f->offset), err);
    if (!value && *at == count)
        return error_set(err, WCOW_INVALID, "flag needs an argument: -%s" SEE_HELP, f->name);
    *(const char **)(void *)((char *)out + f->offset) = value ? value : arguments[(*at)++];
    return WCOW_OK;
}

static wcow_status take_action(const char *word, shim_invocation *out, wcow_error *err)
{
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (text_equal(word, actions[i].word)) {
            out->action = actions[i].action;
            return WCOW_OK;
        }
    }
    return error_set(err, WCOW_INVALID, "unknown command '%s': start, delete, -info or -v" SEE_HELP,
                     word);
}

/* What ends up in the names of pipes; containerd lets nobody have others. */
static bool is_plain(const char *name)
{
    return strlen(name) <= 128 && !strpbrk(name, "\\/:*?\"<>|");
}

static wcow_status check(const shim_invocation *in, wcow_error *err)
{
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        const char *value =
            *(const char *const *)(const void *)((const char *)in + flags[i].offset);

        if (flags[i].required && *value == '\0')
            return error_set(err, WCOW_INVALID, "%s is required", flags[i].name);
    }
    if (!is_plain(in->space))
        return error_set(err, WCOW_INVALID, "no such namespace can be: '%s'", in->space);
    if (!is_plain(in->id))
        return error_set(err, WCOW_INVALID, "no such id can be: '%s'", in->id);
    if (in->action != SHIM_START && in->action != SHIM_HELP && *in->bundle == '\0')
        return error_set(err, WCOW_INVALID, "bundle is required");
    return WCOW_OK;
}

wcow_status shim_invocation_parse(int count, char *const *arguments, shim_invocation *out,
                                  wcow_error *err)
{
    shim_invocation in = {SHIM_HELP, "", "", "", "", "", false, "", "", false};
    wcow_status status = WCOW_OK;
    bool asked = false;
    int at = 0;

    while (!status && !asked && at < count && arguments[at][0] == '-' && arguments[at][1]) {
        if (text_equal(arguments[at], "--")) {
            at++;
            break;
        }
        status = take_flag(count, arguments, &at, &in, &asked, err);
    }
    if (!status && !asked && at < count)
        status = take_action(arguments[at], &in, err);
    if (!status && !asked)
        status = check(&in, err);
    if (!status)
        *out = in;
    return status;
}
