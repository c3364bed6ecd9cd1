/* SPDX-License-Identifier: MIT */
/* tar.exe in a container: its output through a channel, its input from whoever packs. */
#include "engine/container/guest_tar.h"

#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/error.h"
#include "base/text.h"
#include "engine/host/host.h"
#include "hcs/document.h"
#include "hcs/process.h"
#include "layer/backup/entry.h"
#include "layer/copy/tar_rebase.h"
#include "layer/tar/tar.h"
#include "oci/runtime_spec.h"
#include "runtime/streams.h"

#define PROGRAM      "C:\\Windows\\System32\\tar.exe"
#define USER         "ContainerAdministrator" /* whoever copies files is an administrator */
#define CHANNEL_SIZE (256u * 1024)
#define ERRORS_LIMIT 4096u
#define EPOCH_1970   INT64_C(116444736000000000)
#define UNIT         100

/* One run of the program. */
typedef struct guest_run {
    compute_system *system;
    compute_process *process;
    streams *streams;
    channel output;
    bool reading; /* take_end() will be called, or was */
    text errors;  /* what it says, as far as anybody wants to know */
} guest_run;

/* Nobody reads its pipes any more, then. */
static void guest_end(guest_run *g)
{
    if (g->output.bytes)
        channel_abandon(&g->output);
    if (g->process && !compute_process_exited(g->process))
        ignore(compute_process_kill_alone(g->process, NULL));
    if (g->streams)
        streams_finish(g->streams);
    if (g->reading) /* the thread that reads tells its end after its streams' */
        channel_await_end(&g->output);
    streams_free(g->streams);
    compute_process_close(g->process);
    compute_system_close(g->system);
    channel_close(&g->output);
    text_free(&g->errors);
}

DEFINE_CLEANUP_VALUE(guest_run, guest_run, guest_end)

static void take_output(void *context, bool is_error, const void *bytes, size_t length)
{
    guest_run *g = context;

    if (!is_error)
        ignore(sink_write(&g->output.sink, bytes, length, NULL));
    else if (g->errors.length < ERRORS_LIMIT)
        text_add_bytes(&g->errors, bytes,
                       length < ERRORS_LIMIT - g->errors.length ? length
                                                                : ERRORS_LIMIT - g->errors.length);
}

static void take_end(void *context)
{
    guest_run *g = context;

    channel_end(&g->output, WCOW_OK, NULL);
}

static wcow_status make_document(const char *const *arguments, char **out, wcow_error *err)
{
    const oci_process wanted = {.args = arguments, .cwd = "C:\\", .username = USER};
    cleanup_json cJSON *process = NULL;
    cleanup_json cJSON *document = NULL;
    wcow_status status = oci_process_new(&wanted, &process, err);

    if (!status)
        status = process_document_new(SCHEMA_V1, process, &document, err);
    if (status)
        return status;
    *out = json_print(document);
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status no_program(const wcow_container *container, wcow_error *err)
{
    error_set(err, WCOW_UNSUPPORTED,
              "the files of container %s cannot be reached while it runs with Hyper-V isolation: "
              "it has no " PROGRAM,
              container->name);
    error_hint(err, "stop it first: wcow stop %s", container->name);
    return WCOW_UNSUPPORTED;
}

static wcow_status guest_begin(wcow_container *container, const char *const *arguments,
                               guest_run *g, wcow_error *err)
{
    const streams_sink sink = {g, take_output, take_end};
    hcs_process_io io = {0, NULL, NULL, NULL};
    cleanup_free char *document = NULL;
    hcs_port *hcs;
    wcow_status status = host_hcs(container->host, &hcs, err);

    if (!status)
        status = channel_open(&g->output, CHANNEL_SIZE, err);
    if (!status)
        status = make_document(arguments, &document, err);
    if (!status && !(g->streams = streams_new()))
        status = error_no_memory(err);
    if (!status)
        status = compute_system_open(hcs, container->id, NULL, &g->system, err);
    if (!status)
        status = compute_process_create(g->system, document, &io, &g->process, err);
    if (status == WCOW_COMMAND_NOT_FOUND)
        return no_program(container, err);
    if (status)
        return error_wrap(err, status, "cannot run " PROGRAM " in container %s", container->name);
    streams_attach(g->streams, g->process, &io);
    status = streams_begin(g->streams, &sink, err);
    g->reading = status == WCOW_OK;
    return status;
}

/* After the end of its output there is nothing that it could wait for. */
static wcow_status guest_finish(guest_run *g, uint32_t *exit_code, wcow_error *err)
{
    wcow_status status;

    streams_close_input(g->streams);
    status = compute_process_wait(g->process, UINT32_MAX, exit_code, err);
    /* Its last words may be on their way. */
    (void)streams_drain(g->streams, 1000, TICKS_NEVER);
    streams_finish(g->streams);
    text_add(&g->errors, "");
    return status;
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

/* Whatever made it fail over something and go on. */
static void tell_errors(const guest_run *g, copy_notes *notes)
{
    const char *line = text_get(&g->errors);

    while (*line) {
        const size_t length = strcspn(line, "\r\n");
        cleanup_free char *copy = length ? text_copy_bytes(line, length) : NULL;

        if (copy) {
            text_make_printable(copy);
            copy_leave_out(notes, text_format("tar.exe in the container: %s", copy));
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
    wcow_status status = reader ? tar_next(reader, &entry, err) : error_no_memory(err);

    if (status || !entry)
        return status;
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
    CLEANUP(guest_run) guest_run g = {.system = NULL};
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
        status = guest_begin(container, arguments, &g, err);
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

wcow_status guest_pack(wcow_container *container, const char *path, bool follow, const char *name,
                       const byte_sink *sink, copy_notes *notes, wcow_error *err)
{
    const bool root = !*copy_path_base(path);
    const bool whole = name && !root; /* it goes by its own name, not by what it holds */
    cleanup_free char *parent = whole ? copy_path_parent(path) : text_copy(path);
    cleanup_free char *what = whole ? argument_of(path) : text_copy(root ? "*" : ".");
    const char *const arguments[] = {PROGRAM, follow ? "-cHf" : "-cf", "-", "-C", parent, what,
                                     NULL};
    const tar_names names = {whole ? copy_path_base(path) : NULL, name};
    CLEANUP(guest_run) guest_run g = {.system = NULL};
    wcow_error problem = WCOW_ERROR_INIT;
    uint32_t exit_code = 0;
    wcow_status passed;
    wcow_status status =
        parent && what ? guest_begin(container, arguments, &g, err) : error_no_memory(err);

    if (status)
        return status;
    streams_close_input(g.streams);
    passed = tar_rebase(&g.output.source, &names, sink, notes, &problem);
    if (passed)
        return error_pass(err, passed, &problem);
    status = guest_finish(&g, &exit_code, err);
    if (!status && exit_code)
        tell_errors(&g, notes);
    return status;
}

typedef struct guest_input {
    guest_run *run;
} guest_input;

static wcow_status write_input(void *context, const void *bytes, size_t size, wcow_error *err)
{
    guest_input *input = context;

    if (streams_write(input->run->streams, bytes, size))
        return WCOW_OK;
    return error_set(err, WCOW_STOPPED, "tar.exe in the container reads no more");
}

wcow_status guest_unpack(wcow_container *container, const byte_source *tar, const char *folder,
                         copy_notes *notes, wcow_error *err)
{
    const char *const arguments[] = {PROGRAM, "-xf", "-", "-C", folder, NULL};
    const tar_names names = {NULL, NULL};
    CLEANUP(guest_run) guest_run g = {.system = NULL};
    guest_input input = {&g};
    const byte_sink sink = {write_input, &input};
    wcow_error problem = WCOW_ERROR_INIT;
    uint32_t exit_code = 0;
    wcow_status passed;
    wcow_status status = guest_begin(container, arguments, &g, err);

    if (status)
        return status;
    channel_abandon(&g.output); /* whatever it prints keeps nobody */
    passed = tar_rebase(tar, &names, &sink, notes, &problem);
    if (passed && passed != WCOW_STOPPED) /* half an archive: it is not to wait for the rest */
        return error_pass(err, passed, &problem);
    status = guest_finish(&g, &exit_code, err);
    if (!status && (exit_code || passed))
        status = said(&g, err);
    return status;
}
