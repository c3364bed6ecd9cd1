/* SPDX-License-Identifier: MIT */
/* What containerd sends to `start`: a test for each row of the table of versions. */
#include "shim/host/start_input.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "shim/wire/common.pb.h"
#include "shim/wire/runhcs.pb.h"
#include "tests/unit/status.h"

static wcow_error err;

#define SPACE "k8s.io"
#define ID    "web"
#define TYPE  "containerd.runhcs.v1.Options"

static void add_any(text *out, const char *type, const runhcs_options *options)
{
    cleanup_text text inner = TEXT_INIT;
    common_any any = {.type_url = wire_text(type)};

    assert_ok(&err, wire_encode(runhcs_options_fields, options, &inner, &err));
    any.value = wire_of(&inner);
    assert_ok(&err, wire_encode(common_any_fields, &any, out, &err));
}

static void add_params(text *out, const char *id, int32_t level, const text *any)
{
    cleanup_text text inner = TEXT_INIT;
    bootstrap_params params = {
        .instance_id = wire_text(id),
        .namespace = wire_text(SPACE),
        .log_level = level,
        .containerd_ttrpc_address = wire_text("\\\\.\\pipe\\containerd.ttrpc"),
    };

    if (any) {
        bootstrap_extension extension = {.has_value = true};

        assert_ok(&err, wire_decode(common_any_fields, wire_of(any), "it", &extension.value, &err));
        assert_ok(&err, wire_encode(bootstrap_extension_fields, &extension, &inner, &err));
        params.extensions.count = 1;
        params.extensions.entries[0] = wire_of(&inner);
    }
    assert_ok(&err, wire_encode(bootstrap_params_fields, &params, out, &err));
}

static start_input read(const text *bytes)
{
    start_input out = {0};

    assert_ok(&err, start_input_read(wire_of(bytes), SPACE, ID, &out, &err));
    return out;
}

static void nothing_means_defaults(void **state)
{
    cleanup_text text bytes = TEXT_INIT;
    const start_input in = read(&bytes);

    (void)state;
    assert_false(in.bootstrap);
    assert_false(in.has_level);
    assert_int_equal(in.events.size, 0);
}

static void an_any_has_the_options(void **state)
{
    static const struct {
        runhcs_options options;
        bool has_level;
        shim_level level;
    } rows[] = {
        {{0}, false, SHIM_INFORM},
        {{.debug = true}, true, SHIM_DEBUG},
        {{.debug = true, .log_level = {(const uint8_t *)"error", 5}}, true, SHIM_ERROR},
        {{.log_level = {(const uint8_t *)"trace", 5}}, true, SHIM_TRACE},
        {{.log_level = {(const uint8_t *)"loud", 4}}, false, SHIM_INFORM},
    };

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_text text bytes = TEXT_INIT;
        start_input in;

        add_any(&bytes, i % 2 ? "type.googleapis.com/" TYPE : TYPE, &rows[i / 2].options);
        in = read(&bytes);
        assert_false(in.bootstrap);
        assert_int_equal(in.has_level, rows[i / 2].has_level);
        if (in.has_level)
            assert_int_equal(in.level, rows[i / 2].level);
        assert_int_equal(in.unknown.size, 0);
    }
}

static void options_of_another_type_are_passed_over(void **state)
{
    cleanup_text text bytes = TEXT_INIT;
    start_input in;

    (void)state;
    add_any(&bytes, "runtimeoptions.v1.Options", &(runhcs_options){.debug = true});
    in = read(&bytes);
    assert_false(in.bootstrap);
    assert_false(in.has_level);
    assert_true(wire_is(in.unknown, "runtimeoptions.v1.Options"));
}

static void bootstrap_params_are_known_by_id_and_namespace(void **state)
{
    static const struct {
        int32_t number;
        shim_level level;
    } rows[] = {{-8, SHIM_TRACE}, {-4, SHIM_DEBUG}, {0, SHIM_INFORM},  {4, SHIM_WARN},
                {8, SHIM_ERROR},  {12, SHIM_ERROR}, {-99, SHIM_TRACE}, {1, SHIM_INFORM}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        cleanup_text text bytes = TEXT_INIT;
        start_input in;

        add_params(&bytes, ID, rows[i].number, NULL);
        in = read(&bytes);
        assert_true(in.bootstrap);
        assert_int_equal(in.level, rows[i].level);
        assert_true(wire_is(in.events, "\\\\.\\pipe\\containerd.ttrpc"));
    }
}

static void options_within_bootstrap_params_win(void **state)
{
    cleanup_text text any = TEXT_INIT;
    cleanup_text text bytes = TEXT_INIT;
    start_input in;

    (void)state;
    add_any(&any, TYPE, &(runhcs_options){.log_level = {(const uint8_t *)"warn", 4}});
    add_params(&bytes, ID, -4, &any);
    in = read(&bytes);
    assert_true(in.bootstrap);
    assert_int_equal(in.level, SHIM_WARN);
}

/* Of another id it decodes as an Any of a strange type: that is no answer of version 3. */
static void params_of_another_id_are_none(void **state)
{
    cleanup_text text bytes = TEXT_INIT;

    (void)state;
    add_params(&bytes, "other", 0, NULL);
    assert_false(read(&bytes).bootstrap);
}

static void damaged_bytes_are_refused(void **state)
{
    const text bytes = {(char[]){"\x0a\x7f-"}, 3, 3, false};
    start_input in = {0};

    (void)state;
    err = (wcow_error)WCOW_ERROR_INIT;
    assert_int_equal(start_input_read(wire_of(&bytes), SPACE, ID, &in, &err), WCOW_INVALID);
    assert_non_null(strstr(err.message, "what containerd sent"));
}

static uint8_t digit(char c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Both that were recorded, of containerd 2.3.4; ids are in them. */
static void what_containerd_really_sent_is_understood(void **state)
{
    static char line[8192], kind[64], where[128], hex[4096], id[128], space[128];
    FILE *file = fopen("data/messages.txt", "rb");
    unsigned any = 0, params = 0;

    (void)state;
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        uint8_t bytes[2048];
        size_t size = 0;
        bootstrap_params decoded = {0};
        start_input in;

        if (sscanf(line, "%63s %127s %4095s", kind, where, hex) != 3 || !strstr(where, "stdin"))
            continue;
        for (; hex[2 * size]; size++)
            bytes[size] = (uint8_t)(digit(hex[2 * size]) << 4 | digit(hex[2 * size + 1]));
        if (text_equal(kind, "bootstrap.params")) {
            assert_ok(&err, wire_decode(bootstrap_params_fields, (wire_bytes){bytes, size}, "it",
                                        &decoded, &err));
            snprintf(id, sizeof(id), "%.*s", (int)decoded.instance_id.size,
                     (const char *)decoded.instance_id.data);
            snprintf(space, sizeof(space), "%.*s", (int)decoded.namespace.size,
                     (const char *)decoded.namespace.data);
        }
        assert_ok(&err, start_input_read((wire_bytes){bytes, size}, space, id, &in, &err));
        assert_int_equal(in.bootstrap, text_equal(kind, "bootstrap.params"));
        assert_int_equal(in.unknown.size, 0);
        any += !in.bootstrap;
        params += in.bootstrap;
    }
    fclose(file);
    assert_true(any >= 2);
    assert_true(params >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_means_defaults),
        cmocka_unit_test(an_any_has_the_options),
        cmocka_unit_test(options_of_another_type_are_passed_over),
        cmocka_unit_test(bootstrap_params_are_known_by_id_and_namespace),
        cmocka_unit_test(options_within_bootstrap_params_win),
        cmocka_unit_test(params_of_another_id_are_none),
        cmocka_unit_test(damaged_bytes_are_refused),
        cmocka_unit_test(what_containerd_really_sent_is_understood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
