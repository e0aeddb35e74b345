/*
 * seccomp-program.h - classic BPF for a profile whose calls have their numbers.
 *
 * Why not libseccomp's own program: of a rule with conditions for, say, socket(2) it also makes
 * one for socketcall(2) of 32-bit programs, without the conditions, which no filter can look
 * at there; that lets through what was to be denied. It refuses profiles in which two such rules
 * disagree, gets "less or equal" wrong on 32-bit processors, and takes milliseconds. What is left
 * to libseccomp is what it knows best: the numbers of names on each processor.
 *
 * How a program is read: the architecture, then the number, by binary search among ranges of
 * numbers with the same answer, which is where an engine's profile gets short: it allows nearly all
 * of the calls. What a call gets:
 *
 * 1. the action of the first claim without conditions;
 * 2. else that of the first claim whose conditions hold;
 * 3. else, if its number is higher than all that the profile names and the default denies
 *    (errno, kill, trap): ENOSYS. A profile is older than the kernel and the C library one day; a
 *    library that meets EPERM where it looks for ENOSYS doesn't fall back to the older call, and
 *    programs break. The call is denied either way. runc does the same;
 * 4. else the default action.
 *
 * Conditions compare 64 bits; on a 32-bit ABI the low 32, where EQ, NE and MASKED_EQ take the low
 * 32 of their value too, so that -1 is -1. MASKED_EQ compares both sides masked
 * (seccomp_rule_add(3)).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct oci_syscall_arg;
struct sock_filter;

/* Instructions; the kernel's own bound, BPF_MAXINSNS. */
enum { SECCOMP_FILTER_MAX = 4096 };

/* An action for a call, all of whose conditions have to hold. */
struct seccomp_claim {
	uint32_t nr;
	uint32_t action;
	uint32_t order; /* which came first in config.json */
	const struct oci_syscall_arg *args;
	size_t n_args;
	/* For socketcall(2) and ipc(2): the call within, argument 0 & sub_mask. 0: none. */
	uint32_t sub_mask, sub;
	bool doubtful; /* it has conditions that can't be looked at; the strictest of such holds */
};

struct seccomp_abi {
	uint32_t audit_arch; /* struct seccomp_data's */
	uint32_t begin, end; /* the numbers begin..end are this ABI's */
	uint32_t first,
		last; /* of those, calls in [first, last) were numbered in the order of time */
	bool narrow;  /* 32-bit registers */
	bool any;     /* the profile names a call that this ABI has, newest the newest */
	uint32_t newest;
	struct seccomp_claim *claims; /* sorted by seccomp_program() */
	size_t n, room;
};

/*
 * Writes the program for n ABIs to out, room for SECCOMP_FILTER_MAX instructions. ABIs that share
 * an audit_arch stand side by side, in the order of their numbers; a number in between two of
 * them, or behind, gets `foreign`, and so does every other architecture. Number -1 is no ABI's
 * but a tracer's (ptrace(2)): the default. Returns the length, or 0 if there is too little room.
 */
size_t seccomp_program(struct seccomp_abi *abis, size_t n, uint32_t default_action,
		       uint32_t foreign, struct sock_filter *out);

/* Whether a is stricter than b, in the order of seccomp(2). */
bool seccomp_stricter(uint32_t a, uint32_t b);

/* As claims count: the same conditions, in the same words. */
bool seccomp_same_conditions(const struct seccomp_claim *a, const struct seccomp_claim *b);
