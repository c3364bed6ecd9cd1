/* SPDX-License-Identifier: MIT */
/* Steps on compute systems, without a monitor: what becomes of one whose last handle is closed, and
 * what the service says to documents that it must refuse. */
#include <string.h>

#include "base/error.h"
#include "engine/container/container.h"
#include "engine/container/record.h"
#include "engine/container/run_request.h"
#include "engine/host/host_stores.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "engine/self_test/self_test.h"
#include "hcs/document.h"
#include "hcs/system.h"
#include "layer/store/scratch.h"
#include "port/clock.h"

#define SETTLING 3000u /* ms that a system may take to end by itself */

/* A container that was created and is not started, and its system's document. */
typedef struct raw {
    char *id;
    char *scratch;
    char *volume;
    layer_store layers;
    layer_chain chain;
    cJSON *config;
} raw;

static void raw_free(raw *r)
{
    if (r->volume)
        ignore(scratch_unmount(&r->layers, r->scratch, NULL));
    free(r->id);
    free(r->scratch);
    free(r->volume);
    layer_chain_free(&r->chain);
    cJSON_Delete(r->config);
}

DEFINE_CLEANUP_VALUE(raw, raw, raw_free)

static wcow_status open_container(self_test *t, const char *name, raw *r, wcow_error *err)
{
    wcow_container *container = NULL;
    cleanup_record record *kept = NULL;
    cleanup_free char *config = NULL;
    wcow_status status = wcow_container_open(t->host, name, &container, err);

    if (status)
        return status;
    r->id = text_copy(wcow_container_id(container));
    wcow_container_free(container);
    r->scratch = r->id ? path_of_scratch(t->host, r->id) : NULL;
    config = r->id ? path_in_container(t->host, r->id, FILE_CONFIG) : NULL;
    if (!r->scratch || !config)
        return error_no_memory(err);
    status = store_read(t->host, config, &r->config, err);
    if (!status)
        status = record_read(t->host, r->id, &kept, err);
    if (!status)
        status = host_layers(t->host, &r->layers, err);
    if (!status)
        status = layer_chain_open(&r->layers, kept->chain, &r->chain, err);
    return status ? status : scratch_mount(&r->layers, r->scratch, &r->chain, &r->volume, err);
}

static wcow_status make_document(const raw *r, document_schema schema, bool terminates, char **out,
                                 wcow_error *err)
{
    cleanup_json cJSON *document = NULL;
    const system_facts facts = {.id = r->id,
                                .owner = RUN_OWNER,
                                .layers = r->chain.items,
                                .layer_count = r->chain.count,
                                .volume_path = r->volume,
                                .processors = machine_processors(),
                                .terminate_on_last_handle_closed = terminates};
    wcow_status status = system_document_new(schema, r->config, &facts, &document, err);

    if (status)
        return status;
    *out = json_print(document);
    return *out ? WCOW_OK : error_no_memory(err);
}

static wcow_status run_and_close(self_test *t, const raw *r, const char *document)
{
    wcow_error err = WCOW_ERROR_INIT;
    compute_system *system = NULL;
    uint64_t since = clock_ticks();
    wcow_status status = compute_system_create(t->host->hcs, r->id, document, NULL, &system, &err);

    note_status(t, "HcsCreateComputeSystem", NULL, status, &err, since);
    if (status)
        return status;
    since = clock_ticks();
    status = compute_system_start(system, &err);
    note_status(t, "HcsStartComputeSystem", NULL, status, &err, since);
    compute_system_close(system);
    return status;
}

/* Whether it is still there a while after its last handle was closed. */
static bool survives(self_test *t, const raw *r)
{
    const uint64_t since = clock_ticks();
    wcow_status status = WCOW_OK;

    while (!status && clock_ticks() - since < SETTLING) {
        wcow_error err = WCOW_ERROR_INIT;
        compute_system *system = NULL;

        clock_sleep(100);
        status = compute_system_open(t->host->hcs, r->id, NULL, &system, &err);
        compute_system_close(system);
        if (status)
            note_status(t, "HcsOpenComputeSystem", "after its last handle was closed", status, &err,
                        since);
    }
    return !status;
}

static void try_closing(self_test *t, const raw *r, bool terminates)
{
    cleanup_free char *document = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    wcow_status status = make_document(r, SCHEMA_V1, terminates, &document, &err);
    bool survived;

    if (status) {
        t->no_memory = true;
        return;
    }
    note_text(t, terminates ? "documentWith" : "documentWithout", document);
    status = run_and_close(t, r, document);
    survived = !status && survives(t, r);
    note_text(t, terminates ? "survivesWith" : "survivesWithout", survived ? "yes" : "no");
    note_expected(t,
                  terminates ? "a system with the flag is made and started"
                             : "a system without the flag is made and started",
                  !status);
    if (terminates && !status)
        note_expected(t, "with TerminateOnLastHandleClosed it ends with its last handle",
                      !survived);
    status = compute_system_destroy(t->host->hcs, r->id, NULL, &err);
    note_expected(t, "nothing is left of it", !status);
}

static void try_system(self_test *t)
{
    CLEANUP(raw) raw r = {.id = NULL};
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    wcow_status status = open_container(t, "raw", &r, &err);

    note_status(t, "mount the scratch", NULL, status, &err, since);
    if (!note_expected(t, "its scratch is mounted", !status))
        return;
    try_closing(t, &r, true);
    try_closing(t, &r, false);
}

void step_last_handle(self_test *t)
{
    if (!note_expected(t, "a container is created",
                       self_test_code(t, "create", "--name", "raw", "--isolation", "process",
                                      "--network", "none", "{image}", "cmd") == 0))
        return;
    try_system(t);
    note_expected(t, "it is removed", self_test_code(t, "rm", "-f", "raw") == 0);
}

/* What a document without "Networking" means for the network no source tells: here it is made, and
 * whether the service takes it and starts it is noted. */
static void try_bare(self_test *t)
{
    CLEANUP(raw) raw r = {.id = NULL};
    cleanup_free char *document = NULL;
    wcow_error err = WCOW_ERROR_INIT;
    const uint64_t since = clock_ticks();
    wcow_status status = open_container(t, "raw", &r, &err);

    note_status(t, "mount the scratch", NULL, status, &err, since);
    if (!note_expected(t, "its scratch is mounted", !status))
        return;
    cJSON_DeleteItemFromObjectCaseSensitive(cJSON_GetObjectItemCaseSensitive(r.config, "windows"),
                                            "network");
    status = make_document(&r, SCHEMA_V2, true, &document, &err);
    if (!note_expected(t, "its document can be made", !status))
        return;
    note_text(t, "document", document);
    (void)run_and_close(t, &r, document);
    status = compute_system_destroy(t->host->hcs, r.id, NULL, &err);
    note_expected(t, "nothing is left of it", !status);
}

void step_bare(self_test *t)
{
    const uint32_t build = t->host->version.build;

    if (build && build < SCHEMA_V2_BUILD) {
        note_left_out(t, "this build has no schema 2");
        return;
    }
    if (!note_expected(t, "a container is created",
                       self_test_code(t, "create", "--name", "raw", "--isolation", "process",
                                      "--schema", "2", "--network", "none", "{image}", "cmd") == 0))
        return;
    try_bare(t);
    note_expected(t, "it is removed", self_test_code(t, "rm", "-f", "raw") == 0);
}

/* Documents that no service can take. */
void step_refusals(self_test *t)
{
    static const struct {
        const char *what, *document;
    } documents[] = {
        {"no JSON", "{"},
        {"an unknown member", "{\"SystemType\":\"Container\",\"Name\":\"x\",\"Owner\":\"wcow\","
                              "\"NoSuchMember\":true}"},
        {"a member of another type", "{\"SystemType\":\"Container\",\"Name\":5}"},
        {"a member in other case", "{\"systemtype\":\"Container\",\"Name\":\"x\"}"},
        {"a schema of the future", "{\"SchemaVersion\":{\"Major\":9,\"Minor\":9}}"},
        {"nothing in it", "{}"},
    };
    hcs_port *hcs = t->host->hcs;

    for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
        const uint64_t since = clock_ticks();
        cleanup_free char *result = NULL;
        hcs_system *system = NULL;
        const int32_t hr = hcs->create_system(hcs, "wcow-self-test-refused", documents[i].document,
                                              &system, &result);

        note_call(t, "HcsCreateComputeSystem", documents[i].what, hr, since);
        note_text(t, documents[i].what, result);
        note_expected(t, documents[i].what, HR_FAILED(hr));
        if (system)
            (void)hcs->close_system(hcs, system);
    }
}
