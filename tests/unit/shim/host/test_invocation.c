/* SPDX-License-Identifier: MIT */
/* How the shim is called: by containerd 1.7 to 2.4, by hcsshim's tests, by people. */
#include "shim/host/invocation.h"

#include "tests/unit/status.h"

static wcow_error err;

#define MOST 24

static int count_of(const char *const *arguments)
{
    int count = 0;

    while (arguments[count])
        count++;
    return count;
}

static wcow_status parse(const char *const *arguments, shim_invocation *out)
{
    static char texts[MOST][256];
    char *copies[MOST + 1];
    const int count = count_of(arguments);

    for (int i = 0; i < count; i++) {
        strcpy(texts[i], arguments[i]);
        copies[i] = texts[i];
    }
    return shim_invocation_parse(count, copies, out, &err);
}

#define COMMON "-namespace", "k8s.io", "-address", "A", "-publish-binary", "B", "-id", "web"

static void containerd_s_calls_are_understood(void **state)
{
    static const struct {
        const char *arguments[MOST];
        shim_action action;
        bool debug;
        const char *bundle;
    } rows[] = {
        {{COMMON, "start"}, SHIM_START, false, ""},
        {{COMMON, "-debug", "start"}, SHIM_START, true, ""},
        {{COMMON, "-bundle", "C:\\b", "delete"}, SHIM_DELETE, false, "C:\\b"},
        {{COMMON, "-bundle", "C:\\b", "-debug", "delete"}, SHIM_DELETE, true, "C:\\b"},
        {{"--namespace=k8s.io", "--address=A", "--publish-binary=B", "--id=web", "-debug=false",
          "--", "start"},
         SHIM_START,
         false,
         ""},
        {{COMMON, "-bundle=C:\\b", "serve"}, SHIM_SERVE, false, "C:\\b"},
        {{COMMON}, SHIM_HELP, false, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        shim_invocation in;

        assert_ok(&err, parse(rows[i].arguments, &in));
        assert_int_equal(in.action, rows[i].action);
        assert_int_equal(in.debug, rows[i].debug);
        assert_string_equal(in.space, "k8s.io");
        assert_string_equal(in.address, "A");
        assert_string_equal(in.publish_binary, "B");
        assert_string_equal(in.id, "web");
        assert_string_equal(in.bundle, rows[i].bundle);
    }
}

static void questions_need_nothing_else(void **state)
{
    static const struct {
        const char *arguments[MOST];
        shim_action action;
    } rows[] = {{{"-info"}, SHIM_INFO},
                {{"--info"}, SHIM_INFO},
                {{"-v"}, SHIM_VERSION},
                {{"-version"}, SHIM_VERSION},
                {{"-h"}, SHIM_HELP},
                {{"--help"}, SHIM_HELP},
                {{"-v=true"}, SHIM_VERSION},
                {{"-info=1"}, SHIM_INFO},
                {{"--info=t"}, SHIM_INFO},
                {{"-v=false", "-info"}, SHIM_INFO},
                {{COMMON, "-v=F", "start"}, SHIM_START}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        shim_invocation in;

        assert_ok(&err, parse(rows[i].arguments, &in));
        assert_int_equal(in.action, rows[i].action);
    }
}

static void the_server_is_told_more(void **state)
{
    static const char *const arguments[] = {COMMON,    "-bundle", "C:\\b",     "-log-level", "-4",
                                            "-events", "E",       "-pod=true", "serve",      NULL};
    shim_invocation in;

    (void)state;
    assert_ok(&err, parse(arguments, &in));
    assert_string_equal(in.log_level, "-4");
    assert_string_equal(in.events, "E");
    assert_true(in.pod);
}

static void what_is_missing_or_wrong_is_named(void **state)
{
    static const struct {
        const char *arguments[MOST];
        const char *words;
    } rows[] = {
        {{NULL}, "namespace is required"},
        {{"-namespace", "n"}, "address is required"},
        {{"-namespace", "n", "-address", "a"}, "publish-binary is required"},
        {{"-namespace", "n", "-address", "a", "-publish-binary", "b"}, "id is required"},
        {{COMMON, "delete"}, "bundle is required"},
        {{COMMON, "-bundle"}, "flag needs an argument: -bundle; -h tells how containerd calls it"},
        {{COMMON, "-debug=maybe", "start"},
         "invalid boolean value \"maybe\" for -debug; -h tells how containerd calls it"},
        {{"-v=maybe"}, "invalid boolean value \"maybe\" for -v; -h tells how containerd calls it"},
        {{"-version=", "start"},
         "invalid boolean value \"\" for -version; -h tells how containerd calls it"},
        {{"-socket", "x", "start"},
         "flag provided but not defined: -socket; -h tells how containerd calls it"},
        {{"-vx", "start"}, "flag provided but not defined: -vx; -h tells how containerd calls it"},
        {{COMMON, "stop"},
         "unknown command 'stop': start, delete, -info or -v; -h tells how containerd calls it"},
        {{"-namespace", "a\\b", "-address", "a", "-publish-binary", "b", "-id", "web", "start"},
         "no such namespace can be: 'a\\b'"},
        {{"-namespace", "n", "-address", "a", "-publish-binary", "b", "-id", "..\\web", "start"},
         "no such id can be: '..\\web'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        shim_invocation in = {SHIM_INFO, "", "", "", "", "", false, "", "", false};

        err = (wcow_error)WCOW_ERROR_INIT;
        assert_fails(&err, WCOW_INVALID, rows[i].words, parse(rows[i].arguments, &in));
        assert_int_equal(in.action, SHIM_INFO);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(containerd_s_calls_are_understood),
        cmocka_unit_test(questions_need_nothing_else),
        cmocka_unit_test(the_server_is_told_more),
        cmocka_unit_test(what_is_missing_or_wrong_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
