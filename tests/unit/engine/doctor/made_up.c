/* SPDX-License-Identifier: MIT */
#include "tests/unit/engine/doctor/made_up.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "port/clock.h"

#define GIB (UINT64_C(1) << 30)

made_up_host made_up;
char made_up_service[512];

static bool is_elevated(void)
{
    return made_up.elevated;
}

static int64_t now(void)
{
    return made_up.now;
}

static int32_t volume_of(const char *path, survey_volume *out)
{
    (void)path;
    memset(out, 0, sizeof *out);
    strncpy(out->file_system, made_up.file_system, sizeof out->file_system - 1);
    return made_up.volume;
}

static int32_t volume_state(const char *path, uint32_t *flags)
{
    (void)path;
    *flags = VOLUME_IS_DEV_DRIVE;
    return strcmp(made_up.file_system, "ReFS") == 0 ? HR_OK : HR_INVALID_PARAMETER;
}

static int32_t free_space(const char *path, uint64_t *bytes)
{
    (void)path;
    *bytes = made_up.free;
    return made_up.disk;
}

static int32_t filters(string_list *out)
{
    return string_list_add(out, "wcifs") &&
                   (!made_up.filter || string_list_add(out, made_up.filter))
               ? made_up.filters_hr
               : HR_OUT_OF_MEMORY;
}

static int32_t service(const char *name, uint32_t *now_is)
{
    *now_is = 4;
    if (strcmp(name, "vmcompute") == 0) {
        *now_is = made_up.vmcompute_state;
        return made_up.vmcompute;
    }
    if (strcmp(name, "WinDefend") == 0) {
        *now_is = made_up.defender_state;
        return made_up.defender;
    }
    return strcmp(name, "vmms") == 0 ? made_up.vmms : made_up.hns;
}

static int32_t start_service(const char *name)
{
    (void)name;
    made_up.started++;
    if (made_up.mended)
        sim_faults_clear(made_up.mended);
    return made_up.hns;
}

static int32_t library_export(const char *dll, const char *name)
{
    (void)dll;
    if (made_up.missing && strcmp(name, made_up.missing) == 0)
        return HR_PROC_NOT_FOUND;
    return made_up.library;
}

static int32_t hypervisor(bool *present)
{
    *present = made_up.hypervisor;
    return made_up.hypervisor_hr;
}

static int32_t exclusions(string_list *out)
{
    return !made_up.exclusion || string_list_add(out, made_up.exclusion) ? made_up.exclusions_hr
                                                                         : HR_OUT_OF_MEMORY;
}

static int32_t resolve(const char *name)
{
    (void)name;
    return made_up.resolved;
}

static int32_t program_writers(char **path, string_list *out)
{
    if (HR_FAILED(made_up.program))
        return made_up.program;
    *path = text_copy(made_up.path ? made_up.path : "C:\\tools\\wcow.exe");
    return !made_up.writer || string_list_add(out, made_up.writer) ? HR_OK : HR_OUT_OF_MEMORY;
}

static bool service_is_exposed(const char *root, char **where)
{
    (void)root;
    *where = made_up.exposed ? text_copy(made_up.exposed) : NULL;
    return made_up.exposed != NULL;
}

const doctor_questions made_up_asks = {
    is_elevated, now,     volume_of,       volume_state,       free_space,
    filters,     service, start_service,   library_export,     hypervisor,
    exclusions,  resolve, program_writers, service_is_exposed,
};

static const char *root; /* of the store */

static int32_t list_services(services_port *port, const char *prefix, service_info **out,
                             size_t *count)
{
    (void)port;
    assert_string_equal(prefix, "wcow-");
    *count = *made_up_service ? 1 : 0;
    *out = calloc(1, sizeof **out);
    if (*count)
        **out = (service_info){.name = text_copy("wcow-0123456789ab"),
                               .command_line = text_copy(made_up_service)};
    return HR_OK;
}

static int32_t query_service(services_port *port, const char *name, service_info *out)
{
    (void)port;
    if (!*made_up_service)
        return HR_FROM_WIN32(1060);
    *out = (service_info){.name = text_copy(name), .command_line = text_copy(made_up_service)};
    return HR_OK;
}

static int32_t remove_service(services_port *port, const char *name)
{
    (void)port;
    assert_string_equal(name, "wcow-0123456789ab");
    *made_up_service = '\0';
    return HR_OK;
}

static services_port services = {
    .list = list_services, .query = query_service, .remove = remove_service};

void be_well(void)
{
    memset(&made_up, 0, sizeof made_up);
    made_up.elevated = true;
    made_up.now = clock_now();
    made_up.file_system = "NTFS";
    made_up.free = 100 * GIB;
    made_up.vmcompute_state = 4;
    made_up.defender_state = 4;
    made_up.exclusion = root;
    made_up.hypervisor = true;
}

static const doctor_check *one_check(const char *id, doctor_check two[2])
{
    for (const doctor_check *each = doctor_checks; each->id; each++)
        if (strcmp(each->id, id) == 0)
            two[0] = *each;
    assert_non_null(two[0].id);
    return two;
}

cJSON *examine(fixture *f, const doctor_check *checks, bool fix, wcow_verdict *worst)
{
    wcow_examine_options options = WCOW_EXAMINE_OPTIONS_INIT;
    char *json = NULL;

    options.fix = fix;
    assert_ok(&f->err, doctor_examine(f->host, &options, &made_up_asks, checks, 10000, &json, worst,
                                      &f->err));
    return fixture_json(f, json);
}

void expect_finding(fixture *f, const char *id, const char *verdict, const char *finding,
                    const char *remedy)
{
    doctor_check two[2] = {{0}, {0}};
    wcow_verdict worst = WCOW_VERDICT_FINE;
    cleanup_json cJSON *rows = examine(f, one_check(id, two), false, &worst);
    const cJSON *row = cJSON_GetArrayItem(rows, 0);

    assert_int_equal(cJSON_GetArraySize(rows), 1);
    assert_string_equal(json_text(row, "ID", ""), id);
    assert_string_equal(json_text(row, "Verdict", ""), verdict);
    if (!strstr(json_text(row, "Found", ""), finding) ||
        !strstr(json_text(row, "Remedy", ""), remedy))
        fail_msg("%s: found '%s', remedy '%s'", id, json_text(row, "Found", ""),
                 json_text(row, "Remedy", ""));
}

cJSON *examine_one(fixture *f, const char *id, bool fix)
{
    doctor_check two[2] = {{0}, {0}};
    wcow_verdict worst = WCOW_VERDICT_FINE;

    return examine(f, one_check(id, two), fix, &worst);
}

void expect_mended(fixture *f, const char *id)
{
    cleanup_json cJSON *before = examine_one(f, id, false);
    cleanup_json cJSON *after = examine_one(f, id, true);

    assert_true(json_bool(before->child, "Fixable", false));
    assert_false(json_bool(before->child, "Fixed", true));
    assert_string_equal(json_text(after->child, "Verdict", ""), "fine");
    assert_true(json_bool(after->child, "Fixed", false));
    assert_false(json_bool(after->child, "Fixable", true));
}

int made_up_set_up(void **test)
{
    static const machine_version server = {10, 0, 20348, 1, true};
    const int code = fixture_set_up(test);
    fixture *f = *test;

    f->host->version = server;
    root = f->root;
    f->host->services = &services;
    *made_up_service = '\0';
    return code;
}
