/*
 * table.h - what a row of a .def file means to the reader and the writer.
 *
 * The same machinery serves the OCI documents (ocispec.def) and hull's own state
 * file (run/state.def): a table describes how a struct looks as a JSON object.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oci_kind {
	OCI_STR,
	OCI_BOOL,
	OCI_INT,
	OCI_OBJ,
	OCI_LIST,   /* array of objects, the structs one after the other */
	OCI_STRS,   /* array of strings */
	OCI_INTS,   /* array of integers of .width bytes */
	OCI_MAP,    /* struct oci_pair[] */
	OCI_MAPOBJ, /* struct { const char *key; struct X value; }[] */
};

enum { OCI_REQ = 1, OCI_OWN = 2 };

struct oci_table;

struct oci_field {
	const char *key;
	enum oci_kind kind;
	unsigned flags;
	size_t offset;	     /* of the member */
	size_t has_offset;   /* of has_MEMBER, for OCI_BOOL and OCI_INT */
	size_t n_offset;     /* of n_MEMBER, for what is counted */
	const char *choices; /* "a|b|c" or NULL */
	int64_t min;	     /* below 0: the member is signed */
	uint64_t max;
	unsigned char width;			 /* OCI_INT, OCI_INTS: sizeof the member */
	const struct oci_table *(*object)(void); /* OCI_OBJ, OCI_LIST, OCI_MAPOBJ */
	size_t stride;				 /* OCI_MAPOBJ: sizeof an entry */
	size_t value_offset;			 /* OCI_MAPOBJ: of .value in it */
};

struct oci_table {
	const char *name; /* "oci_mount" */
	size_t size;
	const struct oci_field *fields;
	size_t n_fields;
};

struct oci_pair {
	const char *key, *value;
};
