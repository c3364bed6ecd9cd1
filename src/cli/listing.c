/* SPDX-License-Identifier: MIT */
/* Output formats, as docker/cli's formatter understands them. */
#include "cli/listing.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/template/template.h"

/* Within {{ }}, \n and \t are Go's own, of string literals. */
char *format_unescape(const char *format)
{
    cleanup_text text made = TEXT_INIT;
    bool action = false;

    for (; *format; format++) {
        if (text_starts_with(format, action ? "}}" : "{{"))
            action = !action;
        if (!action && format[0] == '\\' && (format[1] == 't' || format[1] == 'n')) {
            text_add_char(&made, format[1] == 't' ? '\t' : '\n');
            format++;
        } else {
            text_add_char(&made, *format);
        }
    }
    return made.failed ? NULL : text_copy(text_get(&made));
}

static wcow_status print_json_line(FILE *out, const cJSON *value, wcow_error *err)
{
    cleanup_free char *line = json_print(value);

    if (!line)
        return error_no_memory(err);
    output_write(out, line, strlen(line));
    fputc('\n', out);
    return WCOW_OK;
}

static wcow_status parse(const char *format, template **out, wcow_error *err)
{
    cleanup_free char *source = NULL;

    format += strspn(format, " ");
    source = format_unescape(format);
    if (!source)
        return error_no_memory(err);
    return template_parse(source, out, err);
}

static wcow_status add_headings(const template *t, const struct listing *listing, text *cells,
                                wcow_error *err)
{
    cleanup_json cJSON *headings = cJSON_CreateObject();
    bool fine = headings != NULL;
    wcow_status status;

    for (const struct column *column = listing->columns; fine && column->key; column++)
        fine = json_add_text(headings, column->key, column->heading);
    if (!fine)
        return error_no_memory(err);
    status = template_run_header(t, headings, cells, err);
    text_add(cells, "\n");
    return status;
}

static wcow_status add_rows(const template *t, const cJSON *rows, text *cells, wcow_error *err)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, rows) {
        wcow_status status = template_run(t, row, cells, err);

        if (status)
            return status;
        text_add(cells, "\n");
    }
    return cells->failed ? error_no_memory(err) : WCOW_OK;
}

/* What stands in images is their makers' choice: in a table it may not drive the terminal. */
static void make_printable(cJSON *value)
{
    cJSON *item;

    if (cJSON_IsString(value))
        text_make_printable(value->valuestring);
    cJSON_ArrayForEach (item, value)
        make_printable(item);
}

static wcow_status add_table(text *out, const char *format, const struct listing *listing,
                             cJSON *rows, wcow_error *err)
{
    cleanup_template template *t = NULL;
    cleanup_text text cells = TEXT_INIT;
    wcow_status status = parse(format, &t, err);

    make_printable(rows);
    if (!status)
        status = add_headings(t, listing, &cells, err);
    if (!status)
        status = add_rows(t, rows, &cells, err);
    return status ? status : table_lay_out(out, text_get(&cells), TABLE_CELL_MINIMUM, err);
}

static wcow_status add_by_format(text *out, const char *format, const struct listing *listing,
                                 const cJSON *rows, wcow_error *err)
{
    cleanup_template template *t = NULL;
    cleanup_text text unused = TEXT_INIT;
    wcow_status status = parse(format, &t, err);

    /* A wrong field is told even where there is no row to print. */
    if (!status)
        status = add_headings(t, listing, &unused, err);
    return status ? status : add_rows(t, rows, out, err);
}

static wcow_status add_json_lines(text *out, const cJSON *rows, wcow_error *err)
{
    const cJSON *row;

    cJSON_ArrayForEach (row, rows) {
        cleanup_free char *line = json_print(row);

        if (!line)
            return error_no_memory(err);
        text_add(out, line);
        text_add_char(out, '\n');
    }
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

bool listing_is_table(const char *format)
{
    return !format || !*format || strcmp(format, "table") == 0;
}

/* The template that is printed by, and whether into a table; NULL: rows are printed as JSON. */
static const char *choose_template(const struct listing *listing, bool *table)
{
    const char *format = listing->format ? listing->format : "";

    *table = false;
    if (listing->raw && strcmp(format, "raw") == 0)
        return listing->raw;
    if (listing->quiet)
        return "{{.ID}}";
    *table = listing_is_table(format) || text_starts_with(format, "table ");
    if (*table)
        return listing_is_table(format) ? listing->standard : format + strlen("table ");
    return strcmp(format, "json") == 0 ? NULL : format;
}

/* Whether a template may have the row itself, in which it finds members without naming them: "."
 * that is no member's and no number's, "$", an escape that may hide either. */
static bool takes_rows(const char *source)
{
    for (const char *at = source; (at = strpbrk(at, ".$\\")); at++) {
        const bool letter = (at[1] >= 'A' && at[1] <= 'Z') || (at[1] >= 'a' && at[1] <= 'z');

        if (*at == '$' || (*at == '.' && !letter) || (*at == '\\' && !strchr("tn", at[1])))
            return true;
    }
    return false;
}

bool listing_needs(const struct listing *listing, const char *key)
{
    bool table;
    const char *source = choose_template(listing, &table);

    if (!source || strstr(source, key) || takes_rows(source))
        return true;
    return strcmp(key, "Labels") == 0 && strstr(source, "Label"); /* .Label "key" */
}

wcow_status listing_format(text *out, const struct listing *listing, cJSON *rows, wcow_error *err)
{
    bool table;
    const char *source = choose_template(listing, &table);

    if (!source)
        return add_json_lines(out, rows, err);
    return table ? add_table(out, source, listing, rows, err)
                 : add_by_format(out, source, listing, rows, err);
}

wcow_status listing_print(FILE *out, const struct listing *listing, cJSON *rows, wcow_error *err)
{
    cleanup_text text printed = TEXT_INIT;
    wcow_status status = listing_format(&printed, listing, rows, err);

    if (!status)
        output_write(out, text_get(&printed), printed.length);
    return status;
}

wcow_status format_print(FILE *out, const char *format, const cJSON *object, wcow_error *err)
{
    cleanup_template template *t = NULL;
    cleanup_text text printed = TEXT_INIT;
    wcow_status status;

    if (strcmp(format, "json") == 0)
        return print_json_line(out, object, err);
    status = parse(format, &t, err);
    if (!status)
        status = template_run(t, object, &printed, err);
    if (status)
        return status;
    text_add_char(&printed, '\n');
    if (printed.failed)
        return error_no_memory(err);
    output_write(out, text_get(&printed), printed.length);
    return WCOW_OK;
}

wcow_status object_print(FILE *out, const char *format, cJSON *object, enum docker_type type,
                         wcow_error *err)
{
    cleanup_template template *t = NULL;
    cleanup_text text printed = TEXT_INIT;
    wcow_status status;

    if (strcmp(format, "json") == 0)
        return print_json_line(out, object, err);
    docker_mark(object, type);
    status = template_parse(format, &t, err);
    if (!status)
        status = template_run(t, object, &printed, err);
    if (status)
        return status;
    text_add_char(&printed, '\n');
    if (printed.failed)
        return error_no_memory(err);
    output_write(out, text_get(&printed), printed.length);
    return WCOW_OK;
}
