/* SPDX-License-Identifier: MIT */
/* Root file systems that become images: from files and from URLs. */
#include "tests/unit/engine/fixture.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/path.h"
#include "engine/host/host_stores.h"
#include "engine/image/import.h"
#include "tests/unit/support/faulty_hives.h"
#include "tests/unit/support/tar_builder.h"

/* What the root of a Windows volume has; `last` is one file more. */
static void make_root(text *tar, const char *last)
{
    static const char *const hives[] = {"DEFAULT", "SAM", "SECURITY", "SOFTWARE", "SYSTEM"};

    for (size_t i = 0; i < 5; i++) {
        cleanup_free char *name = text_format("./Windows/System32/config/%s", hives[i]);

        tar_add_file(tar, name, "regf");
    }
    tar_add_file(tar, "./Windows/System32/ping.exe", "MZ");
    tar_add_file(tar, last, "contents");
    tar_end(tar);
}

static cJSON *inspected(fixture *f, const char *reference)
{
    cJSON *value = NULL;
    char *json = NULL;

    assert_ok(&f->err, wcow_image_inspect(f->host, reference, &json, &f->err));
    assert_ok(&f->err, json_parse(json, strlen(json), "it", &value, &f->err));
    wcow_free(json);
    return value;
}

static size_t images(fixture *f)
{
    wcow_image_info *rows = NULL;
    size_t count = 0;

    assert_ok(&f->err, wcow_image_list(f->host, &rows, &count, &f->err));
    wcow_free(rows);
    return count;
}

static size_t files_below(fixture *f, const char *first, const char *second)
{
    cleanup_free char *outer = path_join(f->root, first);
    cleanup_free char *folder = path_join(outer, second);
    cleanup_strings string_list names = STRING_LIST_INIT;

    (void)f->files->list(f->files, folder, &names);
    return names.count;
}

static void run_one(fixture *f, const char *reference)
{
    wcow_container_spec spec = WCOW_CONTAINER_SPEC_INIT;
    wcow_container *container = NULL;

    spec.image = reference;
    assert_ok(&f->err, wcow_container_create(f->host, &spec, &container, &f->err));
    assert_ok(&f->err, wcow_container_start(container, NULL, NULL, &f->err));
    assert_ok(&f->err, wcow_container_remove(container, true, &f->err));
    wcow_container_free(container);
}

static void a_root_file_system_becomes_an_image_that_runs(void **state)
{
    static const char *const changes[] = {"CMD [\"ping\"]", "ENV A=1", NULL};
    fixture *f = *state;
    cleanup_text text tar = TEXT_INIT;
    cleanup_free char *path = NULL;
    wcow_import_options options = WCOW_IMPORT_OPTIONS_INIT;
    char *id = NULL;
    char *json = NULL;

    make_root(&tar, "./a");
    path = fixture_write(f, "root.tar", tar.data, tar.length);
    options.changes = changes;
    options.platform = "windows(10.0.20348)/amd64";
    assert_ok(&f->err, wcow_image_import(f->host, path, "made:1", &options, &id, &f->err));
    {
        cleanup_json cJSON *made = inspected(f, "made:1");

        assert_string_equal(json_text(made, "Id", ""), id);
        assert_string_equal(json_text(made, "OsVersion", ""), "10.0.20348");
        assert_string_equal(json_text(made, "Os", ""), "windows");
        assert_string_equal(json_text(made, "Architecture", ""), "amd64");
        assert_int_equal(cJSON_GetArraySize(json_path(made, "RootFS.Layers")), 1);
        assert_string_equal(cJSON_GetStringValue(json_path(made, "Config.Cmd")->child), "ping");
    }
    assert_ok(&f->err, wcow_image_history(f->host, id, &json, &f->err));
    assert_non_null(strstr(json, "\"Comment\":\"Imported from -\""));
    wcow_free(json);
    wcow_free(id);
    run_one(f, "made:1");

    /* A message of one's own, no name, no build. */
    options = (wcow_import_options)WCOW_IMPORT_OPTIONS_INIT;
    options.message = "mine";
    assert_ok(&f->err, wcow_image_import(f->host, path, NULL, &options, &id, &f->err));
    assert_ok(&f->err, wcow_image_history(f->host, id, &json, &f->err));
    assert_non_null(strstr(json, "\"Comment\":\"mine\""));
    wcow_free(json);
    wcow_free(id);
    assert_ok(&f->err, wcow_image_import(f->host, path, "made:2", NULL, &id, &f->err));
    wcow_free(id);
}

static wcow_status fake_change(void *context, cJSON *config, wcow_error *err)
{
    const bool *refuses = context;

    if (*refuses)
        return error_set(err, WCOW_INVALID, "not so");
    return json_add_text(config, "User", "somebody") ? WCOW_OK : error_no_memory(err);
}

static void who_changes_the_config_may_refuse_the_image(void **state)
{
    fixture *f = *state;
    cleanup_text text tar = TEXT_INIT;
    cleanup_free char *path = NULL;
    cleanup_free char *said = NULL;
    const wcow_import_options options = WCOW_IMPORT_OPTIONS_INIT;
    const size_t before = images(f);
    bool refuses = true;
    const config_changer change = {fake_change, &refuses};
    char *id = NULL;

    make_root(&tar, "./a");
    path = fixture_write(f, "root.tar", tar.data, tar.length);
    said = text_format("cannot import '%s': not so", path);
    assert_fails(&f->err, WCOW_INVALID, said,
                 image_import(f->host, path, "made:1", &options, &change, &id, &f->err));
    assert_null(id);
    assert_int_equal(images(f), before);
    refuses = false;
    assert_ok(&f->err, image_import(f->host, path, "made:1", &options, &change, &id, &f->err));
    {
        cleanup_json cJSON *made = inspected(f, "made:1");

        assert_string_equal(json_text(json_member(made, "Config"), "User", ""), "somebody");
    }
    wcow_free(id);
}

static void what_is_refused_leaves_nothing(void **state)
{
    static const char *const changes[] = {"FROM x", NULL};
    fixture *f = *state;
    cleanup_text text good = TEXT_INIT;
    cleanup_text text bad = TEXT_INIT;
    cleanup_free char *good_path = NULL;
    cleanup_free char *bad_path = NULL;
    wcow_import_options options = WCOW_IMPORT_OPTIONS_INIT;
    cleanup_json cJSON *before = inspected(f, IMAGE);
    size_t blobs = files_below(f, "images/blobs", "sha256");
    char *id = NULL;

    make_root(&good, "./a");
    make_root(&bad, "./a:");
    good_path = fixture_write(f, "good.tar", good.data, good.length);
    bad_path = fixture_write(f, "bad.tar", bad.data, bad.length);
    assert_int_equal(wcow_image_import(f->host, bad_path, IMAGE, NULL, &id, &f->err), WCOW_CORRUPT);
    assert_non_null(strstr(f->err.message, "entry 'Files/a:'"));
    assert_int_equal(wcow_image_import(f->host, "/nowhere.tar", IMAGE, NULL, &id, &f->err),
                     WCOW_NOT_FOUND);
    assert_int_equal(wcow_image_import(f->host, good_path, "a@sha256:1", NULL, &id, &f->err),
                     WCOW_INVALID);
    options.changes = changes;
    assert_int_equal(wcow_image_import(f->host, good_path, NULL, &options, &id, &f->err),
                     WCOW_INVALID);
    options.changes = NULL;
    options.platform = "linux/amd64";
    assert_int_equal(wcow_image_import(f->host, good_path, NULL, &options, &id, &f->err),
                     WCOW_UNSUPPORTED);
    /* The name stays whose it is even when only the layer's import fails. */
    assert_true(sim_fault(f->fake->sim, "{\"call\":\"ProcessBaseImage\",\"hr\":\"0x80004005\"}"));
    assert_int_equal(wcow_image_import(f->host, good_path, IMAGE, NULL, &id, &f->err), WCOW_FAILED);
    sim_faults_clear(f->fake->sim);
    assert_null(id);
    {
        cleanup_json cJSON *after = inspected(f, IMAGE);

        assert_string_equal(json_text(after, "Id", "a"), json_text(before, "Id", "b"));
    }
    assert_int_equal(images(f), 1);
    assert_int_equal(files_below(f, "images/blobs", "sha256"), blobs);
    assert_int_equal(files_below(f, "images", "ingest"), 0);
}

/* ---- hives that are missing ---- */

/* A root without any, which cannot become a layer by itself. */
static char *write_bare_root(fixture *f)
{
    cleanup_text text tar = TEXT_INIT;

    tar_add_directory(&tar, "./Windows");
    tar_add_file(&tar, "./Windows/System32/ping.exe", "MZ");
    tar_end(&tar);
    return fixture_write(f, "bare.tar", tar.data, tar.length);
}

static void a_root_without_hives_becomes_an_image_that_runs(void **state)
{
    static const char *const changes[] = {"CMD [\"ping\"]", NULL};
    fixture *f = *state;
    cleanup_free char *path = write_bare_root(f);
    wcow_import_options options = WCOW_IMPORT_OPTIONS_INIT;
    char *id = NULL;

    options.changes = changes;
    assert_ok(&f->err, wcow_image_import(f->host, path, "made:1", &options, &id, &f->err));
    wcow_free(id);
    run_one(f, "made:1");
    {
        layer_store layers = {f->files, NULL, f->root};
        cleanup_strings string_list leftovers = STRING_LIST_INIT;

        assert_ok(&f->err, layer_list_leftovers(&layers, &leftovers, &f->err));
        assert_int_equal(leftovers.count, 0);
    }
}

static void a_library_that_fails_is_told_and_leaves_nothing(void **state)
{
    fixture *f = *state;
    cleanup_free char *path = write_bare_root(f);
    size_t blobs = files_below(f, "images/blobs", "sha256");
    faulty_hives hives;
    char *id = NULL;

    faulty_hives_init(&hives);
    f->host->hives = &hives.port;
    for (size_t nth = 1; nth <= 3; nth++) {
        faulty_hives_fail(&hives, nth);
        assert_true(wcow_image_import(f->host, path, "made:1", NULL, &id, &f->err) != WCOW_OK);
        assert_non_null(strstr(f->err.message,
                               "it has no Windows\\System32\\config\\DEFAULT, and an "
                               "empty one cannot be made: OR"));
        assert_null(id);
        assert_int_equal(hives.open, 0);
    }
    assert_int_equal(images(f), 1);
    assert_int_equal(files_below(f, "images/blobs", "sha256"), blobs);
    assert_int_equal(files_below(f, "images", "ingest"), 0);
    faulty_hives_fail(&hives, 0);
    assert_ok(&f->err, wcow_image_import(f->host, path, "made:1", NULL, &id, &f->err));
    assert_int_equal(hives.major, f->host->version.major);
    wcow_free(id);
    f->host->hives = NULL;
    faulty_hives_clear(&hives);
}

/* ---- a server ---- */

typedef struct server {
    int socket;
    char url[64];
    const char *head;
    const text *body;
    size_t length; /* of what is sent of it */
    bool stalls;   /* then it waits until the client goes */
    pthread_t thread;
} server;

static void send_all(int to, const char *bytes, size_t size)
{
    while (size) {
        ssize_t done = send(to, bytes, size, MSG_NOSIGNAL);

        if (done <= 0)
            return;
        bytes += done;
        size -= (size_t)done;
    }
}

static void *serve(void *context)
{
    const server *s = context;
    int client = accept(s->socket, NULL, NULL);
    char request[4096];

    if (client >= 0 && recv(client, request, sizeof(request), 0) > 0) {
        send_all(client, s->head, strlen(s->head));
        send_all(client, s->body->data, s->length);
        while (s->stalls && recv(client, request, sizeof(request), 0) > 0)
            ;
    }
    if (client >= 0)
        close(client);
    return NULL;
}

static void server_start(server *s, const char *head, const text *body, size_t length, bool stalls)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);

    s->socket = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(s->socket >= 0);
    assert_int_equal(bind(s->socket, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(s->socket, 1), 0);
    assert_int_equal(getsockname(s->socket, (struct sockaddr *)&address, &size), 0);
    snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%u/root.tar", ntohs(address.sin_port));
    s->head = head;
    s->body = body;
    s->length = length;
    s->stalls = stalls;
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_stop(server *s)
{
    pthread_join(s->thread, NULL);
    close(s->socket);
}

static wcow_status import_from(fixture *f, const char *head, const text *body, size_t length,
                               char **id)
{
    server s;
    wcow_status status;

    server_start(&s, head, body, length, false);
    status = wcow_image_import(f->host, s.url, "made:1", NULL, id, &f->err);
    server_stop(&s);
    return status;
}

static void a_url_is_imported_while_it_is_downloaded(void **state)
{
    fixture *f = *state;
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text big = TEXT_INIT;
    cleanup_free char *head = NULL;
    char *id = NULL;
    char *json = NULL;

    /* More than what may wait between the download and the import. */
    for (size_t i = 0; i < 3000000; i++)
        text_add_char(&big, (char)(i * i >> 7));
    tar_add(&tar, '0', "big", "", big.data, big.length);
    make_root(&tar, "./a");
    head = text_format("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", tar.length);
    assert_ok(&f->err, import_from(f, head, &tar, tar.length, &id));
    assert_ok(&f->err, wcow_image_history(f->host, id, &json, &f->err));
    assert_non_null(strstr(json, "\"Comment\":\"Imported from http://127.0.0.1:"));
    wcow_free(json);
    wcow_free(id);
}

static void a_download_that_fails_is_told_with_its_url(void **state)
{
    fixture *f = *state;
    cleanup_text text tar = TEXT_INIT;
    cleanup_text text rubbish = TEXT_INIT;
    cleanup_free char *head = NULL;
    char *id = NULL;

    make_root(&tar, "./a");
    head = text_format("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", tar.length);
    assert_int_equal(import_from(f, head, &tar, tar.length - 1000, &id), WCOW_UNAVAILABLE);
    assert_non_null(strstr(f->err.message, "cannot download 'http://127.0.0.1:"));
    assert_int_equal(
        import_from(f, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", &tar, 0, &id),
        WCOW_NOT_FOUND);
    assert_non_null(strstr(f->err.message, "the server answers 404"));
    /* What is no archive is given up before all of it is there. */
    for (size_t i = 0; i < 4000000; i++)
        text_add_char(&rubbish, 'x');
    assert_int_equal(import_from(f, "HTTP/1.1 200 OK\r\n\r\n", &rubbish, rubbish.length, &id),
                     WCOW_CORRUPT);
    assert_null(id);
    assert_int_equal(images(f), 1);
    assert_int_equal(files_below(f, "images", "ingest"), 0);
}

static void a_server_that_stalls_does_not_hold_up_what_has_failed(void **state)
{
    fixture *f = *state;
    cleanup_text text rubbish = TEXT_INIT;
    char *id = NULL;
    server s;

    for (size_t i = 0; i < 100000; i++)
        text_add_char(&rubbish, 'x');
    server_start(&s, "HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", &rubbish, rubbish.length,
                 true);
    assert_int_equal(wcow_image_import(f->host, s.url, NULL, NULL, &id, &f->err), WCOW_CORRUPT);
    server_stop(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_root_file_system_becomes_an_image_that_runs),
        TEST(who_changes_the_config_may_refuse_the_image),
        TEST(what_is_refused_leaves_nothing),
        TEST(a_root_without_hives_becomes_an_image_that_runs),
        TEST(a_library_that_fails_is_told_and_leaves_nothing),
        TEST(a_url_is_imported_while_it_is_downloaded),
        TEST(a_download_that_fails_is_told_with_its_url),
        TEST(a_server_that_stalls_does_not_hold_up_what_has_failed),
    };

    setenv("no_proxy", "*", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
