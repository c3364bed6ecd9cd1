/* SPDX-License-Identifier: MIT */
/* Steps that only look: what host this is, and as whom wcow runs on it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <wcow/doctor.h>

#include "base/error.h"
#include "engine/host/windows_log.h"
#include "engine/self_test/self_test.h"
#include "port/clock.h"
#include "port/survey.h"

static void note_volume(self_test *t)
{
    const uint64_t since = clock_ticks();
    survey_volume volume;
    const int32_t hr = survey_volume_of(t->host->root, &volume);

    note_call(t, "GetVolumeInformation", t->host->root, hr, since);
    if (HR_FAILED(hr))
        return;
    note_text(t, "fileSystem", volume.file_system);
    note_number(t, "fileSystemFlags", volume.flags);
    note_expected(t, "the root is on NTFS", text_equal(volume.file_system, "NTFS"));
}

/* A Dev Drive is ReFS with filters of its own; a cluster's shared volume calls itself CSVFS. */
static void note_volume_state(self_test *t)
{
    const uint64_t since = clock_ticks();
    uint32_t flags = 0;
    const int32_t hr = survey_volume_state(t->host->root, &flags);

    note_call(t, "FSCTL_QUERY_PERSISTENT_VOLUME_STATE", t->host->root, hr, since);
    if (HR_FAILED(hr))
        return;
    note_text(t, "devDrive", flags & VOLUME_IS_DEV_DRIVE ? "yes" : "no");
    note_text(t, "trustedVolume", flags & VOLUME_IS_TRUSTED ? "yes" : "no");
}

/* Antivirus and backup programs are among them, and wcifs and bindflt of Windows itself. */
static void note_filters(self_test *t)
{
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_json cJSON *list = cJSON_CreateArray();
    const uint64_t since = clock_ticks();
    const int32_t hr = survey_filters(&names);

    note_call(t, "FilterFindFirst", NULL, hr, since);
    if (HR_FAILED(hr))
        return;
    for (size_t i = 0; list && i < names.count; i++)
        t->no_memory = !json_append(list, cJSON_CreateString(names.items[i])) || t->no_memory;
    note_json(t, "filters", TAKE(list));
}

void step_host(self_test *t)
{
    const machine_version *version = &t->host->version;
    cleanup_free char *name = machine_os_name();
    const uint64_t since = clock_ticks();
    uint32_t session = 0;
    const int32_t hr = survey_session(&session);

    note_text(t, "system", name);
    note_number(t, "build", version->build);
    note_number(t, "revision", version->revision);
    note_text(t, "edition", version->server ? "server" : "client");
    note_number(t, "processors", machine_processors());
    note_number(t, "memory", (int64_t)machine_memory());
    note_call(t, "ProcessIdToSessionId", NULL, hr, since);
    if (HR_SUCCEEDED(hr))
        note_number(t, "session", session);
    note_volume(t);
    note_volume_state(t);
    note_filters(t);
    note_expected(t, "the process is elevated", machine_elevated());
}

/* What imports, exports and the service ask of the caller. */
void step_privileges(self_test *t)
{
    static const struct {
        const char *name;
        bool needed;
    } privileges[] = {{"SeBackupPrivilege", true},
                      {"SeRestorePrivilege", true},
                      {"SeSecurityPrivilege", false},
                      {"SeManageVolumePrivilege", false},
                      {"SeDebugPrivilege", false}};
    static const char *const states[] = {"absent", "held", "enabled"};

    for (size_t i = 0; i < sizeof(privileges) / sizeof(privileges[0]); i++) {
        const uint64_t since = clock_ticks();
        privilege_state state = PRIVILEGE_ABSENT;
        const int32_t hr = survey_privilege(privileges[i].name, &state);

        note_call(t, "GetTokenInformation", privileges[i].name, hr, since);
        if (HR_FAILED(hr))
            continue;
        note_text(t, privileges[i].name, states[state]);
        if (privileges[i].needed)
            note_expected(t, privileges[i].name, state != PRIVILEGE_ABSENT);
    }
}

/* vmcompute: HCS; hns, nvagent: networks; vmms: Hyper-V; wcifs, bindflt: filters of layers and
 * binds. */
void step_services(self_test *t)
{
    static const char *const services[] = {"vmcompute", "hns",     "vmms",
                                           "wcifs",     "bindflt", "nvagent"};

    for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
        const uint64_t since = clock_ticks();
        uint32_t state = 0;
        const int32_t hr = survey_service(services[i], &state);

        note_call(t, "QueryServiceStatus", services[i], hr, since);
        if (HR_SUCCEEDED(hr))
            note_number(t, services[i], state);
    }
}

/* From which build on each is there is what the sources do not agree on. */
void step_exports(self_test *t)
{
    static const struct {
        const char *dll, *name;
    } exports[] = {{"vmcompute.dll", "HcsSignalProcess"},
                   {"vmcompute.dll", "HcsGetServiceProperties"},
                   {"vmcompute.dll", "HcsModifyServiceSettings"},
                   {"vmcompute.dll", "ExpandSandboxSize"},
                   {"vmcompute.dll", "GrantVmAccess"},
                   {"vmcompute.dll", "ProcessUtilityImage"},
                   {"vmcompute.dll", "ProcessUtilityVMImage"},
                   {"computecore.dll", "HcsCreateComputeSystem"},
                   {"computestorage.dll", "HcsImportLayer"},
                   {"computestorage.dll", "HcsSetupBaseOSVolume"},
                   {"computenetwork.dll", "HcnEnumerateNetworks"},
                   {"cimfs.dll", "CimMountImage"},
                   {"offreg.dll", "ORMergeHives"},
                   {"virtdisk.dll", "AttachVirtualDisk"}};
    cleanup_json cJSON *found = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof(exports) / sizeof(exports[0]); i++) {
        cleanup_free char *name = text_format("%s!%s", exports[i].dll, exports[i].name);
        char code[11];

        note_hresult(survey_export(exports[i].dll, exports[i].name), code);
        if (!found || !name || !json_add_text(found, name, code))
            t->no_memory = true;
    }
    note_json(t, "exports", TAKE(found));
}

/* What HNS tells of its networks, word for word: which members, which case, which gateway. */
void step_networks(self_test *t)
{
    hcs_port *hcs = t->host->hcs;
    const uint64_t since = clock_ticks();
    cleanup_free char *answer = NULL;
    const int32_t hr = hcs->hns_call(hcs, "GET", "/networks/", "", &answer);

    note_call(t, "HNSCall", "GET /networks/", hr, since);
    note_text(t, "answer", answer);
    note_expected(t, "HNS answers", HR_SUCCEEDED(hr));
}

/* Which ids the service derives of names. No source has the algorithm; these results are known:
 * hcsshim issue 1072; a comment in moby's local_windows.go; moby issue 40128. */
void step_ids(self_test *t)
{
    static const struct {
        const char *name, *id;
    } known[] = {
        {"4", "bd9c3ef9-f239-59b5-a27e-15c523b1d149"},
        {"65bf96e5760a09edf1790cb229e2dfb2dbd0fcdc0bf7451bae099106bfbfea0c",
         "18955d65-d45a-557b-bf1c-49d6dfefc526"},
        {"e280ae88fe4afde08717cb8a598cb480a554bfd79316047592f1a3899997e6f3",
         "f3fa31ff-3646-5aa8-aae6-fd07fa98dc11"},
        {"e98a4f90ea0b0b172cbc2a6520403c18c5be676fc98d967d5112940318664d8e",
         "aee45bbb-f900-54e3-8b4a-667e447fdf14"},
        {"", NULL},
        {"A", NULL},
        {"a", NULL},
        {"wcow", NULL},
        {"C:\\ProgramData\\wcow", NULL},
    };
    storage_port *storage = t->host->storage;
    cleanup_json cJSON *ids = cJSON_CreateObject();

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const uint64_t since = clock_ticks();
        guid id;
        char printed[GUID_TEXT_SIZE] = "";
        const int32_t hr = storage->name_to_guid(storage, known[i].name, &id);

        note_call(t, "NameToGuid", known[i].name, hr, since);
        if (HR_SUCCEEDED(hr))
            guid_print(&id, printed);
        if (known[i].id)
            note_expected(t, known[i].id, text_equal_ignore_case(printed, known[i].id));
        if (!ids || !json_add_text(ids, known[i].name, printed))
            t->no_memory = true;
    }
    note_json(t, "ids", TAKE(ids));
}

/* ---- the event log ---- */

/* Only which entries there are: their words may tell of the host what is nobody's business. */
static bool note_entry(void *context, const char *xml, const char *message)
{
    CLEANUP(log_entry_facts) log_entry_facts facts = {0};
    cJSON *list = context;

    if (log_entry_facts_read(xml, message, &facts)) {
        cleanup_json cJSON *row = cJSON_CreateObject();

        if (row && json_add_text(row, "provider", facts.provider) &&
            json_add_integer(row, "id", facts.id) && json_add_bool(row, "hasWords", message))
            (void)json_append(list, TAKE(row));
    }
    return cJSON_GetArraySize(list) < 20;
}

void step_event_log(self_test *t)
{
    for (size_t i = 0; windows_log_channels[i]; i++) {
        cleanup_free char *query = windows_log_query(windows_log_channels[i], 0);
        cleanup_json cJSON *list = cJSON_CreateArray();
        const uint64_t since = clock_ticks();

        if (!query || !list) {
            t->no_memory = true;
            return;
        }
        note_call(t, "EvtQuery", windows_log_channels[i],
                  windows_log_port.read(windows_log_channels[i], query, note_entry, list), since);
        note_json(t, windows_log_channels[i], TAKE(list));
    }
}

/* Verdicts alone, for the same reason: what is found names accounts. */
void step_doctor(self_test *t)
{
    wcow_error err = WCOW_ERROR_INIT;
    cleanup_json cJSON *rows = NULL;
    char *json = NULL;
    wcow_verdict worst;
    const cJSON *row;
    const uint64_t since = clock_ticks();
    wcow_status status = wcow_host_examine(t->host, NULL, &json, &worst, &err);

    if (!status)
        status = json_parse(json, strlen(json), "the findings", &rows, &err);
    free(json);
    note_status(t, "doctor", NULL, status, &err, since);
    cJSON_ArrayForEach (row, rows)
        note_text(t, json_text(row, "ID", "?"), json_text(row, "Verdict", ""));
}
