/* SPDX-License-Identifier: MIT */
/* Out of memory, at every single allocation: a shape is whole or it is none. */
#include "tests/unit/memory.h"

#include <stdlib.h>
#include <string.h>

#include "docker/container_inspect.h"
#include "docker/host_info.h"
#include "docker/image_history.h"
#include "docker/image_inspect.h"
#include "tests/unit/status.h"

static const char *const list[] = {"a=b", "c", NULL};

static char *container(void)
{
    static const mount_facts mount = {"volume", "n", "a", "b", "local", "ro", false};

    return container_inspect_print(&(container_facts){.name = "web",
                                                      .network = {.mode = "nat"},
                                                      .state = "exited",
                                                      .labels = list,
                                                      .environment = list,
                                                      .mounts = &mount,
                                                      .mount_count = 1,
                                                      .scratch = "s"});
}

static char *image(void)
{
    const image_config config = {.json = (char[]){"{\"config\":{\"a\":1}}"}};

    return image_inspect_print(&(image_facts){.config = &config, .tags = list, .folder = "f"});
}

static char *history(void)
{
    const image_history step = {.created_by = (char[]){"x"}};
    const history_facts steps[] = {{&step, 1}, {NULL, 2}};

    return image_history_print("id", steps, 2);
}

static char *host(void)
{
    return host_info_print(&(host_facts){
        .insecure_registries = list, .registry_mirrors = list, .http_proxy = "http://a@b"});
}

static void every_shape_is_whole_or_none(void **state)
{
    static char *(*const shapes[])(void) = {container, image, history, host};

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        cleanup_free char *whole = shapes[i]();
        bool failed = true;

        assert_non_null(whole);
        for (size_t nth = 1; failed; nth++) {
            char *json;

            memory_fail_nth(nth);
            json = shapes[i]();
            failed = memory_failed();
            if (json)
                assert_string_equal(json, whole);
            assert_true(failed || json);
            free(json);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_shape_is_whole_or_none)};

    memory_hook();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
