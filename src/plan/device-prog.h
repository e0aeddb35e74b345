/*
 * device-prog.h - which devices a container may use: rules in, kernel's terms out.
 *
 * The rules of config.json are read in order, the later one wins, and the defaults that
 * every container has (null, zero, full, random, urandom, tty, console, ptmx, ptys, and
 * making nodes of any kind) come last. What no rule speaks of is denied, also when there
 * is no rule at all. v2 takes a BPF program, v1 a list of exceptions from one default.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

struct bpf_insn;
struct oci_resources;

/* As the kernel numbers them: BPF_DEVCG_ACC_*. */
enum { DEVICE_MKNOD = 1, DEVICE_READ = 2, DEVICE_WRITE = 4, DEVICE_ALL = 7 };

struct device_rule {
	bool allow;
	char type;	      /* 'a' (both), 'b', 'c' */
	int64_t major, minor; /* -1: any */
	unsigned access;      /* DEVICE_ bits, never 0 */
	int index;	      /* in resources.devices, or -1: a default */
};

/* The rules of res, which has passed spec_check() and may be NULL, and the defaults behind them. */
void device_rules(const struct oci_resources *res, struct arena *a,
		  const struct device_rule **rules, size_t *n);

/*
 * A BPF_PROG_TYPE_CGROUP_DEVICE program: returns 1 exactly if each of the access bits asked for
 * is allowed by the last rule that speaks of it. Can't fail.
 */
void device_prog(const struct device_rule *rules, size_t n, struct arena *a,
		 const struct bpf_insn **prog, size_t *n_prog);

/* v1: what is written to devices.allow and devices.deny, in order. */
struct device_write {
	bool allow;
	const char *value; /* "c 1:3 rwm", "a" */
	int index;	   /* the rule's, -1: a default */
};

/*
 * ERR_SPEC for rules that v1 can't express: it knows one default and exceptions from it, and
 * takes no part out of an exception.
 */
must_check int device_writes(const struct device_rule *rules, size_t n, const char *at,
			     struct arena *a, const struct device_write **writes, size_t *n_writes,
			     struct err *e);
