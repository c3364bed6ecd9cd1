/* SPDX-License-Identifier: MIT */
/* Lays text out in columns. */
#include "cli/table.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/output.h"

enum { PADDING = 3 };

/* Characters (not bytes) of a cell. */
static size_t cell_width(const char *cell, size_t length)
{
    size_t width = 0;

    for (size_t i = 0; i < length; i++)
        width += ((unsigned char)cell[i] & 0xc0) != 0x80;
    return width;
}

/* Most cells that a line has. */
static size_t count_columns(const char *cells)
{
    size_t most = 0;
    size_t here = 0;

    for (; *cells; cells++) {
        here = *cells == '\n' ? 0 : here + (*cells == '\t');
        most = here > most ? here : most;
    }
    return most;
}

static void measure(const char *cells, size_t *widths)
{
    size_t column = 0;

    while (*cells) {
        size_t length = strcspn(cells, "\t\n");

        if (cells[length] == '\t') {
            size_t width = cell_width(cells, length) + PADDING;

            if (width > widths[column])
                widths[column] = width;
            column++;
        } else {
            column = 0;
        }
        cells += length + (cells[length] != '\0');
    }
}

static void add_blanks(text *out, size_t count)
{
    static const char blanks[] = "                                ";
    const size_t most = sizeof(blanks) - 1;

    for (; count > most; count -= most)
        text_add_bytes(out, blanks, most);
    text_add_bytes(out, blanks, count);
}

wcow_status table_lay_out(text *out, const char *cells, size_t minimum, wcow_error *err)
{
    size_t columns = count_columns(cells);
    cleanup_free size_t *widths = calloc(columns + 1, sizeof(*widths));
    size_t column = 0;

    if (!widths)
        return error_no_memory(err);
    for (size_t i = 0; i < columns; i++)
        widths[i] = minimum;
    measure(cells, widths);

    while (*cells) {
        size_t length = strcspn(cells, "\t\n");

        text_add_bytes(out, cells, length);
        if (cells[length] == '\t') {
            add_blanks(out, widths[column] - cell_width(cells, length));
            column++;
        } else {
            text_add_char(out, '\n');
            column = 0;
        }
        cells += length + (cells[length] != '\0');
    }
    return out->failed ? error_no_memory(err) : WCOW_OK;
}

wcow_status table_print(FILE *out, const char *cells, size_t minimum, wcow_error *err)
{
    cleanup_text text laid_out = TEXT_INIT;
    wcow_status status = table_lay_out(&laid_out, cells, minimum, err);

    if (!status)
        output_write(out, text_get(&laid_out), laid_out.length);
    return status;
}
