/* SPDX-License-Identifier: MIT */
/*
 * REPARSE_DATA_BUFFER: u32 tag, u16 length of what follows the 8-byte header, u16 0, then offset
 * and length of the substitute name (what the kernel follows) and of the print name (what users
 * see), for symbolic links u32 flags, then both names in UTF-16. The NULs after them are not
 * counted.
 */
#include "layer/backup/reparse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/utf.h"
#include "layer/backup/bytes.h"

#define TAG_MOUNT_POINT 0xA0000003u
#define TAG_SYMLINK     0xA000000Cu
#define FLAG_RELATIVE   1u
#define HEADER_SIZE     8u
#define NAMES_SIZE      8u /* the four u16 */
#define FLAGS_SIZE      4u
#define BUFFER_LIMIT    16384u /* MAXIMUM_REPARSE_DATA_BUFFER_SIZE */

static bool has_drive(const char *path)
{
    char letter = path[0];

    return ((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z')) && path[1] == ':';
}

/* The name in the kernel's own form; *relative for one that has none. NULL: out of memory. */
static char *substitute_of(const char *print, bool *relative)
{
    *relative = false;
    if (text_starts_with(print, "\\\\?\\"))
        return text_format("\\??\\%s", print + 4);
    if (text_starts_with(print, "\\\\"))
        return text_format("\\??\\UNC\\%s", print + 2);
    if (has_drive(print))
        return text_format("\\??\\%s", print);
    *relative = true;
    return text_copy(print);
}

static void add_utf16(text *out, const uint16_t *name, size_t units)
{
    for (size_t i = 0; i < units; i++)
        bytes_add_u16(out, name[i]);
    bytes_add_u16(out, 0);
}

static char *windows_path(const char *path)
{
    char *copy = text_copy(path);

    for (char *c = copy; c && *c; c++) {
        if (*c == '/')
            *c = '\\';
    }
    return copy;
}

wcow_status reparse_encode(const char *target, bool junction, text *out, wcow_error *err)
{
    bool relative = false;
    cleanup_free char *print = windows_path(target);
    cleanup_free char *substitute = print ? substitute_of(print, &relative) : NULL;
    size_t print_units = 0;
    size_t substitute_units = 0;
    cleanup_free uint16_t *print_name = NULL;
    cleanup_free uint16_t *substitute_name = NULL;
    size_t size;

    if (!substitute)
        return error_no_memory(err);
    print_name = utf16_from_utf8(print, strlen(print), &print_units);
    substitute_name = utf16_from_utf8(substitute, strlen(substitute), &substitute_units);
    if (!print_name || !substitute_name)
        return error_no_memory(err);

    size = NAMES_SIZE + (junction ? 0 : FLAGS_SIZE) + 2 * (substitute_units + print_units + 2);
    if (HEADER_SIZE + size > BUFFER_LIMIT)
        return error_set(err, WCOW_CORRUPT, "the link's target is too long");

    bytes_add_u32(out, junction ? TAG_MOUNT_POINT : TAG_SYMLINK);
    bytes_add_u16(out, (uint16_t)size);
    bytes_add_u16(out, 0);
    bytes_add_u16(out, 0);
    bytes_add_u16(out, (uint16_t)(2 * substitute_units));
    bytes_add_u16(out, (uint16_t)(2 * (substitute_units + 1)));
    bytes_add_u16(out, (uint16_t)(2 * print_units));
    if (!junction)
        bytes_add_u32(out, relative ? FLAG_RELATIVE : 0);
    add_utf16(out, substitute_name, substitute_units);
    add_utf16(out, print_name, print_units);
    return WCOW_OK;
}

wcow_status reparse_decode(const unsigned char *bytes, size_t size, char **target, bool *junction,
                           wcow_error *err)
{
    uint32_t tag = size >= HEADER_SIZE ? bytes_u32(bytes) : 0;
    size_t names = HEADER_SIZE + NAMES_SIZE + (tag == TAG_SYMLINK ? FLAGS_SIZE : 0);
    size_t offset;
    size_t length;
    cleanup_free uint16_t *name = NULL;
    char *print;

    if (size >= HEADER_SIZE && tag != TAG_SYMLINK && tag != TAG_MOUNT_POINT)
        return error_set(err, WCOW_UNSUPPORTED, "a reparse point of tag 0x%08X", tag);
    if (size < names)
        return error_set(err, WCOW_CORRUPT, "a reparse buffer of %zu bytes", size);
    offset = bytes_u16(bytes + HEADER_SIZE + 4);
    length = bytes_u16(bytes + HEADER_SIZE + 6);
    if (length % 2 != 0 || offset + length > size - names)
        return error_set(err, WCOW_CORRUPT, "a reparse buffer whose name lies outside of it");

    name = malloc(length + 2);
    if (!name)
        return error_no_memory(err);
    for (size_t i = 0; i < length / 2; i++)
        name[i] = bytes_u16(bytes + names + offset + 2 * i);
    print = utf8_from_utf16(name, length / 2);
    if (!print)
        return error_no_memory(err);
    *target = print;
    *junction = tag == TAG_MOUNT_POINT;
    return WCOW_OK;
}
