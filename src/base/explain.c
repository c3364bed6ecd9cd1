/* SPDX-License-Identifier: MIT */
/* Looking things up in the table of codes (codes.c). */
#include <wcow/explain.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

static const wcow_explanation *find_code(uint32_t code)
{
    size_t count;
    const wcow_explanation *table = wcow_explanations(&count);

    for (size_t i = 0; i < count; i++) {
        if (table[i].code == code)
            return &table[i];
    }
    return NULL;
}

const wcow_explanation *wcow_explain(uint32_t code)
{
    uint32_t normal = (uint32_t)hresult_normalise((int32_t)code);

    if (code == 0)
        return NULL;
    /* A small number is a Win32 code as GetLastError gives it. */
    if (code <= 0xFFFF)
        normal = (uint32_t)HR_FROM_WIN32(code);
    return find_code(normal);
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains_ignoring_case(const char *string, const char *wanted)
{
    size_t length = strlen(wanted);

    for (; *string; string++) {
        size_t i = 0;

        while (i < length && lower(string[i]) == lower(wanted[i]))
            i++;
        if (i == length)
            return true;
    }
    return false;
}

/* Each "0x…" within a text, until one is in the table: "failure in a Windows system call: …
 * (0xc0370101)". */
static const wcow_explanation *find_code_within(const char *string)
{
    const wcow_explanation *entry = NULL;

    for (; !entry && (string = strpbrk(string, "0")); string++) {
        if (string[1] == 'x' || string[1] == 'X') {
            unsigned long long code = strtoull(string, NULL, 16);

            entry = code <= UINT32_MAX ? wcow_explain((uint32_t)code) : NULL;
        }
    }
    return entry;
}

/* A bare number: unsigned, or signed as a ResultError's "Error" has it. */
static const wcow_explanation *find_number(const char *string)
{
    char *end = NULL;
    long long number = strtoll(string, &end, 10);

    if (end == string || *end || number < INT32_MIN || number > UINT32_MAX)
        return NULL;
    return wcow_explain((uint32_t)number);
}

/* What a name may be written with in front of it: ERROR_VMCOMPUTE_INVALID_JSON is
 * HCS_E_INVALID_JSON. */
static bool is_name(const wcow_explanation *entry, const char *string)
{
    static const char v1[] = "ERROR_VMCOMPUTE_";
    static const char v2[] = "HCS_E_";

    if (text_equal_ignore_case(entry->name, string))
        return true;
    return text_starts_with(entry->name, v2) && strlen(string) > sizeof(v1) - 1 &&
           strncmp(string, v1, sizeof(v1) - 1) == 0 &&
           text_equal_ignore_case(entry->name + sizeof(v2) - 1, string + sizeof(v1) - 1);
}

/* The entry whose text stands in the string; the longest such text says most. */
static const wcow_explanation *find_match(const char *string)
{
    size_t count;
    const wcow_explanation *table = wcow_explanations(&count);
    const wcow_explanation *best = NULL;

    for (size_t i = 0; i < count; i++) {
        const char *match = table[i].match;

        if (match && contains_ignoring_case(string, match) &&
            (!best || strlen(match) > strlen(best->match)))
            best = &table[i];
    }
    return best;
}

const wcow_explanation *wcow_explain_text(const char *string)
{
    size_t count;
    const wcow_explanation *table = wcow_explanations(&count);
    const wcow_explanation *entry = find_number(string);

    for (size_t i = 0; !entry && i < count; i++) {
        if (is_name(&table[i], string))
            entry = &table[i];
    }
    /* The text says more than a code that many failures share, so it goes first. */
    if (!entry)
        entry = find_match(string);
    return entry ? entry : find_code_within(string);
}
