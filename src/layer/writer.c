/* SPDX-License-Identifier: MIT */
/* What writers of layers have in common. */
#include "layer/writer.h"

void layer_writer_free(layer_writer *writer)
{
    if (!writer)
        return;
    name_set_free(&writer->names);
    writer->free(writer);
}
