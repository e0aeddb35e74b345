/*
 * part.h - what several parts of the planner need.
 *
 * Everything that comes back lies in the plan's arena.
 */
#pragma once

#include "plan/plan.h"

/* A copy of n strings, NULL-terminated, with `spare` more NULLs behind for what is added later. */
struct plan_strs plan_strs_copy(struct arena *a, const char *const *v, size_t n, size_t spare);

/* path if it is absolute, else below base. */
const char *plan_path(struct arena *a, const char *base, const char *path);

/* Whether the container has a namespace of that CLONE_NEW* type that isn't the caller's. */
bool plan_ns_private(const struct plan_ns *ns, uint32_t type);

/* The kind of one CLONE_NEW* bit as config.json calls it, "network"; NULL if it is none. */
const char *plan_ns_name(uint32_t type);

/* "RLIMIT_NOFILE"; NULL if the number has no name. */
const char *plan_rlimit_name(int resource);

/* Of config.json; NULL if there is none. */
const char *plan_annotation(const struct plan_ctx *x, const char *key);

/* The JSON pointer of key in the object at base, escaped as RFC 6901 has it. */
const char *plan_pointer(struct arena *a, const char *base, const char *key);

/* Whether id has a place in the n ranges, seen from inside. */
bool plan_id_mapped(const struct plan_id_range *ranges, size_t n, uint32_t id);

/*
 * The state as a hook inside the container gets it: compact JSON, cut where the number of
 * "pid" goes, which nobody knows yet.
 */
must_check int plan_state_halves(struct plan_ctx *x, const char *status, const char **before,
				 const char **after, struct err *e);

/*
 * A list of numbers and ranges, "0-3,7": CPUs, memory nodes. The bits of an arena-allocated mask;
 * *n_bits is its size, a multiple of the bits in a long with at least one to spare. at: the
 * JSON pointer for the error.
 */
must_check int plan_bit_list(struct arena *a, const char *text, const unsigned long **mask,
			     size_t *n_bits, const char *at, struct err *e);
