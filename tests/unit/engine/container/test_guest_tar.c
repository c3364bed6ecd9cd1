/* SPDX-License-Identifier: MIT */
/* cp of containers that run with Hyper-V isolation, whose tar.exe does what each test has it do. */
#include "tests/unit/engine/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "port/clock.h"
#include "tests/unit/support/tar_builder.h"

#define PATIENCE 100u /* ms */

static wcow_container *web;
static text tar;  /* with a file "f" in it */
static text told; /* what was left out, a line each */
static wcow_copy_options options;

static void hear(void *context, const char *line)
{
    text_addf(context, "%s\n", line);
}

static int set_up(void **given)
{
    fixture *f = fixture_with_image(NULL);
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;

    spec.image = IMAGE;
    spec.name = "web";
    spec.isolation = WCOW_ISOLATION_HYPERV;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &web, &f->err));
    assert_ok(&f->err, wcow_container_start(web, NULL, NULL, &f->err));
    f->host->limits.guest = PATIENCE;
    tar_add_file(&tar, "f", "hello");
    tar_end(&tar);
    options = (wcow_copy_options)WCOW_COPY_OPTIONS_INIT;
    options.left_out = hear;
    options.context = &told;
    *given = f;
    return 0;
}

/* Whatever happened, none of the programs that were asked is left. */
static void assert_alone(fixture *f)
{
    for (int i = 0; i < 200 && scripted_processes(f->fake->machine) > 1; i++)
        clock_sleep(10);
    assert_int_equal(scripted_processes(f->fake->machine), 1);
}

static int tear_down(void **given)
{
    fixture *f = *given;

    assert_alone(f);
    scripted_play(f->fake->machine, NULL, 0);
    assert_ok(&f->err, wcow_container_remove(web, true, &f->err));
    wcow_container_free(web);
    text_free(&tar);
    text_free(&told);
    fixture_free(f);
    return 0;
}

static scripted_act answer(const text *bytes)
{
    return (scripted_act){.out = text_get(bytes), .size = bytes->length};
}

static wcow_status copy_out(fixture *f, const char *path, const scripted_act *acts, size_t count)
{
    memset(&f->err, 0, sizeof(f->err));
    scripted_play(f->fake->machine, acts, count);
    return wcow_container_copy_from(web, path, f->fake->folder, &options, NULL, &f->err);
}

static wcow_status copy_in(fixture *f, const char *path, const scripted_act *acts, size_t count)
{
    cleanup_free char *big = calloc(1, 1 << 20);
    cleanup_free char *here = fixture_write(f, "big", big, 1 << 20);

    memset(&f->err, 0, sizeof(f->err));
    scripted_play(f->fake->machine, acts, count);
    return wcow_container_copy_to(web, here, path, &options, NULL, &f->err);
}

static void assert_content(fixture *f, const char *name, const char *content)
{
    cleanup_free char *path = path_join(f->fake->folder, name);
    char *bytes = NULL;
    size_t size;

    assert_int_equal(f->files->read(f->files, path, 1000, &bytes, &size), 0);
    assert_string_equal(bytes, content);
    free(bytes);
}

static bool is_there(fixture *f, const char *name)
{
    cleanup_free char *path = path_join(f->fake->folder, name);
    file_info info;

    return HR_SUCCEEDED(f->files->info(f->files, path, &info));
}

/* Whether a process was asked for with these words in its command line. */
static bool was_run(fixture *f, const char *words)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    const cJSON *item;

    cJSON_ArrayForEach (item, journal)
        if (strstr(json_text(item, "processParameters", ""), words))
            return true;
    return false;
}

static void a_file_comes_out(void **given)
{
    fixture *f = *given;
    const scripted_act acts[] = {answer(&tar), answer(&tar)};

    assert_ok(&f->err, copy_out(f, "C:\\f", acts, 2));
    assert_content(f, "f", "hello");
}

static void what_it_cannot_read_makes_the_copy_fail(void **given)
{
    fixture *f = *given;
    scripted_act acts[] = {answer(&tar), answer(&tar)};

    acts[1].err = "tar.exe: g: Couldn't open\r\ntar.exe: Error exit delayed\r\n";
    acts[1].exit_code = 1;
    assert_fails(&f->err, WCOW_FAILED,
                 "tar.exe in the container failed (exit code 1): not all is copied",
                 copy_out(f, "C:\\f", acts, 2));
    assert_content(f, "f", "hello");
    assert_string_equal(text_get(&told), "tar.exe in the container: tar.exe: g: Couldn't open\n"
                                         "tar.exe in the container: tar.exe: Error exit delayed\n");
}

static void one_that_is_silent_is_given_up(void **given)
{
    static const char silent[] = "tar.exe in the container: nothing came for 1 s";
    fixture *f = *given;
    const scripted_act hangs = {.hangs = true};
    scripted_act half = answer(&tar);
    scripted_act lingers = answer(&tar);
    const scripted_act finding[] = {hangs};
    scripted_act packing[] = {answer(&tar), half};
    scripted_act ending[] = {answer(&tar), lingers};

    packing[1].size = 700;
    packing[1].hangs = true;
    ending[1].hangs = true;
    assert_int_equal(copy_out(f, "C:\\f", finding, 1), WCOW_TIMEOUT);
    assert_string_equal(f->err.message, "'C:\\f': tar.exe in the container: nothing came for 1 "
                                        "s");
    assert_alone(f);
    assert_int_equal(copy_out(f, "C:\\f", packing, 2), WCOW_TIMEOUT);
    assert_non_null(strstr(f->err.message, silent));
    assert_alone(f);
    /* Its output has no end while it runs. */
    assert_int_equal(copy_out(f, "C:\\f", ending, 2), WCOW_TIMEOUT);
    assert_non_null(strstr(f->err.message, silent));
}

static void one_that_does_not_read_is_given_up(void **given)
{
    fixture *f = *given;
    scripted_act acts[] = {{.exit_code = 1}, {.hangs = true}};
    scripted_act lingers[] = {{.exit_code = 1}, {.reads = true, .hangs = true}};
    cleanup_text text folder = TEXT_INIT;

    tar_add_directory(&folder, "d/");
    tar_end(&folder);
    acts[0] = answer(&folder);
    lingers[0] = answer(&folder);
    assert_fails(&f->err, WCOW_TIMEOUT, "tar.exe in the container: 'big': nothing was read for 1 s",
                 copy_in(f, "C:\\d", acts, 2));
    assert_alone(f);
    assert_fails(&f->err, WCOW_TIMEOUT, "tar.exe in container web: it has not ended for 1 s",
                 copy_in(f, "C:\\d", lingers, 2));
}

static void one_that_ends_early_says_why(void **given)
{
    fixture *f = *given;
    scripted_act acts[] = {{.exit_code = 1},
                           {.err = "tar.exe: f: No space left\r\n", .exit_code = 1}};
    scripted_act wordless[] = {{.exit_code = 1}, {.reads = true, .exit_code = 1}};
    cleanup_text text folder = TEXT_INIT;

    tar_add_directory(&folder, "d/");
    tar_end(&folder);
    acts[0] = answer(&folder);
    wordless[0] = answer(&folder);
    assert_fails(&f->err, WCOW_FAILED, "tar.exe in the container: f: No space left",
                 copy_in(f, "C:\\d", acts, 2));
    assert_fails(&f->err, WCOW_FAILED, "tar.exe in the container: it failed without a word",
                 copy_in(f, "C:\\d", wordless, 2));
}

static void one_that_never_stops_is_stopped(void **given)
{
    fixture *f = *given;
    scripted_act acts[] = {answer(&tar), answer(&tar)};

    acts[1].endless = true;
    assert_fails(&f->err, WCOW_CORRUPT, "the archive goes on after its end",
                 copy_out(f, "C:\\f", acts, 2));
}

static void one_that_breaks_down_is_told(void **given)
{
    fixture *f = *given;
    const scripted_act acts[] = {
        {.out = "Unhandled exception: page fault", .size = 30, .exit_code = 0xC0000005}};

    assert_fails(&f->err, WCOW_FAILED,
                 "'C:\\f': tar.exe in the container failed with 0xC0000005, and the archive ends "
                 "within a header",
                 copy_out(f, "C:\\f", acts, 1));
}

/* Of a root links are not followed either: those in it are meant by nobody, and bsdtar 3.6 breaks
 * down over "*" with -H. */
static void of_a_root_the_volume_s_own_stays_there(void **given)
{
    fixture *f = *given;
    cleanup_text text root = TEXT_INIT;

    tar_add_file(&root, "PAGEFILE.SYS", "x");
    tar_add_file(&root, "pagefile.sys", "x");
    tar_add_directory(&root, "System Volume Information/");
    tar_add_file(&root, "System Volume Information/x", "x");
    tar_add_file(&root, "a/pagefile.sys", "of a folder");
    tar_end(&root);

    const scripted_act acts[] = {answer(&root)};

    assert_ok(&f->err, copy_out(f, "C:\\", acts, 1));
    assert_false(is_there(f, "PAGEFILE.SYS"));
    assert_false(is_there(f, "pagefile.sys"));
    assert_false(is_there(f, "System Volume Information"));
    assert_content(f, "a/pagefile.sys", "of a folder");
    assert_true(was_run(f, "tar.exe -cf - --exclude ^$Recycle.Bin "));
    assert_true(was_run(f, " --exclude ^pagefile.sys "));
}

/* Handles that the service refused to close are its own fault. */
static size_t refused_to_close(fixture *f)
{
    cleanup_json cJSON *journal = sim_journal(f->fake->sim);
    const cJSON *item;
    size_t count = 0;

    cJSON_ArrayForEach (item, journal) {
        if (text_starts_with(json_text(item, "call", ""), "HcsClose"))
            count += json_integer(json_member(item, "reply"), "hr", 0) != 0;
    }
    return count;
}

/* Fails each call to the service, and then each access to files, in turn: what fails is told, and
 * nothing that ran for it runs on. */
static void torture(fixture *f,
                    wcow_status (*copy)(fixture *f, const char *path, const scripted_act *acts,
                                        size_t count),
                    const char *path, const scripted_act *acts, size_t count)
{
    size_t told_of = 0;
    size_t hit = 1;

    for (unsigned nth = 1; hit; nth++) {
        cleanup_free char *fault = text_format("{\"nth\":%u,\"hr\":\"0x80004005\"}", nth);
        wcow_status status;

        assert_true(nth < 200);
        assert_true(sim_fault(f->fake->sim, fault));
        status = copy(f, path, acts, count);
        hit = sim_faults_hit(f->fake->sim);
        sim_faults_clear(f->fake->sim);
        told_of += status != WCOW_OK;
        assert_true(!status || (f->err.status == status && f->err.message[0]));
    }
    f->may_leave += refused_to_close(f);
    assert_true(told_of > 3);
    hit = 1;
    for (size_t nth = 1; hit; nth++) {
        wcow_status status;

        assert_true(nth < 400);
        faulty_files_fail(&f->faulty, nth);
        status = copy(f, path, acts, count);
        hit = f->faulty.failed;
        faulty_files_fail(&f->faulty, 0);
        assert_true(!status || (f->err.status == status && f->err.message[0]));
    }
}

static void no_failing_call_of_a_copy_out_leaves_anything(void **given)
{
    const scripted_act acts[] = {answer(&tar), answer(&tar)};

    torture(*given, copy_out, "C:\\f", acts, 2);
    assert_ok(&((fixture *)*given)->err, copy_out(*given, "C:\\f", acts, 2));
}

static void no_failing_call_of_a_copy_in_leaves_anything(void **given)
{
    cleanup_text text folder = TEXT_INIT;
    scripted_act acts[] = {{.exit_code = 1}, {.reads = true}};

    tar_add_directory(&folder, "d/");
    tar_end(&folder);
    acts[0] = answer(&folder);
    torture(*given, copy_in, "C:\\d", acts, 2);
    assert_ok(&((fixture *)*given)->err, copy_in(*given, "C:\\d", acts, 2));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_file_comes_out),
        TEST(what_it_cannot_read_makes_the_copy_fail),
        TEST(one_that_is_silent_is_given_up),
        TEST(one_that_does_not_read_is_given_up),
        TEST(one_that_ends_early_says_why),
        TEST(one_that_never_stops_is_stopped),
        TEST(one_that_breaks_down_is_told),
        TEST(of_a_root_the_volume_s_own_stays_there),
        TEST(no_failing_call_of_a_copy_out_leaves_anything),
        TEST(no_failing_call_of_a_copy_in_leaves_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
