/* SPDX-License-Identifier: MIT */
/* wcow load: images from an archive. */
#include <string.h>

#include "base/error.h"
#include "cli/all.h"
#include "cli/human.h"

#define COLUMNS     80u /* of a terminal that does not tell */
#define SIZES_WIDTH 26u /* ": 999.9MB/999.9MB" and what follows */

struct load {
    const char *input, *platform;
    bool quiet;
};

static const struct option options[] = {
    {'i', "input", OPTION_STRING, offsetof(struct load, input), "string",
     "Read from tar archive file, instead of STDIN"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct load, quiet), NULL, "Suppress the load output"},
    {0, "platform", OPTION_STRING, offsetof(struct load, platform), "string",
     "Load only the images of this platform: windows[(BUILD)][/amd64]"},
    {0},
};

/* What the callbacks need; a terminal's line is drawn anew for each step of a percent. */
struct display {
    struct session *session;
    char what[128];
    uint64_t percent;
    bool open; /* the cursor stands behind a line of progress */
};

static void end_line(struct display *display)
{
    if (display->open)
        fputc('\n', display->session->err);
    display->open = false;
}

static void print_loaded(void *context, const char *reference)
{
    struct display *display = context;
    bool is_id = strncmp(reference, "sha256:", 7) == 0;

    end_line(display);
    fprintf(display->session->out, "Loaded image%s: %s\n", is_id ? " ID" : "", reference);
    fflush(display->session->out);
}

static bool print_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct display *display = context;
    uint64_t percent = total ? done * 100 / total : done >> 20;
    const unsigned known = wcow_terminal_columns();
    const unsigned columns = known ? known : COLUMNS;
    cleanup_text text line = TEXT_INIT;

    if (strncmp(display->what, what, sizeof(display->what) - 1) != 0) {
        end_line(display);
        snprintf(display->what, sizeof(display->what), "%s", what);
    } else if (display->open && percent == display->percent) {
        return true;
    }
    /* A line that does not fit would go on in the next, and no '\r' leads back from there. */
    human_ellipsis(display->what, columns > 2 * SIZES_WIDTH ? columns - SIZES_WIDTH : SIZES_WIDTH,
                   &line);
    text_add(&line, ": ");
    human_size(done, 4, &line);
    if (total) {
        text_add(&line, "/");
        human_size(total, 4, &line);
    }
    /* Blanks wipe out what a longer number left behind. */
    fprintf(display->session->err, "\r%s      ", text_get(&line));
    fflush(display->session->err);
    display->percent = percent;
    display->open = true;
    return true;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    const struct load *load = values;
    const char *input = load->input && *load->input ? load->input : NULL; /* Docker's -i "" */
    struct display display = {.session = session};
    wcow_load_options wanted = WCOW_LOAD_OPTIONS_INIT;
    bool shows = !load->quiet && !session->json_errors && wcow_terminal_is(2);
    wcow_host *host = NULL;
    wcow_status status;

    if (!input && wcow_terminal_is(0))
        return error_set(err, WCOW_INVALID,
                         "requested load from stdin, but stdin is empty (use -i FILE)");
    status = session_host(session, &host, err);
    if (status)
        return status;
    wanted.platform = load->platform && *load->platform ? load->platform : NULL;
    wanted.loaded = print_loaded;
    wanted.progress = shows ? print_progress : NULL;
    wanted.context = &display;
    status = wcow_image_load(host, input ? input : "-", &wanted, err);
    end_line(&display);
    if (status && err && input && !strstr(err->message, input))
        return error_wrap(err, status, "cannot load '%s'", input);
    return status;
}

const struct command cmd_load = {
    .name = "load",
    .also = {"image load"},
    .section = SECTION_COMMON,
    .summary = "Load an image from a tar archive or STDIN",
    .notes = "Reads what 'docker save' writes, and OCI image layouts.",
    .options = options,
    .size = sizeof(struct load),
    .run = run,
};
