/*
 * rules.h - how a row of rules.def is applied. For this folder and its test alone.
 *
 * A pattern is a JSON pointer in which a component may have one `*`: it stands for any
 * part of the name of a property, for any array index or any key of a map.
 * A row is asked about each value of the document that its pattern fits and that is
 * present; rows run in the order of the file, so a row may rely on those above it.
 *
 * A check answers `is this wrong?` and nothing else. Where it knows more than the row
 * can say it puts that in note; and where the culprit lies below the value it puts the
 * rest of the pointer in below.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "libocispec/ocispec.h"
#include "spec/spec.h"

enum spec_ns {
	SPEC_NS_MOUNT,
	SPEC_NS_PID,
	SPEC_NS_NETWORK,
	SPEC_NS_UTS,
	SPEC_NS_IPC,
	SPEC_NS_USER,
	SPEC_NS_CGROUP,
	SPEC_NS_TIME,
	SPEC_NS_KINDS,
};

enum spec_ns_state { SPEC_NS_NONE, SPEC_NS_NEW, SPEC_NS_JOINED };

/* What every check may look at. */
struct spec_scope {
	const struct oci_config *c; /* NULL: a process for exec is being checked */
	struct spec_context ctx;
	enum spec_ns_state ns[SPEC_NS_KINDS];
};

/* One value of the document. */
struct spec_node {
	/*
	 * The value: a string itself; the member for integers and bools; the struct for
	 * objects; the array for a whole array or map, and then n counts its entries.
	 */
	const void *value;
	size_t n;
	const struct oci_field *field; /* what kind it is; NULL for the document itself */
	bool entry;		       /* an entry of field's array or map, not the whole of it */
	const void *parent;	       /* the struct that field is a member of */
	const char *key;	       /* of a map's entry, else NULL */
	size_t index;		       /* of an entry */
	const struct spec_node *up; /* what it lies in; its pointer is only written once needed */
	struct str *note;	    /* for `{note}` in the sentence */
	struct str *below;	    /* "/3/size": behind the value's own pointer */
};

struct spec_rule {
	const char *pattern;
	bool (*check)(const struct spec_scope *s, struct spec_node *n);
	/* `{}` is the value, `{key}` the key, `{note}` the check's note; all made printable. */
	const char *sentence;
};

extern const struct spec_rule spec_rules[];
extern const size_t spec_n_rules;

#define RULE(pattern, check, sentence)                                                             \
	bool bad_##check(const struct spec_scope *s, struct spec_node *n);
#include "spec/rules.def"
#undef RULE

/* The value as what it is. */
static inline const char *node_text(const struct spec_node *n)
{
	return n->value;
}

uint64_t node_u64(const struct spec_node *n);
int64_t node_i64(const struct spec_node *n);

/*
 * Whether an entry before n's parent in the same array has the same type, which is the first member
 * of the size bytes of an entry. Notes its index. Few comparisons, whatever the length of the
 * document: the types are known ones by now, and the first repeated one ends it.
 */
bool type_twice(struct spec_node *n, size_t size);

/* Whether text is one of the words of an array. */
bool strs_have(const char *const *v, size_t n, const char *word);

/*
 * "0-3,7": ascending ranges of numbers up to max, blanks beside commas allowed, strides
 * ("0-31:2/4") only if stride. An empty list is one. *n counts its numbers. False: it isn't a
 * list; *beyond is then the number above max, or UINT64_MAX when that isn't the reason.
 */
bool number_list(const char *text, uint64_t max, bool stride, uint64_t *n, uint64_t *beyond);

/* As spec_check(); *broken is the index of the rule that was broken, spec_n_rules if none was. */
must_check int spec_apply_rules(const struct oci_config *c, const struct spec_context *ctx,
				size_t *broken, struct err *e);
