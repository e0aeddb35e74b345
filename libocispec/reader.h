/*
 * reader.h - what reader.c and reader-say.c share: where in a document the reader is.
 *
 * reader.c gets ahead and fills the structs, reader-say.c puts in words why it can't.
 * Nobody else includes this.
 */
#pragma once

#include "libocispec/json.h"
#include "libocispec/ocispec.h"

enum frame_kind {
	FRAME_OBJECT, /* a struct of .table */
	FRAME_MAP,
	FRAME_MAPOBJ,
	FRAME_LIST,
	FRAME_STRS,
	FRAME_INTS,
	FRAME_SKIP_OBJECT, /* unknown: only its keys are looked at */
	FRAME_SKIP_ARRAY,
};

/* A key, in the document or, if it had escapes, on r->scratch. */
struct key {
	uint32_t at;
	uint32_t len : 31;
	uint32_t scratch : 1;
};

struct frame {
	enum frame_kind kind;
	const struct oci_table *table; /* OBJECT */
	const struct oci_field
		*field;	    /* OBJECT: of the key, NULL if unknown; else: what it fills */
	char *fixed;	    /* OBJECT: the struct; NULL: it is on the stack, */
	size_t at;	    /* there */
	uint64_t seen, set; /* OBJECT: a bit for each field with a key; with a value */
	size_t first;	    /* where its elements begin on the stack */
	size_t count;	    /* elements begun */
	struct key key;	    /* the key that the value belongs to */
	size_t stack_mark, keys_mark, scratch_mark;
};

struct buf {
	char *p;
	size_t used, size;
};

struct reader {
	const char *text;
	size_t len;
	const struct oci_table *root;
	char *out;
	struct arena *arena;
	struct err *e;
	struct buf stack;   /* elements of the arrays and maps that are open */
	struct buf keys;    /* struct key: those that must not come twice and have no bit */
	struct buf scratch; /* keys that had escapes */
	size_t values;
	unsigned depth, logged;
	struct frame frames[OCI_MAX_DEPTH];
};

static inline const char *reader_key(const struct reader *r, const struct key *k)
{
	return k->scratch ? r->scratch.p + k->at : r->text + k->at;
}

/*
 * Adds the pointer to what the outermost depth frames are at. A component that doesn't
 * fit, or that would break a line, ends it: what encloses it can be found in the
 * text, half a name can't.
 */
void reader_add_pointer(const struct reader *r, unsigned depth, struct str *s);

/* ERR_SPEC at the current value. */
must_check printf_like(2, 3) int reader_refuse(struct reader *r, const char *fmt, ...);

/* "expected a string, found a number" */
must_check int reader_wrong_type(struct reader *r, const char *expected,
				 const struct json_token *t);

/* "expected one of a, b, c, found ..." */
must_check int reader_wrong_choice(struct reader *r, const char *choices,
				   const struct json_token *t);

/* Says, at debug level, that the property that f has come to was skipped. */
void reader_log_unknown(struct reader *r, const struct frame *f);
