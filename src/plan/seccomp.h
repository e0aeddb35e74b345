/*
 * seccomp.h - linux.seccomp of config.json as a program for the kernel.
 *
 * plan_seccomp() and plan_seccomp_compile() are declared in plan.h. They promise:
 *
 * - the program is seccomp-program.h's: read there what a call gets. The same input gives the
 *   same program, and the kernel isn't asked;
 * - this processor's own architecture is always in it. One that config.json lists and that this
 *   libseccomp doesn't know, or of the other byte order, is left out. Calls of an architecture
 *   that isn't in the filter kill the thread;
 * - an unknown name is left out, and named at debug level; as a warning when that lets a call
 *   through that was to be denied; and is an error with the annotation
 *   run.oci.seccomp_fail_unknown_syscall;
 * - a rule whose action is the default's says nothing: it doesn't keep another from deciding;
 * - a condition on the same argument twice in one rule means one or the other, as runc has it;
 * - a call which some processors have inside socketcall(2) or ipc(2) is decided there as well;
 *   as nothing can look at its arguments there, a rule with conditions counts if it is
 *   stricter than the default, and is left out if it isn't;
 * - what can't be meant is an error: errnoRet where the action has none, a listener that is
 *   missing, NOTIFY for the calls which hand the listener over.
 *
 * A compiled program is kept in a cache (seccomp-cache.h).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct oci_seccomp;

/* What `features` prints. All strings are constants; the arrays are not NULL-terminated. */
struct seccomp_support {
	const char *actions[16], *operators[8], *archs[32], *known_flags[8], *supported_flags[8];
	size_t n_actions, n_operators, n_archs, n_known_flags, n_supported_flags;
};

/* supported_flags are those that the running kernel takes; the rest is as hull was built. */
void seccomp_support(struct seccomp_support *out);

/* The part of it that libseccomp knows: operators and archs. */
void seccomp_support_library(struct seccomp_support *out);

/* ERR_SPEC naming the first syscall name that neither libseccomp nor hull knows. */
must_check int seccomp_check_names(const struct oci_seccomp *s, struct err *e);

/*
 * SECCOMP_RET_* for an action's name, with data (errnoRet, or EPERM when it wasn't given) where the
 * action carries some. ERR_SPEC, without a pointer, for data where it doesn't or that is too large.
 */
must_check int seccomp_action(const char *name, bool has_data, uint32_t data, uint32_t *action,
			      struct err *e);

/* Everything of s that can be wrong without looking up a call: flags, actions, listener. */
must_check int seccomp_check(const struct oci_seccomp *s, struct err *e);

/* SECCOMP_FILTER_FLAG_* for seccomp(2); s has passed seccomp_check(). */
must_check int seccomp_flags(const struct oci_seccomp *s, uint32_t *flags, struct err *e);

/* Whether a rule has the action NOTIFY. */
bool seccomp_notifies(const struct oci_seccomp *s);
