/* SPDX-License-Identifier: MIT */
/* ps, images, rmi, load, inspect: what is shown and how. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include <time.h>

#include "tests/unit/cli/fake_wcow.h"

static wcow_container_info containers[3];
static wcow_image_info images[3];

static int setup(void **state)
{
    int64_t now = (int64_t)time(NULL);

    fake_setup(state);
    setenv("TZ", "UTC0", 1);
    containers[0] = (wcow_container_info){
        .id = "aaaabbbbccccdddd",
        .name = "web",
        .image = "nano:latest",
        .image_id = "sha256:1111222233334444",
        .command = "ping -t \"localhost\" C:\\dir",
        .state = "running",
        .status = "Up 5 minutes",
        .labels = "tier=front,x",
        .networks = "nat",
        .ports = "",
        .exposed = "",
        .published = "",
        .mounts = "",
        .os_version = "10.0.20348.1",
        .isolation = "process",
        .created = now - 300,
        .running = true,
    };
    containers[1] = containers[0];
    containers[1].id = "bbbbccccddddeeee";
    containers[1].name = "db";
    containers[1].state = "exited";
    containers[1].status = "Exited (3) 2 hours ago";
    containers[1].exit_code = 3;
    containers[1].running = false;
    containers[1].isolation = "hyperv";
    containers[1].labels = "";
    containers[1].created = now - 86400 * 3;
    containers[2] = containers[1];
    containers[2].id = "ccccddddeeeeffff";
    containers[2].name = "webfront";
    containers[2].image = "microsoft/core";
    containers[2].state = "created";
    containers[2].status = "Created";
    containers[2].command = "cmd";
    fake.containers = containers;
    fake.container_count = 3;

    images[0] = (wcow_image_info){
        .id = "sha256:1111222233334444",
        .repository = "microsoft/nanoserver",
        .tag = "latest",
        .digest = "sha256:9999",
        .created = now - 86400 * 20,
        .size = 296000000,
    };
    images[1] = images[0];
    images[1].tag = "ltsc2022";
    images[2] =
        (wcow_image_info){"sha256:5555666677778888", "<none>", "<none>", "", "", 0, 1234, ""};
    fake.images = images;
    fake.image_count = 3;
    return 0;
}

static void ps_shows_what_runs(void **state)
{
    (void)state;
    expect(0,
           "CONTAINER ID   IMAGE         COMMAND                    CREATED         STATUS         "
           "PORTS     NAMES\n"
           "aaaabbbbcccc   nano:latest   \"ping -t \\\"localhost\\\"…\"   5 minutes ago   Up 5 "
           "minutes             web\n",
           "", "ps");
    expect_calls("list\n");
}

static void ps_can_show_all(void **state)
{
    (void)state;
    expect(0, "aaaabbbbcccc\nbbbbccccdddd\nccccddddeeee\n", "", "ps", "-aq");
    expect(0, "aaaabbbbccccdddd\nbbbbccccddddeeee\nccccddddeeeeffff\n", "", "container", "ls",
           "-aq", "--no-trunc");
    expect(0, "aaaabbbbcccc\n", "", "ps", "-ql");
    expect(0, "aaaabbbbcccc\nbbbbccccdddd\n", "", "ps", "-q", "-n", "2");
    expect(0, "\"ping -t \\\"localhost\\\" C:\\\\dir\"\n", "", "ps", "--no-trunc", "--format",
           "{{.Command}}");
}

static void ps_tells_sizes_mounts_and_platforms(void **state)
{
    (void)state;
    containers[0].mounts = "C:\\a,C:\\a folder with a long name";
    expect(0, "C:\\a,C:\\a folder wi\xe2\x80\xa6|windows(10.0.20348.1)/amd64|0\n", "", "ps",
           "--format", "{{.Mounts}}|{{.Platform}}|{{.LocalVolumes}}");
    expect(0, "C:\\a,C:\\a folder with a long name\n", "", "ps", "--no-trunc", "--format",
           "{{.Mounts}}");
    expect(0, "2MB (virtual 298MB)\n", "", "ps", "-s", "--format", "{{.Size}}");
    expect_calls("list\nlist\nlist\nopen aaaabbbbccccdddd\nsizes aaaabbbbccccdddd\n");
    expect(0, "2MB (virtual 298MB)\n", "", "ps", "--format", "{{.Size}}");
    expect(0,
           "CONTAINER ID   IMAGE         COMMAND                    CREATED         STATUS         "
           "PORTS     NAMES     SIZE\n"
           "aaaabbbbcccc   nano:latest   \"ping -t \\\"localhost\\\"\xe2\x80\xa6\"   5 minutes ago "
           "  Up 5 "
           "minutes             web       2MB (virtual 298MB)\n",
           "", "ps", "--size");
    expect_calls("list\nopen aaaabbbbccccdddd\nsizes aaaabbbbccccdddd\n"
                 "list\nopen aaaabbbbccccdddd\nsizes aaaabbbbccccdddd\n");
    expect(0, "aaaabbbbcccc\n", "", "ps", "-q");
    expect_calls("list\n");
}

static void lists_have_a_raw_form(void **state)
{
    (void)state;
    containers[0].created = 0;
    expect(0,
           "container_id: aaaabbbbcccc\nimage: nano:latest\n"
           "command: \"ping -t \\\"localhost\\\"\xe2\x80\xa6\"\ncreated_at: 1970-01-01 00:00:00 "
           "+0000 UTC\n"
           "state: running\nstatus: Up 5 minutes\nnames: web\nlabels: tier=front,x\nports:\n\n",
           "", "ps", "--format", "raw");
    expect(0, "container_id: aaaabbbbcccc\n",
           "WARNING: Ignoring custom format, because both --format and --quiet are set.\n", "ps",
           "-q", "--format", "raw");
    expect(0, "image_id: 111122223333\nimage_id: 111122223333\nimage_id: 555566667777\n", "",
           "images", "-q", "--format", "raw");
    images[1].created = 0;
    fake.image_count = 2;
    expect(0,
           "repository: microsoft/nanoserver\ntag: ltsc2022\ndigest: sha256:9999\n"
           "image_id: 111122223333\ncreated_at: N/A\n"
           "virtual_size: 296MB\n\n",
           "", "images", "--digests", "--format", "raw", "microsoft/nanoserver:ltsc2022");
}

static void lists_look_as_the_user_has_set(void **state)
{
    static const char *const settings[] = {"psFormat", "{{.ID}} {{.Names}}", "imagesFormat",
                                           "table {{.ID}}\\t{{.Tag}}", NULL};

    (void)state;
    fake.settings = settings;
    fake.image_count = 1;
    expect(0, "aaaabbbbcccc web\n", "", "ps");
    expect(0, "web\n", "", "ps", "--format", "{{.Names}}");
    expect(0, "aaaabbbbcccc\n", "", "ps", "-q");
    expect(0, "IMAGE ID       TAG\n111122223333   latest\n", "", "images");
    expect(0, "111122223333\n", "", "images", "-q");
    expect(0, "111122223333\n", "", "images", "-q", "");
    fake.broken_settings = true;
    expect(0, "web\n", "", "ps", "--format", "{{.Names}}");
    expect(
        0, NULL,
        "WARNING: Error loading config file: cannot read 'config.json': no valid JSON at line 1\n",
        "ps");
    expect(0, NULL,
           "{\"warning\":\"Error loading config file: cannot read 'config.json': no valid JSON at "
           "line 1\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n",
           "--errors=json", "ps");
    expect(0, NULL,
           "{\"warning\":\"Ignoring custom format, because both --format and --quiet are set."
           "\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n",
           "--errors=json", "ps", "-q", "--format", "x");
}

static void ps_prints_json_with_sorted_members(void **state)
{
    struct printed printed;
    const char *const words[] = {"ps", "--format", "json", NULL};

    (void)state;
    program_with_input(&printed, "", words);
    assert_non_null(
        strstr(printed.out,
               "\"ID\":\"aaaabbbbcccc\",\"Image\":\"nano:latest\","
               "\"Isolation\":\"process\",\"Labels\":\"tier=front,x\","
               "\"LocalVolumes\":\"0\",\"Mounts\":\"\",\"Names\":\"web\","
               "\"Networks\":\"nat\",\"Platform\":\"windows(10.0.20348.1)/amd64\",\"Ports\":\"\","
               "\"RunningFor\":\"5 minutes ago\",\"Size\":\"0B\","
               "\"State\":\"running\",\"Status\":\"Up 5 minutes\"}\n"));
    assert_memory_equal(printed.out, "{\"Command\":", 11);
    free(printed.out);
    free(printed.err);
}

static void tables_have_headings_of_their_fields(void **state)
{
    (void)state;
    expect(0, "NAMES     tier      upper\nweb       front     RUNNING\n", "", "ps", "--format",
           "table {{.Names}}\\t{{.Label \"tier\"}}\\t{{.Label \"a.b-upper\" | len | print | "
           "printf \"%.0s\"}}{{if eq .State \"STATE\"}}upper{{else}}{{upper .State}}{{end}}");
    expect(0, "NAMES\n", "", "ps", "-f", "name=zzz", "--format", "table {{.Names}}");
}

/* Members that a format does not name are not made: it must not find that out. */
static void formats_find_members_without_naming_them(void **state)
{
    static const char *const formats[] = {
        "{{index . \"Na\\x6des\"}}",
        "{{with .}}{{index . (printf \"%s%s\" \"Na\" \"mes\")}}{{end}}",
        "{{with $}}{{index . (print \"Name\" \"s\")}}{{end}}",
        "{{$row := .}}{{index $row (join (split \"Na,mes\" \",\") \"\")}}",
    };
    struct printed printed;

    (void)state;
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        expect(0, "web\n", "", "ps", "--format", formats[i]);
    expect(0, "front\n", "", "ps", "--format", "{{.Label \"tier\"}}");
    expect(0, "17\n", "", "ps", "--format", "{{len .}}");
    {
        const char *const words[] = {"ps", "--format", "x {{json .}}", NULL};

        program_with_input(&printed, "", words);
        assert_non_null(strstr(printed.out, "x {\"Command\":"));
        assert_non_null(strstr(printed.out, "\"Status\":\"Up 5 minutes\"}\n"));
        free(printed.out);
        free(printed.err);
    }
}

/* What images are labelled is their makers' choice; what the format has in it is the user's own. */
static void tables_are_not_painted_by_strangers(void **state)
{
    (void)state;
    containers[0].labels = "\x1b[31mred\xC2\x9B"
                           "0m";
    expect(0, "\x1b[1mLABELS\n\x1b[1m [31mred  0m\n", "", "ps", "-f", "name=web$", "--format",
           "table \x1b[1m{{.Labels}}");
    expect(0,
           "\x1b[31mred\xC2\x9B"
           "0m\n",
           "", "ps", "-f", "name=web$", "--format", "{{.Labels}}");
}

static void a_bad_format_is_one_line(void **state)
{
    (void)state;
    expect(1, "", "wcow: bad template: there is no field '.Foo'\n", "ps", "--format", "{{.Foo}}");
    expect(1, "", "wcow: bad template: there is no field '.Foo'\n", "ps", "-f", "name=zzz",
           "--format", "{{.Foo}}");
    expect(1, "", "wcow: bad template: '{{' is not closed\n", "images", "--format", "{{.ID");
}

static void images_are_listed(void **state)
{
    (void)state;
    expect(0,
           "REPOSITORY             TAG        IMAGE ID       CREATED       SIZE\n"
           "microsoft/nanoserver   latest     111122223333   2 weeks ago   296MB\n"
           "microsoft/nanoserver   ltsc2022   111122223333   2 weeks ago   296MB\n"
           "<none>                 <none>     555566667777   N/A           1.23kB\n",
           "", "images");
    expect(0, "111122223333\n555566667777\n", "", "image", "ls", "-q");
    expect(0, "sha256:1111222233334444\nsha256:5555666677778888\n", "", "images", "-q",
           "--no-trunc");
    expect(0,
           "REPOSITORY             TAG       DIGEST        IMAGE ID       CREATED       SIZE\n"
           "microsoft/nanoserver   latest    sha256:9999   111122223333   2 weeks ago   296MB\n",
           "", "images", "--digests", "microsoft/nanoserver:latest");
}

static void images_are_filtered(void **state)
{
    (void)state;
    expect(0, "latest\nltsc2022\n", "", "images", "--format", "{{.Tag}}", "microsoft/nanoserver");
    expect(0, "ltsc2022\n", "", "images", "--format", "{{.Tag}}", "-f",
           "reference=microsoft/*:ltsc*");
    expect(0, "<none>\n", "", "images", "--format", "{{.Tag}}", "-f", "dangling=true");
    expect(0, "latest\nltsc2022\n", "", "images", "--format", "{{.Tag}}", "-f", "dangling=false");
    expect(1, "", "wcow: invalid filter 'x'\n", "images", "-f", "x=y");
    expect(1, "", "wcow: invalid filter 'dangling=maybe'\n", "images", "-f", "dangling=maybe");
    expect(1, "", "wcow: invalid filter 'until=never'\n", "images", "-f", "until=never");
}

static void expect_tags(const char *tags, const char *filter)
{
    cleanup_free char *lines = text_format("%s\n", tags);

    for (char *at = lines; (at = strchr(at, ' ')) != NULL;)
        *at = '\n';
    expect(0, *tags ? lines : "", "", "images", "--format", "{{.Tag}}", "-f", filter);
}

static void images_are_filtered_by_their_names(void **state)
{
    static const wcow_image_info names[] = {
        {.id = "sha256:1", .repository = "busy", .tag = "1", .digest = "sha256:ab"},
        {.id = "sha256:2", .repository = "team/busy", .tag = "2", .digest = ""},
        {.id = "sha256:3", .repository = "host:5/team/busy", .tag = "3", .digest = ""},
        {.id = "sha256:4", .repository = "busy", .tag = "<none>", .digest = "sha256:cd"},
        {.id = "sha256:5", .repository = "localhost/busy", .tag = "5", .digest = ""},
    };

    (void)state;
    fake.images = names;
    fake.image_count = 5;
    expect_tags("1 <none>", "reference=busy");
    expect_tags("1 <none>", "reference=b?s*");
    expect_tags("1 <none>", "reference=docker.io/library/busy");
    expect_tags("1", "reference=docker.io/library/busy:1");
    expect_tags("<none>", "reference=busy@sha256:cd");
    expect_tags("2", "reference=team/busy:[0-9]");
    expect_tags("2", "reference=docker.io/team/busy");
    expect_tags("3", "reference=host:5/*/busy");
    expect_tags("5", "reference=localhost/*");
    expect_tags("", "reference=docker.io/localhost/busy");
    expect_tags("<none>", "dangling=true");
    expect_tags("1 2 3 5", "dangling=false");
    {
        wcow_image_info tagged[] = {names[3], names[4]};

        tagged[1].id = tagged[0].id; /* it has a tag of another repository */
        fake.images = tagged;
        fake.image_count = 2;
        expect_tags("", "dangling=true");
        expect_tags("<none> 5", "dangling=0");
        fake.images = names;
        fake.image_count = 5;
    }
    expect(0, "1\n<none>\n", "", "images", "--format", "{{.Tag}}", "docker.io/library/busy");
}

static void images_are_filtered_by_labels_and_age(void **state)
{
    const int64_t now = (int64_t)time(NULL);
    const wcow_image_info made[] = {
        {.id = "sha256:1",
         .repository = "x",
         .tag = "new",
         .created = now - 60,
         .digest = "",
         .labels = "tier=web\0size=1,5\0"},
        {.id = "sha256:2",
         .repository = "x",
         .tag = "middle",
         .created = 1700000000,
         .digest = "",
         .labels = "tier=web\0"},
        {.id = "sha256:3",
         .repository = "x",
         .tag = "old",
         .created = 1600000000,
         .digest = "",
         .labels = ""},
        {.id = "sha256:4", .repository = "x", .tag = "unknown", .digest = "", .labels = ""},
    };

    (void)state;
    fake.images = made;
    fake.image_count = 4;
    expect_tags("new middle", "label=tier");
    expect_tags("new middle", "label=tier=web");
    expect_tags("new", "label=size=1,5");
    expect_tags("", "label=size=1");
    expect_tags("", "label=web");
    expect(0, "new\n", "", "images", "--format", "{{.Tag}}", "-f", "label=tier", "-f",
           "label=size");
    expect_tags("middle old", "until=1h");
    expect_tags("old", "until=1650000000");
    fake.image = "{\"Created\":\"2023-11-14T22:13:20.5Z\"}"; /* 1700000000.5 */
    expect_tags("old", "before=x:middle");
    expect_tags("new", "since=x:middle");
    expect(0, "", "", "images", "-q", "-f", "before=a", "-f", "since=b");
    expect_tags("new middle old unknown", "containers=false");
    expect_tags("", "containers=1");
    expect_tags("old unknown", "label!=tier=web");
    fake.image = NULL;
    expect(1, "", "wcow: invalid filter 'containers=x'\n", "images", "-f", "containers=x");
    expect(1, "", "wcow: no such image: gone\n", "images", "-f", "before=gone");
}

static void quiet_yields_to_a_format(void **state)
{
    (void)state;
    expect(0, "latest\nltsc2022\n", "", "images", "-q", "--format", "{{.Tag}}",
           "microsoft/nanoserver");
    expect(0, "111122223333\n", "", "images", "-q", "--format", "table", "microsoft/nanoserver");
}

static void rmi_removes_and_tells(void **state)
{
    (void)state;
    expect(0, "Untagged: it\n", "", "rmi", "nano");
    expect(0, "Untagged: it\n", "wcow: no such image: no-a\n", "image", "rm", "-f", "no-a", "nano");
    expect(1, "Untagged: it\n", "wcow: no such image: no-a\n", "rmi", "no-a", "nano");
    expect_calls("rmi nano\nrmi nano force\nrmi nano\n");
}

static void load_names_what_it_loaded(void **state)
{
    (void)state;
    expect(0, "Loaded image: microsoft/nanoserver:latest\nLoaded image ID: sha256:0123\n", "",
           "load", "-i", "nano.tar");
    expect(0, NULL, "", "image", "load");
    expect(0, NULL, "", "load", "-i", "");
    expect_calls("load nano.tar\nload -\nload -\n");
    fake.failing = "load";
    fake.failure = WCOW_CORRUPT;
    fake.message = "cannot load 'x.tar': it is not an archive";
    expect(1, "", "wcow: cannot load 'x.tar': it is not an archive\n", "load", "-i", "x.tar");
    fake.message = "it is not an archive";
    expect(1, "", "wcow: cannot load 'x.tar': it is not an archive\n", "load", "-i", "x.tar");
}

static void load_shows_progress_on_a_terminal(void **state)
{
    (void)state;
    fake.terminals[2] = true;
    expect(0, NULL,
           "\rlayer 1: 500B/1kB      \rlayer 1: 1kB/1kB      \n"
           "\rlayer 2, whose name is a long one: 2kB      \n",
           "load", "-i", "x");
    expect(0, NULL, "", "load", "-q", "-i", "x");
    fake.columns = 53; /* the line must not go on in the next */
    expect(0, NULL,
           "\rlayer 1: 500B/1kB      \rlayer 1: 1kB/1kB      \n"
           "\rlayer 2, whose name is a l\xe2\x80\xa6: 2kB      \n",
           "load", "-i", "x");
    fake.terminals[0] = true;
    expect(1, "", "wcow: requested load from stdin, but stdin is empty (use -i FILE)\n", "load");
}

static void inspect_prints_an_array(void **state)
{
    (void)state;
    fake.inspected = "{\"Id\":\"abc\",\"Args\":[]}";
    expect(0, "[\n    {\n        \"Id\": \"abc\",\n        \"Args\": []\n    }\n]\n", "", "inspect",
           "web");
    expect(0, "abc\nabc\n", "", "inspect", "-f", "{{.ID}}", "a", "b");
    expect(0, "\"abc\"\n", "", "container", "inspect", "--format", "{{json .Id}}", "a");
    expect(0, "[{\"Id\":\"abc\",\"Args\":[]}]\n", "", "inspect", "--format=json", "a");
    expect(0, "[\n    {\n        \"Id\": \"abc\",\n        \"Args\": []\n    }\n]\n", "", "inspect",
           "-f", "", "web");
    expect(0, "abc\\n\t|\n", "", "inspect", "-f", "{{.Id}}\\n{{\"\\t\"}}|", "a");
    expect(0, "<nil> map[] \n", "", "inspect", "-f",
           "{{.State}} {{.GraphDriver.Data}} {{index .GraphDriver.Data \"x\"}}", "a");
    expect(1, "\n", "wcow: No such object: no-a\n", "inspect", "-f", "{{.Id}}", "no-a");
}

static void inspect_tells_sizes_when_asked(void **state)
{
    (void)state;
    fake.inspected = "{\"Id\":\"abc\"}";
    expect(0, "2000000 298000000\n", "", "container", "inspect", "-s", "-f",
           "{{.SizeRw}} {{.SizeRootFs}}", "a");
    expect(0, "<nil>\n", "", "container", "inspect", "-f", "{{.SizeRw}}", "a");
    fake.inspected = NULL;
    fake.image = "{\"Id\":\"img\",\"RepoTags\":[]}";
    expect(0, "img\n", "", "inspect", "-s", "-f", "{{.Id}}", "no-container");
}

static void inspect_looks_for_images_too(void **state)
{
    (void)state;
    fake.image = "{\"Id\":\"img\"}";
    expect(0, "img\n", "", "inspect", "-f", "{{.Id}}", "no-container");
    expect(0, "img\n", "", "image", "inspect", "-f", "{{.Id}}", "nano");
    expect(0, "img\n", "", "inspect", "--type", "image", "-f", "{{.Id}}", "nano");
    expect_calls("image no-container\nimage nano\nimage nano\n");
    expect(1, "[]\n", "wcow: no such container: no-a\n", "inspect", "--type=container", "no-a");
    fake.image = NULL;
    expect(1, "[]\n", "wcow: No such object: no-a\n", "inspect", "no-a");
    expect(1, "[]\n", "wcow: no such image: no-a\n", "image", "inspect", "no-a");
    expect(1, "", "wcow: \"x\" is not a valid value for --type\n", "inspect", "--type=x", "a");
    expect(1, "", "wcow: bad template: '{{' is not closed\n", "inspect", "-f", "{{", "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fake_teardown)
        TEST(ps_shows_what_runs),
        TEST(ps_can_show_all),
        TEST(ps_tells_sizes_mounts_and_platforms),
        TEST(lists_have_a_raw_form),
        TEST(lists_look_as_the_user_has_set),
        TEST(ps_prints_json_with_sorted_members),
        TEST(tables_have_headings_of_their_fields),
        TEST(formats_find_members_without_naming_them),
        TEST(tables_are_not_painted_by_strangers),
        TEST(a_bad_format_is_one_line),
        TEST(images_are_listed),
        TEST(images_are_filtered),
        TEST(images_are_filtered_by_their_names),
        TEST(images_are_filtered_by_labels_and_age),
        TEST(quiet_yields_to_a_format),
        TEST(rmi_removes_and_tells),
        TEST(load_names_what_it_loaded),
        TEST(load_shows_progress_on_a_terminal),
        TEST(inspect_prints_an_array),
        TEST(inspect_tells_sizes_when_asked),
        TEST(inspect_looks_for_images_too),
    };

    return cmocka_run_group_tests_name("cli/listing", tests, NULL, NULL);
}
