/* SPDX-License-Identifier: MIT */
/* JSON of the services and of files: configurations, results, answers; and what stands in it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include <wcow/explain.h>

#include "base/json.h"
#include "base/number.h"
#include "base/utf.h"
#include "hcs/document.h"
#include "hcs/result.h"

static void check_documents(const cJSON *config)
{
    static const layer_descriptor layers[] = {{{{1}}, "C:\\l"}};
    static const system_facts facts = {.id = "web",
                                       .owner = "wcow",
                                       .layers = layers,
                                       .layer_count = 1,
                                       .volume_path = "\\\\?\\Volume{x}\\",
                                       .utility_vm = "C:\\l\\UtilityVM"};
    static const struct {
        document_schema schema;
        const char *member;
    } schemas[] = {{SCHEMA_V1, "HvPartition"}, {SCHEMA_V2, "Container"}};

    for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
        const document_schema schema = schemas[i].schema;
        cleanup_json cJSON *document = NULL;
        cleanup_json cJSON *process = NULL;

        if (system_document_new(schema, config, &facts, &document, NULL) == WCOW_OK)
            FUZZ_CHECK(json_member(document, schemas[i].member));
        if (process_document_new(schema, json_member(config, "process"), NULL, &process, NULL) ==
            WCOW_OK)
            FUZZ_CHECK(json_member(process, "CommandLine"));
    }
}

/* What was printed can be read again, and prints the same. */
static void check_round_trip(const cJSON *value)
{
    cleanup_free char *printed = json_print_pretty(value);
    cleanup_free char *again = NULL;
    cleanup_json cJSON *parsed = NULL;

    FUZZ_CHECK(printed);
    if (json_parse(printed, strlen(printed), "it", &parsed, NULL) != WCOW_OK)
        return;
    again = json_print_pretty(parsed);
    FUZZ_CHECK(again && strcmp(printed, again) == 0);
}

static void check_json(const char *text, size_t size)
{
    cleanup_json cJSON *value = NULL;

    if (json_parse(text, size, "it", &value, NULL) != WCOW_OK)
        return;
    check_documents(value);
    check_round_trip(value);
}

static void check_result(const char *text)
{
    wcow_error err = WCOW_ERROR_INIT;

    FUZZ_CHECK(hcs_check((int32_t)0xC037010D, text, "X", &err) == WCOW_UNSUPPORTED);
    FUZZ_CHECK(utf8_valid(err.events, strlen(err.events)));
}

static void check_numbers(const char *text)
{
    char printed[TIME_TEXT_SIZE];
    int64_t time, again;
    uint64_t size;

    if (time_parse(text, &time)) {
        time_print(time, printed);
        FUZZ_CHECK(time_parse(printed, &again) && again == time);
    }
    (void)size_parse(text, &size);
    (void)duration_parse(text, &time);
    (void)wcow_explain_text(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_CHECK(text);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_json(text, size);
    check_result(text);
    check_numbers(text);
    free(text);
    return 0;
}
