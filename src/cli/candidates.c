/* SPDX-License-Identifier: MIT */
/* What may stand at the end of a command line. */
#include "cli/candidates.h"

#include <string.h>

#include <wcow/explain.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/filter.h"

/* clang-format off */
const struct option_values option_values[] = {
    {"inspect", "type", "container image network volume"},
    {"network create", "driver", "nat transparent l2bridge l2tunnel internal private ics"},
    {"run", "attach", "STDIN STDOUT STDERR"},
    {"create", "attach", "STDIN STDOUT STDERR"},
    {"volume create", "driver", "local"},
    {NULL, "cidfile", "FILE"},
    {NULL, "errors", "text json"},
    {NULL, "env-file", "FILE"},
    {NULL, "format", "table json"},
    {NULL, "image", "IMAGE"},
    {NULL, "input", "FILE"},
    {NULL, "isolation", "default process hyperv"},
    {NULL, "label-file", "FILE"},
    {NULL, "log-driver", "etwlogs json-file local none"},
    {NULL, "net", "NETWORK"},
    {NULL, "network", "NETWORK"},
    {NULL, "output", "FILE"},
    {NULL, "pull", "always missing never"},
    {NULL, "restart", "no always unless-stopped on-failure"},
    {NULL, "root", "FILE"},
    {NULL, "schema", "1 2"},
    {NULL, "signal", "KILL TERM INT BREAK CLOSE LOGOFF SHUTDOWN"},
    {NULL, "stop-signal", "KILL TERM INT BREAK CLOSE LOGOFF SHUTDOWN"},
    {NULL, "volume-driver", "local"},
    {NULL, "volumes-from", "CONTAINER"},
    {NULL, NULL, NULL},
};

/* Which containers a command can do something with, if it is not forced; all others take any. */
static const struct wanted_state {
    const char *command;
    bool running, paused, resting;
    const char *isolation; /* NULL: either */
} wanted_states[] = {
    {"attach", true, false, false, NULL},
    {"commit", false, false, true, NULL},
    {"diff", false, false, true, NULL},
    {"exec", true, false, false, NULL},
    {"export", false, false, true, NULL},
    {"kill", true, true, false, NULL},
    {"pause", true, false, false, "hyperv"},
    {"rm", false, false, true, NULL},
    {"start", false, false, true, NULL},
    {"stats", true, true, false, NULL},
    {"stop", true, true, false, NULL},
    {"top", true, true, false, NULL},
    {"unpause", false, true, false, NULL},
};
/* clang-format on */

struct gathering {
    struct session *session;
    const struct line_end *end;
    const char *last;
    string_list *out;
    bool no_memory;
};

/* `before` and `after` are part of the word. */
static void offer(struct gathering *to, const char *before, const char *word, const char *after,
                  const char *description)
{
    char *line = text_format("%.*s%s%s%s\t%s", (int)to->end->prefix, to->last, before, word, after,
                             description);

    if (line && !text_starts_with(line, to->last))
        free(line);
    else
        to->no_memory |= !line || !string_list_own(to->out, line);
}

/* ---- of the tables ---- */

static void offer_commands(struct gathering *to)
{
    const struct command_group *group = to->end->group;

    for (size_t i = 0; commands[i]; i++) {
        const char *path;

        for (size_t n = 0; (path = command_path(commands[i], n)) != NULL; n++) {
            const char *name = group ? command_in_group(path, group) : path;

            if (name && !strchr(name, ' ') && commands[i]->section != SECTION_HIDDEN)
                offer(to, "", name, "", commands[i]->summary);
        }
    }
    for (const struct command_group *each = command_groups; !group && each->name; each++)
        offer(to, "", each->name, "", each->summary);
}

static void offer_options(struct gathering *to)
{
    const struct option *options = to->end->command ? to->end->command->options
                                   : to->end->group ? NULL
                                                    : global_options;

    for (; options && options->name; options++)
        offer(to, "--", options->name, "", options->help);
    offer(to, "--", "help", "", "Print usage");
}

/* ---- of the host ---- */

static bool is_wanted(const struct command *command, bool forced, const wcow_container_info *info)
{
    for (size_t i = 0; i < sizeof(wanted_states) / sizeof(wanted_states[0]); i++) {
        const struct wanted_state *wanted = &wanted_states[i];

        if (!command || forced || strcmp(command->name, wanted->command) != 0)
            continue;
        if (!wanted->isolation || text_equal(wanted->isolation, info->isolation))
            return info->paused    ? wanted->paused
                   : info->running ? wanted->running
                                   : wanted->resting;
        return false;
    }
    return true;
}

/* A host that does not answer has no names, but a lack of memory is none of its answers. */
static bool answers(struct gathering *to, wcow_status status)
{
    to->no_memory |= status == WCOW_NO_MEMORY;
    return status == WCOW_OK;
}

static void offer_containers(struct gathering *to, wcow_host *host, const char *after)
{
    cleanup_wcow wcow_container_info *infos = NULL;
    const struct command *of = to->end->wants == WANTS_ARGUMENT ? to->end->command : NULL;
    size_t count = 0;

    if (!answers(to, wcow_container_list(host, &infos, &count, NULL)))
        return;
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *description = text_format("%s, %s", infos[i].image, infos[i].status);

        to->no_memory |= !description;
        if (description && *infos[i].name && is_wanted(of, to->end->forced, &infos[i]))
            offer(to, "", infos[i].name, after, description);
    }
}

static void offer_images(struct gathering *to, wcow_host *host)
{
    cleanup_wcow wcow_image_info *infos = NULL;
    size_t count = 0;

    if (!answers(to, wcow_image_list(host, &infos, &count, NULL)))
        return;
    for (size_t i = 0; i < count; i++) {
        cleanup_free char *name = text_format("%s:%s", infos[i].repository, infos[i].tag);

        to->no_memory |= !name;
        if (name && infos[i].repository[0] != '<' && infos[i].tag[0] != '<')
            offer(to, "", name, "", infos[i].os_version);
    }
}

/* none is no network that anything joins or leaves, and predefined ones stay. */
static bool takes_network(const struct command *command, const wcow_network_info *info)
{
    if (!command)
        return true;
    if (text_equal(command->name, "network rm"))
        return !info->predefined;
    return !text_equal(info->name, "none") || (!text_equal(command->name, "network connect") &&
                                               !text_equal(command->name, "network disconnect"));
}

static void offer_networks(struct gathering *to, wcow_host *host)
{
    const struct command *of = to->end->wants == WANTS_ARGUMENT ? to->end->command : NULL;
    cleanup_wcow wcow_network_info *infos = NULL;
    size_t count = 0;

    if (!answers(to, wcow_network_list(host, &infos, &count, NULL)))
        return;
    for (size_t i = 0; i < count; i++)
        if (takes_network(of, &infos[i]))
            offer(to, "", infos[i].name, "", infos[i].driver);
}

static void offer_volumes(struct gathering *to, wcow_host *host)
{
    cleanup_wcow wcow_volume_info *infos = NULL;
    size_t count = 0;

    if (!answers(to, wcow_volume_list(host, &infos, &count, NULL)))
        return;
    for (size_t i = 0; i < count; i++)
        offer(to, "", infos[i].name, "", infos[i].mountpoint);
}

static void offer_codes(struct gathering *to)
{
    size_t count = 0;
    const wcow_explanation *known = wcow_explanations(&count);

    for (size_t i = 0; i < count; i++)
        offer(to, "", known[i].name, "", known[i].meaning);
}

/* ---- by a word of a synopsis ---- */

enum kinds {
    CONTAINERS = 1,
    IMAGES = 2,
    NETWORKS = 4,
    VOLUMES = 8,
    FILES = 16,
    CODES = 32,
    COMMANDS = 64,
    PATHS = 128, /* CONTAINER: before a path in it */
};

static unsigned kinds_of(const char *word, size_t length)
{
    /* By its beginning: the first that fits. */
    static const struct {
        const char *begin;
        unsigned kinds;
    } known[] = {
        {"CONTAINER:", PATHS | FILES},
        {"DEST_PATH", PATHS | FILES},
        {"CONTAINER", CONTAINERS},
        {"SOURCE_IMAGE", IMAGES},
        {"TARGET_IMAGE", IMAGES},
        {"IMAGE", IMAGES},
        {"REPOSITORY", IMAGES},
        {"NETWORK", NETWORKS},
        {"VOLUME", VOLUMES},
        {"FILE", FILES},
        {"PATH", FILES},
        {"NAME|ID", CONTAINERS | IMAGES | NETWORKS | VOLUMES},
        {"NAME", IMAGES},
        {"CODE|", CODES},
        {"COMMAND", COMMANDS},
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (length >= strlen(known[i].begin) && text_starts_with(word, known[i].begin))
            return known[i].kinds;
    return 0;
}

static void offer_of_host(struct gathering *to, unsigned kinds)
{
    wcow_host *host = NULL;

    if (!(kinds & (CONTAINERS | PATHS | IMAGES | NETWORKS | VOLUMES)) ||
        !answers(to, session_host(to->session, &host, NULL)))
        return;
    if (kinds & (CONTAINERS | PATHS))
        offer_containers(to, host, kinds & PATHS ? ":" : "");
    if (kinds & IMAGES)
        offer_images(to, host);
    if (kinds & NETWORKS)
        offer_networks(to, host);
    if (kinds & VOLUMES)
        offer_volumes(to, host);
}

/* What a word stands for, or each of "bash|powershell" and "table json": words that are meant. */
static void offer_kind(struct gathering *to, const char *word, size_t length)
{
    const unsigned kinds = kinds_of(word, length);

    offer_of_host(to, kinds);
    if (kinds & CODES)
        offer_codes(to);
    if (kinds & COMMANDS)
        offer_commands(to);
    if (kinds & FILES)
        to->no_memory |= !string_list_add(to->out, FILES_TOO);
    while (!kinds && length > 0) {
        const size_t size = strcspn(word, "| ") < length ? strcspn(word, "| ") : length;
        cleanup_free char *each = text_copy_bytes(word, size);

        to->no_memory |= !each;
        if (each)
            offer(to, "", each, "", each);
        word += size + (size < length);
        length -= size + (size < length);
    }
}

/* "status=", and behind that what it can be. */
static void offer_filter(struct gathering *to, const struct filter_rule *rules)
{
    const char *typed = to->last + to->end->prefix;
    const size_t length = strcspn(typed, "=");

    for (; rules && rules->key; rules++) {
        struct line_end end = *to->end;
        struct gathering values = *to;

        if (!typed[length]) {
            offer(to, "", rules->key, "=", rules->key);
            continue;
        }
        if (!rules->values || strlen(rules->key) != length ||
            strncmp(rules->key, typed, length) != 0)
            continue;
        end.prefix += length + 1;
        values.end = &end;
        offer_kind(&values, rules->values, strlen(rules->values));
        to->no_memory |= values.no_memory;
    }
}

static void offer_value(struct gathering *to)
{
    const struct command *command = to->end->command;

    if (to->end->option->kind == OPTION_FILTER) {
        offer_filter(to, command ? command->filters : NULL);
        return;
    }

    for (const struct option_values *each = option_values; each->option; each++) {
        if (strcmp(each->option, to->end->option->name) != 0 ||
            (each->command && (!command || strcmp(each->command, command->name) != 0)))
            continue;
        offer_kind(to, each->words, strlen(each->words));
        return;
    }
}

/* Only small letters are words to be typed; PRIVATE_PORT is none. */
static void offer_argument(struct gathering *to)
{
    const char *word = NULL;
    const size_t length = synopsis_word(to->end->command->arguments, to->end->arguments, &word);

    if (length > 0 && (kinds_of(word, length) || (word[0] >= 'a' && word[0] <= 'z')))
        offer_kind(to, word, length);
}

wcow_status candidates_add(struct session *session, const struct line_end *end, const char *last,
                           string_list *out, wcow_error *err)
{
    struct gathering to = {session, end, last, out, false};

    switch (end->wants) {
    case WANTS_NOTHING:
        break;
    case WANTS_COMMAND:
        offer_commands(&to);
        break;
    case WANTS_OPTION:
        offer_options(&to);
        break;
    case WANTS_VALUE:
        offer_value(&to);
        break;
    case WANTS_ARGUMENT:
        offer_argument(&to);
        break;
    }
    return to.no_memory ? error_no_memory(err) : WCOW_OK;
}
