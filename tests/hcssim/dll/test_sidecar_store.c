/* SPDX-License-Identifier: MIT */
/* What the processes of a simulated host keep of files, in one file that all
 * have mapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sidecar_store.h"

#define FIRST_KEY    0x7000000000000000u /* no file has such an id */
#define THREADS      4u
#define KEYS         1000u
#define OTHER_KEY    (FIRST_KEY - 1)
#define OTHER_RECORD "from another process"

static void put(uint64_t key, const char *record)
{
    assert_true(store_put(key, record, strlen(record), "!", 1));
}

static void assert_record(uint64_t key, const char *expected)
{
    size_t size = 0;
    BYTE *record = store_get(key, &size);

    assert_non_null(record);
    assert_int_equal(strlen(expected), size);
    assert_memory_equal(expected, record, size);
    free(record);
}

static void the_newest_record_counts(void **state)
{
    (void)state;
    put(FIRST_KEY, "first");
    put(FIRST_KEY, "the second, longer");
    assert_record(FIRST_KEY, "the second, longer!");
}

/* As dozens of imports do: each file is a new key, and goes. */
static void what_is_dropped_makes_room(void **state)
{
    static const char record[] =
        "a record that is longer than the smallest room, for which there are"
        " sixty-four bytes, by some more";
    uint64_t before;

    (void)state;
    put(FIRST_KEY, record);
    before = store_room();
    for (uint64_t key = FIRST_KEY; key < FIRST_KEY + 3000000; key++) {
        assert_true(store_put(key + 1, record, sizeof(record) - 1, "!", 1));
        store_drop(key);
    }
    assert_in_range(store_room(), before, before + 1024);
    assert_record(FIRST_KEY + 3000000, "a record that is longer than the smallest room, for which "
                                       "there are sixty-four bytes, by some more!");
    store_drop(FIRST_KEY + 3000000);
}

static void what_is_dropped_is_gone_until_it_is_put_again(void **state)
{
    size_t size;

    (void)state;
    put(FIRST_KEY, "there");
    store_drop(FIRST_KEY);
    assert_null(store_get(FIRST_KEY, &size));
    store_drop(FIRST_KEY);
    assert_null(store_get(FIRST_KEY + 1000000, &size));
    put(FIRST_KEY, "again");
    assert_record(FIRST_KEY, "again!");
}

static void a_record_larger_than_all_room_is_refused(void **state)
{
    (void)state;
    assert_false(store_put(FIRST_KEY, "x", SIZE_MAX / 4, "", 0));
}

static DWORD WINAPI put_many(void *context)
{
    uintptr_t number = (uintptr_t)context;
    char record[32];

    for (unsigned i = 0; i < KEYS; i++) {
        snprintf(record, sizeof(record), "%u of %u", i, (unsigned)number);
        if (!store_put(FIRST_KEY + 1 + i * THREADS + number, record, strlen(record), "", 0))
            return 1;
    }
    return 0;
}

static void threads_that_put_at_the_same_time_lose_nothing(void **state)
{
    HANDLE threads[THREADS];
    char record[32];

    (void)state;
    for (uintptr_t i = 0; i < THREADS; i++)
        threads[i] = CreateThread(NULL, 0, put_many, (void *)i, 0, NULL);
    WaitForMultipleObjects(THREADS, threads, TRUE, INFINITE);
    for (unsigned i = 0; i < THREADS * KEYS; i++) {
        snprintf(record, sizeof(record), "%u of %u", i / THREADS, i % THREADS);
        assert_record(FIRST_KEY + 1 + i, record);
    }
    for (unsigned i = 0; i < THREADS; i++)
        CloseHandle(threads[i]);
}

static void another_process_sees_it_at_once(void **state)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION made;
    wchar_t line[MAX_PATH + 16] = L"\"";
    size_t size;

    (void)state;
    store_drop(OTHER_KEY);
    assert_null(store_get(OTHER_KEY, &size));
    GetModuleFileNameW(NULL, line + 1, MAX_PATH);
    wcscat(line, L"\" put");
    assert_true(CreateProcessW(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &made));
    WaitForSingleObject(made.hProcess, INFINITE);
    CloseHandle(made.hThread);
    CloseHandle(made.hProcess);
    assert_record(OTHER_KEY, OTHER_RECORD);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_record_counts),
        cmocka_unit_test(what_is_dropped_makes_room),
        cmocka_unit_test(what_is_dropped_is_gone_until_it_is_put_again),
        cmocka_unit_test(a_record_larger_than_all_room_is_refused),
        cmocka_unit_test(threads_that_put_at_the_same_time_lose_nothing),
        cmocka_unit_test(another_process_sees_it_at_once),
    };

    if (argc > 1 && strcmp(argv[1], "put") == 0)
        return !store_put(OTHER_KEY, OTHER_RECORD, strlen(OTHER_RECORD), "", 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
