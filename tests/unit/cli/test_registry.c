/* SPDX-License-Identifier: MIT */
/* pull, push, login, logout, tag on a scripted library. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

static const char lines[] = "latest: Pulling from x\n"
                            "0123456789ab: Pulling fs layer\n"
                            "ba9876543210: Waiting\n"
                            "0123456789ab: Download complete\n"
                            "0123456789ab: Pull complete\n"
                            "Digest: sha256:0\n";

static void a_pull_without_a_tag_takes_latest(void **state)
{
    cleanup_free char *shown = text_format("Using default tag: latest\n%sregistry/x/y\n", lines);

    (void)state;
    expect(0, shown, "", "pull", "x/y");
    expect(0, "registry/localhost:1/y:t\n", "", "pull", "-q", "localhost:1/y:t");
    expect(0, "registry/x\n", "", "image", "pull", "-a", "-q", "--platform=windows/amd64", "x");
    expect_calls("pull x/y\npull localhost:1/y:t\npull x windows/amd64 all\n");
}

/* A row a layer, drawn anew where it stands; nothing for what would look the same. */
static void a_terminal_has_a_bar_a_layer(void **state)
{
    static const char drawn[] =
        "Using default tag: latest\nlatest: Pulling from x\n"
        "0123456789ab: Pulling fs layer\nba9876543210: Waiting\n"
        "\033[2A\r0123456789ab: Downloading "
        "[=========================>                        ]  500B/1kB\033[K\033[2B\r"
        "\033[2A\r0123456789ab: Download complete\033[K\033[2B\r"
        "\033[2A\r0123456789ab: Extracting "
        "[=====================================>            ]  750B/1kB\033[K\033[2B\r"
        "\033[2A\r0123456789ab: Pull complete\033[K\033[2B\r"
        "Digest: sha256:0\nregistry/x\n";

    (void)state;
    fake.terminals[1] = true;
    fake.columns = 120;
    expect(0, drawn, "", "pull", "x");
    expect(0, "registry/x\n", "", "pull", "-q", "x");
}

/* A row that went on in the next line would be drawn anew one line too low. */
static void no_row_is_wider_than_the_terminal(void **state)
{
    static const struct {
        unsigned columns;
        const char *bar;
    } terminals[] = {
        {0, "Downloading [====================>                    ]  500B/1kB\033"}, /* as of 80 */
        {60, "Downloading [==========>          ]  500B/1kB\033"},
        {44, "Downloading [==>  ]  500B/1kB\033"},
        {43, "Downloading 500B/1kB\033"},
        {10, "Downloading 500B/1kB\033"},
    };

    (void)state;
    fake.terminals[1] = true;
    for (size_t i = 0; i < sizeof(terminals) / sizeof(terminals[0]); i++) {
        struct printed printed;

        fake.columns = terminals[i].columns;
        program_with_input(&printed, "", (const char *const[]){"pull", "x", NULL});
        assert_int_equal(printed.code, 0);
        if (!strstr(printed.out, terminals[i].bar))
            fail_msg("%u columns: %s", terminals[i].columns, printed.out);
        free(printed.out);
        free(printed.err);
    }
}

static void a_push_shows_its_lines_unless_quiet(void **state)
{
    (void)state;
    expect(0, lines, "", "push", "x/y:t");
    expect(0, "registry/x/y\n", "", "push", "-q", "-a", "x/y");
    expect(0, lines, "", "push", "-a", "x/y");
    expect_calls("push x/y:t\npush x/y all\npush x/y all\n");
}

static void a_push_without_a_tag_takes_latest(void **state)
{
    cleanup_free char *shown = text_format("Using default tag: latest\n%s", lines);

    (void)state;
    expect(0, shown, "", "push", "host:5/y");
    expect(0, "registry/host:5/y\n", "", "push", "-q", "host:5/y");
    expect_calls("push host:5/y\npush host:5/y\n");
}

static void a_tag_takes_two_names(void **state)
{
    (void)state;
    expect(0, "", "", "tag", "a", "b:c");
    expect(1, "", NULL, "tag", "a");
    expect_calls("tag a b:c\n");
}

#define STORED                                                                                     \
    "WARNING! Your password will be stored unencrypted in config.json.\n"                          \
    "Configure a credential helper to remove this warning. See\n"                                  \
    "https://docs.docker.com/go/credential-store/\n\n"

static void a_login_wants_a_user_and_a_password(void **state)
{
    (void)state;
    expect(0, "Login Succeeded\n",
           "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n" STORED,
           "login", "-u", "me", "-p", "secret", "host:5");
    expect(0, "Login Succeeded\n",
           "{\"warning\":\"Using --password via the CLI is insecure. Use --password-stdin."
           "\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n"
           "{\"warning\":\"Your password will be stored unencrypted in config.json.\\n"
           "Configure a credential helper to remove this warning. See\\n"
           "https://docs.docker.com/go/credential-store/"
           "\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n",
           "--errors=json", "login", "-u", "me", "-p", "secret", "host:5");
    expect(1, "", "wcow: Must provide --username with --password-stdin\n", "login",
           "--password-stdin");
    expect(1, "", "wcow: --password and --password-stdin are mutually exclusive\n", "login", "-u",
           "me", "-p", "x", "--password-stdin");
    expect(0, "Removing login credentials for host:5\n", "", "logout", "host:5");
    expect(0, "Removing login credentials for host:5\n", "", "logout", "https://host:5/v1/");
    expect(0, "Removing login credentials for https://index.docker.io/v1/\n", "", "logout");
    expect_calls("login host:5 me:secret\nlogin host:5 me:secret\nlogout host:5\nlogout "
                 "https://host:5/v1/\nlogout hub\n");
}

/* A service account's key is a password of many lines, and a token one of thousands of digits. */
static void a_password_on_stdin_is_all_of_it(void **state)
{
    static const struct {
        const char *typed, *password;
    } passwords[] = {
        {"secret", "secret"},
        {"secret\n", "secret"},
        {"secret\r\n", "secret"},
        {" se cret \n", " se cret "},
        {"{\n  \"key\": 1\r\n}\r\n", "{\n  \"key\": 1\r\n}"},
    };
    cleanup_free char *token = malloc(65536 + 1);
    cleanup_free char *call = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(passwords) / sizeof(passwords[0]); i++) {
        cleanup_free char *expected = text_format("login h me:%s\n", passwords[i].password);

        expect_with_input(passwords[i].typed, 0, "Login Succeeded\n", STORED, "login", "-u", "me",
                          "--password-stdin", "h");
        expect_calls(expected);
    }
    assert_non_null(token);
    memset(token, 'x', 65536);
    token[65535] = '\0';
    call = text_format("login h me:%s\n", token);
    expect_with_input(token, 0, "Login Succeeded\n", STORED, "login", "-u", "me",
                      "--password-stdin", "h");
    expect_calls(call);
    token[65535] = 'x';
    token[65536] = '\0';
    expect_with_input(token, 1, "", "wcow: the password on stdin is longer than 65535 bytes\n",
                      "login", "-u", "me", "--password-stdin", "h");
    for (size_t i = 0; i < 3; i++)
        expect_with_input(i == 0   ? ""
                          : i == 1 ? "\n"
                                   : " \r\n",
                          1, "", "wcow: there is no password on stdin\n", "login", "-u", "me",
                          "--password-stdin", "h");
    expect_calls("");
}

static void nobody_is_nobody(void **state)
{
    (void)state;
    expect(1, "", "wcow: username is empty\n", "login", "-u", "", "-p", "x");
    expect_with_input("x", 1, "", "wcow: username is empty\n", "login", "-u", "",
                      "--password-stdin");
    expect(1, "", "wcow: password is empty\n", "login", "-u", "me", "-p", "");
    expect_calls("");
}

static void a_login_asks_for_what_is_missing(void **state)
{
    static const char *const both[] = {"me", "secret", NULL};
    static const char *const password[] = {"secret", NULL};

    (void)state;
    fake.terminals[0] = true;
    fake.typed = both;
    expect(0, "Username: Password: \nLogin Succeeded\n", STORED, "login", "host:5");
    fake.typed = password;
    expect(0, "Password: \nLogin Succeeded\n", STORED, "login", "-u", "you", "host:5");
    fake.typed = both;
    expect(0, "Username: Login Succeeded\n",
           "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n" STORED,
           "login", "-p", "given");
    expect_calls("user host:5\nask\nask hidden\nlogin host:5 me:secret\n"
                 "ask hidden\nlogin host:5 you:secret\n"
                 "ask\nlogin hub me:given\n");
}

static void a_login_without_a_terminal_asks_nobody(void **state)
{
    static const char refusal[] =
        "wcow: Cannot perform an interactive login from a non TTY device; "
        "give --username and --password-stdin.\n";

    (void)state;
    expect(1, "", refusal, "login");
    expect(1, "", refusal, "login", "-u", "me");
    expect_calls("user hub\n");
}

static void a_login_needs_an_answer(void **state)
{
    static const char *const nobody[] = {"", NULL};
    static const char *const no_password[] = {"me", "", NULL};

    (void)state;
    fake.terminals[0] = true;
    fake.typed = nobody;
    expect(1, "Username: ", "wcow: username is required\n", "login");
    fake.typed = NULL; /* Ctrl-Z */
    expect(1, "Username: \n", "wcow: username is required\n", "login");
    fake.typed = no_password;
    expect(1, "Username: Password: \n", "wcow: password is required\n", "login");
}

static void what_is_kept_is_tried_first(void **state)
{
    static const char kept[] = "Authenticating with existing credentials... [Username: me]\n";
    static const char *const again[] = {"", "new", NULL};
    cleanup_free char *worked = text_format("%sLogin Succeeded\n", kept);
    cleanup_free char *asked = text_format("%sUsername (me): Password: \nLogin Succeeded\n", kept);

    (void)state;
    fake.user = "me";
    expect(0, worked, "", "login");
    fake.failing = "check";
    fake.failure = WCOW_DENIED;
    fake.message = "unauthorized";
    expect(1, kept, "wcow: unauthorized\n", "login");
    fake.terminals[0] = true;
    fake.typed = again;
    expect(0, asked, "Stored credentials invalid or expired\n" STORED, "login");
    expect_calls("user hub\ncheck hub\nuser hub\ncheck hub\n"
                 "user hub\ncheck hub\nask\nask hidden\nlogin hub me:new\n");
}

static void run_pulls_what_is_asked_for(void **state)
{
    (void)state;
    expect(0, NULL, "", "create", "--pull=always", "-q", "--isolation=process", "nano");
    expect_calls("pull nano  process\ncreate nano isolation=process\n");
}

/* --pull=missing, the default: the image is looked for first. */
static void run_pulls_what_is_not_here(void **state)
{
    cleanup_free char *shown = text_format("Unable to find image 'nano:latest' locally\n%s", lines);

    (void)state;
    fake.nth = 1; /* create */
    fake.failure = WCOW_NOT_FOUND;
    expect(0, "", shown, "run", "-m", "1g", "nano");
    expect_calls("create nano memory=1073741824\npull nano\ncreate nano memory=1073741824\n"
                 "start made-up attach out err\n");
}

/* What is missing may be a network: an image that is here is not had from a registry. */
static void run_pulls_nothing_for_what_else_is_missing(void **state)
{
    (void)state;
    fake.image = "{}";
    fake.failing = "create";
    fake.failure = WCOW_NOT_FOUND;
    fake.message = "no such network: net";
    expect(125, "", "wcow: no such network: net\n", "run", "--network=net", "nano");
    expect_calls("create nano network=net\nexists nano\n");
    fake.image = NULL;
    fake.failure = WCOW_DENIED;
    expect(125, "", "wcow: no such network: net\n", "run", "nano");
    expect_calls("create nano\n");
}

/* An image of another platform is as good as missing, and is here for all that. */
static void run_and_create_want_an_image_of_their_platform(void **state)
{
    static const char mismatch[] =
        "wcow: image with reference nano was found but its platform (windows(10.0.20348.1)/amd64) "
        "does not match the specified platform (windows/arm64)\n";

    (void)state;
    fake.image = "{}";
    expect(0, NULL, "", "create", "--platform=windows/amd64", "nano");
    expect_calls("platform windows/amd64 of nano\ncreate nano\n");
    fake.failing = "platform";
    fake.failure = WCOW_NOT_FOUND;
    fake.message = "image with reference nano was found but its platform "
                   "(windows(10.0.20348.1)/amd64) does not match the specified platform "
                   "(windows/arm64)";
    expect(1, "", mismatch, "create", "--pull=never", "--platform=windows/arm64", "nano");
    expect(125, "", mismatch, "run", "--dry-run", "--platform=windows/arm64", "nano");
    expect_calls("platform windows/arm64 of nano\nplatform windows/arm64 of nano\n");
    expect(0, NULL, NULL, "create", "--platform=windows/arm64", "nano");
    expect_calls("platform windows/arm64 of nano\npull nano windows/arm64\ncreate nano\n");
    fake.failure = WCOW_UNSUPPORTED;
    expect(125, "", mismatch, "run", "--platform=windows/arm64", "nano");
    expect_calls("platform windows/arm64 of nano\n");
}

static void an_image_that_cannot_be_had_is_one_line(void **state)
{
    (void)state;
    fake.nth = 1;
    fake.failing = "pull";
    fake.failure = WCOW_NOT_FOUND;
    expect(125, "", "wcow: image 'nano' is not here, and cannot be had: it failed\n", "run",
           "nano");
    expect_calls("create nano\npull nano\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(a_pull_without_a_tag_takes_latest),
        TEST(a_terminal_has_a_bar_a_layer),
        TEST(no_row_is_wider_than_the_terminal),
        TEST(a_push_shows_its_lines_unless_quiet),
        TEST(a_push_without_a_tag_takes_latest),
        TEST(a_tag_takes_two_names),
        TEST(a_login_wants_a_user_and_a_password),
        TEST(a_password_on_stdin_is_all_of_it),
        TEST(nobody_is_nobody),
        TEST(a_login_asks_for_what_is_missing),
        TEST(a_login_without_a_terminal_asks_nobody),
        TEST(a_login_needs_an_answer),
        TEST(what_is_kept_is_tried_first),
        TEST(run_pulls_what_is_asked_for),
        TEST(run_pulls_what_is_not_here),
        TEST(run_pulls_nothing_for_what_else_is_missing),
        TEST(run_and_create_want_an_image_of_their_platform),
        TEST(an_image_that_cannot_be_had_is_one_line),
    };

    return cmocka_run_group_tests_name("cli/registry", tests, NULL, NULL);
}
