/* SPDX-License-Identifier: MIT */
/* Storage: the order of calls, and what stays on disk. */
#include "folders.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHARING   HR_FROM_WIN32(32)
#define NOT_READY HR_FROM_WIN32(21)

static void the_known_guids_are_right(void **state)
{
    static const struct {
        const char *name;
        const char *guid;
    } cases[] = {
        {"4", "bd9c3ef9-f239-59b5-a27e-15c523b1d149"},
        {"65bf96e5760a09edf1790cb229e2dfb2dbd0fcdc0bf7451bae099106bfbfea0c",
         "18955d65-d45a-557b-bf1c-49d6dfefc526"},
        {"e280ae88fe4afde08717cb8a598cb480a554bfd79316047592f1a3899997e6f3",
         "f3fa31ff-3646-5aa8-aae6-fd07fa98dc11"},
        {"e98a4f90ea0b0b172cbc2a6520403c18c5be676fc98d967d5112940318664d8e",
         "aee45bbb-f900-54e3-8b4a-667e447fdf14"},
    };
    fixture *f = *state;
    char printed[GUID_TEXT_SIZE];
    char other[GUID_TEXT_SIZE];
    guid id;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_int_equal(f->storage->name_to_guid(f->storage, cases[i].name, &id), HR_OK);
        guid_print(&id, printed);
        assert_string_equal(printed, cases[i].guid);
    }
    /* Others are stable and differ, but are not those of Windows, whose algorithm is not known. */
    f->storage->name_to_guid(f->storage, "a", &id);
    guid_print(&id, printed);
    f->storage->name_to_guid(f->storage, "b", &id);
    guid_print(&id, other);
    assert_string_not_equal(printed, other);
    assert_int_equal(printed[14], '5');
}

static void calls_in_the_wrong_order_are_refused(void **state)
{
    fixture *f = *state;
    storage_port *storage = f->storage;
    cleanup_free char *path = in(f, "other");
    layer_descriptor parents[2];
    char *mounted = NULL;

    parents_of(f, parents);
    assert_int_equal(storage->activate_layer(storage, path), HR_FROM_WIN32(3));
    make_scratch(f, path);
    assert_int_equal(storage->create_sandbox_layer(storage, path, parents, 2), HR_FROM_WIN32(80));
    assert_int_equal(storage->prepare_layer(storage, path, parents, 2), NOT_READY);
    assert_int_equal(storage->get_layer_mount_path(storage, path, &mounted), NOT_READY);
    assert_int_equal(storage->deactivate_layer(storage, path), NOT_READY);
    assert_int_equal(storage->activate_layer(storage, path), HR_OK);
    assert_int_equal(storage->expand_sandbox_size(storage, path, (uint64_t)40 << 30), SHARING);
    assert_int_equal(storage->unprepare_layer(storage, path), NOT_READY);
    assert_int_equal(storage->prepare_layer(storage, path, parents, 2), HR_OK);
    assert_int_equal(storage->destroy_layer(storage, path), SHARING);
    assert_int_equal(storage->destroy_layer(storage, f->host->upper), SHARING);
    assert_int_equal(storage->unprepare_layer(storage, path), HR_OK);
    assert_int_equal(storage->destroy_layer(storage, path), SHARING);
    assert_int_equal(storage->deactivate_layer(storage, path), HR_OK);
    assert_int_equal(storage->expand_sandbox_size(storage, path, (uint64_t)40 << 30), HR_OK);
    assert_int_equal(storage->expand_sandbox_size(storage, path, (uint64_t)30 << 30),
                     HR_FROM_WIN32(87));
    assert_int_equal(storage->destroy_layer(storage, path), HR_OK);
    assert_int_equal(storage->destroy_layer(storage, path), HR_FROM_WIN32(3));
}

static void parents_must_be_layers_by_the_right_id(void **state)
{
    fixture *f = *state;
    storage_port *storage = f->storage;
    cleanup_free char *path = in(f, "other");
    layer_descriptor parents[2];

    parents_of(f, parents);
    assert_int_equal(storage->create_sandbox_layer(storage, path, NULL, 0), HR_FROM_WIN32(87));
    parents[0].id.bytes[3] ^= 1;
    assert_int_equal(storage->create_sandbox_layer(storage, path, parents, 2), (int32_t)0xC0370112);
    parents[0].id.bytes[3] ^= 1;
    parents[1].path = "/no/where";
    assert_int_equal(storage->create_sandbox_layer(storage, path, parents, 2), HR_FROM_WIN32(3));
    parents_of(f, parents);
    make_scratch(f, path);
    assert_int_equal(storage->activate_layer(storage, path), HR_OK);
    assert_int_equal(storage->prepare_layer(storage, path, parents + 1, 1), (int32_t)0xC0370112);
    assert_int_equal(storage->deactivate_layer(storage, path), HR_OK);
}

static void mount_paths_are_volumes_or_folders(void **state)
{
    fixture *f = *state;
    char *path = NULL;

    assert_true(text_starts_with(f->volume, "\\\\?\\Volume{"));
    assert_true(text_ends_with(f->volume, "}"));
    assert_int_equal(f->storage->get_layer_mount_path(f->storage, f->host->base, &path), HR_OK);
    assert_string_equal(path, f->host->base);
    assert_int_equal(f->storage->activate_layer(f->storage, f->host->base), HR_OK);
    assert_int_equal(f->storage->deactivate_layer(f->storage, f->host->base), HR_OK);
    free(path);
}

/* moby activates and prepares again what it had mounted before it died. */
static void what_is_mounted_can_be_mounted_again(void **state)
{
    fixture *f = *state;
    hcs_system *system;
    layer_descriptor parents[2];
    char *again = NULL;

    parents_of(f, parents);
    assert_int_equal(f->storage->activate_layer(f->storage, f->scratch), HR_OK);
    assert_int_equal(f->storage->prepare_layer(f->storage, f->scratch, parents, 2), HR_OK);
    assert_int_equal(f->storage->get_layer_mount_path(f->storage, f->scratch, &again), HR_OK);
    assert_string_equal(again, f->volume);
    assert_int_equal(scripted_volumes(f->host->machine), 1);
    free(again);
    system = run_system(f, "web");
    assert_int_equal(f->storage->activate_layer(f->storage, f->scratch), SHARING);
    assert_int_equal(f->storage->prepare_layer(f->storage, f->scratch, parents, 2), SHARING);
    end_system(f, system);
}

static int32_t attach_disk(fixture *f, const char *disk, bool permanent)
{
    uint64_t session = sim_session_open(f->host->sim, 7, NULL, NULL);
    cleanup_json cJSON *request = cJSON_CreateObject();
    cleanup_json cJSON *reply = NULL;

    json_add_text(request, "call", "AttachVirtualDisk");
    json_add_text(request, "path", disk);
    json_add_integer(request, "permanent", permanent);
    reply = sim_call(f->host->sim, session, request);
    sim_session_close(f->host->sim, session);
    return (int32_t)json_integer(reply, "hr", -1);
}

/* As hcsshim does to grow the file system of a scratch. */
static void a_disk_is_attached_as_long_as_its_client_holds_it(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = in(f, "other");
    cleanup_free char *disk = path_join(path, "sandbox.vhdx");
    char *volume = NULL;

    make_scratch(f, path);
    assert_int_equal(f->storage->expand_sandbox_size(f->storage, path, (uint64_t)127 << 30), HR_OK);
    scripted_hold_disks(f->host->machine, true);
    assert_int_equal(attach_disk(f, disk, false), HR_OK);
    assert_int_equal(attach_disk(f, disk, false), SHARING);
    assert_int_equal(f->storage->get_layer_mount_path(f->storage, path, &volume), HR_OK);
    assert_true(text_starts_with(volume, "\\\\?\\Volume{"));
    free(volume);
    assert_int_equal(f->storage->activate_layer(f->storage, path), SHARING);
    scripted_hold_disks(f->host->machine, false);
    assert_int_equal(f->storage->get_layer_mount_path(f->storage, path, &volume), NOT_READY);
    assert_int_equal(attach_disk(f, disk, true), HR_OK);
    assert_int_equal(f->storage->destroy_layer(f->storage, path), SHARING);
    assert_int_equal(f->storage->detach_disk(f->storage, disk), HR_OK);
    assert_int_equal(f->storage->destroy_layer(f->storage, path), HR_OK);
}

static void a_volume_in_use_stays(void **state)
{
    fixture *f = *state;
    hcs_system *system = run_system(f, "web");

    assert_int_equal(f->storage->unprepare_layer(f->storage, f->scratch), SHARING);
    assert_int_equal(f->storage->deactivate_layer(f->storage, f->scratch), SHARING);
    end_system(f, system);
    assert_int_equal(f->storage->unprepare_layer(f->storage, f->scratch), HR_OK);
    assert_int_equal(f->storage->deactivate_layer(f->storage, f->scratch), HR_OK);
}

static void a_leftover_disk_can_be_detached(void **state)
{
    fixture *f = *state;
    cleanup_free char *disk = text_format("%s/sandbox.vhdx", f->scratch);

    assert_int_equal(f->storage->detach_disk(f->storage, disk), HR_OK);
    assert_int_equal(f->storage->detach_disk(f->storage, disk), NOT_READY);
    assert_int_equal(f->storage->destroy_layer(f->storage, f->scratch), HR_OK);
    assert_int_equal(scripted_volumes(f->host->machine), 0);
}

static void what_is_mounted_outlives_the_service(void **state)
{
    fixture *f = *state;
    cleanup_free char *folder = in(f, "state");
    sim_options options = {.state = folder};
    cleanup_json cJSON *left = NULL;
    storage_port *storage;
    layer_descriptor parents[2];
    char *mounted = NULL;
    char *again = NULL;
    sim *s = sim_new(&options, f->host->machine);
    cleanup_free char *path = in(f, "other");

    parents_of(f, parents);
    storage = fake_storage_open(s);
    make_scratch(f, path);
    assert_int_equal(storage->activate_layer(storage, path), HR_OK);
    assert_int_equal(storage->prepare_layer(storage, path, parents, 2), HR_OK);
    assert_int_equal(storage->get_layer_mount_path(storage, path, &mounted), HR_OK);
    storage->free(storage);
    sim_free(s);

    s = sim_new(&options, f->host->machine);
    storage = fake_storage_open(s);
    left = sim_leftovers(s);
    assert_int_equal(cJSON_GetArraySize(json_member(left, "mounted")), 1);
    assert_int_equal(storage->destroy_layer(storage, path), SHARING);
    assert_int_equal(storage->get_layer_mount_path(storage, path, &again), HR_OK);
    assert_string_equal(again, mounted);
    assert_int_equal(storage->unprepare_layer(storage, path), HR_OK);
    assert_int_equal(storage->deactivate_layer(storage, path), HR_OK);
    storage->free(storage);
    sim_free(s);
    free(mounted);
    free(again);
}

/* ---- base layers ---- */

static void a_base_layer_is_processed_once(void **state)
{
    static const char *const made[] = {"layout", "blank.vhdx", "blank-base.vhdx",
                                       "Hives/System_Base", "Hives/DefaultUser_Base"};
    fixture *f = *state;
    cleanup_free char *path = in(f, "fresh");
    cleanup_free char *machine = text_format("%s/UtilityVM", path);

    assert_int_equal(f->storage->process_base_image(f->storage, path), HR_FROM_WIN32(3));
    assert_true(fake_layer_make(path, true));
    assert_int_equal(f->storage->process_base_image(f->storage, path), HR_FROM_WIN32(183));
    assert_int_equal(f->storage->process_utility_image(f->storage, machine), HR_FROM_WIN32(183));
    for (size_t i = 0; i < 3; i++) {
        cleanup_free char *file = text_format("%s/%s", path, made[i]);

        assert_int_equal(unlink(file), 0);
    }
    assert_int_equal(f->storage->process_base_image(f->storage, path), HR_OK);
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        assert_true(is_there(path, made[i]));
}

static void a_base_layer_needs_its_hives(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = in(f, "fresh");
    cleanup_free char *hive = text_format("%s/Files/Windows/System32/config/SAM", path);
    cleanup_free char *layout = text_format("%s/layout", path);

    assert_true(fake_layer_make(path, false));
    unlink(layout);
    unlink(hive);
    assert_int_equal(f->storage->process_base_image(f->storage, path), HR_FROM_WIN32(2));
    assert_false(is_there(path, "layout"));
}

static void a_utility_image_is_processed_once(void **state)
{
    static const char *const made[] = {"SystemTemplate.vhdx", "SystemTemplateBase.vhdx"};
    fixture *f = *state;
    cleanup_free char *layer = in(f, "fresh");
    cleanup_free char *path = text_format("%s/UtilityVM", layer);
    cleanup_free char *bcd = text_format("%s/Files/EFI/Microsoft/Boot/BCD", path);

    assert_int_equal(f->storage->process_utility_image(f->storage, path), HR_FROM_WIN32(3));
    assert_true(fake_layer_make(layer, true));
    for (size_t i = 0; i < 2; i++) {
        cleanup_free char *file = text_format("%s/%s", path, made[i]);

        assert_int_equal(unlink(file), 0);
    }
    assert_int_equal(f->storage->process_utility_image(f->storage, path), HR_OK);
    assert_true(is_there(path, made[0]));
    assert_int_equal(f->storage->process_utility_image(f->storage, path), HR_FROM_WIN32(183));
    unlink(bcd);
    assert_int_equal(f->storage->process_utility_image(f->storage, path), HR_FROM_WIN32(2));
}

static void a_damaged_disk_is_refused(void **state)
{
    static const char *const disks[] = {"", "{", "{\"parents\":[1,2]}", "{\"parents\":[]}"};
    static const int32_t codes[] = {HR_FROM_WIN32(1392), HR_FROM_WIN32(1392), (int32_t)0xC0370112,
                                    (int32_t)0xC0370112};
    fixture *f = *state;
    cleanup_free char *path = in(f, "other");
    layer_descriptor parents[2];

    parents_of(f, parents);
    make_scratch(f, path);
    assert_int_equal(f->storage->activate_layer(f->storage, path), HR_OK);
    for (size_t i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
        put(path, "sandbox.vhdx", disks[i], strlen(disks[i]));
        assert_int_equal(f->storage->prepare_layer(f->storage, path, parents, 2), codes[i]);
    }
    assert_int_equal(f->storage->deactivate_layer(f->storage, path), HR_OK);
    assert_int_equal(f->storage->expand_sandbox_size(f->storage, path, 1), HR_OK);
}

static void layers_exist_or_not(void **state)
{
    fixture *f = *state;
    bool exists = false;

    assert_int_equal(f->storage->layer_exists(f->storage, f->host->base, &exists), HR_OK);
    assert_true(exists);
    assert_int_equal(f->storage->layer_exists(f->storage, "/no/where", &exists), HR_OK);
    assert_false(exists);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_known_guids_are_right),
        TEST(calls_in_the_wrong_order_are_refused),
        TEST(parents_must_be_layers_by_the_right_id),
        TEST(mount_paths_are_volumes_or_folders),
        TEST(what_is_mounted_can_be_mounted_again),
        TEST(a_disk_is_attached_as_long_as_its_client_holds_it),
        TEST(a_volume_in_use_stays),
        TEST(a_leftover_disk_can_be_detached),
        TEST(what_is_mounted_outlives_the_service),
        TEST(a_base_layer_is_processed_once),
        TEST(a_base_layer_needs_its_hives),
        TEST(a_utility_image_is_processed_once),
        TEST(a_damaged_disk_is_refused),
        TEST(layers_exist_or_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
