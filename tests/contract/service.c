/* SPDX-License-Identifier: MIT */
/* One host for all tests of a program. */
#include "contract.h"

#include "service.h"

contract_host host;

cJSON *service_parse(const char *json)
{
    cJSON *value = NULL;

    assert_non_null(json);
    assert_int_equal(json_parse(json, strlen(json), "answer", &value, NULL), WCOW_OK);
    return value;
}

cJSON *service_properties(hcs_system *system, const char *query)
{
    cleanup_free char *properties = NULL;
    cleanup_free char *result = NULL;

    assert_done(CALL(get_system_properties, system, query, &properties, &result));
    return service_parse(properties);
}

int service_open(void **state)
{
    (void)state;
    contract_host_open(&host);
    return 0;
}

int service_close(void **state)
{
    (void)state;
    return contract_host_close(&host) != 0;
}
