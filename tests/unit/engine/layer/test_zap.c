/* SPDX-License-Identifier: MIT */
/* What of other tools' layers is destroyed, and what nobody means. */
#include "tests/unit/engine/fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/text.h"

static void zap_destroys_what_another_tool_left(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_join(f->fake->folder, "windowsfilter");

    assert_int_equal(f->files->make_directory(f->files, path), 0);
    assert_ok(&f->err, wcow_layer_zap(f->host, path, NULL, &f->err));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(fixture_calls(f, "DestroyLayer"), 1);
    assert_int_equal(wcow_layer_zap(f->host, path, NULL, &f->err), WCOW_NOT_FOUND);
}

static void zap_leaves_a_folder_without_layers_alone(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_join(f->fake->folder, "letters");
    cleanup_free char *letter = path_join(path, "to-mother.txt");
    char *json = NULL;

    assert_int_equal(f->files->make_directory(f->files, path), 0);
    assert_int_equal(f->files->replace(f->files, letter, "Dear", 4), 0);
    assert_int_equal(wcow_layer_zap(f->host, path, NULL, &f->err), WCOW_INVALID);
    assert_non_null(strstr(f->err.message, "there are no layers in"));
    assert_int_equal(access(letter, F_OK), 0);
    assert_int_equal(fixture_calls(f, "DestroyLayer"), 0);
    assert_int_equal(f->files->remove_file(f->files, letter), 0);
    assert_int_equal(f->files->remove_directory(f->files, path), 0);
    assert_int_equal(wcow_layer_foreign(f->host, path, &json, &f->err), WCOW_NOT_FOUND);
}

static char *make_below(fixture *f, const char *folder, const char *name)
{
    cleanup_free char *parent = path_join(f->fake->folder, folder);
    char *path = path_join(parent, name);

    if (access(parent, F_OK) == -1)
        assert_int_equal(f->files->make_directory(f->files, parent), 0);
    assert_int_equal(f->files->make_directory(f->files, path), 0);
    return path;
}

static void put(fixture *f, const char *folder, const char *name)
{
    cleanup_free char *path = path_join(folder, name);

    assert_int_equal(f->files->replace(f->files, path, "x", 1), 0);
}

static void clear(const char *path)
{
    cleanup_free char *command = text_format("rm -r '%s'", path);

    assert_int_equal(system(command), 0);
}

static void zap_takes_no_folder_of_documents_for_a_layer(void **state)
{
    static const char *const names[] = {"Files", "Hives", "UtilityVM"};
    fixture *f = *state;
    cleanup_free char *shares = path_join(f->fake->folder, "shares");

    assert_int_equal(f->files->make_directory(f->files, shares), 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cleanup_free char *files = make_below(f, "shares/team", names[i]);
        cleanup_free char *team = path_parent(files);

        put(f, files, "doc.txt");
        assert_int_equal(wcow_layer_zap(f->host, shares, NULL, &f->err), WCOW_INVALID);
        assert_int_equal(wcow_layer_zap(f->host, team, NULL, &f->err), WCOW_INVALID);
        assert_non_null(strstr(f->err.message, "there are no layers in"));
        clear(team);
    }
    assert_int_equal(fixture_calls(f, "DestroyLayer"), 0);
    clear(shares);
}

static void zap_destroys_layers_and_leaves_what_lies_beside_them(void **state)
{
    fixture *f = *state;
    cleanup_free char *layer = make_below(f, "data", "0123");
    cleanup_free char *data = path_parent(layer);
    cleanup_free char *remains = make_below(f, "data", "4567-removing");
    cleanup_free char *files = make_below(f, "data/4567-removing", "Files");
    cleanup_free char *letter = path_join(data, "letter.txt");
    char *json = NULL;

    put(f, files, "x.dll");
    put(f, layer, "layerchain.json");
    put(f, data, "letter.txt");
    assert_ok(&f->err, wcow_layer_zap_list(f->host, data, &json, &f->err));
    assert_non_null(strstr(json, "\"0123\""));
    assert_non_null(strstr(json, "\"4567-removing\""));
    wcow_free(json);
    assert_int_equal(access(layer, F_OK), 0);
    assert_int_equal(wcow_layer_zap(f->host, data, NULL, &f->err), WCOW_CONFLICT);
    assert_non_null(strstr(f->err.message, "letter.txt"));
    assert_int_equal(access(layer, F_OK), -1);
    assert_int_equal(access(remains, F_OK), -1);
    assert_int_equal(access(letter, F_OK), 0);
    clear(data);
}

static void zap_destroys_a_store_of_containerd(void **state)
{
    fixture *f = *state;
    cleanup_free char *snapshots = make_below(f, "containerd", "snapshots");
    cleanup_free char *root = path_parent(snapshots);
    cleanup_free char *layer = make_below(f, "containerd/snapshots", "1");

    put(f, root, "metadata.db");
    put(f, layer, "sandbox.vhdx");
    assert_ok(&f->err, wcow_layer_zap(f->host, root, NULL, &f->err));
    assert_int_equal(access(root, F_OK), -1);
}

static void zap_refuses_a_file_and_a_link(void **state)
{
    fixture *f = *state;
    cleanup_free char *notes = path_join(f->fake->folder, "notes.txt");
    cleanup_free char *link = path_join(f->fake->folder, "link");
    char *json = NULL;

    put(f, f->fake->folder, "notes.txt");
    assert_int_equal(symlink("/", link), 0);
    assert_int_equal(wcow_layer_zap(f->host, notes, NULL, &f->err), WCOW_INVALID);
    assert_non_null(strstr(f->err.message, "is a file"));
    assert_int_equal(wcow_layer_zap_list(f->host, notes, &json, &f->err), WCOW_INVALID);
    assert_int_equal(wcow_layer_foreign(f->host, notes, &json, &f->err), WCOW_INVALID);
    assert_int_equal(wcow_layer_zap(f->host, link, NULL, &f->err), WCOW_INVALID);
    assert_non_null(strstr(f->err.message, "is a link"));
    assert_int_equal(access(notes, F_OK), 0);
    assert_int_equal(unlink(notes), 0);
    assert_int_equal(unlink(link), 0);
}

static int32_t no_list(files_port *port, const char *path, string_list *out)
{
    (void)port;
    (void)path;
    (void)out;
    return HR_ACCESS_DENIED;
}

static void zap_fails_where_it_cannot_look(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = path_join(f->fake->folder, "closed");
    int32_t (*list)(files_port * port, const char *path, string_list *out) = f->files->list;

    assert_int_equal(f->files->make_directory(f->files, path), 0);
    f->files->list = no_list;
    assert_int_not_equal(wcow_layer_zap(f->host, path, NULL, &f->err), WCOW_OK);
    f->files->list = list;
    assert_non_null(strstr(f->err.message, "cannot look into"));
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(f->files->remove_directory(f->files, path), 0);
}

static void zap_refuses_what_nobody_means(void **state)
{
    static const char *const refused[] = {
        "",
        "x",
        "/",
        "C:",
        "C:\\",
        "c:/",
        "\\\\?\\C:\\",
        "C:\\Windows",
        "C:\\windows\\System32",
        "C:\\Users\\",
        "C:\\a\\..\\b",
        "\\\\?\\Volume{1}\\",
        "C:\\.",
        "C:\\ProgramData\\.",
        "C:\\docker\\.\\",
        "/srv/docker/.",
        "\\\\server\\share\\",
    };
    fixture *f = *state;
    cleanup_free char *inner = path_join(f->root, "layers");
    cleanup_free char *outer = path_parent(f->root);

    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_int_equal(wcow_layer_zap(f->host, refused[i], NULL, &f->err), WCOW_INVALID);
    assert_int_equal(wcow_layer_zap(f->host, f->root, NULL, &f->err), WCOW_INVALID);
    assert_int_equal(wcow_layer_zap(f->host, inner, NULL, &f->err), WCOW_INVALID);
    assert_int_equal(wcow_layer_zap(f->host, outer, NULL, &f->err), WCOW_INVALID);
    assert_int_equal(fixture_calls(f, "DestroyLayer"), 0);
}

/* A layer in the fixture's folder; its path. */
static char *make_layer(fixture *f, const char *folder, const char *name)
{
    char *layer = make_below(f, folder, name);

    put(f, layer, "layerchain.json");
    return layer;
}

static void assert_refused(fixture *f, const char *path, wcow_status status, const char *why)
{
    wcow_layer_zap_options force = WCOW_LAYER_ZAP_OPTIONS_INIT;
    char *json = NULL;

    force.force = true;
    assert_int_equal(wcow_layer_zap(f->host, path, &force, &f->err), status);
    assert_non_null(strstr(f->err.message, why));
    assert_int_equal(wcow_layer_zap_list(f->host, path, &json, &f->err), status);
    assert_int_equal(fixture_calls(f, "DestroyLayer"), 0);
}

static void zap_knows_the_store_by_another_name(void **state)
{
    fixture *f = *state;
    cleanup_free char *alias = path_join(f->fake->folder, "alias");
    cleanup_free char *outer = path_parent(f->root);
    cleanup_free char *layers = text_format("%s/%s/layers", alias, path_base_name(f->root));
    cleanup_free char *root = text_format("%s/%s", alias, path_base_name(f->root));

    assert_int_equal(symlink(outer, alias), 0);
    assert_refused(f, layers, WCOW_INVALID, "belongs to wcow's own store");
    assert_refused(f, root, WCOW_INVALID, "belongs to wcow's own store");
    assert_int_equal(unlink(alias), 0);
}

/* A store under another root has images and containers, of which nothing here tells. */
static void zap_leaves_other_stores_of_wcow_to_themselves(void **state)
{
    fixture *f = *state;
    cleanup_free char *layer = make_layer(f, "other", "layers");
    cleanup_free char *other = path_parent(layer);
    cleanup_free char *images = make_below(f, "other", "images");

    free(make_below(f, "other", "containers"));
    put(f, images, "oci-layout");
    assert_refused(f, layer, WCOW_INVALID, "belongs to the store of wcow in");
    assert_non_null(strstr(f->err.hint, "--root"));
    assert_refused(f, other, WCOW_INVALID, "belongs to the store of wcow in");
    assert_int_equal(access(layer, F_OK), 0);
    clear(other);
}

static void zap_knows_windows_folders_by_another_name(void **state)
{
    static const char *const variables[] = {"SystemRoot", "ProgramData", "PUBLIC"};
    fixture *f = *state;
    cleanup_free char *layer = make_layer(f, "theirs", "1");
    cleanup_free char *theirs = path_parent(layer);
    cleanup_free char *alias = path_join(f->fake->folder, "alias");
    cleanup_free char *other = path_join(alias, "theirs");
    cleanup_free char *inner = path_join(other, "1");

    assert_int_equal(symlink(f->fake->folder, alias), 0);
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        assert_int_equal(setenv(variables[i], i == 2 ? layer : theirs, 1), 0);
        assert_refused(f, other, WCOW_INVALID, "belongs to Windows");
        if (i == 0)
            assert_refused(f, inner, WCOW_INVALID, "belongs to Windows");
        assert_int_equal(unsetenv(variables[i]), 0);
    }
    assert_ok(&f->err, wcow_layer_zap(f->host, inner, NULL, &f->err));
    assert_int_equal(unlink(alias), 0);
    clear(theirs);
}

static int32_t no_final_path(files_port *port, const char *path, char **out)
{
    (void)port;
    (void)path;
    (void)out;
    return HR_ACCESS_DENIED;
}

static void zap_refuses_what_leads_nobody_knows_where(void **state)
{
    fixture *f = *state;
    cleanup_free char *layer = make_layer(f, "theirs", "1");
    cleanup_free char *theirs = path_parent(layer);
    int32_t (*final_path)(files_port * port, const char *path, char **out) = f->files->final_path;

    f->files->final_path = no_final_path;
    assert_refused(f, layer, WCOW_DENIED, "cannot tell where");
    f->files->final_path = final_path;
    assert_int_equal(access(layer, F_OK), 0);
    clear(theirs);
}

static void zap_destroys_nothing_that_is_called_as_what_it_removes(void **state)
{
    fixture *f = *state;
    cleanup_free char *layer = make_layer(f, "data", "0123");
    cleanup_free char *data = path_parent(layer);
    cleanup_free char *removing = make_below(f, "data", "0123-removing");
    cleanup_free char *outer = text_format("%s-removing", data);

    put(f, removing, "letter.txt");
    assert_refused(f, layer, WCOW_CONFLICT, "0123-removing' is in the way");
    assert_refused(f, data, WCOW_CONFLICT, "0123-removing' is in the way");
    clear(removing);
    assert_int_equal(f->files->make_directory(f->files, outer), 0);
    put(f, outer, "letter.txt");
    assert_refused(f, data, WCOW_CONFLICT, "data-removing' is in the way");
    clear(outer);
    assert_ok(&f->err, wcow_layer_zap(f->host, data, NULL, &f->err));
}

static void zap_refuses_whole_what_has_documents_in_a_layer(void **state)
{
    fixture *f = *state;
    cleanup_free char *good = make_layer(f, "data", "0123");
    cleanup_free char *data = path_parent(good);
    cleanup_free char *machine = make_below(f, "data", "VMs");
    cleanup_free char *letter = path_join(machine, "letter.txt");
    cleanup_free char *nested = make_below(f, "data/VMs", "vm");
    cleanup_free char *disk = path_join(nested, "mine.vhdx");

    put(f, machine, "sandbox.vhdx");
    put(f, machine, "letter.txt");
    assert_refused(f, data, WCOW_CONFLICT, "'letter.txt' in '");
    assert_refused(f, machine, WCOW_CONFLICT, "'letter.txt' in '");
    assert_int_equal(access(good, F_OK), 0);
    assert_int_equal(unlink(letter), 0);
    put(f, nested, "mine.vhdx");
    assert_refused(f, data, WCOW_CONFLICT, "'vm' in '");
    assert_int_equal(unlink(disk), 0);
    put(f, nested, "sandbox.vhdx"); /* as containerd has it */
    put(f, machine, "layout");
    put(f, machine, "layerId");
    assert_ok(&f->err, wcow_layer_zap(f->host, data, NULL, &f->err));
    assert_int_equal(access(data, F_OK), -1);
}

static void zap_knows_what_it_left_itself(void **state)
{
    static const char *const names[] = {"rm-123", "rm-123-removing", "0123-removing-removing",
                                        "base-removing"};
    fixture *f = *state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        cleanup_free char *left = make_below(f, "data", names[i]);
        cleanup_free char *below = text_format("data/%s", names[i]);
        cleanup_free char *files = make_below(f, below, "Files");
        cleanup_free char *data = path_parent(left);

        put(f, files, "x.dll");
        put(f, left, "layout");
        assert_true(
            sim_fault(f->fake->sim, "{\"call\":\"DestroyLayer\",\"nth\":1,\"hr\":\"0x80070005\"}"));
        assert_ok(&f->err, wcow_layer_zap(f->host, left, NULL, &f->err));
        sim_faults_clear(f->fake->sim);
        assert_int_equal(access(left, F_OK), -1);
        assert_int_equal(f->files->remove_directory(f->files, data), 0); /* nothing beside it */
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(zap_destroys_what_another_tool_left),
        TEST(zap_leaves_a_folder_without_layers_alone),
        TEST(zap_takes_no_folder_of_documents_for_a_layer),
        TEST(zap_destroys_layers_and_leaves_what_lies_beside_them),
        TEST(zap_destroys_a_store_of_containerd),
        TEST(zap_refuses_a_file_and_a_link),
        TEST(zap_fails_where_it_cannot_look),
        TEST(zap_refuses_what_nobody_means),
        TEST(zap_knows_the_store_by_another_name),
        TEST(zap_leaves_other_stores_of_wcow_to_themselves),
        TEST(zap_knows_windows_folders_by_another_name),
        TEST(zap_refuses_what_leads_nobody_knows_where),
        TEST(zap_destroys_nothing_that_is_called_as_what_it_removes),
        TEST(zap_refuses_whole_what_has_documents_in_a_layer),
        TEST(zap_knows_what_it_left_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
