/* SPDX-License-Identifier: MIT */
/* Instructions that say what is run: CMD, ENTRYPOINT, HEALTHCHECK, SHELL. */
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "base/text.h"
#include "build/instructions_internal.h"

#define SHORTEST_INTERVAL INT64_C(1000000) /* Docker's: a millisecond */
#define BLANKS            " \t\r\n\v\f"

/* Text after text, with blanks between them; malloc'ed. */
static char *shell_line(const changing *c, const char *line)
{
    const cJSON *shell = json_member(c->config, "Shell");
    const cJSON *word;
    cleanup_text text whole = TEXT_INIT;

    cJSON_ArrayForEach (word, shell) {
        text_addf(&whole, "%s ", cJSON_IsString(word) ? word->valuestring : "");
    }
    if (!whole.length)
        text_add(&whole, "cmd /S /C ");
    text_add(&whole, line);
    return text_take(&whole);
}

/* The exec form is an array; what is none is a line for the shell, of which Windows wants every
 * character as it stands: ArgsEscaped. */
static wcow_status put_command(changing *c, const char *member, const char *rest, bool *empty,
                               wcow_error *err)
{
    cleanup_json cJSON *words = NULL;
    cleanup_free char *line = NULL;
    wcow_status status = change_json(c, rest, &words, err);
    bool shell = !status && !words && *rest;

    if (status)
        return status;
    if (shell) {
        line = shell_line(c, rest);
        words = line ? cJSON_CreateStringArray((const char *const *)&line, 1) : NULL;
        if (!words)
            return error_no_memory(err);
    }
    *empty = cJSON_GetArraySize(words) == 0;
    cJSON_DeleteItemFromObjectCaseSensitive(c->config, member);
    if (*empty)
        return WCOW_OK;
    cJSON_DeleteItemFromObjectCaseSensitive(c->config, "ArgsEscaped");
    if (shell && !json_add_bool(c->config, "ArgsEscaped", true))
        return error_no_memory(err);
    return change_put(c, member, TAKE(words), err);
}

wcow_status change_cmd(changing *c, const char *rest, wcow_error *err)
{
    bool empty = false;
    wcow_status status = put_command(c, "Cmd", rest, &empty, err);

    c->cmd_set = c->cmd_set || (!status && !empty);
    return status;
}

/* Another program has no use for the arguments of the one before. */
wcow_status change_entrypoint(changing *c, const char *rest, wcow_error *err)
{
    bool empty = false;
    wcow_status status = put_command(c, "Entrypoint", rest, &empty, err);

    if (!status && !empty && !c->cmd_set)
        cJSON_DeleteItemFromObjectCaseSensitive(c->config, "Cmd");
    return status;
}

wcow_status change_shell(changing *c, const char *rest, wcow_error *err)
{
    cleanup_json cJSON *words = NULL;
    wcow_status status = change_json(c, rest, &words, err);

    if (status)
        return status;
    if (!words)
        return error_set(err, WCOW_INVALID,
                         "SHELL requires the arguments to be in JSON form: SHELL [\"powershell\", "
                         "\"-command\"]");
    if (!cJSON_GetArraySize(words))
        return change_wants(c, "at least one argument", err);
    return change_put(c, "Shell", TAKE(words), err);
}

/* ---- HEALTHCHECK ---- */

static const struct {
    const char *flag, *member;
    bool duration;
} health_flags[] = {
    {"--interval=", "Interval", true},        {"--timeout=", "Timeout", true},
    {"--start-period=", "StartPeriod", true}, {"--start-interval=", "StartInterval", true},
    {"--retries=", "Retries", false},
};

static wcow_status take_flag(cJSON *health, const char *flag, wcow_error *err)
{
    for (size_t i = 0; i < sizeof(health_flags) / sizeof(health_flags[0]); i++) {
        const char *value = flag + strlen(health_flags[i].flag);
        int64_t number = 0;

        if (!text_starts_with(flag, health_flags[i].flag))
            continue;
        if (!(health_flags[i].duration ? duration_parse(value, &number)
                                       : number_parse_signed(value, &number)) ||
            number < 0 || (!health_flags[i].duration && number > INT32_MAX))
            return error_set(err, WCOW_INVALID, "HEALTHCHECK: invalid value in %s", flag);
        if (health_flags[i].duration && number && number < SHORTEST_INTERVAL)
            return error_set(err, WCOW_INVALID, "HEALTHCHECK: %s cannot be less than 1ms", flag);
        cJSON_DeleteItemFromObjectCaseSensitive(health, health_flags[i].member);
        return !number || json_add_integer(health, health_flags[i].member, number)
                   ? WCOW_OK
                   : error_no_memory(err);
    }
    return error_set(err, WCOW_INVALID, "HEALTHCHECK: unknown flag: %s", flag);
}

static wcow_status take_flags(cJSON *health, const char **rest, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    while (!status && text_starts_with(*rest, "--")) {
        size_t length = strcspn(*rest, BLANKS);
        cleanup_free char *flag = text_copy_bytes(*rest, length);

        status = flag ? take_flag(health, flag, err) : error_no_memory(err);
        *rest += length;
        *rest += strspn(*rest, BLANKS);
    }
    return status;
}

/* CMD with an array is run as it is; with a line, by the shell. */
static wcow_status make_test(changing *c, const char *rest, cJSON **out, wcow_error *err)
{
    size_t length = strcspn(rest, BLANKS);
    const char *command = rest + length + strspn(rest + length, BLANKS);
    cleanup_free char *kind = text_copy_bytes(rest, length);
    cleanup_json cJSON *words = NULL;
    wcow_status status;

    if (!kind)
        return error_no_memory(err);
    if (text_equal_ignore_case(kind, "NONE")) {
        const char *const none = "NONE";

        if (*command)
            return error_set(err, WCOW_INVALID, "HEALTHCHECK NONE takes no arguments");
        *out = cJSON_CreateStringArray(&none, 1);
        return *out ? WCOW_OK : error_no_memory(err);
    }
    if (!text_equal_ignore_case(kind, "CMD"))
        return error_set(err, WCOW_INVALID, "Unknown type \"%s\" in HEALTHCHECK (try CMD)", kind);
    status = change_json(c, command, &words, err);
    if (status)
        return status;
    if (words ? !cJSON_GetArraySize(words) : !*command)
        return error_set(err, WCOW_INVALID, "Missing command after HEALTHCHECK CMD");
    if (!words) {
        const char *const line[] = {"CMD-SHELL", command};

        words = cJSON_CreateStringArray(line, 2);
    } else if (!cJSON_InsertItemInArray(words, 0, cJSON_CreateString("CMD"))) {
        return error_no_memory(err);
    }
    if (!words)
        return error_no_memory(err);
    *out = TAKE(words);
    return WCOW_OK;
}

/* What it does not say stays as it was. */
wcow_status change_healthcheck(changing *c, const char *rest, wcow_error *err)
{
    cJSON *health;
    cJSON *test = NULL;
    wcow_status status = WCOW_OK;

    if (!*rest)
        return change_wants(c, "at least one argument", err);
    health = change_object(c, "Healthcheck");
    status = health ? take_flags(health, &rest, err) : error_no_memory(err);
    if (!status)
        status = make_test(c, rest, &test, err);
    if (status)
        return status;
    cJSON_DeleteItemFromObjectCaseSensitive(health, "Test");
    return json_add(health, "Test", test) ? WCOW_OK : error_no_memory(err);
}
