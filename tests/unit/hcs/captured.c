/* SPDX-License-Identifier: MIT */
#include "tests/unit/hcs/captured.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

cJSON *parsed(const char *json)
{
    wcow_error err = WCOW_ERROR_INIT;
    cJSON *value = NULL;

    assert_ok(&err, json_parse(json, strlen(json), "it", &value, &err));
    return value;
}

cJSON *load(const char *run, const char *what)
{
    cleanup_free char *path = text_format("data/%s.%s.json", run, what);
    cleanup_text text content = TEXT_INIT;
    FILE *file = fopen(path, "rb");
    char buffer[4096];
    size_t got;

    if (!file)
        fail_msg("cannot open %s", path);
    while ((got = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add_bytes(&content, buffer, got);
    fclose(file);
    return parsed(text_get(&content));
}

void assert_same(const cJSON *made, const cJSON *expected, const char *run)
{
    cleanup_free char *made_text = json_print(made);
    cleanup_free char *expected_text = json_print(expected);

    if (!cJSON_Compare(made, expected, 1))
        fail_msg("%s:\n  made     %s\n  expected %s", run, made_text, expected_text);
}
