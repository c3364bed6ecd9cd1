/* SPDX-License-Identifier: MIT */
/* tar.exe in a container: its output through a channel, its input from whoever packs. */
#include "engine/container/guest_tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/guest_run.h"
#include "layer/backup/entry.h"
#include "layer/copy/tar_rebase.h"
#include "layer/store/name.h"
#include "layer/tar/tar.h"

#define PROGRAM    "C:\\Windows\\System32\\tar.exe"
#define EPOCH_1970 INT64_C(116444736000000000)
#define UNIT       100
#define MOMENT     2000u     /* ms that a program that failed has for its last words */
#define TAIL_LIMIT 0x100000u /* what may follow the end of an archive: more than any padding */

static wcow_status no_program(const wcow_container *container, wcow_error *err)
{
    error_set(err, WCOW_UNSUPPORTED,
              "the files of container %s cannot be reached while it runs with Hyper-V isolation: "
              "it has no " PROGRAM,
              container->name);
    error_hint(err, "stop it first: wcow stop %s", container->name);
    return WCOW_UNSUPPORTED;
}

static wcow_status begin(wcow_container *container, const char *const *arguments, guest_run *g,
                         wcow_error *err)
{
    wcow_status status = guest_run_begin(container, arguments, g, err);

    if (status == WCOW_COMMAND_NOT_FOUND)
        return no_program(container, err);
    return status
               ? error_wrap(err, status, "cannot run " PROGRAM " in container %s", container->name)
               : WCOW_OK;
}

/* What it said first, without its own name before it. */
static char *first_line(const guest_run *g)
{
    const char *line = text_get(&g->errors);
    char *copy;

    for (const char *skip = "tar.exe: "; strncmp(line, skip, strlen(skip)) == 0;)
        line += strlen(skip);
    copy = text_copy_bytes(line, strcspn(line, "\r\n"));
    if (copy)
        text_make_printable(copy);
    return copy;
}

static wcow_status said(const guest_run *g, wcow_error *err)
{
    cleanup_free char *line = first_line(g);

    if (!line)
        return error_no_memory(err);
    return error_set(err, WCOW_FAILED, "tar.exe in the container: %s",
                     *line ? line : "it failed without a word");
}

static wcow_status silent(wcow_status found, const wcow_error *problem, wcow_error *err)
{
    return error_wrap(err, error_pass(err, found, problem), "tar.exe in the container");
}

/* Why its answer is none: what it says itself, if it has failed, else what was found. */
static wcow_status explain(guest_run *g, wcow_status found, const wcow_error *problem,
                           wcow_error *err)
{
    uint32_t exit_code = 0;

    if (found == WCOW_TIMEOUT)
        return silent(found, problem, err);
    g->patience = g->patience < MOMENT ? g->patience : MOMENT;
    channel_abandon(&g->output);
    if (found == WCOW_CORRUPT && !guest_run_finish(g, &exit_code, NULL) && exit_code)
        return error_set(err, WCOW_FAILED, "tar.exe in the container failed with 0x%X, and %s",
                         exit_code, problem->message);
    return error_pass(err, found, problem);
}

static wcow_status finish(const wcow_container *container, guest_run *g, uint32_t *exit_code,
                          wcow_error *err)
{
    wcow_status status = guest_run_finish(g, exit_code, err);

    return status ? error_wrap(err, status, "tar.exe in container %s", container->name) : WCOW_OK;
}

/* Whatever made it fail over something and go on. */
static void tell_errors(const guest_run *g, copy_notes *notes)
{
    const char *line = text_get(&g->errors);

    while (*line) {
        const size_t length = strcspn(line, "\r\n");
        cleanup_free char *copy = length ? text_copy_bytes(line, length) : NULL;

        if (copy) {
            text_make_printable(copy);
            copy_leave_unread(notes, text_format("tar.exe in the container: %s", copy));
        }
        line += length;
        line += strspn(line, "\r\n");
    }
}

/* ---- what is there ---- */

/* How it is called for the program: no option, and no archive either, whatever it begins with. */
static char *argument_of(const char *path)
{
    const char *base = copy_path_base(path);

    return *base ? text_format("./%s", base) : text_copy(".");
}

/* The header of the first entry tells what it is. */
static wcow_status read_first(guest_run *g, view_file *out, wcow_error *err)
{
    cleanup_tar_reader tar_reader *reader = tar_reader_new(&g->output.source);
    const tar_entry *entry = NULL;
    basic_info info = {0};
    wcow_error problem = WCOW_ERROR_INIT;
    wcow_status status = reader ? tar_next(reader, &entry, &problem) : error_no_memory(&problem);

    if (status)
        return explain(g, status, &problem, err);
    if (!entry)
        return WCOW_OK;
    status = entry_basic_info(entry, &info, err);
    if (status)
        return status;
    out->exists = true;
    out->info = (file_info){
        .kind = entry->kind == TAR_DIRECTORY       ? FILE_KIND_DIRECTORY
                : entry->kind == TAR_SYMBOLIC_LINK ? FILE_KIND_REPARSE
                                                   : FILE_KIND_FILE,
        .size = entry->size,
        .modified = ((int64_t)info.write - EPOCH_1970) * UNIT,
    };
    return WCOW_OK;
}

wcow_status guest_find(wcow_container *container, const char *path, bool follow, view_file *out,
                       wcow_error *err)
{
    cleanup_free char *parent = copy_path_parent(path);
    cleanup_free char *name = argument_of(path);
    const char *const arguments[] = {PROGRAM, follow ? "-cnHf" : "-cnf", "-", "-C", parent, name,
                                     NULL};
    const bool root = !*copy_path_base(path);
    cleanup_guest_run guest_run g = {.system = NULL};
    view_file found = {
        .path = text_copy(path), .exists = root, .info = {.kind = FILE_KIND_DIRECTORY}};
    wcow_status status = parent && name && found.path ? WCOW_OK : error_no_memory(err);

    if (!status && strpbrk(path, "*?")) { /* no name of Windows', and a pattern to the program */
        view_file_free(out);
        *out = found;
        return WCOW_OK;
    }
    /* A drive has no "." that the program could find. */
    if (!status && !root)
        status = begin(container, arguments, &g, err);
    if (!status && !root)
        guest_run_end_input(&g);
    if (!status && !root)
        status = read_first(&g, &found, err);
    if (status) {
        view_file_free(&found);
        return status;
    }
    view_file_free(out);
    *out = found;
    return WCOW_OK;
}

/* ---- both directions ---- */

#define OPTION_EXCLUDE "--exclude"

/* bsdtar looks for patterns in every folder, unless they begin with '^'. Case counts, and Windows
 * itself writes one of them in two ways. Such things cannot be read, or are large. */
static const char *const excluded[] = {VOLUME_S_NAMES, "$RECYCLE.BIN"};

#define EXCLUDED (sizeof(excluded) / sizeof(excluded[0]))

typedef struct tar_command {
    const char *arguments[2 * EXCLUDED + 8];
    size_t count;
    string_list owned;
} tar_command;

static void tar_command_clear(tar_command *c)
{
    string_list_free(&c->owned);
}

DEFINE_CLEANUP_VALUE(tar_command, tar_command, tar_command_clear)

static void put(tar_command *c, const char *argument)
{
    c->arguments[c->count++] = argument;
}

/* A root has no name that could be packed: all that is in it is, but for what is the volume's. A
 * link is followed where it is named itself: in a root it would be one of those that are in it. */
static wcow_status make_command(tar_command *c, const char *folder, const char *what, bool follow,
                                bool root, wcow_error *err)
{
    put(c, PROGRAM);
    put(c, follow && !root ? "-cHf" : "-cf");
    put(c, "-");
    for (size_t i = 0; root && i < EXCLUDED; i++) {
        if (!string_list_own(&c->owned, text_format("^%s", excluded[i])))
            return error_no_memory(err);
        put(c, OPTION_EXCLUDE);
        put(c, c->owned.items[i]);
    }
    put(c, "-C");
    put(c, folder);
    put(c, what);
    return WCOW_OK;
}

wcow_status guest_pack(wcow_container *container, const char *path, bool follow, const char *name,
                       const byte_sink *sink, copy_notes *notes, wcow_error *err)
{
    const bool root = !*copy_path_base(path);
    const bool whole = name && !root; /* it goes by its own name, not by what it holds */
    cleanup_free char *parent = whole ? copy_path_parent(path) : text_copy(path);
    cleanup_free char *what = whole ? argument_of(path) : text_copy(root ? "*" : ".");
    const tar_names names = {whole ? copy_path_base(path) : NULL, name, root, TAIL_LIMIT};
    CLEANUP(tar_command) tar_command command = {.count = 0};
    cleanup_guest_run guest_run g = {.system = NULL};
    wcow_error problem = WCOW_ERROR_INIT;
    uint32_t exit_code = 0;
    wcow_status passed;
    wcow_status status = parent && what ? make_command(&command, parent, what, follow, root, err)
                                        : error_no_memory(err);

    if (!status)
        status = begin(container, command.arguments, &g, err);
    if (status)
        return status;
    guest_run_end_input(&g);
    passed = tar_rebase(&g.output.source, &names, sink, notes, &problem);
    if (passed)
        return explain(&g, passed, &problem, err);
    status = finish(container, &g, &exit_code, err);
    if (status || !exit_code)
        return status;
    tell_errors(&g, notes);
    return error_set(err, WCOW_FAILED,
                     "tar.exe in the container failed (exit code %u): not all is copied",
                     exit_code);
}

static wcow_status write_input(void *context, const void *bytes, size_t size, wcow_error *err)
{
    guest_run *g = context;
    wcow_status status = sink_write(&g->input.sink, bytes, size, err);

    return status == WCOW_CANCELLED
               ? error_set(err, WCOW_STOPPED, "tar.exe in the container reads no more")
               : status;
}

/* Windows' tar.exe removes a file before it writes its successor. --safe-writes would change that,
 * from libarchive 3.4.2 on: it is not used, since an older one ends at an option that it does not
 * know. */
wcow_status guest_unpack(wcow_container *container, const byte_source *tar, const char *folder,
                         copy_notes *notes, wcow_error *err)
{
    const char *const arguments[] = {PROGRAM, "-xf", "-", "-C", folder, NULL};
    const tar_names names = {.only = NULL};
    cleanup_guest_run guest_run g = {.system = NULL};
    const byte_sink sink = {write_input, &g};
    wcow_error problem = WCOW_ERROR_INIT;
    uint32_t exit_code = 0;
    wcow_status passed;
    wcow_status status = begin(container, arguments, &g, err);

    if (!status)
        status = guest_run_feed(&g, err);
    if (status)
        return status;
    passed = tar_rebase(tar, &names, &sink, notes, &problem);
    if (passed == WCOW_TIMEOUT)
        return silent(passed, &problem, err);
    if (passed && passed != WCOW_STOPPED) /* half an archive: it is not to wait for the rest */
        return error_pass(err, passed, &problem);
    status = finish(container, &g, &exit_code, err);
    if (!status && (exit_code || passed))
        status = said(&g, err);
    return status;
}
