/* SPDX-License-Identifier: MIT */
/* The one list of commands, and how they are found. */
#include "cli/commands.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/refused.h"
#include "cli/similar.h"

const struct option global_options[] = {
    {'D', "debug", OPTION_FLAG, offsetof(struct global, debug), NULL,
     "Print each step with its time, and what the service itself said about a failure"},
    {0, "errors", OPTION_STRING, offsetof(struct global, errors), "string",
     "How failures are told: text, or json: an object a line (text)"},
    {0, "root", OPTION_STRING, offsetof(struct global, root), "path",
     "Where images and containers are kept (WCOW_ROOT, else %ProgramData%\\wcow)"},
    {'v', "version", OPTION_FLAG, offsetof(struct global, version), NULL,
     "Print version information and quit"},
    {0},
};

const struct command_group command_groups[] = {
    {"container", "Manage containers"},
    {"image", "Manage images"},
    {"layer", "Manage the layers of images"},
    {"network", "Manage networks"},
    {"service", "Manage the Windows services of containers"},
    {"system", "Manage wcow"},
    {"volume", "Manage volumes"},
    {NULL, NULL},
};

/* As help lists them: the common ones as they are met, the others by name. */
const struct command *const commands[] = {
    &cmd_run,
    &cmd_exec,
    &cmd_ps,
    &cmd_images,
    &cmd_load,
    &cmd_pull,
    &cmd_push,
    &cmd_login,
    &cmd_logout,
    &cmd_info,
    &cmd_version,
    &cmd_explain,
    &cmd_attach,
    &cmd_commit,
    &cmd_cp,
    &cmd_create,
    &cmd_diff,
    &cmd_doctor,
    &cmd_events,
    &cmd_export,
    &cmd_history,
    &cmd_import,
    &cmd_inspect,
    &cmd_kill,
    &cmd_logs,
    &cmd_pause,
    &cmd_port,
    &cmd_rename,
    &cmd_restart,
    &cmd_rm,
    &cmd_rmi,
    &cmd_save,
    &cmd_start,
    &cmd_stats,
    &cmd_stop,
    &cmd_tag,
    &cmd_top,
    &cmd_unpause,
    &cmd_update,
    &cmd_wait,
    &cmd_system_prune,
    &cmd_completion,
    &cmd_help,
    &cmd_container_inspect,
    &cmd_container_prune,
    &cmd_image_inspect,
    &cmd_image_prune,
    &cmd_layer_inspect,
    &cmd_layer_ls,
    &cmd_layer_rm,
    &cmd_layer_zap,
    &cmd_network_connect,
    &cmd_network_create,
    &cmd_network_disconnect,
    &cmd_network_inspect,
    &cmd_network_ls,
    &cmd_network_prune,
    &cmd_network_rm,
    &cmd_service_ls,
    &cmd_system_df,
    &cmd_system_events_log,
    &cmd_volume_create,
    &cmd_volume_inspect,
    &cmd_volume_ls,
    &cmd_volume_prune,
    &cmd_volume_rm,
    &cmd_monitor,
    &cmd_deaf,
    &cmd_complete,
    &cmd_reference,
    NULL,
};

const char *command_path(const struct command *command, size_t i)
{
    if (i == 0)
        return command->name;
    return i <= sizeof(command->also) / sizeof(command->also[0]) ? command->also[i - 1] : NULL;
}

const struct command_group *command_group_find(const char *name)
{
    for (const struct command_group *group = command_groups; group->name; group++)
        if (strcmp(group->name, name) == 0)
            return group;
    return NULL;
}

const char *command_in_group(const char *path, const struct command_group *group)
{
    size_t length = strlen(group->name);

    if (strncmp(path, group->name, length) != 0 || path[length] != ' ')
        return NULL;
    return path + length + 1;
}

/* Whether a path is called by these words; how many it takes. */
static int match(const char *path, int count, char *const *words)
{
    const char *space = strchr(path, ' ');

    if (!space)
        return count > 0 && strcmp(path, words[0]) == 0 ? 1 : 0;
    if (count < 2 || strlen(words[0]) != (size_t)(space - path) ||
        strncmp(path, words[0], (size_t)(space - path)) != 0)
        return 0;
    return strcmp(space + 1, words[1]) == 0 ? 2 : 0;
}

const struct command *command_find(int count, char *const *words, int *used, const char **path)
{
    for (size_t i = 0; commands[i]; i++) {
        const char *each;

        for (size_t n = 0; (each = command_path(commands[i], n)) != NULL; n++) {
            int taken = match(each, count, words);

            if (!taken)
                continue;
            *used = taken;
            *path = each;
            return commands[i];
        }
    }
    return NULL;
}

/* The name of a command that is most like a word: in a group, or among all first words. */
static const char *similar_name(const struct command_group *group, const char *word)
{
    struct similar near = {NULL, 0};

    for (size_t i = 0; commands[i]; i++) {
        const char *path;

        for (size_t n = 0; (path = command_path(commands[i], n)) != NULL; n++) {
            const char *name = group ? command_in_group(path, group) : path;

            if (name && !strchr(name, ' ') && commands[i]->section != SECTION_HIDDEN)
                similar_consider(&near, word, strlen(word), name);
        }
    }
    for (const struct command_group *each = command_groups; !group && each->name; each++)
        similar_consider(&near, word, strlen(word), each->name);
    return near.best;
}

wcow_status command_unknown(int count, char *const *words, wcow_error *err)
{
    const struct command_group *group = count > 1 ? command_group_find(words[0]) : NULL;
    const char *word = words[group ? 1 : 0];
    const char *near = similar_name(group, word);
    int used = 0;
    const struct refused_command *refused = refused_command_find(count, words, &used);
    cleanup_text text question = TEXT_INIT;

    if (refused)
        return refused_command_tell(refused, words, used, err);
    if (near)
        text_addf(&question, "; did you mean '%s'?", near);
    if (group)
        return error_set(err, WCOW_INVALID, "unknown command: wcow %s %s%s (see 'wcow %s --help')",
                         group->name, word, text_get(&question), group->name);
    return error_set(err, WCOW_INVALID, "'%s' is not a wcow command%s (see 'wcow --help')", word,
                     text_get(&question));
}
