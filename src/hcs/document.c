/* SPDX-License-Identifier: MIT */
/* The schemas, and who builds their documents. */
#include "hcs/document.h"

static const document_builder *const builders[] = {
    [SCHEMA_V1] = &document_v1,
    [SCHEMA_V2] = &document_v2,
};

wcow_status system_document_new(document_schema schema, const cJSON *config,
                                const system_facts *facts, cJSON **out, wcow_error *err)
{
    return builders[schema]->system(config, facts, out, err);
}

wcow_status process_document_new(document_schema schema, const cJSON *process,
                                 const process_streams *streams, cJSON **out, wcow_error *err)
{
    return builders[schema]->process(process, streams, out, err);
}
