/* SPDX-License-Identifier: MIT */
/* wcow explain: what an error code of Windows containers means, and what to do about it. */
#include <inttypes.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/all.h"
#include "cli/listing.h"
#include "cli/table.h"

struct explain {
    bool list;
    const char *format;
};

static const struct option options[] = {
    {0, "format", OPTION_STRING, offsetof(struct explain, format), "string",
     "Format output: json, or TEMPLATE"},
    {'l', "list", OPTION_FLAG, offsetof(struct explain, list), NULL,
     "List all codes that are known"},
    {0},
};

static void print_items(FILE *out, const char *heading, const char *const *items, size_t limit)
{
    if (!items[0])
        return;
    fprintf(out, "\n%s:\n", heading);
    for (size_t i = 0; i < limit && items[i]; i++)
        fprintf(out, "  - %s\n", items[i]);
}

/* 0xC03701xx is what vmcompute.dll returns, 0x803701xx what newer documents call the same. */
static void print_title(FILE *out, const wcow_explanation *entry)
{
    uint32_t code = entry->code;

    fputs(entry->name, out);
    if (!code) {
        fputc('\n', out);
        return;
    }
    fprintf(out, " (0x%08" PRIX32, code);
    if ((code & 0xBFFF0000u) == 0x80370000u)
        fprintf(out, ", also 0x%08" PRIX32, code ^ 0x40000000u);
    fprintf(out, ", %" PRId32 ")\n", (int32_t)code);
}

static cJSON *entry_json(const wcow_explanation *entry)
{
    cleanup_json cJSON *row = cJSON_CreateObject();
    char code[16] = "";

    if (entry->code)
        snprintf(code, sizeof(code), "0x%08" PRIX32, entry->code);
    if (row && json_add_text(row, "Code", code) && json_add_text(row, "Name", entry->name) &&
        json_add_text(row, "Meaning", entry->meaning) &&
        json_add_strings(row, "Causes", entry->causes) &&
        json_add_strings(row, "Remedies", entry->remedies))
        return TAKE(row);
    return NULL;
}

static wcow_status print_formatted(FILE *out, const char *format, const wcow_explanation *entry,
                                   wcow_error *err)
{
    cleanup_json cJSON *row = entry_json(entry);

    return row ? format_print(out, format, row, err) : error_no_memory(err);
}

static wcow_status print_list_formatted(FILE *out, const char *format, wcow_error *err)
{
    size_t count = 0;
    const wcow_explanation *entries = wcow_explanations(&count);
    wcow_status status = WCOW_OK;

    for (size_t i = 0; !status && i < count; i++)
        status = print_formatted(out, format, &entries[i], err);
    return status;
}

static void print_entry(FILE *out, const wcow_explanation *entry)
{
    print_title(out, entry);
    fprintf(out, "\n%s\n", entry->meaning);
    print_items(out, "Likely causes", entry->causes,
                sizeof(entry->causes) / sizeof(entry->causes[0]));
    print_items(out, "What to do", entry->remedies,
                sizeof(entry->remedies) / sizeof(entry->remedies[0]));
}

static wcow_status print_list(FILE *out, wcow_error *err)
{
    cleanup_text text cells = TEXT_INIT;
    size_t count = 0;
    const wcow_explanation *entries = wcow_explanations(&count);

    text_add(&cells, "CODE\tNAME\tMEANING\n");
    for (size_t i = 0; i < count; i++) {
        if (entries[i].code)
            text_addf(&cells, "0x%08" PRIX32, entries[i].code);
        else
            text_add(&cells, "-");
        text_addf(&cells, "\t%s\t%s\n", entries[i].name, entries[i].meaning);
    }
    if (cells.failed)
        return error_no_memory(err);
    return table_print(out, text_get(&cells), TABLE_CELL_MINIMUM, err);
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct explain *explain = values;

    const char *format = explain->format;

    if (explain->list)
        return format ? print_list_formatted(session->out, format, err)
                      : print_list(session->out, err);
    if (session->count == 0)
        return error_set(err, WCOW_INVALID,
                         "'wcow explain' requires a code (see 'wcow explain --help')");
    for (int i = 0; i < session->count; i++) {
        const wcow_explanation *entry = wcow_explain_text(session->arguments[i]);
        wcow_error failure = WCOW_ERROR_INIT;

        if (entry && format) {
            wcow_status status = print_formatted(session->out, format, entry, err);

            if (status)
                return status;
            continue;
        }
        if (entry) {
            fputs(i ? "\n" : "", session->out);
            print_entry(session->out, entry);
            continue;
        }
        error_set(&failure, WCOW_NOT_FOUND,
                  "no explanation for '%s' (see 'wcow explain --list'; for codes of Windows itself "
                  "try 'certutil -error CODE' or 'net helpmsg NUMBER')",
                  session->arguments[i]);
        session_report(session, &failure);
    }
    return WCOW_OK;
}

const struct command cmd_explain = {
    .name = "explain",
    .section = SECTION_COMMON,
    .summary = "Say what an error code means and what to do about it",
    .arguments = "CODE|NAME|MESSAGE...",
    .notes = "Codes: 0xc0370106, -1070137082, 3224830214; names: HCS_E_UNEXPECTED_EXIT; "
             "or the text of an error message in quotes.",
    .options = options,
    .size = sizeof(struct explain),
    .maximum = -1,
    .negative_numbers = true,
    .run = run,
};
