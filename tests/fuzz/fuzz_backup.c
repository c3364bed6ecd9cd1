/* SPDX-License-Identifier: MIT */
/* Win32 backup streams, as they are read back from a layer. */
#include "tests/fuzz/fuzz.h"

#include "layer/backup/backup_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = {.bytes = data, .left = size, .piece = 7};
    byte_source source = fuzz_source(&input);
    cleanup_backup_reader backup_reader *reader = backup_reader_new(&source);
    const backup_header *header;

    FUZZ_CHECK(reader);
    for (int i = 0; i < 1000; i++) {
        char body[64];
        size_t got = 1;

        if (backup_next(reader, &header, NULL) != WCOW_OK || !header)
            return 0;
        while (got > 0)
            if (backup_read(reader, body, sizeof(body), &got, NULL) != WCOW_OK)
                return 0;
    }
    return 0;
}
