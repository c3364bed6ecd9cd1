/* SPDX-License-Identifier: MIT */
/*
 * BackupWrite and BackupRead for Wine: the unnamed DATA stream (and its sparse blocks) is the
 * file's contents, all other streams go to the sidecar and come from there.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#include "hooks.h"
#include "sidecar.h"

#define HEADER_SIZE    20u /* WIN32_STREAM_ID without its name */
#define NAME_MAX_BYTES 0x10000u

#pragma pack(push, 4)
typedef struct stream_header {
    DWORD id, attributes;
    uint64_t size;
    DWORD name_size;
} stream_header;
#pragma pack(pop)

_Static_assert(sizeof(stream_header) == HEADER_SIZE, "WIN32_STREAM_ID");

/* One restore or backup of a file. */
typedef struct backup {
    BYTE
        *bytes; /* writing: streams for the sidecar; reading: all that is to come before the data */
    size_t size, capacity;
    bool failed;
    bool full; /* since there is no room on the disk */
    /* writing */
    BYTE header[HEADER_SIZE + NAME_MAX_BYTES];
    size_t header_size; /* of what has come of it */
    uint64_t left;      /* of the stream's body */
    BYTE offset[8];     /* of a sparse block */
    size_t offset_size;
    bool restored_any;
    /* reading */
    size_t at;
    uint64_t data_left;
    BYTE *after;
    size_t after_size, after_at;
} backup;

static void keep(backup *b, const void *bytes, size_t size)
{
    if (b->size + size > b->capacity) {
        size_t capacity = (b->size + size) * 2 + 256;
        BYTE *grown = realloc(b->bytes, capacity);

        if (!grown) {
            b->failed = true;
            return;
        }
        b->bytes = grown;
        b->capacity = capacity;
    }
    memcpy(b->bytes + b->size, bytes, size);
    b->size += size;
}

static void backup_free(backup *b)
{
    free(b->bytes);
    free(b->after);
    free(b);
}

/* ---- restoring ---- */

static stream_header header_of(const backup *b)
{
    stream_header header;

    memcpy(&header, b->header, sizeof(header));
    return header;
}

static bool is_contents(DWORD id)
{
    return id == BACKUP_DATA || id == BACKUP_SPARSE_BLOCK;
}

/* Takes what is missing of the header and its name; true when it is complete. */
static bool take_header(backup *b, const BYTE **bytes, DWORD *size)
{
    while (*size) {
        size_t wanted =
            b->header_size < HEADER_SIZE ? HEADER_SIZE : HEADER_SIZE + header_of(b).name_size;
        size_t piece = wanted - b->header_size;

        if (wanted > sizeof(b->header)) {
            b->failed = true;
            return false;
        }
        piece = piece < *size ? piece : *size;
        memcpy(b->header + b->header_size, *bytes, piece);
        b->header_size += piece;
        *bytes += piece;
        *size -= (DWORD)piece;
        if (b->header_size >= HEADER_SIZE && b->header_size == HEADER_SIZE + header_of(b).name_size)
            return true;
    }
    return false;
}

static void write_contents(backup *b, HANDLE file, const BYTE *bytes, DWORD size)
{
    DWORD done = 0;

    if (header_of(b).id == BACKUP_SPARSE_BLOCK && b->offset_size < sizeof(b->offset)) {
        size_t piece = sizeof(b->offset) - b->offset_size;

        piece = piece < size ? piece : size;
        memcpy(b->offset + b->offset_size, bytes, piece);
        b->offset_size += piece;
        bytes += piece;
        size -= (DWORD)piece;
        if (b->offset_size == sizeof(b->offset)) {
            LARGE_INTEGER to;

            memcpy(&to.QuadPart, b->offset, sizeof(b->offset));
            SetFilePointerEx(file, to, NULL, FILE_BEGIN);
            if (!b->left)
                SetEndOfFile(file); /* the last, empty block says where the file ends */
        }
    }
    if (!size)
        return;
    if (!WriteFile(file, bytes, size, &done, NULL))
        b->full = GetLastError() == ERROR_DISK_FULL;
    else if (done < size) /* Wine writes what there is room for; Windows writes nothing */
        b->full = true;
    b->failed = b->failed || done < size;
}

/* A whole header is there: the body follows. */
static void begin_stream(backup *b, bool security)
{
    stream_header header = header_of(b);

    b->left = header.size;
    b->offset_size = 0;
    b->restored_any = true;
    if (header.id == BACKUP_SECURITY_DATA && !security)
        return;
    if (!is_contents(header.id))
        keep(b, b->header, b->header_size);
}

static void restore(backup *b, HANDLE file, const BYTE *bytes, DWORD size, bool security)
{
    while (size && !b->failed) {
        stream_header header;
        DWORD piece;

        /* A header may come in pieces: what there is of it is kept. */
        if (!b->left) {
            if (!take_header(b, &bytes, &size))
                return;
            begin_stream(b, security);
            if (!b->left)
                b->header_size = 0;
            continue;
        }
        header = header_of(b);
        piece = b->left < size ? (DWORD)b->left : size;
        b->left -= piece;
        if (is_contents(header.id))
            write_contents(b, file, bytes, piece);
        else if (header.id != BACKUP_SECURITY_DATA || security)
            keep(b, bytes, piece);
        bytes += piece;
        size -= piece;
        if (!b->left)
            b->header_size = 0;
    }
}

BOOL WINAPI hooked_backup_write(HANDLE file, BYTE *buffer, DWORD size, DWORD *written, BOOL abort,
                                BOOL security, void **context)
{
    backup *b = *context;

    if (abort) {
        bool ok = !b || !b->restored_any || sidecar_write(file, b->bytes, b->size);

        if (b)
            backup_free(b);
        *context = NULL;
        return ok;
    }
    if (!b && !(b = calloc(1, sizeof(*b)))) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    *context = b;
    restore(b, file, buffer, size, security);
    if (b->failed)
        SetLastError(b->full ? ERROR_DISK_FULL : ERROR_INVALID_DATA);
    *written = b->failed ? 0 : size;
    return !b->failed;
}

/* ---- backing up ---- */

/* Sorts the sidecar's streams into those before the data and those after it. */
static void split_sidecar(backup *b, const BYTE *bytes, size_t size, bool security)
{
    backup rest = {0};

    while (size >= HEADER_SIZE) {
        stream_header header;
        size_t length;

        memcpy(&header, bytes, sizeof(header));
        length = HEADER_SIZE + header.name_size + (size_t)header.size;
        if (length > size)
            break;
        if (header.id == BACKUP_ALTERNATE_DATA)
            keep(&rest, bytes, length);
        else if (header.id != BACKUP_SECURITY_DATA || security)
            keep(b, bytes, length);
        bytes += length;
        size -= length;
    }
    b->after = rest.bytes;
    b->after_size = rest.size;
}

static backup *begin_backup(HANDLE file, bool security)
{
    backup *b = calloc(1, sizeof(*b));
    BY_HANDLE_FILE_INFORMATION info;
    size_t size = 0;
    cleanup_free BYTE *sidecar = b ? sidecar_read(file, &size) : NULL;
    stream_header data = {BACKUP_DATA, 0, 0, 0};

    if (!b)
        return NULL;
    if (sidecar)
        split_sidecar(b, sidecar, size, security);
    if (GetFileInformationByHandle(file, &info) &&
        !(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY)) {
        data.size = (uint64_t)info.nFileSizeHigh << 32 | info.nFileSizeLow;
        b->data_left = data.size;
        if (data.size || !size)
            keep(b, &data, sizeof(data));
    }
    return b;
}

static DWORD take_bytes(const BYTE *from, size_t size, size_t *at, BYTE *buffer, DWORD room)
{
    DWORD piece = size - *at < room ? (DWORD)(size - *at) : room;

    if (piece)
        memcpy(buffer, from + *at, piece);
    *at += piece;
    return piece;
}

static DWORD take_data(backup *b, HANDLE file, BYTE *buffer, DWORD room)
{
    DWORD piece = b->data_left < room ? (DWORD)b->data_left : room;
    DWORD got = 0;

    if (piece && (!ReadFile(file, buffer, piece, &got, NULL) || !got))
        b->failed = true;
    b->data_left -= got;
    return got;
}

BOOL WINAPI hooked_backup_read(HANDLE file, BYTE *buffer, DWORD size, DWORD *got, BOOL abort,
                               BOOL security, void **context)
{
    backup *b = *context;

    if (abort) {
        if (b)
            backup_free(b);
        *context = NULL;
        return TRUE;
    }
    if (!b && !(b = begin_backup(file, security))) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return FALSE;
    }
    *context = b;
    *got = take_bytes(b->bytes, b->size, &b->at, buffer, size);
    while (*got < size && b->data_left && !b->failed)
        *got += take_data(b, file, buffer + *got, size - *got);
    if (!b->data_left)
        *got += take_bytes(b->after, b->after_size, &b->after_at, buffer + *got, size - *got);
    if (b->failed)
        SetLastError(ERROR_READ_FAULT);
    return !b->failed;
}

/* Skips within the data only, as on Windows: never over the next header. */
BOOL WINAPI hooked_backup_seek(HANDLE file, DWORD low, DWORD high, DWORD *low_done,
                               DWORD *high_done, void **context)
{
    backup *b = *context;
    uint64_t wanted = (uint64_t)high << 32 | low;
    uint64_t done = b && b->at == b->size && wanted > b->data_left ? b->data_left : wanted;
    LARGE_INTEGER move;

    if (!b || b->at < b->size) {
        SetLastError(ERROR_SEEK);
        return FALSE;
    }
    move.QuadPart = (LONGLONG)done;
    SetFilePointerEx(file, move, NULL, FILE_CURRENT);
    b->data_left -= done;
    *low_done = (DWORD)done;
    *high_done = (DWORD)(done >> 32);
    if (done < wanted)
        SetLastError(ERROR_SEEK);
    return done == wanted;
}
