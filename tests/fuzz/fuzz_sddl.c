/* SPDX-License-Identifier: MIT */
/* Security as text: whatever is taken becomes a descriptor whose parts lie within it. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "base/text.h"
#include "layer/backup/bytes.h"
#include "layer/backup/sddl.h"

#define HEADER_SIZE 20u

/* A SID: revision, count, authority, and as many numbers as it says. */
static void check_sid(const unsigned char *bytes, size_t size, size_t at)
{
    FUZZ_CHECK(at >= HEADER_SIZE && at + 8 <= size);
    FUZZ_CHECK(bytes[at] == 1 && bytes[at + 1] >= 1 && bytes[at + 1] <= 15);
    FUZZ_CHECK(at + 8 + 4u * bytes[at + 1] <= size);
}

/* A list: as many entries as it says, each as long as it says, ending where the list does. */
static void check_list(const unsigned char *bytes, size_t size, size_t at)
{
    size_t length;
    size_t done = 8;

    FUZZ_CHECK(at >= HEADER_SIZE && at + 8 <= size);
    length = bytes_u16(bytes + at + 2);
    FUZZ_CHECK(at + length <= size);
    for (unsigned count = bytes_u16(bytes + at + 4); count > 0; count--) {
        FUZZ_CHECK(done + 16 <= length);
        FUZZ_CHECK(bytes_u16(bytes + at + done + 2) >= 16);
        done += bytes_u16(bytes + at + done + 2);
    }
    FUZZ_CHECK(done == length);
}

static void check_descriptor(const unsigned char *bytes, size_t size)
{
    FUZZ_CHECK(size >= HEADER_SIZE && bytes[0] == 1);
    for (size_t i = 4; i < HEADER_SIZE; i += 4) {
        size_t at = bytes_u32(bytes + i);

        if (at && i < 12)
            check_sid(bytes, size, at);
        else if (at)
            check_list(bytes, size, at);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *sddl = text_copy_bytes((const char *)data, size);
    cleanup_free unsigned char *descriptor = NULL;
    size_t length = 0;

    FUZZ_CHECK(sddl);
    if (sddl_encode(sddl, &descriptor, &length, NULL) == WCOW_OK)
        check_descriptor(descriptor, length);
    return 0;
}
