/* SPDX-License-Identifier: MIT */
/* wcow cp. */
#include <stdatomic.h>
#include <string.h>

#include "base/condition.h"
#include "base/error.h"
#include "base/path.h"
#include "cli/all.h"
#include "cli/human.h"

#define SHOWN_MOST         20 /* lines of what was left out */
#define SHOWN_MILLISECONDS 75u
#define SHOWN_DIGITS       3

struct cp {
    bool archive, follow_link, quiet;
};

static const struct option options[] = {
    {'a', "archive", OPTION_FLAG, offsetof(struct cp, archive), NULL,
     "Archive mode (taken for Docker's sake: Windows has no uid and gid to copy)"},
    {'L', "follow-link", OPTION_FLAG, offsetof(struct cp, follow_link), NULL,
     "Always follow symbol link in SRC_PATH"},
    {'q', "quiet", OPTION_FLAG, offsetof(struct cp, quiet), NULL,
     "Suppress progress output during copy. Progress output is automatically suppressed if no "
     "terminal is attached"},
    {0},
};

/* How it goes, on standard error. */
struct display {
    const struct session *session;
    FILE *out;
    const char *heading; /* NULL: nothing is shown */
    uint64_t next;       /* when the line is drawn again */
    atomic_size_t left_out;
};

static bool show_progress(void *context, uint64_t bytes)
{
    struct display *display = context;
    cleanup_text text size = TEXT_INIT;

    if (!display->heading || ticks_now() < display->next)
        return true;
    human_size(bytes, SHOWN_DIGITS, &size);
    fprintf(display->out, "\r%s%s\033[K", display->heading, text_get(&size));
    fflush(display->out);
    display->next = ticks_after(SHOWN_MILLISECONDS);
    return true;
}

static void end_progress(const struct display *display)
{
    if (display->heading && display->next)
        fprintf(display->out, "\r\033[K");
}

/* From either end of the copy. */
static void show_left_out(void *context, const char *line)
{
    struct display *display = context;
    const size_t before = atomic_fetch_add(&display->left_out, 1);

    if (before < SHOWN_MOST)
        session_warning(display->session, "%s", line);
}

/*
 * CONTAINER:PATH, or a path of this host's. As Docker's client does it: a path that begins with a
 * drive or a separator is this host's, and so is one before whose ':' there is a '.' first.
 */
static bool names_container(const char *argument, char **container, const char **path)
{
    const char *colon = strchr(argument, ':');

    if (path_is_absolute(argument) || *argument == '\\' || !colon || *argument == '.' ||
        colon == argument)
        return false;
    *container = text_copy_bytes(argument, (size_t)(colon - argument));
    *path = colon + 1;
    return true;
}

static void show_result(const struct session *session, const char *container, const char *to,
                        const wcow_copied *copied)
{
    cleanup_text text content = TEXT_INIT;
    cleanup_text text transferred = TEXT_INIT;

    human_size(copied->content, SHOWN_DIGITS, &content);
    human_size(copied->transferred, SHOWN_DIGITS, &transferred);
    if (copied->content != copied->transferred)
        text_addf(&content, " (transferred %s)", text_get(&transferred));
    session_note(session, "Successfully copied %s to %s%s%s", text_get(&content),
                 container ? container : "", container ? ":" : "", to);
}

/* One direction. */
struct direction {
    const char *container, *inside, *outside;
    bool into;
};

static wcow_status copy(struct session *session, const struct cp *cp, const struct direction *d,
                        wcow_error *err)
{
    const bool quiet = cp->quiet || !wcow_terminal_is(1);
    struct display display = {.session = session, .out = session->err};
    wcow_copy_options wanted = WCOW_COPY_OPTIONS_INIT;
    cleanup_container wcow_container *container = NULL;
    wcow_copied copied = WCOW_COPIED_INIT;
    wcow_status status = session_container(session, d->container, &container, err);

    if (status)
        return status;
    if (!quiet && !session->json_errors && wcow_terminal_is(2))
        display.heading = d->into ? "Copying to container - " : "Copying from container - ";
    wanted.follow_link = cp->follow_link;
    wanted.progress = show_progress;
    wanted.left_out = show_left_out;
    wanted.context = &display;
    status =
        d->into ? wcow_container_copy_to(container, d->outside, d->inside, &wanted, &copied, err)
                : wcow_container_copy_from(container, d->inside, d->outside, &wanted, &copied, err);
    end_progress(&display);
    if (display.left_out > SHOWN_MOST)
        session_warning(session, "%zu more are left out", display.left_out - SHOWN_MOST);
    if (!status && !quiet && !text_equal(d->outside, "-"))
        show_result(session, d->into ? d->container : NULL,
                    d->into ? d->inside : copied.destination, &copied);
    wcow_free(copied.destination);
    return status;
}

static wcow_status run(struct session *session, void *values, wcow_error *err)
{
    char *const *arguments = session->arguments;
    cleanup_free char *source = NULL;
    cleanup_free char *destination = NULL;
    const char *from = arguments[0];
    const char *to = arguments[1];
    const bool from_container = *from && names_container(from, &source, &from);
    const bool to_container = *to && names_container(to, &destination, &to);

    if (!*arguments[0])
        return error_set(err, WCOW_INVALID, "source can not be empty");
    if (!*arguments[1])
        return error_set(err, WCOW_INVALID, "destination can not be empty");
    if (from_container && to_container)
        return error_set(err, WCOW_INVALID, "copying between containers is not supported");
    if (!from_container && !to_container)
        return error_set(err, WCOW_INVALID, "must specify at least one container source");
    if (!source && !destination)
        return error_no_memory(err);

    const struct direction direction = {from_container ? source : destination,
                                        from_container ? from : to, from_container ? to : from,
                                        to_container};

    return copy(session, values, &direction, err);
}

const struct command cmd_cp = {
    .name = "cp",
    .also = {"container cp"},
    .section = SECTION_OTHER,
    .summary = "Copy files/folders between a container and the local filesystem",
    .arguments = "CONTAINER:SRC_PATH DEST_PATH|- | SRC_PATH|- CONTAINER:DEST_PATH",
    .notes =
        "With '-' as the source, a tar is read from standard input and unpacked in a folder of the "
        "container that is there; with '-' as the destination, one is written to standard output.\n"
        "\n"
        "The container may be stopped or running. One that runs with Hyper-V isolation is reached "
        "through C:\\Windows\\System32\\tar.exe in it. What is mounted into a container is found "
        "at its place. Wildcards are not expanded. Contents, times and the read-only attribute are "
        "copied; security "
        "descriptors and alternate streams are not. Of a copy from a container, links that lead "
        "out "
        "of what is copied are left out, with a warning; into a container links go as they are.\n"
        "\n"
        "What cannot be read is left out, with a warning: all else is copied, and the exit code is "
        "1.",
    .options = options,
    .size = sizeof(struct cp),
    .minimum = 2,
    .maximum = 2,
    .run = run,
};
