/* SPDX-License-Identifier: MIT */
/* Templates: what Docker users type after --format. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/error.h"
#include "cli/listing.h"
#include "cli/template/template.h"

static const char data[] =
    "{\"ID\":\"abc\",\"Name\":\"/web\",\"Count\":3,\"Big\":4294967295,\"Half\":0.5,\"On\":true,"
    "\"Off\":false,\"Empty\":\"\",\"Nothing\":null,\"Labels\":\"a=b,c.d-e=f\","
    "\"State\":{\"Running\":true,\"Pid\":7},\"Args\":[\"x\",\"y\"],"
    "\"Config\":{\"Labels\":{\"one\":\"1\",\"a.b\":\"2\"}},"
    "\"Mounts\":[{\"Source\":\"C:\\\\a\"},{\"Source\":\"C:\\\\b\"}]}";

/* What comes out, or the error's message. */
static char *fill(const char *source, bool header)
{
    cleanup_template template *t = NULL;
    cleanup_text text out = TEXT_INIT;
    cleanup_json cJSON *object = cJSON_Parse(data);
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = template_parse(source, &t, &err);

    assert_non_null(object);
    if (!status && header)
        status = template_run_header(t, object, &out, &err);
    else if (!status)
        status = template_run(t, object, &out, &err);
    if (status) {
        assert_int_equal(status, WCOW_INVALID);
        return text_copy(err.message);
    }
    return text_copy(text_get(&out));
}

#define gives(source, result) gives_at(__LINE__, source, result, false)

static void gives_at(int line, const char *source, const char *result, bool header)
{
    char *got = fill(source, header);

    _assert_string_equal(got, result, __FILE__, line);
    free(got);
}

static void text_goes_through(void **state)
{
    (void)state;
    gives("", "");
    gives("plain } { text", "plain } { text");
    gives("{{.ID}}", "abc");
    gives("a{{ .ID }}b{{.Name}}c", "aabcb/webc");
}

static void fields_are_followed(void **state)
{
    (void)state;
    gives("{{.State.Pid}}", "7");
    gives("{{$.State.Running}}", "true");
    gives("{{(.State).Pid}}", "7");
    gives("{{.id}} {{.Id}}", "abc abc");
    gives("{{.Count}} {{.Big}} {{.Half}}", "3 4294967295 0.5");
    gives("{{.Nothing}}", "<nil>");
}

static void lists_and_maps_print_as_in_go(void **state)
{
    (void)state;
    gives("{{.Args}}", "[x y]");
    gives("{{.Config}}", "map[Labels:map[a.b:2 one:1]]");
}

static void a_field_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    gives("{{.Foo}}", "bad template: there is no field '.Foo'");
    gives("{{.State.Foo}}", "bad template: there is no field '.Foo'");
    gives("{{.ID.Foo}}", "bad template: '.Foo' of what is no object");
    gives("{{.Nothing.Foo}}", "bad template: '.Foo' of nothing");
}

static void a_users_map_may_lack_a_key(void **state)
{
    (void)state;
    gives("{{.Config.Labels.one}}", "1");
    gives("{{.Config.Labels.two}}", "<no value>");
    gives("{{index .Config.Labels \"a.b\"}}", "2");
    gives("{{index .Config.Labels \"zz\"}}", "<no value>");
    gives("{{if index .Config.Labels \"zz\"}}yes{{else}}no{{end}}", "no");
}

static void blocks_choose(void **state)
{
    (void)state;
    gives("{{if .On}}yes{{end}}", "yes");
    gives("{{if .Off}}yes{{else}}no{{end}}", "no");
    gives("{{if .Empty}}1{{else if .Count}}2{{else}}3{{end}}", "2");
    gives("{{if .Empty}}1{{else if .Off}}2{{else}}3{{end}}!", "3!");
    gives("{{with .State}}{{.Pid}}{{end}}", "7");
    gives("{{with .Empty}}x{{else}}{{.ID}}{{end}}", "abc");
    gives("{{with $x := .State}}{{$x.Pid}}{{end}}", "7");
}

static void ranges_repeat(void **state)
{
    (void)state;
    gives("{{range .Args}}<{{.}}>{{end}}", "<x><y>");
    gives("{{range $i, $a := .Args}}{{$i}}={{$a}} {{end}}", "0=x 1=y ");
    gives("{{range $k, $v := .Config.Labels}}{{$k}}:{{$v}};{{end}}", "a.b:2;one:1;");
    gives("{{range .Mounts}}{{.Source}} {{$.ID}} {{end}}", "C:\\a abc C:\\b abc ");
    gives("{{range .Nothing}}x{{else}}none{{end}}", "none");
    gives("{{range .ID}}{{end}}", "bad template: range wants a list or a map");
}

static void variables_live_to_the_end_of_their_block(void **state)
{
    (void)state;
    gives("{{$x := .ID}}{{$x}}{{$x}}", "abcabc");
    gives("{{$n := 1}}{{range .Args}}{{$n = .}}{{end}}{{$n}}", "y");
    gives("{{if .On}}{{$y := 1}}{{end}}{{$y}}", "bad template: undefined variable '$y'");
    gives("{{$z = 1}}", "bad template: undefined variable '$z'");
}

static void white_space_is_trimmed_where_asked(void **state)
{
    (void)state;
    gives("a \n {{- .ID -}} \n b", "aabcb");
    gives("a {{/* comment }} */}}b", "a b");
    gives("a {{- /* x */ -}} b", "ab");
    gives("{{.ID -}}\n", "abc");
}

static void functions_of_docker_work(void **state)
{
    (void)state;
    gives("{{json .State}}", "{\"Running\":true,\"Pid\":7}");
    gives("{{.Args | json}}", "[\"x\",\"y\"]");
    gives("{{json .Nothing}}", "null");
    gives("{{upper .ID}} {{.ID | upper | lower}} {{title \"ab cd\"}}", "ABC abc Ab Cd");
    gives("{{join .Args \", \"}}", "x, y");
    gives("{{range split .Labels \",\"}}[{{.}}]{{end}}", "[a=b][c.d-e=f]");
    gives("{{pad .ID 1 2}}|{{pad .Empty 1 2}}|", " abc  ||");
    gives("{{truncate .Name 3}} {{truncate .ID 99}}", "/we abc");
}

static void functions_of_go_work(void **state)
{
    (void)state;
    gives("{{len .Args}} {{len .ID}} {{len .State}} {{len .Nothing}}", "2 3 2 0");
    gives("{{index .Args 1}}", "y");
    gives("{{index .Args 2}}", "bad template: index 2 is out of range");
    gives("{{slice .Name 1}} {{slice .Name 1 2}}", "web w");
    gives("{{json (slice .Args 1)}} {{json (slice .Args 0 1)}}", "[\"y\"] [\"x\"]");
    gives("{{slice .Name 3 9}}", "bad template: slice 3:9 is out of range");
    gives("{{eq .ID \"abc\"}} {{eq .Count 1 2 3}} {{ne .Count 3}}", "true true false");
    gives("{{lt 1 2}}{{le 2 2}}{{gt 1 2}}{{ge 1 2}}{{lt \"a\" \"b\"}}", "truetruefalsefalsetrue");
    gives("{{and .On .ID}} {{or .Off .ID}} {{not .On}}", "abc abc false");
    gives("{{print 1 2 \"x\" 3}} {{println 1 \"x\"}}", "1 2x3 1 x\n");
    gives("{{lt 1 \"a\"}}", "bad template: a comparison wants two numbers or two strings");
}

static void printf_formats(void **state)
{
    (void)state;
    gives("{{printf \"%s-%d%%\" .ID .Count}}", "abc-3%");
    gives("{{printf \"%5s|%-5s|%05d|%.2s|%q\" .ID .ID .Count .ID .ID}}",
          "  abc|abc  |00003|ab|\"abc\"");
    gives("{{printf \"%x %t %.2f %v\" 255 .On .Half .Args}}", "ff true 0.50 [x y]");
    gives("{{.ID | printf \"<%s>\"}}", "<abc>");
    gives("{{printf \"%d\" .ID}}", "bad template: printf cannot print it with %d");
    gives("{{printf \"%s\"}}", "bad template: printf lacks an argument for %s");
}

static void labels_are_looked_up_by_a_method(void **state)
{
    (void)state;
    gives("{{.Label \"a\"}}", "b");
    gives("{{.Label \"c.d-e\"}}", "f");
    gives("[{{.Label \"zz\"}}]", "[]");
    gives("{{.ID \"a\"}}", "bad template: '.ID' takes no arguments");
}

static void headings_survive_functions(void **state)
{
    (void)state;
    gives_at(__LINE__, "{{upper .Name}} {{json .ID}} {{pad .ID 1 1}}", "/web abc  abc ", true);
    gives_at(__LINE__, "{{.Label \"com.x-y.my_key\"}}", "my key", true);
}

static void strings_have_escapes(void **state)
{
    (void)state;
    gives("{{\"a\\tb\\\"c\"}} {{`a\\tb`}}", "a\tb\"c a\\tb");
    gives("{{\"}}\"}}", "}}");
}

static void malformed_templates_are_told_in_one_line(void **state)
{
    (void)state;
    gives("{{", "bad template: '{{' is not closed");
    gives("{{.ID", "bad template: '{{' is not closed");
    gives("{{\"}}", "bad template: '{{' is not closed");
    gives("{{}}", "bad template: an action is not complete");
    gives("{{if .ID}}", "bad template: a block has no {{end}}");
    gives("{{end}}", "bad template: {{end}} without a block");
    gives("{{if .ID}}a{{else}}b", "bad template: {{else}} without its {{end}}");
    gives("{{foo}}", "bad template: function 'foo' is not defined");
    gives("{{upper}}", "bad template: wrong number of arguments for upper: 0");
    gives("{{.ID | }}", "bad template: an action is not complete");
    gives("{{(.ID}}", "bad template: an action is not complete");
    gives("{{.ID)}}", "bad template: unexpected ')'");
    gives("{{#}}", "bad template: unexpected '#' in an action");
    gives("{{1x}}", "bad template: '1x' is not a number");
    gives("{{define \"x\"}}", "bad template: {{define}} has no {{end}}");
    gives("{{define x}}{{end}}", "bad template: {{define}} wants a name in quotes");
    gives("{{if 1}}{{define \"x\"}}{{end}}{{end}}", "bad template: {{define}} within a block");
    gives("{{template \"x\"}}", "bad template: template \"x\" is not defined");
    gives("{{break}}", "bad template: {{break}} outside of {{range}}");
    gives("{{range .Args}}{{block \"x\" .}}{{continue}}{{end}}{{end}}",
          "bad template: {{continue}} outside of {{range}}");
    gives("{{\"\\q\"}}", "bad template: a string has an escape that Go's have not, or NUL: \\q");
    gives("{{1 2}}", "bad template: a value is used as a function");
    gives("{{upper .Count}}", "bad template: only strings have upper and lower case");
}

/* Of the shell they come as \\n within quotes, and Go makes them what they stand for. */
static void string_literals_have_gos_escapes(void **state)
{
    cleanup_free char *unescaped = format_unescape("{{.ID}}\\t{{.Name}}\\n{{\"\\n\"}}\\t{{`\\t`}}");

    (void)state;
    gives("{{range .Mounts}}{{.Source}}{{\"\\n\"}}{{end}}", "C:\\a\nC:\\b\n");
    gives("{{\"\\t|\\r|\\\\|\\\"|\\a\\b\\f\\v\"}}", "\t|\r|\\|\"|\a\b\f\v");
    gives("{{\"\\x41\\101\\u20ac\\U0001F600\"}}", "AA\xe2\x82\xac\xf0\x9f\x98\x80");
    gives("{{`\\n`}}", "\\n");
    gives("{{\"\\x00\"}}",
          "bad template: a string has an escape that Go's have not, or NUL: \\x00");
    gives("{{join .Args \"\\n\"}}", "x\ny");
    assert_string_equal(unescaped, "{{.ID}}\t{{.Name}}\n{{\"\\n\"}}\t{{`\\t`}}");
}

static void escapers_are_gos(void **state)
{
    (void)state;
    gives("{{html `<a b=\"c\">'&`}}", "&lt;a b=&#34;c&#34;&gt;&#39;&amp;");
    gives("{{js `<a b=\"c\">'&\\`}}", "\\u003Ca b\\u003D\\\"c\\\"\\u003E\\'\\u0026\\\\");
    gives("{{urlquery `a b/c&d=\xc3\xa9-_.~`}}", "a+b%2Fc%26d%3D%C3%A9-_.~");
    gives("{{.Count | html}} {{html 1 2}}", "3 1 2");
}

static void templates_have_names(void **state)
{
    (void)state;
    gives("{{define \"row\"}}<{{.}}>{{end}}{{range .Args}}{{template \"row\" .}}{{end}}", "<x><y>");
    gives("{{template \"t\"}}{{define \"t\"}}[{{.}}]{{end}}", "[<no value>]");
    gives("{{block \"b\" .State}}{{.Pid}} {{$.Running}}{{end}}", "7 true");
    gives("{{$x := 1}}{{define \"t\"}}{{$x}}{{end}}{{template \"t\"}}",
          "bad template: undefined variable '$x'");
    gives("{{define \"t\"}}{{template \"t\"}}{{end}}{{template \"t\"}}",
          "bad template: template \"t\" calls itself too often");
}

static void ranges_can_be_left_and_counted(void **state)
{
    (void)state;
    gives("{{range .Args}}{{if eq . \"y\"}}{{break}}{{end}}{{.}}{{end}}!", "x!");
    gives("{{range .Args}}{{if eq . \"x\"}}{{continue}}{{end}}{{.}}{{end}}!", "y!");
    gives("{{range $a := .Args}}{{range $.Args}}{{break}}{{end}}{{$a}}{{end}}", "xy");
    gives("{{range 3}}{{.}}{{end}}{{range $i := 2}}-{{$i}}{{end}}", "012-0-1");
}

static void and_and_or_look_no_further_than_they_need(void **state)
{
    (void)state;
    gives("{{and .Nothing .Nothing.More}}", "<nil>");
    gives("{{or .ID .Nothing.More}}", "abc");
    gives("{{if and .State.Pid (eq .Count 3)}}yes{{end}}", "yes");
    gives("{{.ID | and 1 2}}", "abc");
    gives("{{and}}", "bad template: wrong number of arguments for and: 0");
}

/* ---- Docker's types ---- */

#define typed(type, json, source, result) typed_at(__LINE__, type, json, source, result)

static void typed_at(int line, enum docker_type type, const char *json, const char *source,
                     const char *result)
{
    cleanup_template template *t = NULL;
    cleanup_text text out = TEXT_INIT;
    cleanup_json cJSON *object = cJSON_Parse(json);
    wcow_error err = WCOW_ERROR_INIT;

    assert_non_null(object);
    docker_mark(object, type);
    if (template_parse(source, &t, &err) || template_run(t, object, &out, &err))
        _assert_string_equal(err.message, result, __FILE__, line);
    else
        _assert_string_equal(text_get(&out), result, __FILE__, line);
}

static void what_docker_leaves_out_has_its_zero_value(void **state)
{
    static const char container[] =
        "{\"State\":{\"Running\":true},\"Config\":{\"Labels\":{\"a\":\"1\"},\"Volumes\":null,"
        "\"Cmd\":null},\"HostConfig\":{\"RestartPolicy\":{\"Name\":\"no\",\"MaximumRetryCount\":0}}"
        ","
        "\"NetworkSettings\":{\"Networks\":{\"nat\":{\"IPAddress\":\"1.2.3.4\"}},\"Ports\":{}},"
        "\"Mounts\":[{\"Source\":\"s\"}],\"OsVersion\":\"ours\"}";

    (void)state;
    typed(DOCKER_CONTAINER, container, "{{json .State.Health}} {{.State.Health}}", "null <nil>");
    typed(DOCKER_CONTAINER, container,
          "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}", "none");
    typed(DOCKER_CONTAINER, container, "{{.State.Health.Status}}",
          "bad template: '.Status' of nothing");
    typed(DOCKER_CONTAINER, container, "{{.HostConfig.DNS}} {{.HostConfig.ConsoleSize}}",
          "[] [0 0]");
    typed(DOCKER_CONTAINER, container, "{{.HostConfig.RestartPolicy}} {{json .HostConfig.Init}}",
          "{no 0} null");
    typed(DOCKER_CONTAINER, container, "{{.Config.Cmd}}{{.Config.Volumes}}{{.Config.StopSignal}}|",
          "[]map[]|");
    typed(DOCKER_CONTAINER, container, "{{json .Config.Healthcheck}}{{len .Config.ExposedPorts}}",
          "null0");
    typed(DOCKER_CONTAINER, container, "{{range .Mounts}}{{.Name}}{{.RW}}{{end}}", "false");
    typed(DOCKER_CONTAINER, container, "{{.OsVersion}}", "ours");
    typed(DOCKER_CONTAINER, container, "{{.State.Nonsense}}",
          "bad template: there is no field '.Nonsense'");
    typed(DOCKER_IMAGE, "{\"Config\":{}}",
          "{{.Config.Labels}}{{.Config.User}}{{json .Config.Entrypoint}}", "map[]null");
    typed(DOCKER_INFO, "{}", "{{.Swarm.LocalNodeState}}{{.Plugins.Log}}{{json .Runtimes}}",
          "[]null");
}

static void what_is_in_no_map_is_the_zero_value_of_its_kind(void **state)
{
    static const char container[] =
        "{\"Config\":{\"Labels\":{\"a\":\"1\"},\"Volumes\":null},"
        "\"NetworkSettings\":{\"Networks\":{\"nat\":{}},\"Ports\":{\"80/tcp\":null}}}";

    (void)state;
    typed(DOCKER_CONTAINER, container, "{{index .Config.Labels \"a\"}}", "1");
    typed(DOCKER_CONTAINER, container, "[{{index .Config.Labels \"b\"}}]", "[]");
    typed(DOCKER_CONTAINER, container, "{{.Config.Labels.b}}", "<no value>");
    typed(DOCKER_CONTAINER, container, "{{index .Config.Volumes \"x\"}}", "{}");
    typed(DOCKER_CONTAINER, container, "{{index .NetworkSettings.Ports \"81/tcp\"}}", "[]");
    typed(DOCKER_CONTAINER, container, "{{json (index .NetworkSettings.Networks \"x\")}}", "null");
    typed(DOCKER_CONTAINER, container, "{{(index .NetworkSettings.Networks \"nat\").IPAddress}}|",
          "|");
}

static void nesting_is_bounded(void **state)
{
    cleanup_text text deep = TEXT_INIT;
    char *got;

    (void)state;
    for (int i = 0; i < 5000; i++)
        text_add(&deep, "{{if 1}}");
    got = fill(text_get(&deep), false);
    assert_string_equal(got, "bad template: nested too deeply");
    free(got);

    text_cut(&deep, 0);
    text_add(&deep, "{{");
    for (int i = 0; i < 5000; i++)
        text_add(&deep, "(");
    text_add(&deep, "}}");
    got = fill(text_get(&deep), false);
    assert_string_equal(got, "bad template: nested too deeply");
    free(got);
}

static void many_blocks_in_a_row_are_not_deep(void **state)
{
    cleanup_text text source = TEXT_INIT;
    cleanup_text text wanted = TEXT_INIT;

    (void)state;
    for (int i = 0; i < 200; i++) {
        text_add(&source, "{{if .On}}{{(1)}}{{else}}0{{end}}");
        text_add(&wanted, "1");
    }
    gives(text_get(&source), text_get(&wanted));
}

/* Whatever a template looks like, it is filled in or refused; the sanitizers watch. */
static void damaged_templates_are_survived(void **state)
{
    static const char *const seeds[] = {
        "{{range $i, $a := .Args}}{{$i}}={{$a | upper}}{{else}}x{{end}}",
        "{{if and .On (eq .ID \"abc\")}}{{.State.Pid}}{{else if .Off}}{{- /* c */ -}}{{end}}",
        "{{with $x := .State}}{{printf \"%-5s|%05d\" $.ID $x.Pid}}{{end}}{{.Label \"a\"}}",
        "{{join (split .Labels \",\") \";\"}}{{index .Config.Labels `a.b`}}{{slice .Name 1 2}}",
    };
    static const char signs[] = "{}$.|()\"`-:=,% ax0/*\\\n";
    uint32_t random = 1;

    (void)state;
    for (int round = 0; round < 8000; round++) {
        char *damaged = text_copy(seeds[round % 4]);
        char *got;

        for (int changes = round % 3; changes >= 0; changes--) {
            random = random * 1664525 + 1013904223;
            damaged[(random >> 8) % strlen(damaged)] = signs[(random >> 24) % (sizeof(signs) - 1)];
        }
        got = fill(damaged, round % 5 == 0);
        assert_non_null(got);
        free(got);
        free(damaged);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_goes_through),
        cmocka_unit_test(fields_are_followed),
        cmocka_unit_test(lists_and_maps_print_as_in_go),
        cmocka_unit_test(a_field_that_is_not_there_is_an_error),
        cmocka_unit_test(a_users_map_may_lack_a_key),
        cmocka_unit_test(blocks_choose),
        cmocka_unit_test(ranges_repeat),
        cmocka_unit_test(variables_live_to_the_end_of_their_block),
        cmocka_unit_test(white_space_is_trimmed_where_asked),
        cmocka_unit_test(functions_of_docker_work),
        cmocka_unit_test(functions_of_go_work),
        cmocka_unit_test(printf_formats),
        cmocka_unit_test(labels_are_looked_up_by_a_method),
        cmocka_unit_test(headings_survive_functions),
        cmocka_unit_test(strings_have_escapes),
        cmocka_unit_test(malformed_templates_are_told_in_one_line),
        cmocka_unit_test(string_literals_have_gos_escapes),
        cmocka_unit_test(escapers_are_gos),
        cmocka_unit_test(templates_have_names),
        cmocka_unit_test(ranges_can_be_left_and_counted),
        cmocka_unit_test(and_and_or_look_no_further_than_they_need),
        cmocka_unit_test(what_docker_leaves_out_has_its_zero_value),
        cmocka_unit_test(what_is_in_no_map_is_the_zero_value_of_its_kind),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(damaged_templates_are_survived),
        cmocka_unit_test(many_blocks_in_a_row_are_not_deep),
    };

    return cmocka_run_group_tests_name("cli/template", tests, NULL, NULL);
}
