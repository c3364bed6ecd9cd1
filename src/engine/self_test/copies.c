/* SPDX-License-Identifier: MIT */
/*
 * A step on the files of a container, through cp and diff. What no source tells: whether images
 * have tar.exe (and of which version) and let it write, whether the volume of a running container
 * takes files from outside, and whether it is given back while one of its files is open here.
 */
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/container_files.h"
#include "engine/self_test/self_test.h"
#include "port/clock.h"

#define NAME     "copies"
#define CONTENTS "copied by the self-test"

static bool make_source(self_test *t, const char *path)
{
    const uint64_t since = clock_ticks();
    int32_t hr = t->host->files->replace(t->host->files, path, CONTENTS, strlen(CONTENTS));

    note_call(t, "write", "copied.txt", hr, since);
    return HR_SUCCEEDED(hr);
}

static bool came_back(self_test *t, const char *path)
{
    files_port *files = t->host->files;
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    bool same = HR_SUCCEEDED(files->read(files, path, sizeof(CONTENTS), &bytes, &size)) &&
                text_equal(bytes, CONTENTS);

    (void)files->remove_file(files, path);
    return same;
}

/* There, seen by whom it concerns, and back. */
static void copy_both_ways(self_test *t, const char *when, const char *into, const char *from,
                           bool seen_by_program)
{
    cleanup_free char *source = self_test_path(t, "copied.txt");
    cleanup_free char *back = self_test_path(t, "back.txt");
    cleanup_free char *what = text_format("a file comes back, %s", when);

    if (!source || !back || !what || !make_source(t, source)) {
        t->no_memory = t->no_memory || !source || !back || !what;
        return;
    }
    note_expected(t, "a file goes into it", self_test_code(t, "cp", source, into) == 0);
    note_expected(t, "a file takes the place of one that is there",
                  self_test_code(t, "cp", source, into) == 0);
    if (seen_by_program)
        note_expected(t, "its programs see the file",
                      self_test_code(t, "exec", NAME, "cmd", "/c", "type copied.txt") == 0);
    note_expected(t, what, self_test_code(t, "cp", from, back) == 0 && came_back(t, back));
    (void)t->host->files->remove_file(t->host->files, source);
}

/* Ends a container while a folder of its volume is open here: does it stay mounted? */
static void end_while_open(self_test *t)
{
    wcow_container *container = NULL;
    container_files files = CONTAINER_FILES_INIT;
    view_place *place;
    const char *name;
    wcow_error err = WCOW_ERROR_INIT;
    uint64_t since = clock_ticks();
    wcow_status status = wcow_container_open(t->host, NAME, &container, &err);

    if (!status)
        status = container_files_open(container, &files, &err);
    if (!status && !files.in_guest)
        status = file_view_place(&files.view, "C:\\", &place, &name, &err);
    note_status(t, "open its files", "while it runs", status, &err, since);
    (void)self_test_code(t, "stop", "-t", "5", NAME);
    if (!status) {
        since = clock_ticks();
        status = container_files_close(&files, &err);
        note_status(t, "close its files", "after its end", status, &err, since);
    }
    wcow_container_free(container);
}

void step_copies(self_test *t)
{
    if (!self_test_start(t, NAME))
        return;
    (void)self_test_code(t, "exec", NAME, "C:\\Windows\\System32\\tar.exe", "--version");
    copy_both_ways(t, "while it runs", NAME ":C:\\", NAME ":C:\\copied.txt", true);
    /* Its junction is its own: to C:\Users in it. */
    (void)self_test_code(t, "cp", NAME ":C:\\Documents and Settings\\.", "-");
    (void)self_test_code(t, "cp", NAME ":C:\\Windows\\System32\\config", "-");
    end_while_open(t);
    copy_both_ways(t, "while it rests", NAME ":C:\\", NAME ":C:\\copied.txt", false);
    note_expected(t, "what it changed is told", self_test_code(t, "diff", NAME) == 0);
    note_expected(t, "it starts again", self_test_code(t, "start", NAME) == 0);
    self_test_end(t, NAME);
}
