/* SPDX-License-Identifier: MIT */
/*
 * tar: as much of Windows' own (bsdtar of libarchive) as others drive it by, upon the same library:
 *
 *     tar.exe -c[n][H]f - [--exclude PATTERN]... -C FOLDER NAME     writes a tar to standard output
 *     tar.exe -xf - -C FOLDER                                       unpacks one from standard input
 */
#include "program.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <io.h>
#include <stdbool.h>
#include <stdio.h>
#include <wchar.h>

#define BLOCK_SIZE 10240

/* Says why, as bsdtar does; the program fails at its end. */
static void complain(const wchar_t *name, const char *why)
{
    fprintf(stderr, "tar.exe: %ls: %s\n", name, why ? why : "Unspecified error");
}

/* What a file does not have between its blocks is zeros. */
static bool put_zeros(struct archive *out, la_int64_t count)
{
    static const char zeros[BLOCK_SIZE];

    while (count > 0) {
        const size_t piece = count < BLOCK_SIZE ? (size_t)count : BLOCK_SIZE;

        if (archive_write_data(out, zeros, piece) < 0)
            return false;
        count -= (la_int64_t)piece;
    }
    return true;
}

static bool copy_out(struct archive *disk, struct archive *out)
{
    const void *bytes;
    size_t size;
    la_int64_t offset;
    la_int64_t written = 0;
    int result = archive_read_data_block(disk, &bytes, &size, &offset);

    for (; result == ARCHIVE_OK; result = archive_read_data_block(disk, &bytes, &size, &offset)) {
        if (!put_zeros(out, offset - written) || archive_write_data(out, bytes, size) < 0)
            return false;
        written = offset + (la_int64_t)size;
    }
    return result == ARCHIVE_EOF;
}

/* Like bsdtar, it ends with what cannot be opened. */
static int create(struct archive *patterns, const wchar_t *name, bool alone, bool follow)
{
    struct archive *disk = archive_read_disk_new();
    struct archive *out = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    int result;
    int code = 0;

    if (follow)
        archive_read_disk_set_symlink_hybrid(disk);
    else
        archive_read_disk_set_symlink_physical(disk);
    archive_read_disk_set_matching(disk, patterns, NULL, NULL);
    archive_write_set_format_pax_restricted(out);
    archive_write_set_bytes_in_last_block(out, 1);
    archive_write_open_fd(out, 1);
    if (archive_read_disk_open_w(disk, name) != ARCHIVE_OK) {
        complain(name, archive_error_string(disk));
        code = 1;
    }
    while (!code && (result = archive_read_next_header2(disk, entry)) != ARCHIVE_EOF) {
        if (result < ARCHIVE_WARN) {
            complain(name, archive_error_string(disk));
            code = 1;
            break;
        }
        if (!alone)
            archive_read_disk_descend(disk);
        if (archive_write_header(out, entry) < ARCHIVE_WARN ||
            (archive_entry_size(entry) > 0 && !copy_out(disk, out))) {
            complain(name, archive_error_string(out));
            code = 1;
        }
        archive_entry_clear(entry);
        if (alone)
            break;
    }
    archive_entry_free(entry);
    archive_write_free(out);
    archive_read_free(disk);
    return code;
}

static int extract(void)
{
    struct archive *in = archive_read_new();
    struct archive *disk = archive_write_disk_new();
    struct archive_entry *entry;
    int result;
    int code = 0;

    archive_read_support_format_tar(in);
    archive_write_disk_set_options(disk, ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                                             ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                             ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
    if (archive_read_open_fd(in, 0, BLOCK_SIZE) != ARCHIVE_OK)
        code = 1;
    while (!code && (result = archive_read_next_header(in, &entry)) != ARCHIVE_EOF) {
        if (result < ARCHIVE_WARN) {
            complain(L"Error opening archive", archive_error_string(in));
            code = 1;
        } else if (archive_read_extract2(in, entry, disk) < ARCHIVE_WARN) {
            complain(archive_entry_pathname_w(entry), archive_error_string(disk));
            code = 1;
        }
    }
    archive_write_free(disk);
    archive_read_free(in);
    return code;
}

/* Takes the patterns; the number of the first argument behind them. */
static int read_patterns(int argc, wchar_t **argv, struct archive *patterns)
{
    int at = 3;

    for (; at + 1 < argc && wcscmp(argv[at], L"--exclude") == 0; at += 2)
        archive_match_exclude_pattern_w(patterns, argv[at + 1]);
    return at;
}

int wmain(int argc, wchar_t **argv)
{
    struct archive *patterns = archive_match_new();
    const int at = argc > 2 ? read_patterns(argc, argv, patterns) : argc;
    const bool creates = argc == at + 3 && wcschr(argv[1], L'c');
    int code = 1;

    if (argc < at + 2 || wcscmp(argv[2], L"-") != 0 || wcscmp(argv[at], L"-C") != 0) {
        fprintf(stderr, "tar.exe: Must specify one of -c, -r, -t, -u, -x\n");
        return 1;
    }
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
    if (!SetCurrentDirectoryW(argv[at + 1]))
        complain(L"could not chdir to", "No such file or directory");
    else if (creates)
        code = create(patterns, argv[at + 2], wcschr(argv[1], L'n') != NULL,
                      wcschr(argv[1], L'H') != NULL);
    else
        code = extract();
    archive_match_free(patterns);
    return code;
}
