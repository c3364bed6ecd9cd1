/* SPDX-License-Identifier: MIT */
/* The protocol of credential helpers: a verb, standard input, standard output, exit code. */
#include "image/registry/credential_helper.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "port/helper.h"

#define ANSWER_LIMIT ((size_t)64 << 10)
#define PATIENCE     (5u * 60 * 1000) /* ms: some ask the user to unlock something */
/* What helpers say when they know nothing of a server, and the user's name of identity tokens. */
#define NOT_FOUND  "credentials not found in native keychain"
#define TOKEN_USER "<token>"

/* What a helper said, and how it ended. */
typedef struct helper_answer {
    char *text;
    size_t size;
    uint32_t exit_code;
} helper_answer;

static void helper_answer_clear(helper_answer *answer)
{
    free(answer->text);
}

DEFINE_CLEANUP_VALUE(helper_answer, helper_answer, helper_answer_clear)

/* The name becomes a program's: it must not lead out of PATH. */
static wcow_status ask(const char *name, const char *verb, const char *input, helper_answer *out,
                       wcow_error *err)
{
    cleanup_free char *program = text_format("docker-credential-%s", name);
    const char *const arguments[] = {program, verb, NULL};
    int32_t hr;

    if (!program)
        return error_no_memory(err);
    if (strpbrk(name, "/\\:"))
        return error_set(err, WCOW_INVALID,
                         "invalid credential helper '%s' in Docker's config.json", name);
    hr = helper_run(arguments, input, strlen(input), ANSWER_LIMIT, PATIENCE, &out->text, &out->size,
                    &out->exit_code);
    if (hr == HR_WAIT_TIMEOUT)
        return error_set(err, WCOW_TIMEOUT, "credential helper '%s' did not answer in time",
                         program);
    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "run"), "credential helper '%s'", program);
    return WCOW_OK;
}

static wcow_status refused(const char *name, const char *answer, wcow_error *err)
{
    return error_set(err, WCOW_FAILED, "docker-credential-%s: %.*s", name,
                     (int)strcspn(answer, "\r\n"), answer);
}

wcow_status credential_helper_get(const char *name, const char *server, credentials *out,
                                  wcow_error *err)
{
    CLEANUP(helper_answer) helper_answer answer = {NULL, 0, 0};
    cleanup_json cJSON *json = NULL;
    const char *user;
    char **secret;
    wcow_status status = ask(name, "get", server, &answer, err);

    if (status)
        return status;
    if (answer.exit_code)
        return strstr(answer.text, NOT_FOUND) ? WCOW_OK : refused(name, answer.text, err);
    status = json_parse(answer.text, answer.size, "the helper's answer", &json, err);
    if (status)
        return status;
    user = json_text(json, "Username", "");
    secret = strcmp(user, TOKEN_USER) == 0 ? &out->token : &out->password;
    *secret = text_copy(json_text(json, "Secret", ""));
    out->user = text_copy(user);
    return *secret && out->user ? WCOW_OK : error_no_memory(err);
}

wcow_status credential_helper_store(const char *name, const char *server, const credentials *given,
                                    wcow_error *err)
{
    cleanup_json cJSON *json = cJSON_CreateObject();
    CLEANUP(helper_answer) helper_answer answer = {NULL, 0, 0};
    cleanup_free char *input = NULL;
    wcow_status status;

    if (json && json_add_text(json, "ServerURL", server) &&
        json_add_text(json, "Username", given->token ? TOKEN_USER : given->user) &&
        json_add_text(json, "Secret", given->token ? given->token : given->password))
        input = json_print(json);
    if (!input)
        return error_no_memory(err);
    status = ask(name, "store", input, &answer, err);
    return status || !answer.exit_code ? status : refused(name, answer.text, err);
}

wcow_status credential_helper_erase(const char *name, const char *server, wcow_error *err)
{
    CLEANUP(helper_answer) helper_answer answer = {NULL, 0, 0};
    wcow_status status = ask(name, "erase", server, &answer, err);

    if (status || !answer.exit_code || strstr(answer.text, NOT_FOUND))
        return status;
    return refused(name, answer.text, err);
}
