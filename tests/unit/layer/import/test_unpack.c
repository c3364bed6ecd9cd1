/* SPDX-License-Identifier: MIT */
/* Layer tars into a writer: every stream arrives whole, and what depends on others comes after. */
#include "tests/unit/status.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "layer/import/unpack.h"
#include "port/clock.h"
#include "tests/unit/support/tar_builder.h"

#define FILE_LIMIT  600
#define HEADER_SIZE 20u /* of the one stream of a plain file */
#define BATCH       (256u * 1024)

/* What a file of that number is to hold. */
typedef struct file_plan {
    size_t size;
    bool alone;   /* by its name */
    bool made_up; /* its name is like those that Windows makes up: so alone, whoever writes it */
    bool fails;
} file_plan;

/* Keeps what comes to it; entries are called f<number>, a<number> those that are alone. */
typedef struct memory_writer {
    layer_writer base;
    pthread_mutex_t lock;
    const file_plan *plan;
    text streams[FILE_LIMIT];
    bool ended[FILE_LIMIT];
    size_t begun_count, ended_count;
    size_t seen_by_link, seen_by_whiteout; /* how many files were ended then */
    bool disorder;
} memory_writer;

static wcow_error err;

static unsigned number_of(const char *name)
{
    return (unsigned)strtoul(name_base(name) + 1, NULL, 10);
}

static bool is_alone(const layer_writer *writer, const char *name)
{
    (void)writer;
    return *name_base(name) == 'a';
}

static wcow_status begin(layer_writer *writer, const layer_entry *entry, layer_output *out,
                         wcow_error *failure)
{
    memory_writer *self = (memory_writer *)writer;
    unsigned number = number_of(entry->name);

    if (entry->info.attributes & FILE_ATTRIBUTE_DIRECTORY_BIT) {
        out->destination = -1;
        return WCOW_OK;
    }
    out->destination = (int)number;
    if (self->plan[number].made_up) /* time for others to come before it */
        clock_sleep(1);
    pthread_mutex_lock(&self->lock);
    if ((is_alone(writer, entry->name) || self->plan[number].made_up) &&
        self->ended_count != number)
        self->disorder = true;
    for (unsigned i = 0; i < number; i++)
        self->disorder |= (self->plan[i].alone || self->plan[i].made_up) && !self->ended[i];
    self->begun_count++;
    pthread_mutex_unlock(&self->lock);
    if (self->plan[number].fails)
        return error_set(failure, WCOW_DENIED, "no");
    return WCOW_OK;
}

static wcow_status write(layer_writer *writer, layer_output *out, const void *bytes, size_t size,
                         wcow_error *failure)
{
    memory_writer *self = (memory_writer *)writer;

    if (out->destination >= 0)
        text_add_bytes(&self->streams[out->destination], bytes, size);
    (void)failure;
    return WCOW_OK;
}

static wcow_status end(layer_writer *writer, layer_output *out, wcow_error *failure)
{
    memory_writer *self = (memory_writer *)writer;

    (void)failure;
    if (out->destination < 0)
        return WCOW_OK;
    pthread_mutex_lock(&self->lock);
    self->ended[out->destination] = true;
    self->ended_count++;
    pthread_mutex_unlock(&self->lock);
    return WCOW_OK;
}

static wcow_status make_link(layer_writer *writer, const char *name, const char *target,
                             wcow_error *failure)
{
    memory_writer *self = (memory_writer *)writer;

    (void)name;
    (void)target;
    (void)failure;
    self->seen_by_link = self->ended_count;
    return WCOW_OK;
}

static wcow_status remove_name(layer_writer *writer, const char *name, wcow_error *failure)
{
    memory_writer *self = (memory_writer *)writer;

    (void)name;
    (void)failure;
    self->seen_by_whiteout = self->ended_count;
    return WCOW_OK;
}

static memory_writer *writer_new(const file_plan *plan)
{
    memory_writer *self = calloc(1, sizeof(*self));

    assert_non_null(self);
    self->base = (layer_writer){
        .is_alone = is_alone,
        .begin = begin,
        .write = write,
        .end = end,
        .link = make_link,
        .remove = remove_name,
        .names = NAME_SET_INIT,
    };
    pthread_mutex_init(&self->lock, NULL);
    self->plan = plan;
    return self;
}

static void writer_done(memory_writer *self)
{
    for (size_t i = 0; i < FILE_LIMIT; i++)
        text_free(&self->streams[i]);
    name_set_free(&self->base.names);
    pthread_mutex_destroy(&self->lock);
    free(self);
}

/* Bytes that differ by file and place. */
static char *contents_of(unsigned number, size_t size)
{
    char *bytes = malloc(size + 1);

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(number * 7 + i * 31 + i / 251);
    return bytes;
}

static void add_files(text *tar, const file_plan *plan, unsigned first, unsigned count)
{
    char name[64];

    for (unsigned i = first; i < first + count; i++) {
        cleanup_free char *bytes = contents_of(i, plan[i].size);

        if (i % 24 == 0) {
            snprintf(name, sizeof(name), "Files/d%u", i / 24);
            tar_add_directory(tar, name);
        }
        snprintf(name, sizeof(name), "Files/d%u/%c%u%s", i / 24, plan[i].alone ? 'a' : 'f', i,
                 plan[i].made_up ? "~1.txt" : "");
        tar_add(tar, '0', name, "", bytes, plan[i].size);
    }
}

static wcow_status unpack(memory_writer *writer, text *tar)
{
    memory_source source;
    layer_totals totals;

    tar_end(tar);
    memory_source_init(&source, tar->data, tar->length, 0);
    return layer_unpack(&source.source, &writer->base, &totals, &err);
}

static void assert_all_there(const memory_writer *writer, unsigned count)
{
    assert_false(writer->disorder);
    assert_int_equal(count, writer->begun_count);
    assert_int_equal(count, writer->ended_count);
    for (unsigned i = 0; i < count; i++) {
        size_t size = writer->plan[i].size;
        cleanup_free char *expected = contents_of(i, size);

        assert_int_equal(HEADER_SIZE + size, writer->streams[i].length);
        assert_memory_equal(expected, writer->streams[i].data + HEADER_SIZE, size);
    }
}

/* Sizes at which a file just fits beside others, just not, just into a batch of its own, or not. */
static void every_stream_arrives_whole_whatever_its_size(void **state)
{
    static const size_t typical[] = {1, 4096, 700, BATCH / 2 - 40, BATCH / 2, 3 * BATCH};
    static file_plan plan[FILE_LIMIT];
    cleanup_text text tar = TEXT_INIT;
    memory_writer *writer = writer_new(plan);
    unsigned count = 0;

    (void)state;
    tar_add_directory(&tar, "Files");
    for (size_t size = BATCH - 80; size <= BATCH; size += 4)
        plan[count++].size = size;
    for (; count < 100; count++)
        plan[count].size = typical[count % 6];
    for (size_t i = 0; i < 60; i++) /* more than a batch takes, then one at its end */
        plan[count++].size = i % 20 == 19 ? BATCH - 100 : i + 1;
    add_files(&tar, plan, 0, count);
    assert_ok(&err, unpack(writer, &tar));
    assert_all_there(writer, count);
    writer_done(writer);
}

static void an_entry_that_is_alone_waits_and_is_waited_for(void **state)
{
    static file_plan plan[FILE_LIMIT];
    cleanup_text text tar = TEXT_INIT;
    memory_writer *writer = writer_new(plan);

    (void)state;
    tar_add_directory(&tar, "Files");
    for (unsigned i = 0; i < FILE_LIMIT; i++) {
        plan[i].size = i % 50 == 49 ? BATCH + i : i + 1;
        plan[i].alone = i % 7 == 3 || i == 99;
    }
    add_files(&tar, plan, 0, FILE_LIMIT);
    assert_ok(&err, unpack(writer, &tar));
    assert_all_there(writer, FILE_LIMIT);
    writer_done(writer);
}

/* Made earlier or later, a longer name would get it from NTFS, and one of the two could not be
 * made. */
static void a_name_like_a_short_one_is_made_in_its_turn(void **state)
{
    static file_plan plan[FILE_LIMIT];
    cleanup_text text tar = TEXT_INIT;
    memory_writer *writer = writer_new(plan);

    (void)state;
    tar_add_directory(&tar, "Files");
    for (unsigned i = 0; i < FILE_LIMIT; i++) {
        plan[i].size = i + 1;
        plan[i].made_up = i % 7 == 3;
    }
    add_files(&tar, plan, 0, FILE_LIMIT);
    assert_ok(&err, unpack(writer, &tar));
    assert_all_there(writer, FILE_LIMIT);
    writer_done(writer);
}

static void a_link_and_a_whiteout_come_after_the_files_before_them(void **state)
{
    static file_plan plan[FILE_LIMIT];
    cleanup_text text tar = TEXT_INIT;
    memory_writer *writer = writer_new(plan);

    (void)state;
    for (unsigned i = 0; i < 50; i++)
        plan[i].size = i + 1;
    tar_add_directory(&tar, "Files");
    add_files(&tar, plan, 0, 5);
    tar_add(&tar, '1', "Files/link", "Files/d0/f4", "", 0);
    add_files(&tar, plan, 5, 38);
    tar_add_file(&tar, "Files/.wh.gone", "");
    add_files(&tar, plan, 43, 7);
    assert_ok(&err, unpack(writer, &tar));
    assert_int_equal(5, writer->seen_by_link);
    assert_int_equal(43, writer->seen_by_whiteout);
    assert_all_there(writer, 50);
    writer_done(writer);
}

/* Small files that fail, before and after large ones (which another thread writes) that do. */
static void the_first_entry_that_fails_is_named(void **state)
{
    static const unsigned pairs[][2] = {{0, 1}, {3, 20}, {19, 20}, {20, 21}, {15, 16}, {38, 39}};

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        file_plan plan[40] = {{0}};
        cleanup_text text tar = TEXT_INIT;
        memory_writer *writer = writer_new(plan);
        char expected[64];

        for (unsigned k = 0; k < 40; k++)
            plan[k].size = k % 20 == 0 ? BATCH + 1 : 100;
        plan[pairs[i][0]].fails = true;
        plan[pairs[i][1]].fails = true;
        tar_add_directory(&tar, "Files");
        add_files(&tar, plan, 0, 40);
        assert_int_equal(WCOW_DENIED, unpack(writer, &tar));
        snprintf(expected, sizeof(expected), "entry 'Files/d%u/f%u': no", pairs[i][0] / 24,
                 pairs[i][0]);
        assert_string_equal(expected, err.message);
        writer_done(writer);
    }
}

/* A tar that breaks off is the failure only if nothing before that place failed. */
static void what_was_gathered_counts_before_a_tar_that_breaks_off(void **state)
{
    static file_plan plan[FILE_LIMIT];

    (void)state;
    for (unsigned i = 0; i < 6; i++)
        plan[i].size = 600;
    for (int failing = 0; failing < 2; failing++) {
        cleanup_text text tar = TEXT_INIT;
        memory_writer *writer = writer_new(plan);
        memory_source source;
        layer_totals totals;

        plan[2].fails = failing;
        tar_add_directory(&tar, "Files");
        add_files(&tar, plan, 0, 6);
        memory_source_init(&source, tar.data, tar.length - 700, 0);
        assert_int_equal(failing ? WCOW_DENIED : WCOW_CORRUPT,
                         layer_unpack(&source.source, &writer->base, &totals, &err));
        assert_non_null(strstr(err.message, failing ? "f2'" : "f5'"));
        assert_int_equal(failing ? 2 : 5, writer->ended_count);
        writer_done(writer);
    }
}

/* An archive of a few compressed megabytes can hold many millions of entries. */
static void an_archive_of_too_many_names_is_refused(void **state)
{
    static file_plan plan[FILE_LIMIT];
    static const size_t limits[] = {1, 64, 5 + 64, 400, 1000};
    static const int entries[] = {0, 0, 1, 6, 15};

    (void)state;
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        cleanup_text text tar = TEXT_INIT;
        memory_writer *writer = writer_new(plan);

        writer->base.names_limit = limits[i];
        tar_add_directory(&tar, "Files");
        add_files(&tar, plan, 0, FILE_LIMIT);
        assert_int_equal(WCOW_CORRUPT, unpack(writer, &tar));
        assert_non_null(strstr(err.message, "': the archive has more names than there is memory"));
        assert_int_equal(entries[i], writer->base.names.count);
        writer_done(writer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stream_arrives_whole_whatever_its_size),
        cmocka_unit_test(an_entry_that_is_alone_waits_and_is_waited_for),
        cmocka_unit_test(a_name_like_a_short_one_is_made_in_its_turn),
        cmocka_unit_test(a_link_and_a_whiteout_come_after_the_files_before_them),
        cmocka_unit_test(the_first_entry_that_fails_is_named),
        cmocka_unit_test(an_archive_of_too_many_names_is_refused),
        cmocka_unit_test(what_was_gathered_counts_before_a_tar_that_breaks_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
