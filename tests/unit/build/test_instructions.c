/* SPDX-License-Identifier: MIT */
/* What --change makes of an image's config. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "build/instructions.h"
#include "tests/unit/status.h"

static wcow_error err;

static cJSON *parsed(const char *json)
{
    cJSON *value = NULL;

    assert_ok(&err, json_parse(json, strlen(json), "it", &value, &err));
    return value;
}

static wcow_status change(const char *before, const char *first, const char *second, char **after)
{
    const char *const changes[] = {first, second, NULL};
    cleanup_json cJSON *config = parsed(before);
    wcow_status status = config_change(config, changes, &err);

    *after = json_print(config);
    assert_non_null(*after);
    return status;
}

static void expect_two(const char *before, const char *first, const char *second, const char *after)
{
    cleanup_free char *got = NULL;

    assert_ok(&err, change(before, first, second, &got));
    assert_string_equal(got, after);
}

static void expect(const char *before, const char *line, const char *after)
{
    expect_two(before, line, NULL, after);
}

static void refuse(const char *line, const char *message)
{
    cleanup_free char *got = NULL;

    assert_fails(&err, WCOW_INVALID, message, change("{}", line, NULL, &got));
}

static void a_command_is_an_array_or_a_line_for_the_shell(void **state)
{
    (void)state;
    expect("{}", "CMD [\"ping\", \"-t\"]", "{\"Cmd\":[\"ping\",\"-t\"]}");
    expect("{\"ArgsEscaped\":true}", "cmd [\"a\"]", "{\"Cmd\":[\"a\"]}");
    expect("{}", "CMD  echo \"a  b\" ",
           "{\"ArgsEscaped\":true,\"Cmd\":[\"cmd /S /C echo \\\"a  b\\\"\"]}");
    expect_two("{}", "SHELL [\"powershell\", \"-c\"]", "ENTRYPOINT x",
               "{\"Shell\":[\"powershell\",\"-c\"],\"ArgsEscaped\":true,"
               "\"Entrypoint\":[\"powershell -c x\"]}");
    expect("{}", "CMD [\"a\"", "{\"ArgsEscaped\":true,\"Cmd\":[\"cmd /S /C [\\\"a\\\"\"]}");
    expect("{\"Cmd\":[\"x\"]}", "CMD []", "{}");
    refuse("CMD [1]",
           "CMD: when using JSON array syntax, arrays must be comprised of strings only");
    refuse("SHELL powershell", "SHELL requires the arguments to be in JSON form: SHELL "
                               "[\"powershell\", \"-command\"]");
    refuse("SHELL []", "SHELL requires at least one argument");
}

static void another_entrypoint_drops_arguments_that_were_not_meant_for_it(void **state)
{
    static const char before[] = "{\"Entrypoint\":[\"e\"],\"Cmd\":[\"c\"]}";

    (void)state;
    expect(before, "ENTRYPOINT [\"f\"]", "{\"Entrypoint\":[\"f\"]}");
    expect(before, "CMD [\"d\"]", "{\"Entrypoint\":[\"e\"],\"Cmd\":[\"d\"]}");
    expect(before, "ENTRYPOINT []", "{\"Cmd\":[\"c\"]}");
    expect_two(before, "CMD [\"d\"]", "ENTRYPOINT [\"f\"]",
               "{\"Cmd\":[\"d\"],\"Entrypoint\":[\"f\"]}");
    expect_two(before, "ENTRYPOINT [\"f\"]", "CMD [\"d\"]",
               "{\"Entrypoint\":[\"f\"],\"Cmd\":[\"d\"]}");
}

static void variables_and_labels_come_in_both_forms(void **state)
{
    static const char before[] = "{\"Env\":[\"Path=C:\\\\a\",\"X=1\"]}";

    (void)state;
    expect(before, "ENV Y=2 x=\"3 4\"", "{\"Env\":[\"Path=C:\\\\a\",\"x=3 4\",\"Y=2\"]}");
    expect(before, "ENV PATH=$PATH;C:\\app", "{\"Env\":[\"PATH=C:\\\\a;C:\\\\app\",\"X=1\"]}");
    expect(before, "ENV X   a b  c", "{\"Env\":[\"Path=C:\\\\a\",\"X=a b  c\"]}");
    /* All values see what was before the instruction. */
    expect(before, "ENV X=2 Y=$X", "{\"Env\":[\"Path=C:\\\\a\",\"X=2\",\"Y=1\"]}");
    expect("{\"Labels\":{\"a\":\"1\"}}", "LABEL a=2 \"b c\"='$X'",
           "{\"Labels\":{\"a\":\"2\",\"b c\":\"$X\"}}");
    expect("{\"Labels\":null}", "LABEL a b", "{\"Labels\":{\"a\":\"b\"}}");
    refuse("ENV", "ENV requires at least one argument");
    refuse("ENV A", "ENV must have two arguments");
    refuse("ENV A=1 B", "ENV: can't find = in \"B\". Must be of the form: name=value");
    refuse("LABEL =x", "LABEL names can not be blank");
}

static void words_have_quotes_escapes_and_variables(void **state)
{
    static const char before[] = "{\"Env\":[\"X=1\",\"E=\"]}";

    (void)state;
    expect(before, "USER ${X}${N}-$x$", "{\"Env\":[\"X=1\",\"E=\"],\"User\":\"1-1$\"}");
    expect(before, "USER ${E:-a${X}}${X:+b}${E:+c}${X:-d}",
           "{\"Env\":[\"X=1\",\"E=\"],\"User\":\"a1b1\"}");
    expect(before, "USER \\$X\\\\C:\\x'\\$X'\"a \\\"b\"",
           "{\"Env\":[\"X=1\",\"E=\"],\"User\":\"$X\\\\C:\\\\x\\\\$Xa \\\"b\"}");
    expect(before, "USER a\\ b", "{\"Env\":[\"X=1\",\"E=\"],\"User\":\"a b\"}");
    refuse("USER a b", "USER requires exactly one argument");
    refuse("USER", "USER requires exactly one argument");
    refuse("USER \"a", "USER: '\"a': a quote does not end");
    refuse("USER ${a", "USER: '${a': a '}' is missing");
    refuse("USER ${}", "USER: '${}': ${} is no variable");
    refuse("USER ${a?b}", "USER: '${a?b}': ${a?b} is no variable");
    refuse("USER ${a:-${a:-${a:-${a:-${a:-${a:-${a:-${a:-${a:-x}}}}}}}}}",
           "USER: '${a:-${a:-${a:-${a:-${a:-${a:-${a:-${a:-${a:-x}}}}}}}}}' is nested too deeply");
}

static void ports_and_volumes_are_sets(void **state)
{
    (void)state;
    expect("{\"ExposedPorts\":{\"80/tcp\":{}}}", "EXPOSE 80 53/UDP 8000-8001",
           "{\"ExposedPorts\":{\"80/tcp\":{},\"53/udp\":{},\"8000/tcp\":{},\"8001/tcp\":{}}}");
    expect("{}", "VOLUME C:\\data D:", "{\"Volumes\":{\"C:\\\\data\":{},\"D:\":{}}}");
    expect("{}", "VOLUME [\"C:\\\\a b\"]", "{\"Volumes\":{\"C:\\\\a b\":{}}}");
    refuse("EXPOSE", "EXPOSE requires at least one argument");
    refuse("EXPOSE 0", "EXPOSE: invalid port: 0");
    refuse("EXPOSE 65536", "EXPOSE: invalid port: 65536");
    refuse("EXPOSE 9-8", "EXPOSE: invalid port: 9-8");
    refuse("EXPOSE 80/icmp", "EXPOSE: invalid proto: 80/icmp");
    refuse("VOLUME", "VOLUME requires at least one argument");
    refuse("VOLUME [\"\"]", "VOLUME specified can not be an empty string");
    refuse("VOLUME [{}]",
           "VOLUME: when using JSON array syntax, arrays must be comprised of strings only");
}

static void a_working_directory_is_a_windows_path(void **state)
{
    static const struct {
        const char *before, *line, *after;
    } rows[] = {
        {"", "a", "C:\\\\a"},           {"", "c:/foo//bar/.", "C:\\\\foo\\\\bar"},
        {"", "\\foo", "C:\\\\foo"},     {"C:\\\\foo", "bar", "C:\\\\foo\\\\bar"},
        {"d:\\\\foo", "..", "D:\\\\"},  {"D:\\\\foo", "/bar", "C:\\\\bar"},
        {"C:\\\\", "..\\x", "C:\\\\x"}, {"C:\\\\a\\\\b", "..\\c d", "C:\\\\a\\\\c d"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char before[64];
        char line[64];
        char after[64];

        snprintf(before, sizeof(before), "{\"WorkingDir\":\"%s\"}", rows[i].before);
        snprintf(line, sizeof(line), "WORKDIR %s", rows[i].line);
        snprintf(after, sizeof(after), "{\"WorkingDir\":\"%s\"}", rows[i].after);
        expect(before, line, after);
    }
    refuse("WORKDIR", "WORKDIR requires exactly one argument");
    refuse("WORKDIR c:foo", "c:foo is not a directory. If you are specifying a drive letter, "
                            "please add a trailing '\\'");
}

static void a_health_check_keeps_what_it_does_not_say(void **state)
{
    (void)state;
    expect("{}", "HEALTHCHECK --interval=1m --retries=3 CMD ping localhost",
           "{\"Healthcheck\":{\"Interval\":60000000000,\"Retries\":3,"
           "\"Test\":[\"CMD-SHELL\",\"ping localhost\"]}}");
    expect("{\"Healthcheck\":{\"Test\":[\"x\"],\"Timeout\":5}}",
           "HEALTHCHECK --start-period=0 CMD [\"a\"]",
           "{\"Healthcheck\":{\"Timeout\":5,\"Test\":[\"CMD\",\"a\"]}}");
    expect("{}", "HEALTHCHECK none", "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}");
    refuse("HEALTHCHECK", "HEALTHCHECK requires at least one argument");
    refuse("HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments");
    refuse("HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD");
    refuse("HEALTHCHECK CMD []", "Missing command after HEALTHCHECK CMD");
    refuse("HEALTHCHECK RUN x", "Unknown type \"RUN\" in HEALTHCHECK (try CMD)");
    refuse("HEALTHCHECK --retries=-1 CMD x", "HEALTHCHECK: invalid value in --retries=-1");
    refuse("HEALTHCHECK --timeout=x CMD x", "HEALTHCHECK: invalid value in --timeout=x");
    refuse("HEALTHCHECK --timeout=1us CMD x", "HEALTHCHECK: --timeout=1us cannot be less than 1ms");
    refuse("HEALTHCHECK --often CMD x", "HEALTHCHECK: unknown flag: --often");
}

static void what_is_left_is_checked_too(void **state)
{
    (void)state;
    expect("{}", "STOPSIGNAL SIGTERM", "{\"StopSignal\":\"SIGTERM\"}");
    expect("{\"OnBuild\":null}", "ONBUILD RUN a b", "{\"OnBuild\":[\"RUN a b\"]}");
    expect("{}", "# nothing\n\n USER a\nUSER b", "{\"User\":\"b\"}");
    refuse("STOPSIGNAL SIGUSR1", "Invalid signal: SIGUSR1");
    refuse("ONBUILD", "ONBUILD requires at least one argument");
    refuse("ONBUILD from x", "FROM isn't allowed as an ONBUILD trigger");
    refuse("RUN x", "RUN is not a valid change command");
    refuse("nonsense", "nonsense is not a valid change command");
    assert_ok(&err, config_change(NULL, NULL, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_command_is_an_array_or_a_line_for_the_shell),
        cmocka_unit_test(another_entrypoint_drops_arguments_that_were_not_meant_for_it),
        cmocka_unit_test(variables_and_labels_come_in_both_forms),
        cmocka_unit_test(words_have_quotes_escapes_and_variables),
        cmocka_unit_test(ports_and_volumes_are_sets),
        cmocka_unit_test(a_working_directory_is_a_windows_path),
        cmocka_unit_test(a_health_check_keeps_what_it_does_not_say),
        cmocka_unit_test(what_is_left_is_checked_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
