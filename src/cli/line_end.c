/* SPDX-License-Identifier: MIT */
/* Which table the last word of an unfinished command line will be read by. */
#include "cli/line_end.h"

#include <string.h>

#include "base/text.h"

/* What has been read so far. */
struct walk {
    struct line_end end;
    const struct option *options; /* of what has been named: global, a command's, none of a group */
    const struct option *pending; /* its value comes next */
    bool words_only;              /* nothing is an option any more */
    bool lost;                    /* a word is no command, or no option */
};

static void note_value(struct walk *walk, const struct option *option, const char *value)
{
    if (walk->options == global_options && text_equal(option->name, "root"))
        walk->end.root = value;
}

static void note_flag(struct walk *walk, const struct option *option, const char *value)
{
    if (option->kind == OPTION_FLAG && text_equal(option->name, "force"))
        walk->end.forced = !value || text_equal(value, "true");
}

static void walk_long(struct walk *walk, const char *name)
{
    const size_t length = strcspn(name, "=");
    const struct option *option = option_by_name(walk->options, name, length);

    if (option)
        note_flag(walk, option, name[length] ? name + length + 1 : NULL);
    if (!option)
        walk->lost = strncmp(name, "help", length) != 0;
    else if (name[length])
        note_value(walk, option, name + length + 1);
    else if (option->kind != OPTION_FLAG)
        walk->pending = option;
}

static void walk_letters(struct walk *walk, const char *letters)
{
    for (; *letters && *letters != '='; letters++) {
        const struct option *option = option_by_letter(walk->options, *letters);

        if (option)
            note_flag(walk, option, NULL);
        if (!option || option->kind == OPTION_FLAG)
            continue;
        if (!letters[1])
            walk->pending = option;
        return;
    }
}

/* "ps", "container", or what follows "container". */
static void walk_name(struct walk *walk, char *const *word)
{
    char group[32] = "";
    char *const words[2] = {walk->end.group ? group : *word, *word};
    const char *path = NULL;
    int used = 0;

    if (walk->end.group)
        snprintf(group, sizeof(group), "%s", walk->end.group->name);
    walk->end.command = command_find(walk->end.group ? 2 : 1, words, &used, &path);
    walk->options = walk->end.command ? walk->end.command->options : NULL;
    if (walk->end.command)
        return;
    walk->lost = walk->end.group != NULL;
    walk->end.group = walk->lost ? walk->end.group : command_group_find(*word);
    walk->lost |= !walk->end.group;
}

static void walk_word(struct walk *walk, char *const *word)
{
    if (walk->pending) {
        note_value(walk, walk->pending, *word);
        walk->pending = NULL;
    } else if (walk->words_only || (*word)[0] != '-' || !(*word)[1]) {
        if (walk->end.command)
            walk->end.arguments++;
        else
            walk_name(walk, word);
        walk->words_only |= walk->end.arguments > 0 && walk->end.command->stops_at_word;
    } else if (strcmp(*word, "--") == 0) {
        walk->words_only = true;
    } else if ((*word)[1] == '-') {
        walk_long(walk, *word + 2);
    } else {
        walk_letters(walk, *word + 1);
    }
}

/* --name=… with the cursor behind: a value, and what is before it. */
static bool is_value_of_long(struct walk *walk, const char *last)
{
    const char *equals = strchr(last, '=');

    if (walk->words_only || strncmp(last, "--", 2) != 0 || !equals)
        return false;
    walk->pending = option_by_name(walk->options, last + 2, (size_t)(equals - last) - 2);
    walk->end.prefix = (size_t)(equals - last) + 1;
    walk->lost |= !walk->pending;
    return true;
}

static enum line_wants wanted(struct walk *walk, const char *last)
{
    const bool value = walk->pending || is_value_of_long(walk, last);

    if (walk->lost)
        return WANTS_NOTHING;
    if (value)
        return WANTS_VALUE;
    if (!walk->words_only && last[0] == '-')
        return WANTS_OPTION;
    if (!walk->end.command)
        return WANTS_COMMAND;
    return walk->end.command->stops_at_word && walk->end.arguments > 0 ? WANTS_NOTHING
                                                                       : WANTS_ARGUMENT;
}

struct line_end line_end_read(int count, char *const *words, const char *last)
{
    struct walk walk = {.options = global_options};

    for (int i = 0; i < count && !walk.lost; i++)
        walk_word(&walk, &words[i]);
    walk.end.wants = wanted(&walk, last);
    walk.end.option = walk.pending;
    return walk.end;
}

size_t synopsis_word(const char *synopsis, size_t n, const char **out)
{
    const char *rest = synopsis ? synopsis : "";
    const char *word = NULL;
    size_t length = 0;

    while (*rest) {
        rest += strspn(rest, " ");
        length = strcspn(rest, " ");
        word = rest;
        rest += length;
        if (n-- == 0)
            break;
        if (!*rest && (length < 4 || strncmp(rest - 4, "...]", 4) != 0))
            return 0;
    }
    if (!word)
        return 0;
    *out = word + strspn(word, "[");
    return strcspn(*out, " [].");
}
