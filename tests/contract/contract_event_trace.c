/* SPDX-License-Identifier: MIT */
/* What port/event_trace.h promises. Who would listen is another process; Wine has nobody who does.
 */
#include "contract.h"

#include "port/event_trace.h"

#define PROVIDER "a3693192-9ed6-46d2-a981-f8226c8363bd"

static void events_are_written_where_nobody_listens(void **state)
{
    event_trace *first = NULL;
    event_trace *second = NULL;
    const int32_t hr = event_trace_open(PROVIDER, &first);

    (void)state;
    if (hr == HR_NOT_SUPPORTED) { /* Linux, which has none */
        assert_null(first);
        return;
    }
    assert_done(hr);
    assert_done(event_trace_open(PROVIDER, &second)); /* several containers in one process */
    assert_done(event_trace_write(first, "log: \xe2\x82\xac"));
    assert_done(event_trace_write(second, ""));
    event_trace_close(second);
    event_trace_close(first);
    event_trace_close(NULL);
}

static void a_provider_has_a_guid(void **state)
{
    event_trace *trace = NULL;

    (void)state;
    assert_true(HR_FAILED(event_trace_open("no guid", &trace)));
    assert_null(trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_written_where_nobody_listens),
        cmocka_unit_test(a_provider_has_a_guid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
