/* SPDX-License-Identifier: MIT */
/* What port/hash.h promises. The vectors are those of FIPS 180-4. */
#include "contract.h"

#include "port/hash.h"

static const struct {
    const char *text;
    const char *hex;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void known_texts_have_known_hashes(void **state)
{
    cleanup_sha256 sha256 *hash = sha256_new();

    (void)state;
    assert_non_null(hash);
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        char hex[SHA256_HEX_SIZE];

        /* One object for all: finishing resets it. */
        sha256_update(hash, vectors[i].text, strlen(vectors[i].text));
        sha256_finish(hash, hex);
        assert_string_equal(hex, vectors[i].hex);
    }
}

static void pieces_hash_like_the_whole(void **state)
{
    cleanup_sha256 sha256 *hash = sha256_new();
    char hex[SHA256_HEX_SIZE];
    char block[1000];

    (void)state;
    memset(block, 'a', sizeof(block));
    for (int i = 0; i < 1000; i++)
        sha256_update(hash, block, sizeof(block));
    sha256_finish(hash, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void two_hashes_do_not_mix(void **state)
{
    cleanup_sha256 sha256 *one = sha256_new();
    cleanup_sha256 sha256 *two = sha256_new();
    char hex[SHA256_HEX_SIZE];

    (void)state;
    sha256_update(one, "a", 1);
    sha256_update(two, "x", 1);
    sha256_update(one, "bc", 2);
    sha256_finish(one, hex);
    assert_string_equal(hex, vectors[1].hex);
}

static void random_bytes_differ(void **state)
{
    unsigned char one[32] = {0};
    unsigned char two[32] = {0};

    (void)state;
    assert_done(random_bytes(one, sizeof(one)));
    assert_done(random_bytes(two, sizeof(two)));
    assert_memory_not_equal(one, two, sizeof(one));
    assert_done(random_bytes(one, 0));
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    sha256_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_known_hashes),
        cmocka_unit_test(pieces_hash_like_the_whole),
        cmocka_unit_test(two_hashes_do_not_mix),
        cmocka_unit_test(random_bytes_differ),
        cmocka_unit_test(freeing_nothing_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
