/* SPDX-License-Identifier: MIT */
/*
 * Runs a fuzz target without a fuzzer: each file of the corpus as it is, then damaged in many ways
 * that are the same in each run. So every build tests the parsers under its sanitizers; libFuzzer
 * (WCOW_FUZZ) searches for more.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <string.h>

/* Copies of each file; fewer where one run takes long. */
#ifndef FUZZ_DAMAGES
#define FUZZ_DAMAGES 1000
#endif
#define LARGEST_FILE ((size_t)1 << 20)

static uint32_t random_state = 2463534242u;

/* xorshift32 */
static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static size_t random_below(size_t limit)
{
    return limit ? next_random() % limit : 0;
}

/* A copy of exactly its size, so that a read past its end is seen. */
static void run(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);

    FUZZ_CHECK(copy);
    if (size > 0)
        memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* Changes a few bytes, or overwrites a part with another, or cuts the end off. */
static size_t damage(uint8_t *bytes, size_t size)
{
    static const uint8_t special[] = {0, 1, 0x7F, 0x80, 0xFF, '0', '9', '/', '\\', '.', '-', ' '};
    size_t count = 1 + random_below(4);

    for (size_t i = 0; i < count && size > 0; i++)
        bytes[random_below(size)] =
            random_below(2) ? special[random_below(sizeof(special))] : (uint8_t)next_random();
    if (size > 16 && random_below(4) == 0) {
        size_t length = 1 + random_below(size / 4);

        memmove(bytes + random_below(size - length), bytes + random_below(size - length), length);
    }
    return random_below(6) == 0 ? random_below(size) : size;
}

static size_t read_file(const char *folder, const char *name, uint8_t *out)
{
    char path[4096];
    FILE *file;
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rb");
    FUZZ_CHECK(file);
    size = fread(out, 1, LARGEST_FILE, file);
    fclose(file);
    return size;
}

static void replay_file(const char *folder, const char *name)
{
    static uint8_t original[LARGEST_FILE];
    static uint8_t damaged[LARGEST_FILE];
    size_t size = read_file(folder, name, original);

    run(original, size);
    for (int i = 0; i < FUZZ_DAMAGES; i++) {
        memcpy(damaged, original, size);
        run(damaged, damage(damaged, size));
    }
}

int main(int argc, char **argv)
{
    int files = 0;
    DIR *folder;

    FUZZ_CHECK(argc == 2);
    folder = opendir(argv[1]);
    FUZZ_CHECK(folder);
    run(NULL, 0);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (entry->d_name[0] == '.')
            continue;
        replay_file(argv[1], entry->d_name);
        files++;
    }
    closedir(folder);
    FUZZ_CHECK(files > 0);
    printf("%d files, each damaged in %d ways\n", files, FUZZ_DAMAGES);
    return 0;
}
