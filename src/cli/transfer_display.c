/* SPDX-License-Identifier: MIT */
/* Rows of layers that are drawn anew where they stand. */
#include "cli/transfer_display.h"

#include <string.h>

#include "base/error.h"
#include "cli/human.h"

#define BAR_WIDTH 50u
#define BAR_LEAST 5u  /* a narrower one tells nothing */
#define COLUMNS   80u /* of a terminal that does not tell */

void transfer_display_open(struct session *session, struct transfer_display *display)
{
    *display = (struct transfer_display){.out = session->out, .terminal = wcow_terminal_is(1)};
}

void transfer_display_close(struct transfer_display *display)
{
    free(display->rows);
    display->rows = NULL;
    display->count = 0;
    text_free(&display->held);
}

/* From now on there is something to see. */
static void begin(struct transfer_display *display)
{
    if (display->begun)
        return;
    display->begun = true;
    display->failed = display->held.failed;
    fputs(text_get(&display->held), display->out);
}

wcow_status transfer_display_finish(struct transfer_display *display, wcow_error *err)
{
    begin(display);
    return display->failed ? error_no_memory(err) : WCOW_OK;
}

void transfer_display_say(struct transfer_display *display, const char *line)
{
    if (display->begun) {
        transfer_display_close(display); /* rows above a line stay as they are */
        fprintf(display->out, "%s\n", line);
    } else {
        text_addf(&display->held, "%s\n", line);
    }
}

static struct transfer_row *find_row(struct transfer_display *display, const char *id, bool *added)
{
    struct transfer_row *rows;

    *added = false;
    for (size_t i = 0; i < display->count; i++) {
        if (strncmp(display->rows[i].id, id, sizeof(display->rows[i].id) - 1) == 0)
            return &display->rows[i];
    }
    rows = realloc(display->rows, (display->count + 1) * sizeof(*rows));
    if (!rows)
        return NULL;
    display->rows = rows;
    rows[display->count] = (struct transfer_row){.drawn = UINT64_MAX};
    snprintf(rows[display->count].id, sizeof(rows[0].id), "%s", id);
    *added = true;
    return &rows[display->count++];
}

/* What is left of a terminal's line for a bar. The last column stays free: a terminal that has gone
 * on to the next line is one too far down for what is drawn next. */
static size_t bar_width(size_t taken)
{
    const size_t known = wcow_terminal_columns();
    const size_t columns = known ? known : COLUMNS;
    const size_t width = columns > taken + 1 ? columns - taken - 1 : 0;

    return width < BAR_LEAST ? 0 : width < BAR_WIDTH ? width : BAR_WIDTH;
}

/* "[=====>      ]  12.3MB/45.6MB" */
static void draw_bar(const struct transfer_row *row, text *line)
{
    cleanup_text text sizes = TEXT_INIT;
    uint64_t filled;
    size_t width;

    human_size(row->done, 4, &sizes);
    text_add_char(&sizes, '/');
    human_size(row->total, 4, &sizes);
    width = bar_width(line->length + strlen(" []  ") + sizes.length);
    filled = row->done < row->total ? row->done * width / row->total : width;
    if (width)
        text_add(line, " [");
    for (uint64_t i = 0; i < width; i++)
        text_add_char(line, i < filled ? '=' : i == filled ? '>' : ' ');
    text_addf(line, "%s%s", width ? "]  " : " ", text_get(&sizes));
}

/* A row's line, wherever it stands above the cursor. */
static void draw(const struct transfer_display *display, const struct transfer_row *row, bool added)
{
    const size_t up = display->count - (size_t)(row - display->rows);
    cleanup_text text line = TEXT_INIT;

    text_addf(&line, "%s: %s", row->id, row->status);
    if (row->total)
        draw_bar(row, &line);
    if (added || !display->terminal)
        fprintf(display->out, "%s\n", text_get(&line));
    else
        fprintf(display->out, "\033[%zuA\r%s\033[K\033[%zuB\r", up, text_get(&line), up);
}

static void show_row(struct transfer_display *display, const wcow_transfer *event)
{
    bool added;
    struct transfer_row *row = find_row(display, event->id, &added);
    bool changed;
    uint64_t percent;

    if (!row)
        return;
    changed = strncmp(row->status, event->status, sizeof(row->status) - 1) != 0;
    percent = event->total ? event->done * 100 / event->total : UINT64_MAX;
    snprintf(row->status, sizeof(row->status), "%s", event->status);
    row->done = event->done;
    row->total = event->total;
    if (!changed && (!display->terminal || percent == row->drawn))
        return;
    if (!display->terminal && event->total) /* Docker leaves out what changes all the time */
        return;
    row->drawn = percent;
    draw(display, row, added);
}

bool transfer_display_show(void *context, const wcow_transfer *event)
{
    struct transfer_display *display = context;

    if (event->id) {
        begin(display);
        show_row(display, event);
    } else {
        transfer_display_say(display, event->status);
    }
    fflush(display->out);
    return true;
}

bool reference_has_tag(const char *reference)
{
    const char *slash = strrchr(reference, '/');

    return strchr(slash ? slash : reference, ':') || strchr(reference, '@');
}

wcow_status pull_and_show(struct session *session, const char *reference,
                          const wcow_pull_options *options, const char *heading, bool quiet,
                          FILE *out, wcow_error *err)
{
    CLEANUP(transfer_display) struct transfer_display display;
    wcow_pull_options shown = *options;
    wcow_host *host = NULL;
    wcow_status status;

    transfer_display_open(session, &display);
    display.out = out;
    display.terminal = wcow_terminal_is(out == session->err ? 2 : 1);
    shown.told = quiet ? NULL : transfer_display_show;
    shown.context = &display;
    if (heading)
        transfer_display_say(&display, heading);
    status = session_host(session, &host, err);
    if (!status)
        status = wcow_image_pull(host, reference, &shown, err);
    return status ? status : transfer_display_finish(&display, err);
}
