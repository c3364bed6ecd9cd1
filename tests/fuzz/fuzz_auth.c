/* SPDX-License-Identifier: MIT */
/* What a registry answers about who may ask: WWW-Authenticate. */
#include "tests/fuzz/fuzz.h"

#include "base/text.h"
#include "image/registry/challenge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    cleanup_free char *header = text_copy_bytes((const char *)data, size);
    cleanup_challenge auth_challenge challenge = {.kind = CHALLENGE_NONE};

    FUZZ_CHECK(header);
    FUZZ_CHECK(auth_challenge_parse(header, &challenge));
    /* A second header adds to the first. */
    FUZZ_CHECK(auth_challenge_parse(header, &challenge));
    FUZZ_CHECK(challenge.kind != CHALLENGE_NONE || !challenge.realm);
    return 0;
}
