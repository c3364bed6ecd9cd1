/* SPDX-License-Identifier: MIT */
/*
 * The transport format of ImportLayer (facts §6.6): every folder below Files has a `.$wcidirs$`
 * file beside it, every file is 4 bytes of attributes and a Win32 backup stream. Checked whole
 * before anything is written, as half a layer would be worse than none.
 */
#include "internal.h"

#include <string.h>

#include "base/path.h"

#define METADATA_SUFFIX     ".$wcidirs$"
#define ATTRIBUTE_DIRECTORY 0x10u
#define ATTRIBUTE_REPARSE   0x400u
#define STREAM_HEADER       20u

enum {
    STREAM_DATA = 1,
    STREAM_ATTRIBUTES = 2,
    STREAM_SECURITY = 3,
    STREAM_ALTERNATE = 4,
    STREAM_REPARSE = 8,
    STREAM_SPARSE = 9,
};

/* The streams that importers write, in the order they write them. */
static const uint32_t stream_order[] = {STREAM_SECURITY, STREAM_ATTRIBUTES, STREAM_REPARSE,
                                        STREAM_DATA,     STREAM_SPARSE,     STREAM_ALTERNATE};

#define CONTENTS_LIMIT (64u << 20)

static const char tombstone_head[] = "\xEF\xBB\xBFVersion 1.0";

typedef struct walk {
    sim *sim;
    refusal *why;
    const char *target; /* layer folder; NULL: only check */
    transport_contents *contents;
} walk;

/* What the check has read of a file, so that it need not be read again. */
struct transport_file {
    char *path;
    text data;
    transport_file *next;
};

static int32_t bad(walk *w, const char *path, const char *what)
{
    return refuse(w->why, HR_FROM_WIN32(13), "Transport file '%s': %s.", path, what);
}

static uint64_t little(const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;

    while (size--)
        value = value << 8 | bytes[size];
    return value;
}

typedef struct stream_head {
    uint32_t id;
    uint64_t size;
    uint32_t name_size;
} stream_head;

/* Reads a header at `at`; false when it does not fit into what is left. */
static bool read_head(const uint8_t *bytes, size_t size, size_t at, stream_head *out)
{
    size_t left = size - at;

    if (left < STREAM_HEADER)
        return false;
    out->id = (uint32_t)little(bytes + at, 4);
    out->size = little(bytes + at + 8, 8);
    out->name_size = (uint32_t)little(bytes + at + 16, 4);
    left -= STREAM_HEADER;
    return out->name_size <= left && out->size <= left - out->name_size;
}

/* Its place in the order, from 1; 0 for a kind that no importer writes. */
static size_t place_of(uint32_t id)
{
    for (size_t i = 0; i < sizeof(stream_order) / sizeof(stream_order[0]); i++)
        if (stream_order[i] == id)
            return i + 1;
    return 0;
}

/* Blocks and alternate streams may be several; `last` is the place of the stream before. */
static const char *check_head(const stream_head *head, size_t *last)
{
    bool several = head->id == STREAM_SPARSE || head->id == STREAM_ALTERNATE;
    size_t place = place_of(head->id);

    if (!place)
        return "has a stream of an unknown kind";
    if (place < *last || (place == *last && !several))
        return "has streams in another order, or twice";
    *last = place;
    if ((head->id == STREAM_ALTERNATE) != (head->name_size > 0) || head->name_size % 2)
        return "has a name where none belongs, or none where one does";
    if (head->id == STREAM_SPARSE && head->size < 8)
        return "has a sparse block without an offset";
    return NULL;
}

/* A self-relative descriptor: revision, flags, and four offsets within it. */
static bool is_security(const uint8_t *body, uint64_t size)
{
    if (size < 20 || body[0] != 1 || !(little(body + 2, 2) & 0x8000u))
        return false;
    for (size_t at = 4; at < 20; at += 4)
        if (little(body + at, 4) >= size)
            return false;
    return true;
}

/* Names and values one after the other, the last without a next. */
static bool is_attributes(const uint8_t *body, uint64_t size)
{
    uint64_t at = 0;

    for (;;) {
        uint64_t next;

        if (at + 8 > size || at + 8 + body[at + 5] + 1 + little(body + at + 6, 2) > size)
            return false;
        next = little(body + at, 4);
        if (!next)
            return true;
        if (next % 4)
            return false;
        at += next;
    }
}

/* A link or junction, as long as it says, with both names within. */
static bool is_reparse(const uint8_t *body, uint64_t size)
{
    uint64_t tag = size < 16 ? 0 : little(body, 4);
    uint64_t names = tag == 0xA000000Cu ? 20 : 16;

    if (tag != 0xA000000Cu && tag != 0xA0000003u)
        return false;
    if (size < names || little(body + 4, 2) != size - 8)
        return false;
    return names + little(body + 8, 2) + little(body + 10, 2) <= size &&
           names + little(body + 12, 2) + little(body + 14, 2) <= size;
}

static const char *check_body(const stream_head *head, const uint8_t *body)
{
    if (head->id == STREAM_SECURITY && !is_security(body, head->size))
        return "has a security descriptor that is none";
    if (head->id == STREAM_ATTRIBUTES && !is_attributes(body, head->size))
        return "has extended attributes that are none";
    if (head->id == STREAM_REPARSE && !is_reparse(body, head->size))
        return "has reparse data that is none";
    return NULL;
}

/* Collects the contents of a file; `reparse` when it is a reparse point. */
static int32_t decode(walk *w, const char *path, const uint8_t *bytes, size_t size, text *data,
                      bool *reparse)
{
    size_t at = 4;
    size_t place = 0;
    stream_head head;

    *reparse = false;
    if (size < 4)
        return bad(w, path, "has no attributes");
    while (at < size) {
        const uint8_t *body;
        const char *wrong;

        if (!read_head(bytes, size, at, &head))
            return bad(w, path, "ends within a stream");
        body = bytes + at + STREAM_HEADER + head.name_size;
        wrong = check_head(&head, &place);
        if (!wrong)
            wrong = check_body(&head, body);
        if (wrong)
            return bad(w, path, wrong);
        if (head.id == STREAM_DATA)
            text_add_bytes(data, body, (size_t)head.size);
        if (head.id == STREAM_SPARSE) {
            if (little(body, 8) > (uint64_t)1 << 32)
                return bad(w, path, "has a sparse block far away");
            while (data->length < little(body, 8))
                text_add_char(data, 0);
            text_add_bytes(data, body + 8, (size_t)head.size - 8);
        }
        *reparse = *reparse || head.id == STREAM_REPARSE;
        at += STREAM_HEADER + head.name_size + (size_t)head.size;
    }
    return HR_OK;
}

static int32_t read_entry(walk *w, const char *path, text *data, uint32_t *attributes,
                          bool *reparse)
{
    sim_machine *machine = w->sim->machine;
    cleanup_free char *bytes = NULL;
    size_t size = 0;
    int32_t hr = machine->read_file(machine, path, &bytes, &size);

    if (HR_FAILED(hr))
        return hr;
    hr = decode(w, path, (const uint8_t *)bytes, size, data, reparse);
    if (HR_FAILED(hr))
        return hr;
    *attributes = (uint32_t)little((const uint8_t *)bytes, 4);
    if (*reparse != !!(*attributes & ATTRIBUTE_REPARSE))
        return bad(w, path, "its attributes and its reparse data disagree");
    return HR_OK;
}

static int32_t write_entry(walk *w, const char *target, const text *data)
{
    sim_machine *machine = w->sim->machine;
    bool directory = false;
    int32_t hr = HR_OK;

    if (machine->exists(machine, target, &directory) && directory)
        hr = machine->remove_tree(machine, target);
    return HR_FAILED(hr) ? hr : machine->write_file(machine, target, text_get(data), data->length);
}

/* In the order of the walk, as far as there is room. Takes the data over. */
static void keep(transport_contents *c, const char *path, text *data)
{
    transport_file *file;

    if (c->size + data->length > CONTENTS_LIMIT)
        return;
    file = calloc(1, sizeof(*file));
    file->path = text_copy(path);
    file->data = *data;
    *data = (text)TEXT_INIT;
    c->size += file->data.length;
    *(c->last ? &c->last->next : &c->first) = file;
    c->last = file;
}

/* The next of them, if it is that one. */
static bool take_kept(transport_contents *c, const char *path, text *data)
{
    transport_file *file = c->first;

    if (!file || strcmp(file->path, path) != 0)
        return false;
    *data = file->data;
    c->first = file->next;
    free(file->path);
    free(file);
    return true;
}

void transport_contents_free(transport_contents *c)
{
    while (c->first) {
        transport_file *file = c->first;

        c->first = file->next;
        text_free(&file->data);
        free(file->path);
        free(file);
    }
}

static int32_t import_file(walk *w, const char *path, const char *target)
{
    cleanup_text text data = TEXT_INIT;
    uint32_t attributes = 0;
    bool reparse;
    int32_t hr = HR_OK;

    if (target && take_kept(w->contents, path, &data))
        return write_entry(w, target, &data);
    hr = read_entry(w, path, &data, &attributes, &reparse);
    if (HR_SUCCEEDED(hr) && attributes & ATTRIBUTE_DIRECTORY)
        hr = bad(w, path, "has the attributes of a folder");
    if (HR_FAILED(hr))
        return hr;
    if (target)
        return write_entry(w, target, &data);
    keep(w->contents, path, &data);
    return HR_OK;
}

void names_free(char **names)
{
    for (size_t i = 0; names && names[i]; i++)
        free(names[i]);
    free(names);
}

static int32_t list_folder(walk *w, const char *path, char ***names)
{
    return w->sim->machine->list(w->sim->machine, path, names);
}

static int32_t import_folder(walk *w, const char *path, const char *target);

/* The metadata file of a folder; a reparse point must be empty, or files would land elsewhere. */
static int32_t check_metadata(walk *w, const char *path)
{
    cleanup_free char *metadata = text_format("%s" METADATA_SUFFIX, path);
    cleanup_names char **names = NULL;
    cleanup_text text data = TEXT_INIT;
    uint32_t attributes = 0;
    bool directory = true;
    bool reparse;
    int32_t hr;

    if (!w->sim->machine->exists(w->sim->machine, metadata, &directory) || directory)
        return bad(w, metadata, "is missing");
    hr = read_entry(w, metadata, &data, &attributes, &reparse);
    if (HR_SUCCEEDED(hr) && !(attributes & ATTRIBUTE_DIRECTORY))
        hr = bad(w, metadata, "has not the attributes of a folder");
    if (HR_SUCCEEDED(hr) && data.length)
        hr = bad(w, metadata, "has data");
    if (HR_SUCCEEDED(hr) && reparse) {
        hr = list_folder(w, path, &names);
        if (HR_SUCCEEDED(hr) && names[0])
            hr = bad(w, path, "is a reparse point and not empty");
    }
    return hr;
}

/*
 * A folder's path by Windows' short rules: room for a name of 8.3 behind it. hcsshim gives the
 * layer by its long name since ImportLayer failed with this code without it (moby #23976).
 */
static bool is_too_long(const char *path)
{
    return path[0] && path[1] == ':' && strlen(path) > 247;
}

static int32_t make_target(walk *w, const char *target)
{
    sim_machine *machine = w->sim->machine;
    bool directory = false;

    if (is_too_long(target))
        return refuse(w->why, HR_FROM_WIN32(206), "Folder '%s': its path is too long.", target);
    if (machine->exists(machine, target, &directory)) {
        if (directory)
            return HR_OK;
        machine->remove_tree(machine, target);
    }
    return machine->make_directory(machine, target);
}

static int32_t import_entry(walk *w, const char *folder, const char *name, const char *target)
{
    cleanup_free char *path = path_join(folder, name);
    cleanup_free char *to = target ? path_join(target, name) : NULL;
    cleanup_free char *owner = NULL;
    bool directory = false;
    int32_t hr;

    if (text_ends_with(name, METADATA_SUFFIX)) {
        owner = text_copy_bytes(path, strlen(path) - strlen(METADATA_SUFFIX));
        if (!w->sim->machine->exists(w->sim->machine, owner, &directory) || !directory)
            return bad(w, path, "belongs to no folder");
        return HR_OK;
    }
    w->sim->machine->exists(w->sim->machine, path, &directory);
    if (!directory)
        return import_file(w, path, to);
    hr = target ? HR_OK : check_metadata(w, path);
    return HR_FAILED(hr) ? hr : import_folder(w, path, to);
}

static int32_t import_folder(walk *w, const char *path, const char *target)
{
    cleanup_names char **names = NULL;
    int32_t hr = target ? make_target(w, target) : HR_OK;

    if (HR_SUCCEEDED(hr))
        hr = list_folder(w, path, &names);
    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++)
        hr = import_entry(w, path, names[i], target);
    return hr;
}

static int32_t import_tombstones(walk *w, const char *path)
{
    sim_machine *machine = w->sim->machine;
    cleanup_free char *bytes = NULL;
    cleanup_free char *content = NULL;
    bool directory;
    size_t size = 0;
    char *rest;
    int32_t hr = machine->read_file(machine, path, &bytes, &size);

    if (HR_FAILED(hr))
        return hr;
    content = text_copy_bytes(bytes, size);
    if (!text_starts_with(content, tombstone_head))
        return bad(w, path, "does not begin with a byte order mark and 'Version 1.0'");
    strtok_r(content, "\r\n", &rest);
    for (char *line = strtok_r(NULL, "\r\n", &rest); line && HR_SUCCEEDED(hr);
         line = strtok_r(NULL, "\r\n", &rest)) {
        cleanup_free char *files = w->target ? path_join(w->target, "Files") : NULL;
        cleanup_free char *gone = files ? text_format("%s%s", files, line) : NULL;

        if (*line != '\\')
            return bad(w, path, "has a line that is no path");
        for (char *at = gone; at && *at; at++)
            if (*at == '\\')
                *at = path_separator(w->target);
        if (gone && machine->exists(machine, gone, &directory))
            hr = machine->remove_tree(machine, gone);
    }
    return hr;
}

static int32_t copy_hive(walk *w, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);
    cleanup_free char *hives = w->target ? path_join(w->target, "Hives") : NULL;
    cleanup_free char *to = hives ? path_join(hives, name) : NULL;
    sim_machine *machine = w->sim->machine;
    cleanup_free char *bytes = NULL;
    bool directory = false;
    size_t size = 0;
    int32_t hr;

    machine->exists(machine, path, &directory);
    if (directory)
        return bad(w, path, "is a folder among the hives");
    hr = machine->read_file(machine, path, &bytes, &size);
    return HR_FAILED(hr) || !to ? hr : machine->write_file(machine, to, bytes, size);
}

static int32_t import_hives(walk *w, const char *path)
{
    cleanup_names char **names = NULL;
    cleanup_free char *target = w->target ? path_join(w->target, "Hives") : NULL;
    int32_t hr = target ? make_target(w, target) : HR_OK;

    if (HR_SUCCEEDED(hr))
        hr = list_folder(w, path, &names);
    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++)
        hr = copy_hive(w, path, names[i]);
    return hr;
}

static int32_t import_root_entry(walk *w, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);
    cleanup_free char *target = w->target ? path_join(w->target, name) : NULL;
    int32_t hr;

    if (!strcmp(name, "tombstones.txt"))
        return import_tombstones(w, path);
    if (!strcmp(name, "Files" METADATA_SUFFIX) || !strcmp(name, "Hives" METADATA_SUFFIX))
        return import_entry(w, folder, name, NULL); /* checks that there is the folder */
    if (strcmp(name, "Files") != 0 && strcmp(name, "Hives") != 0)
        return bad(w, path, "does not belong here");
    hr = target ? HR_OK : check_metadata(w, path);
    if (HR_FAILED(hr))
        return hr;
    return *name == 'F' ? import_folder(w, path, target) : import_hives(w, path);
}

static int32_t walk_transport(walk *w, const char *folder)
{
    cleanup_names char **names = NULL;
    int32_t hr = list_folder(w, folder, &names);

    for (size_t i = 0; HR_SUCCEEDED(hr) && names[i]; i++)
        hr = import_root_entry(w, folder, names[i]);
    return hr;
}

int32_t transport_check(sim *s, const char *folder, transport_contents *contents, refusal *why)
{
    walk w = {s, why, NULL, contents};

    return walk_transport(&w, folder);
}

int32_t transport_import(sim *s, const char *folder, const char *layer,
                         transport_contents *contents, refusal *why)
{
    walk w = {s, why, layer, contents};

    return walk_transport(&w, folder);
}
