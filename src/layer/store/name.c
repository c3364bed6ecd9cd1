/* SPDX-License-Identifier: MIT */
/* Names in a layer: what is accepted. */
#include "layer/store/name.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/utf.h"

#define PATH_LIMIT      32767u /* UTF-16 units, the kernel's */
#define COMPONENT_LIMIT 255u   /* NTFS's */
#define DEPTH_LIMIT     500u   /* Windows itself needs 20; removing a tree takes stack */

/* Names that Win32 takes for devices, whatever extension follows. */
static const char *const devices[] = {
    "CON",  "PRN",  "AUX",  "NUL",  "COM1", "COM2", "COM3", "COM4", "COM5",   "COM6",    "COM7",
    "COM8", "COM9", "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7",   "LPT8",    "LPT9",
    "COM¹", "COM²", "COM³", "LPT¹", "LPT²", "LPT³", "COM0", "LPT0", "CONIN$", "CONOUT$",
};

static wcow_status refuse(const char *reason, wcow_error *err)
{
    return error_set(err, WCOW_CORRUPT, "%s", reason);
}

static bool is_device(const char *component, size_t length)
{
    const char *dot = memchr(component, '.', length);
    size_t stem = dot ? (size_t)(dot - component) : length;

    while (stem > 0 && component[stem - 1] == ' ')
        stem--;
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        cleanup_free char *head = NULL;

        if (strlen(devices[i]) != stem)
            continue;
        head = text_copy_bytes(component, stem);
        if (!head || text_equal_ignore_case(head, devices[i]))
            return true;
    }
    return false;
}

/* UTF-16 units of well-formed UTF-8. */
static size_t units_of(const char *utf8, size_t length)
{
    size_t units = 0;

    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)utf8[i];

        if ((c & 0xC0) != 0x80)
            units += c >= 0xF0 ? 2 : 1;
    }
    return units;
}

static wcow_status check_characters(const char *component, size_t length, wcow_error *err)
{
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)component[i] < ' ')
            return refuse("it has a control character", err);
        if (component[i] == ':')
            return refuse("it has a ':'", err);
        if (strchr("\"*<>?|", component[i]))
            return refuse("it has a character that Windows does not allow", err);
    }
    return WCOW_OK;
}

/* Case does not count: the file system would take one for the other. */
static bool is_metadata(const char *component, size_t length)
{
    static const char suffix[] = LAYER_DIRECTORY_SUFFIX;
    size_t size = sizeof(suffix) - 1;
    cleanup_free char *end =
        length >= size ? text_copy_bytes(component + length - size, size) : NULL;

    return length >= size && (!end || text_equal_ignore_case(end, suffix));
}

static wcow_status check_component(const char *component, size_t length, wcow_error *err)
{
    wcow_status status = check_characters(component, length, err);

    if (status)
        return status;
    if (length == 1 && component[0] == '.')
        return refuse("it has a '.' component", err);
    if (length == 2 && component[0] == '.' && component[1] == '.')
        return refuse("it has a '..' component", err);
    if (component[length - 1] == '.' || component[length - 1] == ' ')
        return refuse("a component ends with a dot or blank", err);
    if (is_device(component, length))
        return refuse("it names a device", err);
    if (units_of(component, length) > COMPONENT_LIMIT)
        return refuse("a component is longer than 255 characters", err);
    return WCOW_OK;
}

static wcow_status check_in_layer(const char *component, size_t length, wcow_error *err)
{
    if (is_metadata(component, length))
        return refuse(
            "it ends with " LAYER_DIRECTORY_SUFFIX ", which the layer format keeps to itself", err);
    return WCOW_OK;
}

bool name_is_below(const char *name, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(name, folder, length) == 0 && name[length] == '\\' && name[length + 1];
}

const char *name_base(const char *name)
{
    const char *last = strrchr(name, '\\');

    return last ? last + 1 : name;
}

bool name_is_root(const char *name)
{
    return text_equal(name, LAYER_FILES) || text_equal(name, LAYER_HIVES) ||
           text_equal(name, LAYER_UTILITY_VM) || text_equal(name, LAYER_UTILITY_VM_FILES);
}

bool name_is_volume_s(const char *name)
{
    static const char *const names[] = {VOLUME_S_NAMES};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (text_equal_ignore_case(name, names[i]))
            return true;
    return false;
}

/* "LONGNA~1.TXT": at most eight characters that end with '~' and digits, at most three behind a
 * dot. */
bool name_looks_short(const char *name)
{
    const char *base = name_base(name);
    const char *end = base + strcspn(base, ".");
    const char *tilde = end;

    while (tilde > base && tilde[-1] >= '0' && tilde[-1] <= '9')
        tilde--;
    return tilde > base && tilde < end && tilde[-1] == '~' && end - base <= 8 && strlen(end) <= 4;
}

static bool is_in_layer(const char *name)
{
    return name_is_root(name) || name_is_below(name, LAYER_FILES) ||
           name_is_below(name, LAYER_HIVES) || name_is_below(name, LAYER_UTILITY_VM_FILES);
}

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

/* A layer's names are what its maker meant; a user's archive may say "./a//b/.", too. */
static wcow_status add_components(const char *name, bool in_layer, text *path, wcow_error *err)
{
    size_t depth = 0;

    while (*name) {
        size_t length = strcspn(name, "/\\");
        bool nothing = !length || (!in_layer && length == 1 && *name == '.');
        wcow_status status = nothing ? WCOW_OK : check_component(name, length, err);

        if (!status && length && in_layer)
            status = check_in_layer(name, length, err);
        if (status)
            return status;
        depth += !nothing;
        if (depth > DEPTH_LIMIT)
            return refuse("it lies more than 500 folders deep", err);
        if (!nothing && path->length)
            text_add_char(path, '\\');
        if (!nothing)
            text_add_bytes(path, name, length);
        name += length;
        name += is_separator(*name);
    }
    if (path->failed)
        return error_no_memory(err);
    if (units_of(text_get(path), path->length) > PATH_LIMIT)
        return refuse("it is longer than 32767 characters", err);
    return WCOW_OK;
}

static wcow_status take_name(text *path, char **out, wcow_error *err)
{
    char *name = path->length ? text_take(path) : text_copy("");

    if (!name)
        return error_no_memory(err);
    *out = name;
    return WCOW_OK;
}

wcow_status layer_name(const char *name, char **out, wcow_error *err)
{
    cleanup_text text path = TEXT_INIT;
    wcow_status status;

    if (is_separator(name[0]))
        return refuse("it is an absolute path", err);
    if (name[0] == '.' && name[1] == '/' && name[2])
        name += 2; /* `tar -c .` */
    status = add_components(name, true, &path, err);
    if (status)
        return status;
    if (!is_in_layer(text_get(&path)))
        return refuse("it is not below Files, Hives or UtilityVM/Files", err);
    return take_name(&path, out, err);
}

wcow_status archive_name(const char *name, char **out, wcow_error *err)
{
    cleanup_text text path = TEXT_INIT;
    wcow_status status = add_components(name, false, &path, err);

    return status ? status : take_name(&path, out, err);
}

wcow_status layer_stream_name(const char *name, wcow_error *err)
{
    if (!*name || strpbrk(name, "/\\:"))
        return refuse("it is no name of an alternate stream", err);
    if (units_of(name, strlen(name)) > COMPONENT_LIMIT)
        return refuse("the stream's name is longer than 255 characters", err);
    return WCOW_OK;
}
