/* SPDX-License-Identifier: MIT */
/* What completion offers at the end of a line, and that every table it asks has what it names. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "cli/candidates.h"
#include "cli/filter.h"
#include "tests/unit/cli/fake_wcow.h"

/* The words offered, each with a blank before it. */
static void offers_at(int line, const char *wanted, const char *const *words)
{
    struct printed printed;
    cleanup_text text got = TEXT_INIT;

    program_with_input(&printed, "", words);
    assert_int_equal(printed.code, 0);
    assert_string_equal(printed.err, "");
    for (const char *at = printed.out; *at; at = strchr(at, '\n') + 1) {
        text_add_char(&got, ' ');
        text_add_bytes(&got, at, strcspn(at, "\t\n"));
    }
    if (strcmp(text_get(&got), wanted) != 0)
        print_error("line %d\n", line);
    assert_string_equal(text_get(&got), wanted);
    free(printed.out);
    free(printed.err);
}

#define offers(wanted, ...)                                                                        \
    offers_at(__LINE__, wanted, (const char *const[]){"complete", __VA_ARGS__, NULL})

static void names_of_commands_are_completed(void **state)
{
    (void)state;
    offers(" start stats stop", "=st");
    offers(" container", "=conta");
    offers(" pause port prune ps", "=p", "container");
    offers(" list ls", "=l", "--debug", "--root", "/x", "volume");
    offers("", "=", "nonsense");
    offers("", "=", "container", "nonsense");
    offers("", "=mon");
    offers(" pull push", "=pu", "help");
    offers(" bash powershell", "=", "completion");
    expect(0, "stats\tDisplay a live stream of container(s) resource usage statistics\n", "",
           "complete", "=stat");
    expect_calls("");
}

static void options_are_completed_where_they_count(void **state)
{
    (void)state;
    offers(" --debug --errors --help --root --version", "=-");
    offers(" --help", "=--", "container");
    offers(" --no-trunc", "=--no", "container", "ls");
    offers(" --detach --detach-keys", "=--det", "run", "-it", "--name", "--det");
    offers("", "=--det", "run", "nano");
    offers("", "=--al", "ps", "--");
    offers("", "=--", "ps", "--nonsense");
    expect_calls("");
}

static void values_of_options_are_completed(void **state)
{
    (void)state;
    offers(" default hyperv process", "=", "run", "--isolation");
    offers(" --isolation=hyperv", "=--isolation=h", "run");
    offers(" container image network volume", "=", "inspect", "--type");
    offers(" local", "=", "volume", "create", "-d");
    offers(" l2bridge l2tunnel", "=l", "network", "create", "--driver");
    offers(" json table", "=", "ps", "--format");
    offers(" :files", "=x", "load", "-i");
    offers(" :files", "=", "--root");
    offers("", "=", "run", "--name");
    offers("", "=", "run", "--nonsense=");
    expect_calls("");
}

static const wcow_container_info containers[] = {
    {.name = "web",
     .image = "nano",
     .status = "Up 2 days",
     .running = true,
     .isolation = "process"},
    {.name = "wait",
     .image = "nano",
     .status = "Up (Paused)",
     .running = true,
     .paused = true,
     .isolation = "hyperv"},
    {.name = "vm", .image = "nano", .status = "Up 2 days", .running = true, .isolation = "hyperv"},
    {.name = "old", .image = "core:1", .status = "Created", .isolation = "hyperv"},
    {.name = "", .image = "", .status = "Dead", .isolation = ""},
};
static const wcow_image_info images[] = {
    {.id = "sha256:1", .repository = "nano", .tag = "ltsc2022", .os_version = "10.0.20348.1"},
    {.id = "sha256:2", .repository = "<none>", .tag = "<none>", .os_version = ""},
    {.id = "sha256:3", .repository = "host:5/core", .tag = "1", .os_version = ""},
};
static const wcow_volume_info volumes[] = {{.name = "data", .mountpoint = "C:\\d"}};

static void a_busy_host(void)
{
    fake.containers = containers;
    fake.container_count = sizeof(containers) / sizeof(containers[0]);
    fake.images = images;
    fake.image_count = sizeof(images) / sizeof(images[0]);
    fake.volumes = volumes;
    fake.volume_count = 1;
}

static void containers_are_those_that_a_command_can_take(void **state)
{
    (void)state;
    a_busy_host();
    offers(" old", "=", "rm");
    offers(" old", "=", "container", "rm", "-v");
    offers(" old vm wait web", "=", "rm", "-f");
    offers(" old vm wait web", "=", "rm", "-vf");
    offers(" old vm wait web", "=", "rm", "--force");
    offers(" wait web", "=w", "rm", "-f", "old");
    offers(" vm web", "=", "exec", "-it");
    offers("", "=", "exec", "-it", "web");
    offers(" old", "=", "container", "start");
    offers(" wait", "=", "unpause");
    offers(" vm", "=", "pause");
    offers("", "=we", "container", "pause");
    offers(" old", "=", "diff");
    offers(" old", "=", "commit");
    offers(" old", "=", "container", "export");
    offers(" old vm wait web", "=", "run", "--volumes-from");
    offers(" :files old: vm: wait: web:", "=", "cp");
    offers(" :files web:", "=we", "cp", "file");
    fake.calls.length = 0;
    expect(0, "old\tcore:1, Created\n", "", "complete", "=", "start");
}

static void the_other_names_of_a_host_are_completed(void **state)
{
    (void)state;
    a_busy_host();
    offers(" host:5/core:1 nano:ltsc2022", "=", "run");
    offers(" nano:ltsc2022", "=n", "image", "rm", "x");
    offers(" host:5/core:1", "=host:5/", "push");
    offers(" back nat none", "=", "network", "inspect");
    offers(" back nat", "=", "network", "connect");
    offers(" back nat", "=", "network", "disconnect");
    offers(" back", "=", "network", "rm");
    offers(" none", "=no", "run", "--network");
    offers(" old vm wait web", "=", "network", "connect", "nat");
    offers("", "=", "network", "connect", "nat", "web");
    offers(" --network=back", "=--network=b", "run");
    offers(" data", "=", "volume", "rm");
    offers(" data", "=d", "inspect");
    fake.calls.length = 0;
}

static void keys_and_values_of_filters_are_completed(void **state)
{
    (void)state;
    offers(" is-task= isolation=", "=is", "ps", "-f");
    offers(" --filter=since= --filter=status=", "=--filter=s", "container", "ls");
    offers(" status=removing status=restarting status=running", "=status=r", "ps", "-f", "id=1",
           "--filter");
    offers(" --filter=dangling=true", "=--filter=dangling=t", "images");
    offers(" label!= label= until=", "=", "system", "prune", "--filter");
    offers("", "=label=x", "ps", "-f");
    offers("", "=nonsense=x", "ps", "-f");
    expect_calls("");
    a_busy_host();
    offers(" before=old before=vm before=wait before=web", "=before=", "ps", "-f");
    offers(" --filter=network=back", "=--filter=network=b", "ps");
    offers(" volume=data", "=volume=", "events", "-f");
    offers(" volume=data", "=volume=", "ps", "-f");
    offers(" --filter=volume=data", "=--filter=volume=", "ps");
    offers(" name=old", "=name=o", "ps", "-f");
    offers(" event=start event=stop", "=event=st", "events", "-f");
    offers(" event=exec_create event=exec_detach event=exec_die event=exec_start", "=event=exec",
           "events", "-f");
    offers(" event=health_status", "=event=h", "events", "-f");
    offers(" ancestor=nano:ltsc2022", "=ancestor=n", "ps", "-f");
    fake.calls.length = 0;
}

/* What is offered is taken. */
static void check_words(const struct command *command, const struct filter_rule *rule)
{
    cleanup_free char *name = text_copy(command->name);
    char *second = strchr(name, ' ');
    const char *words = rule->values && rule->values[0] >= 'a' ? rule->values : "";

    if (second)
        *second++ = '\0';
    while (*words) {
        const int length = (int)strcspn(words, " ");
        cleanup_free char *filter = text_format("--filter=%s=%.*s", rule->key, length, words);
        struct printed printed;

        program_with_input(
            &printed, "",
            (const char *const[]){name, second ? second : filter, second ? filter : NULL, NULL});
        assert_null(strstr(printed.err, "filter"));
        free(printed.out);
        free(printed.err);
        words += length + (words[length] == ' ');
    }
}

static void keys_of_filters_are_those_of_the_command(void **state)
{
    size_t seen = 0;

    (void)state;
    for (size_t i = 0; commands[i]; i++) {
        const struct option *option = option_by_name(commands[i]->options, "filter", 6);

        assert_int_equal(option && option->kind == OPTION_FILTER, commands[i]->filters != NULL);
        for (const struct filter_rule *rule = commands[i]->filters; rule && rule->key; rule++) {
            check_words(commands[i], rule);
            seen++;
        }
    }
    assert_true(seen > 40);
    fake.calls.length = 0;
}

static void a_host_that_does_not_answer_has_no_names(void **state)
{
    (void)state;
    a_busy_host();
    fake.failing = "list";
    fake.failure = WCOW_DENIED;
    offers("", "=", "rm");
    offers(" data", "=d", "inspect");
    fake.calls.length = 0;
}

static void codes_are_completed(void **state)
{
    (void)state;
    offers(" HCS_E_UNEXPECTED_EXIT", "=HCS_E_UNEXPECTED_EX", "explain");
}

static void what_is_to_be_completed_is_marked(void **state)
{
    (void)state;
    expect(1, "", "wcow: the word to be completed begins with '='\n", "complete", "ps");
}

static bool has_option(const struct option_values *values)
{
    const size_t length = strlen(values->option);

    if (!values->command && option_by_name(global_options, values->option, length))
        return true;
    for (size_t i = 0; commands[i]; i++)
        if ((!values->command || strcmp(commands[i]->name, values->command) == 0) &&
            option_by_name(commands[i]->options, values->option, length))
            return true;
    return false;
}

static void options_with_known_values_exist(void **state)
{
    (void)state;
    for (const struct option_values *each = option_values; each->option; each++)
        assert_true(has_option(each));
}

static void words_of_a_synopsis_are_found(void **state)
{
    const char *word = NULL;

    (void)state;
    assert_int_equal(synopsis_word("NETWORK CONTAINER", 1, &word), 9);
    assert_string_equal(word, "CONTAINER");
    assert_int_equal(synopsis_word("NETWORK CONTAINER", 2, &word), 0);
    assert_int_equal(synopsis_word("IMAGE [IMAGE...]", 7, &word), 5);
    assert_int_equal(synopsis_word("[SERVER]", 0, &word), 6);
    assert_int_equal(synopsis_word("", 0, &word), 0);
    assert_int_equal(synopsis_word(NULL, 0, &word), 0);
}

/* ---- the scripts ---- */

static char *script_of(const char *shell)
{
    struct printed printed;

    program_with_input(&printed, "", (const char *const[]){"completion", shell, NULL});
    assert_int_equal(printed.code, 0);
    free(printed.err);
    return printed.out;
}

static void each_shell_asks_wcow(void **state)
{
    static const char *const shells[] = {"bash", "powershell"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *script = script_of(shells[i]);

        assert_non_null(strstr(script, " complete \"=$last\" "));
        free(script);
    }
    expect(1, "", "wcow: no completion for 'zsh': it is bash or powershell\n", "completion", "zsh");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, fake_setup, fake_teardown)
        TEST(names_of_commands_are_completed),
        TEST(options_are_completed_where_they_count),
        TEST(values_of_options_are_completed),
        TEST(containers_are_those_that_a_command_can_take),
        TEST(the_other_names_of_a_host_are_completed),
        TEST(keys_and_values_of_filters_are_completed),
        TEST(keys_of_filters_are_those_of_the_command),
        TEST(a_host_that_does_not_answer_has_no_names),
        TEST(codes_are_completed),
        TEST(what_is_to_be_completed_is_marked),
        TEST(options_with_known_values_exist),
        TEST(words_of_a_synopsis_are_found),
        TEST(each_shell_asks_wcow),
    };

    return cmocka_run_group_tests_name("cli/complete", tests, NULL, NULL);
}
