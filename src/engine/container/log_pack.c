/* SPDX-License-Identifier: MIT */
/* Compressing log files. */
#include "engine/container/log_pack.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/container/log_files.h"
#include "engine/container/log_input.h"
#include "engine/host/file_output.h"
#include "engine/host/paths.h"
#include "engine/host/store.h"
#include "layer/codec/compress.h"

#define BLOCK_SIZE ((size_t)64 * 1024)

static void sweep(wcow_host *host, files_port *files, const char *id, const string_list *names)
{
    for (size_t i = 0; i < names->count; i++) {
        cleanup_free char *path = log_is_unfinished(names->items[i])
                                      ? path_in_container(host, id, names->items[i])
                                      : NULL;

        if (path)
            (void)files->remove_file(files, path);
    }
}

static wcow_status pass_all(log_input *from, compressor *to)
{
    cleanup_free char *block = malloc(BLOCK_SIZE);
    size_t got = 1;
    wcow_status status = block ? WCOW_OK : WCOW_NO_MEMORY;

    while (!status && got) {
        status = log_input_read(from, block, BLOCK_SIZE, &got, NULL);
        if (!status && got)
            status = sink_write(compressor_sink(to), block, got, NULL);
    }
    return status ? status : compressor_finish(to, NULL);
}

/* Of one that is compressed, and could not be removed then, that is all there is to do. */
static void pack_one(wcow_host *host, files_port *files, const char *id, uint64_t number)
{
    cleanup_free char *plain = log_path(host, id, number);
    cleanup_free char *packed = log_path_packed(host, id, number);
    cleanup_file_output file_output output = {0};
    cleanup_log_input log_input *from = NULL;
    cleanup_compressor compressor *to = NULL;
    file_info info;

    if (!plain || !packed)
        return;
    if (HR_FAILED(files->info(files, packed, &info)) &&
        (log_input_open(host, id, number, &from, NULL) || !from ||
         file_output_open(host, packed, &output, NULL) || compressor_new(&output.sink, &to, NULL) ||
         pass_all(from, to) || file_output_done(&output, NULL)))
        return;
    log_input_free(TAKE(from));
    (void)files->remove_file(files, plain);
}

void log_pack(wcow_host *host, const char *id, uint64_t newest)
{
    cleanup_free char *folder = path_of_container(host, id);
    cleanup_strings string_list names = STRING_LIST_INIT;
    cleanup_log_numbers log_numbers numbers = {NULL, 0};
    files_port *files;

    if (!folder || host_files(host, &files, NULL) || store_list(host, folder, &names, NULL))
        return;
    sweep(host, files, id, &names);
    if (!log_numbers_plain(&names, &numbers))
        return;
    for (size_t i = 0; i < numbers.count && numbers.items[i] <= newest; i++)
        pack_one(host, files, id, numbers.items[i]);
}
