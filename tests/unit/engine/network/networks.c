/* SPDX-License-Identifier: MIT */
#include "tests/unit/engine/network/networks.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"

const char *const subnet_40[] = {"172.40.0.0/16", NULL};

int set_up(void **state)
{
    *state = fixture_new(NULL);
    return 0;
}

int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

cJSON *hns(fixture *f, const char *method, const char *path, const char *body)
{
    cleanup_free char *response = NULL;
    cJSON *answer;
    cJSON *output;

    assert_int_equal(f->fake->hcs->hns_call(f->fake->hcs, method, path, body, &response), HR_OK);
    answer = cJSON_Parse(response);
    assert_true(json_bool(answer, "Success", false));
    output = cJSON_DetachItemFromObject(answer, "Output");
    cJSON_Delete(answer);
    return output;
}

size_t networks_in_hns(fixture *f)
{
    cleanup_json cJSON *list = hns(f, "GET", "/networks/", "");

    return (size_t)cJSON_GetArraySize(list);
}

char *made_id(cJSON *made)
{
    char *id = text_copy(json_text(made, "ID", ""));

    cJSON_Delete(made);
    return id;
}

void forget_in_hns(fixture *f, const char *id)
{
    cleanup_free char *path = text_format("/networks/%s", id);

    cJSON_Delete(hns(f, "DELETE", path, ""));
}

char *create_network(fixture *f, const char *name, const char *const *subnets)
{
    wcow_network_spec spec = WCOW_NETWORK_SPEC_INIT;
    char *id = NULL;

    spec.name = name;
    spec.subnets = subnets;
    assert_ok(&f->err, wcow_network_create(f->host, &spec, &id, &f->err));
    return id;
}

cJSON *inspect_network(fixture *f, const char *reference)
{
    char *json = NULL;

    assert_ok(&f->err, wcow_network_inspect(f->host, reference, &json, &f->err));
    return fixture_json(f, json);
}

static const char *const ping[] = {"ping", NULL};

wcow_container *create_on(fixture *f, const char *network)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = IMAGE;
    spec.name = "busy";
    spec.command = ping;
    spec.network = network;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    return container;
}

void write_notes(fixture *f, const char *json)
{
    cleanup_free char *folder = path_join(f->root, "networks");
    cleanup_free char *path = path_join(folder, "networks.json");

    ignore(f->files->make_directory(f->files, f->root));
    ignore(f->files->make_directory(f->files, folder));
    assert_int_equal(f->files->replace(f->files, path, json, strlen(json)), HR_OK);
}
