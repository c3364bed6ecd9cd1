/* SPDX-License-Identifier: MIT */
/* Dockerfile instructions that change a config. */
#include "build/instructions.h"

#include <ctype.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "build/instructions_internal.h"
#include "build/words.h"
#include "hcs/signals.h"

#define BLANKS " \t\r\n\v\f"

/* ---- what they share ---- */

static cJSON *member(const changing *c, const char *name, cJSON_bool is_kind(const cJSON *),
                     cJSON *make(void))
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(c->config, name);
    cJSON *made;

    if (is_kind(found))
        return found;
    cJSON_DeleteItemFromObjectCaseSensitive(c->config, name);
    made = make();
    return made && json_add(c->config, name, made) ? made : NULL;
}

cJSON *change_array(const changing *c, const char *name)
{
    return member(c, name, cJSON_IsArray, cJSON_CreateArray);
}

cJSON *change_object(const changing *c, const char *name)
{
    return member(c, name, cJSON_IsObject, cJSON_CreateObject);
}

wcow_status change_put(const changing *c, const char *name, cJSON *value, wcow_error *err)
{
    cJSON_DeleteItemFromObjectCaseSensitive(c->config, name);
    return value && json_add(c->config, name, value) ? WCOW_OK : error_no_memory(err);
}

wcow_status change_wants(const changing *c, const char *what, wcow_error *err)
{
    return error_set(err, WCOW_INVALID, "%s requires %s", c->name, what);
}

wcow_status change_json(const changing *c, const char *rest, cJSON **out, wcow_error *err)
{
    cleanup_json cJSON *array = NULL;
    const cJSON *item;

    if (*rest != '[' || json_parse(rest, strlen(rest), "it", &array, NULL))
        return WCOW_OK;
    cJSON_ArrayForEach (item, array) {
        if (!cJSON_IsString(item))
            return error_set(err, WCOW_INVALID,
                             "%s: when using JSON array syntax, arrays must be comprised of "
                             "strings only",
                             c->name);
    }
    *out = TAKE(array);
    return WCOW_OK;
}

wcow_status change_expand(const changing *c, const char *word, char **out, wcow_error *err)
{
    wcow_status status = word_expand(word, json_member(c->config, "Env"), out, err);

    return status ? error_wrap(err, status, "%s", c->name) : WCOW_OK;
}

wcow_status change_words(const changing *c, const char *rest, bool array, string_list *out,
                         wcow_error *err)
{
    cleanup_strings string_list words = STRING_LIST_INIT;
    cleanup_json cJSON *json = NULL;
    const cJSON *item;
    wcow_status status = array ? change_json(c, rest, &json, err) : WCOW_OK;

    if (status)
        return status;
    cJSON_ArrayForEach (item, json) {
        if (!string_list_add(&words, item->valuestring))
            return error_no_memory(err);
    }
    if (!json && !words_split(rest, &words))
        return error_no_memory(err);
    for (size_t i = 0; i < words.count && !status; i++) {
        char *word = NULL;

        status = change_expand(c, words.items[i], &word, err);
        if (!status && !string_list_own(out, word))
            status = error_no_memory(err);
    }
    return status;
}

/* Exactly one argument, expanded. */
static wcow_status take_one(const changing *c, const char *rest, char **out, wcow_error *err)
{
    cleanup_strings string_list words = STRING_LIST_INIT;
    wcow_status status = change_words(c, rest, false, &words, err);

    if (!status && words.count != 1)
        status = change_wants(c, "exactly one argument", err);
    if (!status)
        *out = TAKE(words.items[0]);
    return status;
}

/* ---- single values ---- */

static wcow_status change_user(changing *c, const char *rest, wcow_error *err)
{
    cleanup_free char *user = NULL;
    wcow_status status = take_one(c, rest, &user, err);

    return status ? status : change_put(c, "User", cJSON_CreateString(user), err);
}

static wcow_status change_stopsignal(changing *c, const char *rest, wcow_error *err)
{
    cleanup_free char *name = NULL;
    const char *unused = NULL;
    wcow_status status = take_one(c, rest, &name, err);

    if (!status)
        status = signal_find(name, &unused, err);
    return status ? status : change_put(c, "StopSignal", cJSON_CreateString(name), err);
}

static bool has_drive(const char *path)
{
    return isalpha((unsigned char)path[0]) && path[1] == ':';
}

/* Adds the components of a path to those of a folder "C:\…". */
static bool add_components(const char *path, text *folder)
{
    while (*path) {
        size_t length = strcspn(path, "\\/");

        if (length == 2 && path[0] == '.' && path[1] == '.') {
            const char *last = strrchr(text_get(folder), '\\');

            text_cut(folder, last && last > text_get(folder) + 2 ? (size_t)(last - text_get(folder))
                                                                 : strlen("C:\\"));
        } else if (length && !(length == 1 && path[0] == '.')) {
            if (!text_ends_with(text_get(folder), "\\"))
                text_add_char(folder, '\\');
            text_add_bytes(folder, path, length);
        }
        path += length + (path[length] != '\0');
    }
    return !folder->failed;
}

/* Where a path begins: the drive it names, or C:, or the folder that it is relative to. */
static bool begin_folder(const char *wanted, const char *current, text *folder)
{
    const bool relative = wanted[0] != '\\' && wanted[0] != '/';
    const char *from = has_drive(wanted) ? wanted : relative && has_drive(current) ? current : "C:";

    text_addf(folder, "%c:\\", toupper((unsigned char)from[0]));
    return from != current || add_components(current + 2, folder);
}

/* As moby makes it: relative to the one before, on C: where there is no drive. */
static wcow_status change_workdir(changing *c, const char *rest, wcow_error *err)
{
    cleanup_free char *wanted = NULL;
    cleanup_text text folder = TEXT_INIT;
    wcow_status status = change_expand(c, rest, &wanted, err);

    if (!status && !*wanted)
        status = change_wants(c, "exactly one argument", err);
    if (status)
        return status;
    if (has_drive(wanted) && wanted[2] != '\\' && wanted[2] != '/')
        return error_set(err, WCOW_INVALID,
                         "%s is not a directory. If you are specifying a drive letter, please add "
                         "a trailing '\\'",
                         wanted);
    if (!begin_folder(wanted, json_text(c->config, "WorkingDir", ""), &folder) ||
        !add_components(wanted + (has_drive(wanted) ? 2 : 0), &folder))
        return error_no_memory(err);
    return change_put(c, "WorkingDir", cJSON_CreateString(text_get(&folder)), err);
}

static wcow_status change_onbuild(changing *c, const char *rest, wcow_error *err)
{
    static const char *const refused[] = {"ONBUILD", "FROM", "MAINTAINER"};
    cleanup_free char *first = text_copy_bytes(rest, strcspn(rest, BLANKS));
    cJSON *triggers = change_array(c, "OnBuild");

    if (!first || !triggers)
        return error_no_memory(err);
    if (!*first)
        return change_wants(c, "at least one argument", err);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (text_equal_ignore_case(first, refused[i]))
            return error_set(err, WCOW_INVALID, "%s isn't allowed as an ONBUILD trigger",
                             refused[i]);
    }
    return json_append(triggers, cJSON_CreateString(rest)) ? WCOW_OK : error_no_memory(err);
}

/* ---- all of them ---- */

static const struct {
    const char *name;
    change_fn *apply;
} instructions[] = {
    {"CMD", change_cmd},
    {"ENTRYPOINT", change_entrypoint},
    {"ENV", change_env},
    {"EXPOSE", change_expose},
    {"HEALTHCHECK", change_healthcheck},
    {"LABEL", change_label},
    {"ONBUILD", change_onbuild},
    {"SHELL", change_shell},
    {"STOPSIGNAL", change_stopsignal},
    {"USER", change_user},
    {"VOLUME", change_volume},
    {"WORKDIR", change_workdir},
};

static wcow_status apply(changing *c, const char *line, wcow_error *err)
{
    size_t length = strcspn(line, BLANKS);
    cleanup_free char *name = text_copy_bytes(line, length);
    cleanup_free char *rest = NULL;
    size_t rest_length;

    line += length;
    line += strspn(line, BLANKS);
    rest_length = strlen(line);
    while (rest_length && strchr(BLANKS, line[rest_length - 1]))
        rest_length--;
    rest = text_copy_bytes(line, rest_length);
    if (!name || !rest)
        return error_no_memory(err);
    for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
        if (!text_equal_ignore_case(name, instructions[i].name))
            continue;
        c->name = instructions[i].name;
        return instructions[i].apply(c, rest, err);
    }
    return error_set(err, WCOW_INVALID, "%s is not a valid change command", name);
}

/* A change may hold several lines, as a Dockerfile. */
wcow_status config_change(cJSON *config, const char *const *changes, wcow_error *err)
{
    changing c = {.config = config};

    for (size_t i = 0; changes && changes[i]; i++) {
        for (const char *line = changes[i]; *line;) {
            size_t length = strcspn(line, "\n");
            cleanup_free char *one = text_copy_bytes(line, length);
            wcow_status status = one ? WCOW_OK : error_no_memory(err);
            const char *begin = one ? one + strspn(one, BLANKS) : "";

            if (!status && *begin && *begin != '#')
                status = apply(&c, begin, err);
            if (status)
                return status;
            line += length + (line[length] == '\n');
        }
    }
    return WCOW_OK;
}
