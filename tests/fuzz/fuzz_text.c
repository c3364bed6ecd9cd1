/* SPDX-License-Identifier: MIT */
/* What users type: references and command lines. What was taken must survive a round trip. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/command_line.h"
#include "oci/reference.h"

static void check_reference(const char *text)
{
    cleanup_reference image_reference *reference = NULL;
    cleanup_reference image_reference *again = NULL;
    cleanup_free char *canonical = NULL;
    cleanup_free char *second = NULL;

    if (reference_parse(text, &reference, NULL) != WCOW_OK)
        return;
    canonical = reference_canonical(reference);
    FUZZ_CHECK(canonical);
    FUZZ_CHECK(reference_parse(canonical, &again, NULL) == WCOW_OK);
    second = reference_canonical(again);
    FUZZ_CHECK(second && strcmp(canonical, second) == 0);
}

static void check_command_line(const char *line)
{
    string_list words = STRING_LIST_INIT;
    string_list again = STRING_LIST_INIT;
    cleanup_free char *joined = NULL;

    FUZZ_CHECK(command_line_split(line, &words));
    if (words.count > 0) {
        joined = command_line_join((const char *const *)words.items);
        FUZZ_CHECK(joined && command_line_split(joined, &again));
        FUZZ_CHECK(again.count == words.count);
        for (size_t i = 0; i < words.count; i++)
            FUZZ_CHECK(strcmp(words.items[i], again.items[i]) == 0);
    }
    string_list_free(&again);
    string_list_free(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_CHECK(text);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_reference(text);
    check_command_line(text);
    free(text);
    return 0;
}
