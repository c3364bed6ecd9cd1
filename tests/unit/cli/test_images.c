/* SPDX-License-Identifier: MIT */
/* The commands about images and layers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tests/unit/cli/fake_wcow.h"

static void layer_inspect_prints_an_array_with_exact_numbers(void **state)
{
    (void)state;
    expect(0,
           "[\n"
           "{\"name\":\"Files/a\",\"size\":1234,\"fileAttributes\":33,"
           "\"creationTime\":48491090211286549,\"lastAccessTime\":1,"
           "\"lastWriteTime\":116444736020000000,\"changeTime\":2,\"backupStreamLength\":1300,"
           "\"backupStreamSha256\":\"abcd\"},\n"
           "{\"name\":\"Files/.wh.b\",\"whiteout\":true,\"size\":0,\"fileAttributes\":0,"
           "\"creationTime\":0,\"lastAccessTime\":0,\"lastWriteTime\":0,\"changeTime\":0,"
           "\"backupStreamLength\":0,\"backupStreamSha256\":\"\"},\n"
           "{\"name\":\"Files/c\",\"hardLink\":\"Files/a\",\"size\":0,\"fileAttributes\":0,"
           "\"creationTime\":0,\"lastAccessTime\":0,\"lastWriteTime\":0,\"changeTime\":0,"
           "\"backupStreamLength\":0,\"backupStreamSha256\":\"\"},\n"
           "{\"name\":\"Files/\\u001b[2J\",\"size\":0,\"fileAttributes\":1040,"
           "\"creationTime\":0,\"lastAccessTime\":0,\"lastWriteTime\":116444736000000000,"
           "\"changeTime\":0,\"backupStreamLength\":0,\"backupStreamSha256\":\"ef\"}\n"
           "]\n",
           "", "layer", "inspect", "l.tar", "--format", "json");
    expect_calls("layer inspect l.tar\n");
}

static void layer_inspect_has_a_table_that_no_name_can_spoil(void **state)
{
    (void)state;
    expect(0,
           "NAME            TYPE        ATTRIBUTES   SIZE      CARRIES\n"
           "Files/a         file        AR           1.234kB   security, 1 extended attribute, "
           "2 streams\n"
           "Files/.wh.b     whiteout    -            0B        -\n"
           "Files/c         hard link   -            0B        of Files/a\n"
           "Files/\\x1b[2J   junction    DL           0B        to C:/\\x9b\n",
           "", "layer", "inspect", "l.tar", "--format",
           "table {{.Name}}\\t{{.Type}}\\t{{.Attributes}}\\t{{.Size}}\\t{{.Carries}}");
}

static void layer_inspect_fails_with_the_file_s_fault(void **state)
{
    (void)state;
    fake.failing = "layer inspect";
    fake.failure = WCOW_CORRUPT;
    expect(1, "", "wcow: it failed\n", "layer", "inspect", "l.tar");
    expect(1, "[\n", "wcow: it failed\n", "layer", "inspect", "l.tar", "--format", "json");
}

static void save_goes_to_a_file_or_a_pipe_but_to_no_terminal(void **state)
{
    (void)state;
    expect(0, "", "", "save", "-o", "x.tar", "nano", "core:1");
    expect(0, "", "", "image", "save", "nano");
    expect_calls("save x.tar: nano core:1\nsave -: nano\n");
    fake.terminals[1] = true;
    expect(1, "", "wcow: cowardly refusing to save to a terminal. Use the -o flag or redirect\n",
           "save", "nano");
    expect_calls("");
    expect(1, "", NULL, "save");
}

static void history_has_dockers_columns(void **state)
{
    (void)state;
    expect(0,
           "IMAGE          CREATED BY                                      SIZE      COMMENT\n"
           "0123456789ab   cmd /c echo an awfully long line of it, real…   1.23MB    mine\n"
           "<missing>                                                      0B        \n",
           "", "history", "--format", "table {{.ID}}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}",
           "nano");
    expect(0, "0123456789ab\n<missing>\n", "", "image", "history", "-q", "nano");
    expect(0,
           "{\"Comment\":\"mine\",\"CreatedAt\":\"1970-01-01T00:00:01Z\","
           "\"CreatedBy\":\"cmd /c echo an awfully long line of it, really\","
           "\"CreatedSince\":\"%\",\"ID\":\"sha256:0123456789abcdef\",\"Size\":\"1234567\"}\n"
           "{\"Comment\":\"\",\"CreatedAt\":\"N/A\",\"CreatedBy\":\"\",\"CreatedSince\":\"%\","
           "\"ID\":\"<missing>\",\"Size\":\"0\"}\n",
           "", "history", "--human=false", "--no-trunc", "--format",
           "{\"Comment\":{{json .Comment}},\"CreatedAt\":{{json .CreatedAt}},"
           "\"CreatedBy\":{{json .CreatedBy}},\"CreatedSince\":\"%\",\"ID\":{{json .ID}},"
           "\"Size\":{{json .Size}}}",
           "nano");
    expect_calls("history nano\nhistory nano\nhistory nano\n");
}

static void image_prune_asks_and_tells_what_it_won(void **state)
{
    (void)state;
    expect_with_input("n\n", 0, NULL, NULL, "image", "prune");
    expect_calls("");
    expect(0, "Total reclaimed space: 0B\n", "", "image", "prune", "-f");
    expect(0,
           "Deleted Images:\nuntagged: it:latest\ndeleted: sha256:0123\n\n"
           "Total reclaimed space: 1.5kB\n",
           "", "image", "prune", "-af");
    expect(0,
           "Deleted Images:\nuntagged: it:latest\ndeleted: sha256:0123\n\n"
           "Total reclaimed space: 1500\n",
           "", "image", "prune", "-af", "--human=false");
    expect_calls("image prune dangling\nimage prune all\nimage prune all\n");
    expect(0, NULL, "", "image", "prune", "-f", "--filter", "until=1970-01-02T00:00:00Z",
           "--filter", "label=a=1", "--filter", "label!=b", "--filter", "label=c");
    expect_calls("image prune dangling before 86400 +a=1 +c -b\n");
    expect(1, "", "wcow: invalid filter 'dangling'\n", "image", "prune", "-f", "--filter",
           "dangling=1");
    expect(1, "", "wcow: invalid filter 'until=x'\n", "image", "prune", "-f", "--filter",
           "until=x");
    expect_calls("");
}

/* What an image is for is asked first, and then nothing is done if it is for another. */
static void a_platform_must_fit(void **state)
{
    (void)state;
    fake.image = "{}";
    expect(0, "", "", "save", "--platform", "windows/amd64", "-o", "x.tar", "a", "b");
    expect(0, NULL, "", "rmi", "--platform=windows/amd64", "a");
    expect(0, NULL, "", "history", "-q", "--platform", "windows(10.0.20348)", "a");
    expect(0, NULL, "", "image", "history", "-q", "--platform=", "a");
    expect(0, NULL, "", "push", "-q", "--platform", "windows/amd64", "h:5/a");
    expect(0, NULL, "", "image", "inspect", "--platform", "windows/amd64", "a");
    expect(0, NULL, "", "load", "-i", "x", "--platform", "windows");
    expect_calls("platform windows/amd64 of a\nplatform windows/amd64 of b\nsave x.tar: a b\n"
                 "platform windows/amd64 of a\nrmi a\n"
                 "platform windows(10.0.20348) of a\nhistory a\n"
                 "history a\n"
                 "platform windows/amd64 of h:5/a\npush h:5/a\n"
                 "platform windows/amd64 of a\nimage a\n"
                 "load x of windows\n");
}

static void an_image_for_another_platform_is_left_alone(void **state)
{
    (void)state;
    fake.failing = "platform";
    fake.failure = WCOW_NOT_FOUND;
    fake.message = "image with reference a was found but its platform differs";
    expect(1, "", "wcow: image with reference a was found but its platform differs\n", "rmi",
           "--platform", "windows(10.0.17763)", "a");
    expect_calls("platform windows(10.0.17763) of a\n");
}

static void system_df_has_dockers_columns(void **state)
{
    (void)state;
    expect(0,
           "TYPE         TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
           "Images       2         1         3kB       1kB (33%)\n"
           "Containers   0         0         0B        0B\n",
           "", "system", "df");
    expect(0, "Images 1kB (33%)\nContainers 0B\n", "", "system", "df", "--format",
           "{{.Type}} {{.Reclaimable}}");
    expect(0, "3000 1000 (33%)\n0 0\n", "", "system", "df", "--human=false", "--format",
           "{{.Size}} {{.Reclaimable}}");
}

static void system_df_tells_of_each_one_when_asked(void **state)
{
    static const wcow_image_info images[] = {
        {.id = "sha256:0123456789abcdef", .repository = "it", .tag = "1", .size = 1500},
        {.id = "sha256:1123456789abcdef", .repository = "<none>", .tag = "<none>"},
    };
    static const wcow_container_info containers[] = {
        {.id = "fedcba9876543210",
         .name = "web",
         .image = "it:1",
         .command = "ping -t localhost and more",
         .status = "Created"},
    };
    static const wcow_volume_info volumes[] = {
        {.name = "data", .driver = "local", .mountpoint = "C:\\v", .labels = "", .links = 2}};

    (void)state;
    fake.images = images;
    fake.image_count = 2;
    fake.containers = containers;
    fake.container_count = 1;
    fake.volumes = volumes;
    fake.volume_count = 1;
    expect(
        0,
        "Images space usage:\n\n"
        "REPOSITORY   TAG       IMAGE ID       CREATED   SIZE      SHARED SIZE   UNIQUE SIZE   "
        "CONTAINERS\n"
        "it           1         0123456789ab   N/A       1.5kB     1kB           500B          "
        "1\n"
        "<none>       <none>    1123456789ab   N/A       0B        0B            0B            "
        "0\n"
        "\nContainers space usage:\n\n"
        "CONTAINER ID   IMAGE     COMMAND                  LOCAL VOLUMES   SIZE      CREATED   "
        "STATUS    NAMES\n"
        "fedcba987654   it:1      \"ping -t localhost a…\"   0               9B        N/A       "
        "Created   web\n"
        "\nLocal Volumes space usage:\n\n"
        "VOLUME NAME   LINKS     SIZE\n"
        "data          2         0B\n",
        "", "system", "df", "-v");
    expect(0, "it 1kB|<none> 0B|fedcba9876543210 9B \"ping -t localhost and more\"|data 2|[]\n", "",
           "system", "df", "-v", "--format",
           "{{range .Images}}{{.Repository}} {{.SharedSize}}|{{end}}"
           "{{range .Containers}}{{.ID}} {{.Size}} {{.Command}}|{{end}}"
           "{{range .Volumes}}{{.Name}} {{.Links}}|{{end}}{{.BuildCache}}");
    expect(0, "1500 1000 500|0 0 0|9|0|\n", "", "system", "df", "-v", "--human=false", "--format",
           "{{range .Images}}{{.Size}} {{.SharedSize}} {{.UniqueSize}}|{{end}}"
           "{{range .Containers}}{{.Size}}|{{end}}{{range .Volumes}}{{.Size}}|{{end}}");
    fake.image_count = fake.container_count = fake.volume_count = 0;
    expect(0, "{\"Images\":[],\"Containers\":[],\"Volumes\":[],\"BuildCache\":[]}\n", "", "system",
           "df", "-v", "--format", "json");
    expect(1, "", "wcow: bad template: '{{' is not closed\n", "system", "df", "-v", "--format",
           "{{.Images");
}

static void layer_ls_lists_leftovers_too(void **state)
{
    (void)state;
    expect(0,
           "LAYER ID       PARENT         SIZE      IMAGES    CONTAINERS   STATUS\n"
           "0123456789ab                  2.5kB     2         1            ready\n"
           "fedcba987654   0123456789ab   0B        0         0            leftover\n",
           "", "layer", "ls");
    expect(0, "0123456789abcdef yes\nfedcba9876543210 no\n", "", "layer", "ls", "--no-trunc",
           "--format", "{{.ID}} {{.UtilityVM}}");
    expect(0, "2500\n0\n", "", "layer", "ls", "--human=false", "--format", "{{.Size}}");
    expect(0, "0123456789ab\nfedcba987654\n", "", "layer", "ls", "-q");
}

static void layer_rm_asks_and_goes_on_over_failures(void **state)
{
    (void)state;
    expect_with_input("n\n", 0,
                      "WARNING! This will destroy these layers:\n  a\n"
                      "Are you sure you want to continue? [y/N] ",
                      "", "layer", "rm", "a");
    expect_calls("");
    expect(1, "0123456789abcdef\n", "wcow: No such layer: no-x\n", "layer", "rm", "-f", "no-x",
           "a");
    expect_calls("layer rm no-x\nlayer rm a\n");
}

static void layer_zap_asks_unless_it_is_forced(void **state)
{
    (void)state;
    expect_with_input("", 0,
                      "WARNING! This will destroy these folders with all layers in them:\n"
                      "  C:\\x (4 layers: 1, 2, 3, ...)\n"
                      "Are you sure you want to continue? [y/N] ",
                      "", "layer", "zap", "C:\\x");
    expect_calls("");
    expect(1, "", "wcow: 'C:\\n.txt' is a file\n", "layer", "zap", "C:\\n.txt");
    expect_calls("");
    expect_with_input("y\n", 0, NULL, "", "layer", "zap", "C:\\x");
    expect(0, "Unmounted: 1\nDestroyed: 1\nC:\\x\n", "", "layer", "zap", "--force", "C:\\x");
    expect_calls("layer zap C:\\x\nlayer zap -f C:\\x\n");
}

static void layer_ls_lists_another_engine_s_layers(void **state)
{
    (void)state;
    expect(0,
           "LAYER ID       KIND      MOUNTED   SYSTEMS   PATH\n"
           "0123456789ab   scratch   yes       a,b       C:\\w\\1\n"
           "2              layer     no                  C:\\w\\2\n",
           "", "layer", "ls", "--foreign", "C:\\w");
    expect_calls("layer foreign C:\\w\n");
    expect(0, "0123456789abcdef yes\n2 no\n", "", "layer", "ls", "--foreign", "C:\\w", "--no-trunc",
           "--format", "{{.ID}} {{.Mounted}}");
}

static void commit_prints_the_new_id(void **state)
{
    (void)state;
    expect(0, "sha256:0123\n", "", "commit", "-a", "me", "-m", "why", "web", "new:1");
    expect(0, "sha256:0123\n", "", "container", "commit", "web");
    expect_calls("open web\ncommit new:1 me why\nopen web\ncommit - - -\n");
    expect(0, "sha256:0123\n", "", "commit", "-p=false", "-c", "CMD a", "--change=ENV A=1", "web");
    expect_calls("open web\ncommit - - - [CMD a] [ENV A=1]\n");
    fake.failing = "commit";
    fake.failure = WCOW_CONFLICT;
    expect(1, "", "wcow: it failed\n", "commit", "web");
}

static void export_goes_to_a_file_or_a_pipe_but_to_no_terminal(void **state)
{
    (void)state;
    expect(0, "", "", "export", "-o", "x.tar", "web");
    expect(0, "", "", "container", "export", "web");
    expect_calls("open web\nexport x.tar\nopen web\nexport -\n");
    expect(0, "", "WARNING: it is old\n", "export", "-o", "warned.tar", "web");
    expect_calls("open web\nexport warned.tar\n");
    expect(0, "",
           "{\"warning\":\"it is "
           "old\",\"status\":\"ok\",\"hresult\":\"\",\"hint\":\"\",\"events\":\"\"}\n",
           "--errors=json", "export", "-o", "warned.tar", "web");
    expect_calls("open web\nexport warned.tar\n");
    fake.terminals[1] = true;
    expect(1, "", "wcow: cowardly refusing to save to a terminal. Use the -o flag or redirect\n",
           "export", "web");
    expect_calls("");
    fake.failing = "export";
    fake.failure = WCOW_CONFLICT;
    expect(1, "", "wcow: it failed\n", "export", "-o", "x.tar", "web");
    expect(1, "", NULL, "export");
}

static void import_prints_the_new_id(void **state)
{
    (void)state;
    expect(0, "sha256:0123\n", "", "import", "-m", "why", "-c", "CMD a", "-c", "ENV A=1",
           "--platform", "windows/amd64", "x.tar", "new:1");
    expect(0, "sha256:0123\n", "", "image", "import", "-");
    expect_calls("import x.tar new:1 why windows/amd64 [CMD a] [ENV A=1]\nimport - - - -\n");
    fake.terminals[0] = true;
    expect(1, "", "wcow: requested import from stdin, but stdin is empty\n", "import", "-");
    expect_calls("");
    fake.failing = "import";
    fake.failure = WCOW_CORRUPT;
    expect(1, "", "wcow: it failed\n", "import", "x.tar");
    expect(1, "", NULL, "import");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(layer_inspect_prints_an_array_with_exact_numbers,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(layer_inspect_has_a_table_that_no_name_can_spoil,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(layer_inspect_fails_with_the_file_s_fault, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(save_goes_to_a_file_or_a_pipe_but_to_no_terminal,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(history_has_dockers_columns, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(a_platform_must_fit, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(an_image_for_another_platform_is_left_alone, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(image_prune_asks_and_tells_what_it_won, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(system_df_has_dockers_columns, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(system_df_tells_of_each_one_when_asked, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(commit_prints_the_new_id, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(export_goes_to_a_file_or_a_pipe_but_to_no_terminal,
                                        fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(import_prints_the_new_id, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(layer_ls_lists_leftovers_too, fake_setup, fake_teardown),
        cmocka_unit_test_setup_teardown(layer_rm_asks_and_goes_on_over_failures, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(layer_ls_lists_another_engine_s_layers, fake_setup,
                                        fake_teardown),
        cmocka_unit_test_setup_teardown(layer_zap_asks_unless_it_is_forced, fake_setup,
                                        fake_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
