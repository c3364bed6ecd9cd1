/* SPDX-License-Identifier: MIT */
/** The folder, new for each sentence, that the sentences about layer trees are told of. */
#ifndef CONTRACT_TREES_H
#define CONTRACT_TREES_H

#include "contract.h"
#include "port/files.h"

#define FOLDER FILE_ATTRIBUTE_DIRECTORY_BIT
#define HIDDEN 0x2u

/* 2019-12-31 and 2022-07-20, in Windows' units, to the 100 ns. */
#define CREATED UINT64_C(132223104001234567)
#define WRITTEN UINT64_C(133027488007654321)

extern files_port *files;
extern char folder[512];
extern file_tree *tree; /* of the folder */

/* Of a group, and of each sentence in it. */
int trees_set_up(void **state);
int trees_tear_down(void **state);
int tree_set_up(void **state);
int tree_tear_down(void **state);

#define IN_A_TREE(test) cmocka_unit_test_setup_teardown(test, tree_set_up, tree_tear_down)

basic_info info_of(uint32_t attributes);
/** A folder, or a file with contents. */
void make(const char *name, uint32_t attributes, const char *contents);
int32_t create_fails(const char *name, uint32_t attributes);
file_info kind_of(const char *name);
int32_t absent(const char *name);
/** The contents, by the port's other half. */
void expect(const char *name, const char *contents, size_t length);

#endif
