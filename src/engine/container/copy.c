/* SPDX-License-Identifier: MIT */
/*
 * cp: one thread packs a tar at one end, the caller's unpacks it at the other; between them is a
 * little memory. Whichever end is the container's, it is reached as container_files.h tells.
 */
#include <wcow/copy.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/channel.h"
#include "base/error.h"
#include "base/options.h"
#include "base/text.h"
#include "engine/container/container_event.h"
#include "engine/container/container_files.h"
#include "engine/container/copy_overlap.h"
#include "engine/host/file_input.h"
#include "engine/host/file_output.h"
#include "layer/codec/decompress.h"
#include "layer/copy/tree_pack.h"
#include "layer/copy/tree_unpack.h"

#define CHANNEL_SIZE (256u * 1024)

/* An end of a copy, as it was found. */
typedef struct place {
    copy_path path;
    view_file found;
} place;

static void place_clear(place *p)
{
    copy_path_free(&p->path);
    view_file_free(&p->found);
}

typedef struct copying {
    wcow_container *container;
    wcow_copy_options options;
    container_files inside;
    file_view outside;
    copy_notes notes;
    uint64_t transferred;
    place source, destination;
    copy_plan plan;
} copying;

static void copying_clear(copying *c)
{
    ignore(container_files_close(&c->inside, NULL)); /* after a failure that is told already */
    file_view_close(&c->outside);
    place_clear(&c->source);
    place_clear(&c->destination);
    copy_plan_free(&c->plan);
}

DEFINE_CLEANUP_VALUE(copying, copying, copying_clear)

static wcow_status copying_open(wcow_container *container, const wcow_copy_options *options,
                                copying *c, wcow_error *err)
{
    wcow_status status = WCOW_OK;

    c->container = container;
    c->options = (wcow_copy_options)WCOW_COPY_OPTIONS_INIT;
    c->inside = (container_files)CONTAINER_FILES_INIT;
    c->outside = (file_view){.host = true};
    if (options)
        status = options_copy(&c->options, sizeof c->options, options, "wcow_copy_options", err);
    if (!status)
        status = host_files(container->host, &c->outside.files, err);
    c->notes = (copy_notes){.left_out = c->options.left_out, .context = c->options.context};
    return status;
}

/* ---- paths ---- */

static wcow_status not_there(const copying *c, const char *path, wcow_error *err)
{
    return error_set(err, WCOW_NOT_FOUND, "Could not find the file %s in container %s", path,
                     c->container->name);
}

static bool is_folder(const view_file *file_found)
{
    return file_found->exists && file_found->info.kind == FILE_KIND_DIRECTORY;
}

static wcow_status local_path(const copying *c, const char *given, copy_path *out, wcow_error *err)
{
    cleanup_free char *whole = NULL;
    int32_t hr = c->outside.files->full_path(c->outside.files, given, &whole);

    if (HR_FAILED(hr))
        return error_wrap(err, error_hresult(err, hr, "look for it"), "'%s'", given);
    return copy_path_set(whole, given, out, err);
}

/* Whether what was found is what the end of its path says that it is. */
static wcow_status check_source(const place *source, const char *given, wcow_error *err)
{
    if (source->path.folder && !is_folder(&source->found))
        return error_set(err, WCOW_INVALID, "'%s' is not a directory", given);
    return WCOW_OK;
}

/* How the source is called at its destination; NULL: what it holds is meant. */
static const char *source_name(const place *source)
{
    const char *base = copy_path_base(source->path.whole);

    return source->path.dot || !*base ? NULL : base;
}

static bool follows(const copying *c, const place *source)
{
    return c->options.follow_link || source->path.folder;
}

static wcow_status make_plan(copying *c, wcow_error *err)
{
    const copy_path followed = {c->destination.found.path, c->destination.path.folder,
                                c->destination.path.dot};
    const copy_end source = {&c->source.path, true, is_folder(&c->source.found)};
    const copy_end destination = {&followed, c->destination.found.exists,
                                  is_folder(&c->destination.found)};

    return copy_plan_make(&source, source_name(&c->source), &destination, &c->plan, err);
}

/* What is copied must not be what is written. */
static wcow_status check_apart(copying *c, bool into, wcow_error *err)
{
    cleanup_free char *target = copy_path_join(c->plan.folder, c->plan.name ? c->plan.name : "");
    const copy_side source = {c->source.found.path, into ? NULL : &c->inside.view};
    const copy_side destination = {target, into ? &c->inside.view : NULL};

    if (!target)
        return error_no_memory(err);
    if (c->inside.view.count < (c->inside.in_guest ? 1 : 2)) /* nothing is mounted */
        return WCOW_OK;
    return copy_check_apart(&c->outside, &source, is_folder(&c->source.found), &destination, err);
}

static wcow_status find_inside(copying *c, const char *given, bool follow, place *out,
                               wcow_error *err)
{
    wcow_status status = container_files_find(&c->inside, out->path.whole,
                                              follow || out->path.folder, &out->found, err);

    return status ? error_name(err, status, out->path.whole, given) : WCOW_OK;
}

/* Neither PowerShell nor cmd expands them for a program, nor does cp. */
static wcow_status advise(const char *source, wcow_status status, wcow_error *err)
{
    const char *name = text_starts_with(source, "\\\\?\\") ? source + 4 : source;

    if (status && strpbrk(name, "*?"))
        error_hint(err, "wildcards are not expanded: copy a folder ('FOLDER\\.' is what it holds), "
                        "or a file at a time");
    return status;
}

/* ---- the copy itself ---- */

/* What is written at the end that packs. */
typedef struct packer {
    copying *copying;
    wcow_status (*pack)(copying *c, const char *name, const byte_sink *sink, wcow_error *err);
    const char *name;
    byte_sink sink; /* counts, and passes on */
    const byte_sink *to;
    channel *channel; /* NULL: there is no other thread */
} packer;

static wcow_status count(void *context, const void *bytes, size_t size, wcow_error *err)
{
    packer *p = context;
    copying *c = p->copying;

    c->transferred += size;
    if (c->options.progress && !c->options.progress(c->options.context, c->transferred))
        return error_set(err, WCOW_CANCELLED, "the copy was cancelled");
    return sink_write(p->to, bytes, size, err);
}

static wcow_status pack(packer *p, wcow_error *err)
{
    p->sink = (byte_sink){count, p};
    return p->pack(p->copying, p->name, &p->sink, err);
}

static void *pack_main(void *context)
{
    packer *p = context;
    wcow_error problem = WCOW_ERROR_INIT;
    const wcow_status status = pack(p, &problem);

    channel_end(p->channel, status, &problem);
    return NULL;
}

static wcow_status pack_inside(copying *c, const char *name, const byte_sink *sink, wcow_error *err)
{
    return container_files_pack(&c->inside, c->source.found.path, follows(c, &c->source), name,
                                sink, &c->notes, err);
}

static wcow_status pack_outside(copying *c, const char *name, const byte_sink *sink,
                                wcow_error *err)
{
    return tree_pack(&c->outside, c->source.found.path, name, sink, &c->notes, err);
}

/* Unpacks what comes; notes of its own, since the other end counts, too. */
static wcow_status unpack(copying *c, const byte_source *from, bool inside, wcow_error *err)
{
    copy_notes notes = {.left_out = c->options.left_out, .context = c->options.context};
    const unpack_target target = {.view = &c->outside, .folder = c->plan.folder};

    return inside ? container_files_unpack(&c->inside, from, c->plan.folder, &notes, err)
                  : tree_unpack(from, &target, &notes, err);
}

static wcow_status pump(copying *c, packer *p, bool inside, wcow_error *err)
{
    channel between;
    pthread_t thread;
    wcow_status status = channel_open(&between, CHANNEL_SIZE, err);

    if (status)
        return status;
    p->channel = &between;
    p->to = &between.sink;
    if (pthread_create(&thread, NULL, pack_main, p)) {
        channel_close(&between);
        return error_set(err, WCOW_NO_MEMORY, "cannot start a thread");
    }
    status = unpack(c, &between.source, inside, err);
    channel_abandon(&between);
    pthread_join(thread, NULL);
    channel_close(&between);
    return status;
}

/* ---- what is told ---- */

/* All is done but for letting go of the container's files. */
static wcow_status finish(copying *c, const char *action, wcow_copied *copied, wcow_error *err)
{
    char *destination =
        c->destination.path.whole ? copy_path_native(c->destination.path.whole) : text_copy("-");
    wcow_status status =
        destination ? container_files_close(&c->inside, err) : error_no_memory(err);

    if (status || !copied) {
        free(destination);
    } else {
        *copied = (wcow_copied){c->notes.content, c->transferred, destination};
    }
    if (!status)
        container_event_of(c->container->host, c->container->id, action, NULL, 0);
    return status;
}

/* ---- from a container ---- */

/* Docker looks at the folder first. */
static wcow_status find_local_destination(copying *c, wcow_error *err)
{
    place *to = &c->destination;
    cleanup_free char *parent = copy_path_parent(to->path.whole);
    cleanup_free char *native = parent ? copy_path_native(parent) : NULL;
    cleanup_view_file view_file folder = {0};
    wcow_status status =
        native ? file_view_find(&c->outside, parent, true, &folder, err) : error_no_memory(err);

    if (!status && !is_folder(&folder))
        status = error_set(err, WCOW_NOT_FOUND,
                           "invalid output path: directory \"%s\" does not exist", native);
    if (!status)
        status = file_view_find(&c->outside, to->path.whole, true, &to->found, err);
    return status;
}

static wcow_status check_local_folder(copying *c, wcow_error *err)
{
    cleanup_view_file view_file folder = {0};
    cleanup_free char *native = copy_path_native(c->plan.folder);
    wcow_status status = native ? file_view_find(&c->outside, c->plan.folder, true, &folder, err)
                                : error_no_memory(err);

    if (!status && !is_folder(&folder))
        status = error_set(err, WCOW_NOT_FOUND,
                           "invalid output path: directory \"%s\" does not exist", native);
    return status;
}

static wcow_status to_standard_output(copying *c, wcow_error *err)
{
    cleanup_file_output file_output output = {.path = "-"};
    packer p = {.copying = c, .pack = pack_inside, .name = source_name(&c->source)};
    wcow_status status = file_output_open(c->container->host, "-", &output, err);

    if (status)
        return status;
    p.to = &output.sink;
    return pack(&p, err);
}

static wcow_status to_local(copying *c, wcow_error *err)
{
    packer p = {.copying = c, .pack = pack_inside};
    wcow_status status = find_local_destination(c, err);

    if (!status)
        status = make_plan(c, err);
    if (!status)
        status = check_local_folder(c, err);
    if (!status)
        status = check_apart(c, false, err);
    if (status)
        return status;
    p.name = c->plan.name;
    return pump(c, &p, false, err);
}

wcow_status wcow_container_copy_from(wcow_container *container, const char *source,
                                     const char *destination, const wcow_copy_options *options,
                                     wcow_copied *copied, wcow_error *err)
{
    CLEANUP(copying) copying c = {.container = container};
    const bool output = text_equal(destination, "-");
    wcow_status status = copying_open(container, options, &c, err);

    if (!status)
        status = copy_path_in_container(source, &c.source.path, err);
    if (!status && !output)
        status = local_path(&c, destination, &c.destination.path, err);
    if (!status)
        status = container_files_open(container, &c.inside, err);
    if (!status)
        status = find_inside(&c, source, c.options.follow_link, &c.source, err);
    if (!status && !c.source.found.exists)
        status = not_there(&c, source, err);
    if (!status)
        status = check_source(&c.source, source, err);
    if (status)
        return advise(source, status, err);
    status = output ? to_standard_output(&c, err) : to_local(&c, err);
    if (is_folder(&c.source.found)) /* as Docker has it, who knows no more here */
        c.notes.content = c.transferred;
    return status ? status : finish(&c, "archive-path", copied, err);
}

/* ---- to a container ---- */

static wcow_status check_folder_inside(copying *c, wcow_error *err)
{
    const view_file *found = &c->destination.found;
    cleanup_view_file view_file folder = {0};
    wcow_status status;

    if (is_folder(found) && text_equal(found->path, c->plan.folder))
        return WCOW_OK;
    status = container_files_find(&c->inside, c->plan.folder, true, &folder, err);
    if (!status && !folder.exists)
        status = not_there(c, c->plan.folder, err);
    if (!status && !is_folder(&folder))
        status = error_set(err, WCOW_INVALID, "extraction point is not a directory");
    return status;
}

static wcow_status from_standard_input(copying *c, const char *given, wcow_error *err)
{
    cleanup_file_input file_input input = {.progress = NULL};
    cleanup_decompressor decompressor *plain = NULL;
    wcow_status status;

    if (!is_folder(&c->destination.found))
        return error_set(err, WCOW_INVALID, "destination \"%s:%s\" must be a directory",
                         c->container->name, given);
    c->plan.folder = text_copy(c->destination.found.path);
    status = c->plan.folder ? file_input_open(c->container->host, "-", &input, err)
                            : error_no_memory(err);
    if (!status)
        status = decompressor_new(&input.source, &plain, err);
    if (!status)
        status = unpack(c, decompressor_source(plain), true, err);
    c->transferred = input.done;
    c->notes.content = input.done; /* as Docker has it, who does not look into it */
    return status;
}

static wcow_status from_local(copying *c, const char *given, wcow_error *err)
{
    packer p = {.copying = c, .pack = pack_outside};
    place *from = &c->source;
    wcow_status status =
        file_view_find(&c->outside, from->path.whole, follows(c, from), &from->found, err);

    if (!status && !from->found.exists)
        status = error_set(err, WCOW_NOT_FOUND, "'%s' does not exist", given);
    if (status)
        return advise(given, status, err);
    status = check_source(from, given, err);
    if (!status)
        status = make_plan(c, err);
    if (!status)
        status = check_folder_inside(c, err);
    if (!status)
        status = check_apart(c, true, err);
    if (status)
        return status;
    p.name = c->plan.name;
    return pump(c, &p, true, err);
}

wcow_status wcow_container_copy_to(wcow_container *container, const char *source,
                                   const char *destination, const wcow_copy_options *options,
                                   wcow_copied *copied, wcow_error *err)
{
    CLEANUP(copying) copying c = {.container = container};
    const bool input = text_equal(source, "-");
    wcow_status status = copying_open(container, options, &c, err);

    if (!status)
        status = copy_path_in_container(destination, &c.destination.path, err);
    if (!status && !input)
        status = local_path(&c, source, &c.source.path, err);
    if (!status)
        status = container_files_open(container, &c.inside, err);
    if (!status)
        status = find_inside(&c, destination, true, &c.destination, err);
    if (!status)
        status = input ? from_standard_input(&c, destination, err) : from_local(&c, source, err);
    return status ? status : finish(&c, "extract-to-dir", copied, err);
}
