/* SPDX-License-Identifier: MIT */
/* Names in a hosts file, which keeps what it had. */
#include "network/hosts_file.h"

#include <string.h>

#include "tests/unit/status.h"

#define FIRST "# wcow: names of this container's networks\r\n"
#define LAST  "# wcow: end\r\n"

static const host_name names[] = {{"db", "10.0.0.5"}, {"web", "10.0.0.6"}};

static void expect_text(const char *old, size_t count, const char *made)
{
    cleanup_text text out = TEXT_INIT;

    hosts_file_write(old, strlen(old), names, count, &out);
    assert_string_equal(text_get(&out), made);
}

static void names_follow_what_the_image_has(void **state)
{
    (void)state;
    expect_text("", 1, FIRST "10.0.0.5 db\r\n" LAST);
    expect_text("# of Windows\r\n127.0.0.1 x\r\n", 2,
                "# of Windows\r\n127.0.0.1 x\r\n" FIRST "10.0.0.5 db\r\n10.0.0.6 web\r\n" LAST);
    expect_text("127.0.0.1 x", 1, "127.0.0.1 x\r\n" FIRST "10.0.0.5 db\r\n" LAST);
}

static void names_of_an_earlier_start_go(void **state)
{
    (void)state;
    expect_text("a\r\n" FIRST "1.1.1.1 gone\r\n" LAST "b\r\n", 1,
                "a\r\nb\r\n" FIRST "10.0.0.5 db\r\n" LAST);
    expect_text("a\r\n" FIRST "1.1.1.1 gone\r\n" LAST, 0, "a\r\n");
    expect_text("a\r\n" FIRST "its end was lost\r\n", 0, "a\r\n" FIRST "its end was lost\r\n");
}

static void it_does_not_grow_without_end(void **state)
{
    static host_name many[40000];
    cleanup_text text out = TEXT_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++)
        many[i] = (host_name){"a-name-that-is-not-so-short", "172.20.100.100"};
    hosts_file_write("", 0, many, sizeof many / sizeof many[0], &out);
    assert_true(out.length <= HOSTS_FILE_LIMIT);
    assert_true(strstr(text_get(&out), LAST) != NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_what_the_image_has),
        cmocka_unit_test(names_of_an_earlier_start_go),
        cmocka_unit_test(it_does_not_grow_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
