/* SPDX-License-Identifier: MIT */
/** An open tree, inside. */
#ifndef WIN32_TREE_H
#define WIN32_TREE_H

#include "files.h"

struct file_tree {
    HANDLE root;
};

#endif
