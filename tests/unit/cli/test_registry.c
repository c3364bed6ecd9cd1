/* SPDX-License-Identifier: MIT */
/* pull, push, login, logout, tag on a scripted library. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

static const char lines[] = "latest: Pulling from x\n"
                            "0123456789ab: Pulling fs layer\n"
                            "0123456789ab: Download complete\n"
                            "Digest: sha256:0\n";

static void a_pull_without_a_tag_takes_latest(void **state)
{
    cleanup_free char *shown = text_format("Using default tag: latest\n%sx/y:latest\n", lines);

    (void)state;
    expect(0, shown, "", "pull", "x/y");
    expect(0, "localhost:1/y:t\n", "", "pull", "-q", "localhost:1/y:t");
    expect(0, "x\n", "", "image", "pull", "-a", "-q", "--platform=windows/amd64", "x");
    expect_calls("pull x/y\npull localhost:1/y:t\npull x windows/amd64 all\n");
}

static void a_push_shows_its_lines_unless_quiet(void **state)
{
    (void)state;
    expect(0, lines, "", "push", "x/y:t");
    expect(0, "x/y\n", "", "push", "-q", "-a", "x/y");
    expect_calls("push x/y:t\npush x/y all\n");
}

static void a_tag_takes_two_names(void **state)
{
    (void)state;
    expect(0, "", "", "tag", "a", "b:c");
    expect(125, "", NULL, "tag", "a");
    expect_calls("tag a b:c\n");
}

static void a_login_wants_a_user_and_a_password(void **state)
{
    (void)state;
    expect(0, "Login Succeeded\n",
           "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n"
           "WARNING! Your password will be stored unencrypted in config.json.\n",
           "login", "-u", "me", "-p", "secret", "host:5");
    expect(125, "", "wcow: Must provide --username with --password-stdin\n", "login",
           "--password-stdin");
    expect(125, "", "wcow: --password and --password-stdin are mutually exclusive\n", "login", "-u",
           "me", "-p", "x", "--password-stdin");
    expect(0, "Removing login credentials for host:5\n", "", "logout", "host:5");
    expect_calls("login host:5 me:secret\nlogout host:5\n");
}

static void run_pulls_what_is_asked_for(void **state)
{
    (void)state;
    expect(0, NULL, "", "create", "--pull=always", "-q", "--isolation=process", "nano");
    expect_calls("pull nano  process\ncreate nano isolation=process\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(a_pull_without_a_tag_takes_latest),
        TEST(a_push_shows_its_lines_unless_quiet),
        TEST(a_tag_takes_two_names),
        TEST(a_login_wants_a_user_and_a_password),
        TEST(run_pulls_what_is_asked_for),
    };

    return cmocka_run_group_tests_name("cli/registry", tests, NULL, NULL);
}
