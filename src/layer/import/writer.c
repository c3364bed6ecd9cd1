/* SPDX-License-Identifier: MIT */
/* What writers of layers have in common. */
#include "layer/import/writer.h"

wcow_status layer_write_entry(layer_writer *writer, const layer_entry *entry, const void *bytes,
                              size_t size, wcow_error *err)
{
    layer_output out = {0};
    wcow_status status = writer->begin(writer, entry, &out, err);

    if (status)
        return status;
    if (size > 0)
        status = writer->write(writer, &out, bytes, size, err);
    if (!status)
        return writer->end(writer, &out, err);
    (void)writer->end(writer, &out, NULL);
    return status;
}

void layer_writer_free(layer_writer *writer)
{
    if (!writer)
        return;
    name_set_free(&writer->names);
    writer->free(writer);
}
