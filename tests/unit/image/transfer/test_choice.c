/* SPDX-License-Identifier: MIT */
/* Which of several images a name stands for: the one that was chosen when it came, whatever else is
 * in the store. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "port/clock.h"
#include "tests/unit/image/transfer_fixture.h"

#define WINDOWS "\"os\":\"windows\",\"architecture\":\"amd64\""

/* ---- images of one layer that differ in their build ---- */

typedef struct build {
    const char *version; /* "" : its config tells none */
    const char *says;    /* its platform in an index; NULL: none */
    text config;
    text manifest;
    char digest[DIGEST_SIZE]; /* of the manifest */
    char id[DIGEST_SIZE];
} build;

static void make(build *b, const char *version, const char *says)
{
    char layer[DIGEST_SIZE];

    *b = (build){.version = version, .says = says, .config = TEXT_INIT, .manifest = TEXT_INIT};
    digest_of("the layer", 9, layer);
    text_addf(&b->config, "{" WINDOWS ",%s%s%s\"rootfs\":{\"diff_ids\":[\"%s\"]}}",
              *version ? "\"os.version\":\"" : "", version, *version ? "\"," : "", layer);
    digest_of(b->config.data, b->config.length, b->id);
    text_addf(&b->manifest,
              "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_OCI_MANIFEST "\",\"config\":{"
              "\"mediaType\":\"" MEDIA_OCI_CONFIG "\",\"digest\":\"%s\",\"size\":%zu},",
              b->id, b->config.length);
    text_addf(&b->manifest,
              "\"layers\":[{\"mediaType\":\"" MEDIA_OCI_LAYER "\",\"digest\":\"%s\",\"size\":9}]}",
              layer);
    digest_of(b->manifest.data, b->manifest.length, b->digest);
}

static void clear(build *b)
{
    text_free(&b->config);
    text_free(&b->manifest);
}

DEFINE_CLEANUP_VALUE(build, build, clear)

static void add_entry(text *index, const build *b, const char *annotations)
{
    text_addf(index, "%s{\"mediaType\":\"" MEDIA_OCI_MANIFEST "\",\"digest\":\"%s\",\"size\":%zu",
              index->data[index->length - 1] == '[' ? "" : ",", b->digest, b->manifest.length);
    if (b->says)
        text_addf(index, ",\"platform\":{%s}", b->says);
    text_addf(index, "%s}", annotations);
}

static void make_index(text *index, const build *const *builds)
{
    text_add(index, "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_OCI_INDEX "\",\"manifests\":[");
    for (; *builds; builds++)
        add_entry(index, *builds, "");
    text_add(index, "]}");
}

/* The registry has it under that tag. */
static void publish(const char *tag, const build *const *builds)
{
    cleanup_text text index = TEXT_INIT;

    make_index(&index, builds);
    fake_registry_put(there, tag, MEDIA_OCI_INDEX, index.data, index.length);
    fake_registry_put(there, NULL, NULL, "the layer", 9);
    for (; *builds; builds++) {
        fake_registry_put(there, NULL, NULL, (*builds)->config.data, (*builds)->config.length);
        fake_registry_put(there, (*builds)->digest, MEDIA_OCI_MANIFEST, (*builds)->manifest.data,
                          (*builds)->manifest.length);
    }
}

/* ---- wishes ---- */

/* One build alone, or, as a host of 20348 does, its own first and then what is older or vague. */
static int rank_of(void *context, const char *version)
{
    const char *wanted = context;

    if (strcmp(wanted, "host") != 0)
        return strcmp(version, wanted) == 0 ? 0 : -1;
    return strncmp(version, "10.0.20348", 10) == 0   ? 0
           : strncmp(version, "10.0.26100", 10) == 0 ? -1
                                                     : 1;
}

static void wish_for(const char *version)
{
    static char wanted[32];

    snprintf(wanted, sizeof(wanted), "%s", version);
    choice = (image_choice){.rank = rank_of,
                            .context = wanted,
                            .architecture = "amd64",
                            .strict = strcmp(version, "host") != 0};
}

static void pull_tag(const char *tag)
{
    free(pushed->tag);
    pushed->tag = text_copy(tag);
    assert_ok(&err, pull(NULL));
}

static void expect(const char *tag, const build *b)
{
    cleanup_free char *name = text_format("%s/x:%s", there->host, tag);
    cleanup_image image *one = NULL;

    assert_ok(&err, image_store_open(&target, name, &one, &err));
    assert_string_equal(one->record.id, b->id);
    assert_string_equal(one->record.descriptor.digest, b->digest);
}

static size_t listed(void)
{
    cleanup_image_records image_records records = IMAGE_RECORDS_INIT;

    assert_ok(&err, image_store_list(&target, &records, &err));
    return records.count;
}

static void remove_tag(const char *tag)
{
    cleanup_free char *name = text_format("%s/x:%s", there->host, tag);
    cleanup_image_removal image_removal done = {.deleted = false};

    assert_ok(&err, image_store_remove(&target, name, REMOVE_IF_CLEAR, &done, &err));
}

#define BUILDS(...)                                                                                \
    (const build *const[])                                                                         \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
#define OLD "\"os.version\":\"10.0.17763.5\"," WINDOWS
#define NEW "\"os.version\":\"10.0.20348.5\"," WINDOWS

/* ---- pulls ---- */

static void two_builds_of_one_index_stay_apart(void **state)
{
    CLEANUP(build) build old;
    CLEANUP(build) build new;

    (void)state;
    make(&old, "10.0.17763.5", OLD);
    make(&new, "10.0.20348.5", NEW);
    publish("1", BUILDS(&old, &new));
    publish("2", BUILDS(&old, &new));
    wish_for("10.0.17763.5");
    pull_tag("1");
    wish_for("10.0.20348.5");
    pull_tag("2");
    expect("1", &old);
    expect("2", &new);
    remove_tag("1");
    expect("2", &new);
    assert_int_equal(sound_blobs(&target), 4); /* index, manifest, config, layer */
}

static void a_name_pulled_for_another_build_moves_and_the_first_stays_without(void **state)
{
    CLEANUP(build) build old;
    CLEANUP(build) build new;
    cleanup_image image *one = NULL;
    fetch_result result = {"", false};

    (void)state;
    make(&old, "10.0.17763.5", OLD);
    make(&new, "10.0.20348.5", NEW);
    publish("1", BUILDS(&old, &new));
    wish_for("10.0.17763.5");
    pull_tag("1");
    wish_for("10.0.20348.5");
    assert_ok(&err, pull(&result));
    assert_true(result.fresh);
    expect("1", &new);
    assert_ok(&err, image_store_open(&target, old.id, &one, &err));
    assert_null(one->record.reference);
    assert_int_equal(listed(), 2);
    assert_ok(&err, pull(&result));
    assert_false(result.fresh);
    expect("1", &new);
    assert_int_equal(listed(), 2);
}

/* The first image of a's index is brought by b. */
static void what_another_pull_brings_changes_no_choice(void **state)
{
    CLEANUP(build) build vague;
    CLEANUP(build) build new;

    (void)state;
    make(&vague, "", WINDOWS);
    make(&new, "10.0.20348.1", "\"os.version\":\"10.0.20348.1\"," WINDOWS);
    publish("a", BUILDS(&vague, &new));
    publish("b", BUILDS(&vague));
    wish_for("host");
    pull_tag("a");
    expect("a", &new);
    pull_tag("b");
    expect("b", &vague);
    expect("a", &new);
}

static void an_entry_without_a_platform_is_looked_at(void **state)
{
    CLEANUP(build) build silent;
    CLEANUP(build) build newer;

    (void)state;
    make(&silent, "10.0.20348.7", NULL);
    make(&newer, "10.0.26100.1", "\"os.version\":\"10.0.26100.1\"," WINDOWS);
    publish("1", BUILDS(&newer, &silent));
    wish_for("host");
    pull_tag("1");
    expect("1", &silent);
}

static void what_an_entry_without_a_platform_is_for_is_told(void **state)
{
    CLEANUP(build) build silent;

    (void)state;
    make(&silent, "10.0.26100.7", NULL);
    publish("1", BUILDS(&silent));
    wish_for("host");
    free(pushed->tag);
    pushed->tag = text_copy("1");
    assert_int_equal(pull(NULL), WCOW_UNSUPPORTED);
    assert_non_null(strstr(err.message, "it offers Windows 10.0.26100.7"));
}

static void platforms_are_known_however_they_are_written(void **state)
{
    CLEANUP(build) build loud;

    (void)state;
    make(&loud, "10.0.20348.7", "\"os\":\"Windows\",\"architecture\":\"x86_64\"");
    publish("1", BUILDS(&loud));
    wish_for("host");
    pull_tag("1");
    expect("1", &loud);
}

/* ---- names come last ---- */

static wcow_status fail_to_finish(void *context, const char *id, wcow_error *error)
{
    cleanup_image image *one = NULL;

    (void)context;
    assert_int_equal(image_store_open(&target, id, &one, NULL), WCOW_OK);
    assert_null(one->record.reference);
    return error_set(error, WCOW_CORRUPT, "its layer is refused");
}

static void a_pull_that_fails_at_its_end_leaves_the_name_where_it_was(void **state)
{
    CLEANUP(build) build old;
    CLEANUP(build) build new;
    size_t before;

    (void)state;
    make(&old, "10.0.17763.5", OLD);
    make(&new, "10.0.20348.5", NEW);
    publish("1", BUILDS(&old, &new));
    wish_for("10.0.17763.5");
    pull_tag("1");
    before = sound_blobs(&target);
    wish_for("10.0.20348.5");
    finish_pull = fail_to_finish;
    assert_fails(&err, WCOW_CORRUPT, "its layer is refused", pull(NULL));
    finish_pull = NULL;
    expect("1", &old);
    assert_int_equal(listed(), 1);
    assert_int_equal(sound_blobs(&target), before);
}

/* ---- archives ---- */

static void add_build(text *tar, const build *b)
{
    char digest[DIGEST_SIZE];

    add_blob(tar, b->config.data, digest);
    add_blob(tar, b->manifest.data, digest);
}

static void end_archive(text *tar, text *index)
{
    char digest[DIGEST_SIZE];

    add_blob(tar, "the layer", digest);
    text_add(index, "]}");
    tar_add_file(tar, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}");
    tar_add_file(tar, "index.json", index->data);
    tar_end(tar);
}

/* An index within index.json, as buildx and skopeo --multi-arch=all write it. */
static void archive_of_index(text *tar, const build *const *builds)
{
    cleanup_text text inner = TEXT_INIT;
    cleanup_text text index = TEXT_INIT;
    char digest[DIGEST_SIZE];

    make_index(&inner, builds);
    for (; *builds; builds++)
        add_build(tar, *builds);
    add_blob(tar, inner.data, digest);
    text_addf(&index,
              "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"" MEDIA_OCI_INDEX
              "\",\"digest\":\"%s\",\"size\":%zu,\"annotations\":{"
              "\"org.opencontainers.image.ref.name\":\"arc/multi:1\"}}",
              digest, inner.length);
    end_archive(tar, &index);
}

/* Several entries of one name. */
static void archive_of_entries(text *tar, const build *const *builds)
{
    cleanup_text text index = TEXT_INIT;

    text_add(&index, "{\"schemaVersion\":2,\"manifests\":[");
    for (; *builds; builds++) {
        add_build(tar, *builds);
        add_entry(&index, *builds,
                  ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"arc/multi:1\"}");
    }
    end_archive(tar, &index);
}

static wcow_status load_chosen(const text *tar, loaded_images *out)
{
    memory_source source;

    memory_source_init(&source, text_get(tar), tar->length, 0);
    return archive_load(&store, &source.source, &choice, out, NULL, &err);
}

static void expect_loaded(const text *tar, const char *wish, const build *b)
{
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image image *one = NULL;

    wish_for(wish);
    assert_ok(&err, load_chosen(tar, &loaded));
    assert_int_equal(loaded.count, 1);
    assert_ok(&err, image_store_open(&store, "arc/multi:1", &one, &err));
    assert_string_equal(one->record.id, b->id);
}

static void of_several_builds_in_an_archive_the_one_that_fits_is_loaded(void **state)
{
    CLEANUP(build) build old;
    CLEANUP(build) build new;
    CLEANUP(build) build silent;

    (void)state;
    make(&old, "10.0.17763.5", OLD);
    make(&new, "10.0.20348.5", NEW);
    make(&silent, "10.0.20348.9", NULL);
    for (unsigned kind = 0; kind < 2; kind++) {
        void (*const write)(text * tar, const build *const *builds) =
            kind ? archive_of_entries : archive_of_index;
        cleanup_text text ascending = TEXT_INIT;
        cleanup_text text descending = TEXT_INIT;
        cleanup_text text vague = TEXT_INIT;

        write(&ascending, BUILDS(&old, &new));
        write(&descending, BUILDS(&new, &old));
        write(&vague, BUILDS(&silent));
        expect_loaded(&ascending, "host", &new);
        expect_loaded(&descending, "host", &new);
        expect_loaded(&ascending, "10.0.17763.5", &old);
        expect_loaded(&descending, "10.0.17763.5", &old);
        expect_loaded(&vague, "host", &silent);
    }
}

static void an_archive_without_the_platform_that_was_asked_for_is_refused(void **state)
{
    CLEANUP(build) build old;

    (void)state;
    make(&old, "10.0.17763.5", OLD);
    wish_for("10.0.20348.5");
    for (unsigned kind = 0; kind < 2; kind++) {
        cleanup_text text tar = TEXT_INIT;
        cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
        const size_t before = blobs();

        (kind ? archive_of_entries : archive_of_index)(&tar, BUILDS(&old));
        assert_int_equal(load_chosen(&tar, &loaded), WCOW_UNSUPPORTED);
        assert_non_null(strstr(err.message, "for the platform that was asked for"));
        assert_int_equal(blobs(), before);
    }
}

/* One name of a loaded image is not given when the other cannot be. */
static void names_of_a_loaded_image_come_all_at_once(void **state)
{
    cleanup_text text tar = TEXT_INIT;
    cleanup_loaded_images loaded_images loaded = LOADED_IMAGES_INIT;
    cleanup_image_lease image_lease *lease = NULL;
    memory_source source;
    bool failed = true;

    (void)state;
    docker_archive(&tar, "windows", "[\"two:1\",\"two:2\"]");
    memory_source_init(&source, text_get(&tar), tar.length, 0);
    assert_ok(&err, archive_load(&store, &source.source, NULL, &loaded, &lease, &err));
    for (size_t nth = 1; failed; nth++) {
        cleanup_image image *first = NULL;
        cleanup_image image *second = NULL;
        wcow_status status;

        faulty_files_fail(&files, nth);
        status = loaded_image_name(&store, &loaded.items[0], &err);
        failed = files.failed > 0;
        faulty_files_fail(&files, 0);
        assert_int_equal(image_store_open(&store, "two:1", &first, NULL) == WCOW_OK,
                         status == WCOW_OK);
        assert_int_equal(image_store_open(&store, "two:2", &second, NULL) == WCOW_OK,
                         status == WCOW_OK);
        if (!status)
            break;
    }
}

/* ---- tags ---- */

static void when_it_was_tagged_is_remembered_and_a_pull_is_no_tagging(void **state)
{
    CLEANUP(build) build new;
    cleanup_image image *pulled = NULL;
    cleanup_image image *tagged = NULL;
    cleanup_reference image_reference *name = NULL;
    int64_t before;

    (void)state;
    make(&new, "10.0.20348.5", NEW);
    publish("1", BUILDS(&new));
    wish_for("host");
    pull_tag("1");
    assert_ok(&err, image_store_open(&target, new.id, &pulled, &err));
    assert_int_equal(pulled->record.tagged, 0);
    before = clock_now();
    assert_ok(&err, reference_parse("mine:1", &name, &err));
    assert_ok(&err, image_store_tag(&target, &pulled->record.descriptor, name, &err));
    assert_ok(&err, image_store_open(&target, "mine:1", &tagged, &err));
    assert_true(tagged->record.tagged >= before && tagged->record.tagged <= clock_now());
}

int main(void)
{
#define PULL(name) cmocka_unit_test_setup_teardown(name, start_transfers, stop_transfers)
    const struct CMUnitTest tests[] = {
        PULL(two_builds_of_one_index_stay_apart),
        PULL(a_name_pulled_for_another_build_moves_and_the_first_stays_without),
        PULL(what_another_pull_brings_changes_no_choice),
        PULL(an_entry_without_a_platform_is_looked_at),
        PULL(what_an_entry_without_a_platform_is_for_is_told),
        PULL(platforms_are_known_however_they_are_written),
        PULL(a_pull_that_fails_at_its_end_leaves_the_name_where_it_was),
        PULL(of_several_builds_in_an_archive_the_one_that_fits_is_loaded),
        PULL(an_archive_without_the_platform_that_was_asked_for_is_refused),
        PULL(names_of_a_loaded_image_come_all_at_once),
        PULL(when_it_was_tagged_is_remembered_and_a_pull_is_no_tagging),
    };

    return cmocka_run_group_tests_name("image/choice", tests, NULL, NULL);
}
