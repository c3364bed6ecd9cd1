/* SPDX-License-Identifier: MIT */
/* The default root, which others could have made before: used only if it is an administrator's. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/host/store.h"
#include "tests/unit/engine/fixture.h"

/* What is_ours() says, one after the other; the last again and again. */
static struct answer {
    int32_t hr;
    bool ours;
} answers[3];
static size_t asked;

static int32_t answer(files_port *port, const char *path, bool *out)
{
    const struct answer *next = &answers[asked < 2 ? asked : 2];

    (void)port;
    (void)path;
    asked++;
    *out = next->ours;
    return next->hr;
}

static void expect_answers(struct answer first, struct answer second)
{
    answers[0] = first;
    answers[1] = second;
    answers[2] = second;
    asked = 0;
}

/* A host on the default root, "wcow" in the fixture's folder, or on one that was named. */
static wcow_host *open_host(fixture *f, const char *named)
{
    wcow_host_options options = WCOW_HOST_OPTIONS_INIT;
    wcow_host *host = NULL;

    assert_ok(&f->err, store_make_directory(f->host, f->root, &f->err));
    setenv("XDG_DATA_HOME", f->root, 1);
    options.root = named;
    assert_ok(&f->err, wcow_host_open(&options, &host, &f->err));
    host->files = &f->faulty.port;
    host->borrowed = true;
    f->faulty.port.is_ours = answer;
    return host;
}

static wcow_status look(fixture *f, wcow_host *host)
{
    char *json = NULL;
    wcow_status status = wcow_layer_list(host, &json, &f->err);

    wcow_free(json);
    return status;
}

static void a_default_root_of_somebody_else_is_refused(void **state)
{
    fixture *f = *state;
    wcow_host *host = open_host(f, NULL);

    expect_answers((struct answer){HR_OK, false}, (struct answer){HR_OK, false});
    for (int i = 0; i < 2; i++) { /* not only once */
        assert_int_equal(look(f, host), WCOW_DENIED);
        assert_non_null(strstr(f->err.message, host->root));
        assert_non_null(strstr(f->err.message, "belongs to somebody else"));
    }
    wcow_host_free(host);
}

/* A service's command line names it; who made it is not said there, and LocalSystem does what its
 * files want. */
static void a_service_believes_no_root_of_somebody_else_though_it_is_named(void **state)
{
    fixture *f = *state;
    wcow_host *host = open_host(f, f->root);

    expect_answers((struct answer){HR_OK, false}, (struct answer){HR_OK, false});
    assert_ok(&f->err, look(f, host));
    assert_int_equal(asked, 0);
    assert_int_equal(wcow_monitor_serve(host, "0123456789ab", &f->err), WCOW_UNSUPPORTED);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(look(f, host), WCOW_DENIED);
        assert_non_null(strstr(f->err.message, "belongs to somebody else"));
    }
    expect_answers((struct answer){HR_OK, true}, (struct answer){HR_OK, false});
    assert_ok(&f->err, look(f, host));
    wcow_host_free(host);
}

/* As one is that an administrator has made by hand: all users may add to what is in %ProgramData%.
 */
static void one_that_others_may_put_files_into_is_refused(void **state)
{
    fixture *f = *state;
    wcow_host *host = open_host(f, NULL);

    f->faulty.port.is_ours = f->files->is_ours;
    assert_int_equal(mkdir(host->root, 0700), 0);
    assert_int_equal(chmod(host->root, 0733), 0);
    for (int i = 0; i < 2; i++) { /* not only once */
        assert_int_equal(look(f, host), WCOW_DENIED);
        assert_non_null(strstr(f->err.message, "others may put files into the folder"));
        assert_non_null(strstr(f->err.hint, "icacls"));
    }
    assert_int_equal(chmod(host->root, 0755), 0);
    assert_ok(&f->err, look(f, host));
    assert_int_equal(f->files->remove_directory(f->files, host->root), HR_OK);
    wcow_host_free(host);
}

static void one_that_does_not_tell_its_owner_is_refused(void **state)
{
    fixture *f = *state;
    wcow_host *host = open_host(f, NULL);

    expect_answers((struct answer){HR_ACCESS_DENIED, true}, (struct answer){HR_OK, true});
    assert_int_equal(look(f, host), WCOW_DENIED);
    assert_ok(&f->err, look(f, host)); /* and taken when it does */
    wcow_host_free(host);
}

static void it_is_asked_once_and_made_when_it_is_missing(void **state)
{
    fixture *f = *state;
    wcow_host *host = open_host(f, NULL);
    file_info info;

    expect_answers((struct answer){HR_FILE_NOT_FOUND, false}, (struct answer){HR_OK, true});
    assert_ok(&f->err, look(f, host));
    assert_ok(&f->err, look(f, host));
    assert_int_equal(asked, 1);
    assert_ok(&f->err, store_make_directory(host, host->root, &f->err));
    assert_int_equal(f->files->info(f->files, host->root, &info), HR_OK);
    assert_int_equal(f->files->remove_directory(f->files, host->root), HR_OK);
    wcow_host_free(host);
}

static void one_that_somebody_else_makes_meanwhile_is_refused(void **state)
{
    fixture *f = *state;
    wcow_host *host = open_host(f, NULL);

    expect_answers((struct answer){HR_FILE_NOT_FOUND, false}, (struct answer){HR_OK, false});
    assert_ok(&f->err, look(f, host));
    assert_int_equal(f->files->make_directory(f->files, host->root), HR_OK);
    assert_int_equal(store_make_directory(host, host->root, &f->err), WCOW_DENIED);
    assert_int_equal(f->files->remove_directory(f->files, host->root), HR_OK);
    wcow_host_free(host);
}

static void a_root_that_was_named_is_taken(void **state)
{
    fixture *f = *state;
    wcow_host *host = open_host(f, f->root);

    expect_answers((struct answer){HR_OK, false}, (struct answer){HR_OK, false});
    assert_ok(&f->err, look(f, host));
    assert_ok(&f->err, store_make_directory(host, host->root, &f->err));
    assert_int_equal(asked, 0);
    wcow_host_free(host);
}

/* As the file system has it, of a link the link's own; only root can give anything away. */
static void the_owner_is_what_counts(void **state)
{
    fixture *f = *state;
    wcow_host *host = open_host(f, NULL);

    f->faulty.port.is_ours = f->files->is_ours;
    if (geteuid() != 0) {
        wcow_host_free(host);
        skip();
    }
    assert_int_equal(mkdir(host->root, 0755), 0);
    assert_int_equal(chown(host->root, 65534, 65534), 0);
    assert_int_equal(look(f, host), WCOW_DENIED);
    assert_int_equal(rmdir(host->root), 0);
    assert_int_equal(symlink("/", host->root), 0);
    assert_int_equal(lchown(host->root, 65534, 65534), 0);
    assert_int_equal(look(f, host), WCOW_DENIED);
    assert_int_equal(lchown(host->root, 0, 0), 0);
    assert_ok(&f->err, look(f, host));
    assert_int_equal(unlink(host->root), 0);
    wcow_host_free(host);
}

static int begin(void **state)
{
    *state = fixture_new(NULL);
    unsetenv("WCOW_ROOT");
    return 0;
}

static int end(void **state)
{
    unsetenv("XDG_DATA_HOME");
    fixture_free(*state);
    return 0;
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(a_default_root_of_somebody_else_is_refused),
        WITH_FIXTURE(a_service_believes_no_root_of_somebody_else_though_it_is_named),
        WITH_FIXTURE(one_that_others_may_put_files_into_is_refused),
        WITH_FIXTURE(one_that_does_not_tell_its_owner_is_refused),
        WITH_FIXTURE(it_is_asked_once_and_made_when_it_is_missing),
        WITH_FIXTURE(one_that_somebody_else_makes_meanwhile_is_refused),
        WITH_FIXTURE(a_root_that_was_named_is_taken),
        WITH_FIXTURE(the_owner_is_what_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
