/* SPDX-License-Identifier: MIT */
/* Long texts, in pieces that end with a character. */
#include "cli/output.h"

/* Less than the buffers of standard streams, so that a piece is one write. */
#define PIECE ((size_t)16 * 1024)

static size_t piece_length(const char *bytes, size_t length)
{
    size_t cut = PIECE;

    if (length <= PIECE)
        return length;
    /* What goes on for longer than a character can is none: cut anywhere. */
    while (cut > PIECE - 3 && ((unsigned char)bytes[cut] & 0xc0) == 0x80)
        cut--;
    return cut;
}

bool output_write(FILE *out, const char *bytes, size_t length)
{
    if (fflush(out) != 0)
        return false;
    while (length > 0) {
        const size_t piece = piece_length(bytes, length);

        if (fwrite(bytes, 1, piece, out) != piece || fflush(out) != 0)
            return false;
        bytes += piece;
        length -= piece;
    }
    return true;
}
