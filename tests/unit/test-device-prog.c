/*
 * test-device-prog.c - device rules: the BPF program and the v1 writes against a slow reference.
 *
 * The program is run by an interpreter here, the writes by a model of the kernel's v1
 * controller (security/device_cgroup.c), for random rules and every device near them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/device-prog.h"

enum { ROUNDS = 1500, RULES_MAX = 7 };

static struct arena arena;

static int begin(void **state)
{
	struct err e = {0};

	(void)state;
	return arena_init(&arena, 64 << 20, &e);
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* One question that the kernel asks. */
struct ask {
	char type; /* 'b', 'c' */
	uint32_t major, minor;
	unsigned access;
};

static bool speaks_of(const struct device_rule *r, const struct ask *a, unsigned bit)
{
	return (r->type == 'a' || r->type == a->type) && (r->major < 0 || r->major == a->major) &&
	       (r->minor < 0 || r->minor == a->minor) && (r->access & bit);
}

/* What the rules mean, spelled out: each bit is decided by the last rule that speaks of it. */
static bool reference(const struct device_rule *rules, size_t n, const struct ask *a)
{
	for (unsigned bit = 1; bit <= DEVICE_WRITE; bit <<= 1) {
		bool allowed = false;

		for (size_t i = 0; i < n; i++)
			if (speaks_of(&rules[i], a, bit))
				allowed = rules[i].allow;
		if ((a->access & bit) && !allowed)
			return false;
	}
	return true;
}

static uint64_t load_ctx(const struct ask *a, int off)
{
	switch (off) {
	case offsetof(struct bpf_cgroup_dev_ctx, access_type):
		return a->access << 16 |
		       (a->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	case offsetof(struct bpf_cgroup_dev_ctx, major):
		return a->major;
	case offsetof(struct bpf_cgroup_dev_ctx, minor):
		return a->minor;
	default:
		fail_msg("load from %d of the context", off);
		return 0;
	}
}

static void alu(const struct bpf_insn *i, uint64_t *reg, bool wide)
{
	uint64_t *dst = &reg[i->dst_reg];
	uint64_t src = BPF_SRC(i->code) == BPF_X ? reg[i->src_reg] : (uint64_t)(int64_t)i->imm;

	switch (BPF_OP(i->code)) {
	case BPF_MOV:
		*dst = src;
		break;
	case BPF_AND:
		*dst &= src;
		break;
	case BPF_RSH:
		*dst = (wide ? *dst : (uint32_t)*dst) >> src;
		break;
	default:
		fail_msg("arithmetic %#x", i->code);
	}
	if (!wide)
		*dst = (uint32_t)*dst;
}

static bool jumps(const struct bpf_insn *i, const uint64_t *reg)
{
	uint32_t a = (uint32_t)reg[i->dst_reg], b = (uint32_t)i->imm;

	switch (i->code) {
	case BPF_JMP | BPF_JA:
		return true;
	case BPF_JMP32 | BPF_JNE | BPF_K:
		return a != b;
	case BPF_JMP32 | BPF_JSET | BPF_K:
		return a & b;
	default:
		fail_msg("jump %#x", i->code);
		return false;
	}
}

/* reached: which instructions were, for the verifier refuses what nothing can reach. */
static bool run(const struct bpf_insn *prog, size_t n, const struct ask *a, bool *reached)
{
	uint64_t reg[11] = {0};

	for (size_t at = 0;; at++) {
		const struct bpf_insn *i = &prog[at];

		assert_true(at < n);
		reached[at] = true;
		if (i->code == (BPF_JMP | BPF_EXIT)) {
			assert_true(reg[0] <= 1);
			return reg[0];
		}
		switch (BPF_CLASS(i->code)) {
		case BPF_LDX:
			assert_int_equal(i->code, BPF_LDX | BPF_MEM | BPF_W);
			assert_int_equal(i->src_reg, BPF_REG_1);
			reg[i->dst_reg] = load_ctx(a, i->off);
			break;
		case BPF_ALU:
		case BPF_ALU64:
			alu(i, reg, BPF_CLASS(i->code) == BPF_ALU64);
			break;
		default:
			assert_true(i->off >= 0); /* no loops */
			if (jumps(i, reg))
				at += (size_t)i->off;
		}
	}
}

/* The kernel's v1 controller: a default and exceptions from it. */
struct v1 {
	bool allow;
	struct device_rule v[256];
	size_t n;
};

static void v1_write(struct v1 *m, const struct device_write *w)
{
	char major[16], minor[16], access[8];
	struct device_rule r = {.major = -1, .minor = -1};

	if (strcmp(w->value, "a") == 0) {
		m->allow = w->allow;
		m->n = 0;
		return;
	}
	assert_int_equal(
		sscanf(w->value, "%c %15[0-9*]:%15[0-9*] %7[rwm]", &r.type, major, minor, access),
		4);
	if (strcmp(major, "*"))
		r.major = strtoll(major, NULL, 10);
	if (strcmp(minor, "*"))
		r.minor = strtoll(minor, NULL, 10);
	for (const char *p = access; *p; p++)
		r.access |= *p == 'r' ? DEVICE_READ : *p == 'w' ? DEVICE_WRITE : DEVICE_MKNOD;
	/* Only exceptions from the default are ever written: the other kind is the one that the
	 * kernel can ignore without a word. */
	assert_int_not_equal(w->allow, m->allow);
	assert_true(m->n < ARRAY_SIZE(m->v));
	m->v[m->n++] = r;
}

static bool v1_allows(const struct v1 *m, const struct ask *a)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct device_rule *x = &m->v[i];

		if (x->type != a->type || (x->major >= 0 && x->major != a->major) ||
		    (x->minor >= 0 && x->minor != a->minor))
			continue;
		if (m->allow && (x->access & a->access))
			return false;
		if (!m->allow && !(a->access & ~x->access))
			return true;
	}
	return m->allow;
}

static uint64_t seed = 88172645463325252u;

static unsigned pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % n);
}

static const int64_t numbers[] = {-1, 0, 1, 3, 5, 136, 4294967295};

static struct oci_device_cgroup random_rule(void)
{
	static const char *const types[] = {NULL, "a", "b", "c", "b", "c"};
	static const char *const accesses[] = {"r",  "w",   "m",   "rw", "rm",
					       "wm", "rwm", "rwm", "mwr"};
	struct oci_device_cgroup d = {
		.allow = pick(2),
		.has_allow = true,
		.type = types[pick(ARRAY_SIZE(types))],
		.access = accesses[pick(ARRAY_SIZE(accesses))],
	};

	if (pick(3)) {
		d.has_major = true;
		d.major = numbers[pick(ARRAY_SIZE(numbers))];
	}
	if (pick(3)) {
		d.has_minor = true;
		d.minor = numbers[pick(ARRAY_SIZE(numbers))];
	}
	return d;
}

/* fn for every device that a rule could tell from another, with every access. */
static void each_ask(void (*fn)(const struct ask *a, void *arg), void *arg)
{
	static const uint32_t near[] = {0, 1, 2, 3, 5, 7, 136, 200, 4294967294u, 4294967295u};

	for (const char *type = "bc"; *type; type++)
		for (size_t i = 0; i < ARRAY_SIZE(near); i++)
			for (size_t k = 0; k < ARRAY_SIZE(near); k++)
				for (unsigned access = 1; access <= DEVICE_ALL; access++) {
					struct ask a = {*type, near[i], near[k], access};

					fn(&a, arg);
				}
}

struct compared {
	const struct device_rule *rules;
	size_t n;
	const struct bpf_insn *prog;
	size_t n_prog;
	bool *reached;
	const struct v1 *v1;
};

static void show(const struct compared *c, const struct ask *a)
{
	for (size_t i = 0; i < c->n; i++)
		print_message("  %s %c %lld:%lld %u\n", c->rules[i].allow ? "allow" : "deny",
			      c->rules[i].type, (long long)c->rules[i].major,
			      (long long)c->rules[i].minor, c->rules[i].access);
	print_message("asked: %c %u:%u %u\n", a->type, a->major, a->minor, a->access);
}

static void compare_prog(const struct ask *a, void *arg)
{
	struct compared *c = arg;

	if (run(c->prog, c->n_prog, a, c->reached) == reference(c->rules, c->n, a))
		return;
	show(c, a);
	fail_msg("the program and the rules differ");
}

static void compare_v1(const struct ask *a, void *arg)
{
	const struct compared *c = arg;
	bool allowed = v1_allows(c->v1, a), meant = reference(c->rules, c->n, a);
	bool one_bit = !(a->access & (a->access - 1));

	/* Never more than the rules say. Exactly that for a single access, but for defaults that
	 * can't be told to a controller that allows by default. */
	if (allowed ? meant : (!meant || !one_bit || c->v1->allow))
		return;
	show(c, a);
	fail_msg("the writes and the rules differ");
}

static void random_programs(void **state)
{
	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct oci_device_cgroup given[RULES_MAX];
		struct oci_resources res = {.devices = given, .n_devices = pick(RULES_MAX + 1)};
		bool reached[512] = {false};
		struct compared c = {.reached = reached};
		size_t used = arena.used;

		for (size_t i = 0; i < res.n_devices; i++)
			given[i] = random_rule();
		device_rules(&res, &arena, &c.rules, &c.n);
		device_prog(c.rules, c.n, &arena, &c.prog, &c.n_prog);
		assert_true(c.n_prog <= ARRAY_SIZE(reached));
		each_ask(compare_prog, &c);
		memset(arena.base + used, 0, arena.used - used);
		arena.used = used;
	}
}

static void random_writes(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct oci_device_cgroup given[RULES_MAX];
		struct oci_resources res = {.devices = given, .n_devices = pick(RULES_MAX + 1)};
		const struct device_write *w;
		static struct v1 v1;
		struct compared c = {.v1 = &v1};
		struct err e = {0};
		size_t n;

		v1 = (struct v1){.allow = pick(2)};
		for (size_t i = 0; i < res.n_devices; i++)
			given[i] = random_rule();
		device_rules(&res, &arena, &c.rules, &c.n);
		if (device_writes(c.rules, c.n, "/linux/resources", &arena, &w, &n, &e) < 0) {
			assert_int_equal(e.kind, ERR_SPEC);
			assert_int_equal(strncmp(e.where, "/linux/resources/devices/", 25), 0);
			refused++;
			continue;
		}
		assert_string_equal(w[0].value, "a");
		for (size_t i = 0; i < n; i++)
			v1_write(&v1, &w[i]);
		each_ask(compare_v1, &c);
	}
	/* Both must have happened, often. */
	assert_in_range(refused, ROUNDS / 20, ROUNDS - ROUNDS / 20);
}

/* Every instruction can be reached: the verifier would refuse the program otherwise. */
static void no_dead_code(void **state)
{
	struct oci_device_cgroup given[] = {
		{.allow = true, .type = "c", .access = "rw", .has_major = true, .major = 10},
		{.allow = false, .access = "rwm"},
		{.allow = true, .type = "b", .access = "r", .has_major = true, .major = 8},
		{.allow = false,
		 .type = "b",
		 .access = "r",
		 .has_minor = true,
		 .minor = 200,
		 .has_major = true,
		 .major = 8},
	};
	struct oci_resources res = {.devices = given, .n_devices = ARRAY_SIZE(given)};
	bool reached[512] = {false};
	struct compared c = {.reached = reached};
	uint32_t majors[] = {8, 10, 1, 5, 136, 99}, minors[] = {0, 1, 2, 3, 5, 7, 8, 9, 200};

	(void)state;
	device_rules(&res, &arena, &c.rules, &c.n);
	device_prog(c.rules, c.n, &arena, &c.prog, &c.n_prog);
	for (const char *type = "bc"; *type; type++)
		for (size_t i = 0; i < ARRAY_SIZE(majors); i++)
			for (size_t k = 0; k < ARRAY_SIZE(minors); k++)
				for (unsigned access = 1; access <= DEVICE_ALL; access++)
					compare_prog(
						&(struct ask){*type, majors[i], minors[k], access},
						&c);
	for (size_t i = 0; i < c.n_prog; i++)
		assert_true(reached[i]);
	/* And what comes before a rule for everything is not in it. */
	for (size_t i = 0; i < c.n_prog; i++)
		assert_int_not_equal(c.prog[i].imm, 10);
}

static bool allowed(const struct oci_resources *res, char type, uint32_t major, uint32_t minor,
		    unsigned access)
{
	const struct device_rule *rules;
	const struct bpf_insn *prog;
	bool reached[512];
	size_t n, n_prog;

	device_rules(res, &arena, &rules, &n);
	device_prog(rules, n, &arena, &prog, &n_prog);
	return run(prog, n_prog, &(struct ask){type, major, minor, access}, reached);
}

/* Said here once more, from the runtime-spec's list, and not taken from the code. */
static void the_defaults(void **state)
{
	static const uint32_t nodes[][2] = {{1, 3}, {1, 5}, {1, 7}, {1, 8},   {1, 9},
					    {5, 0}, {5, 1}, {5, 2}, {136, 0}, {136, 77}};
	struct oci_device_cgroup deny = {.allow = false, .access = "rwm"};
	struct oci_resources denied = {.devices = &deny, .n_devices = 1}, none = {0};
	const struct oci_resources *all[] = {NULL, &none, &denied};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(nodes); k++) {
			assert_true(allowed(all[i], 'c', nodes[k][0], nodes[k][1], DEVICE_ALL));
			assert_false(allowed(all[i], 'b', nodes[k][0], nodes[k][1], DEVICE_READ));
		}
		assert_true(allowed(all[i], 'b', 8, 0, DEVICE_MKNOD));
		assert_true(allowed(all[i], 'c', 10, 200, DEVICE_MKNOD));
		assert_false(allowed(all[i], 'b', 8, 0, DEVICE_READ));
		assert_false(allowed(all[i], 'c', 1, 1, DEVICE_READ)); /* /dev/mem */
		assert_false(allowed(all[i], 'c', 10, 200, DEVICE_READ | DEVICE_WRITE));
	}
}

static void privileged(void **state)
{
	struct oci_device_cgroup rules[] = {{.allow = false, .access = "rwm"},
					    {.allow = true, .type = "a", .access = "rwm"}};
	struct oci_resources res = {.devices = rules, .n_devices = 2};

	(void)state;
	assert_true(allowed(&res, 'b', 8, 0, DEVICE_ALL));
	assert_true(allowed(&res, 'c', 1, 1, DEVICE_ALL));
}

static void v1_refuses_a_hole(void **state)
{
	struct oci_device_cgroup rules[] = {
		{.allow = true, .type = "c", .has_major = true, .major = 10, .access = "rw"},
		{.allow = false,
		 .type = "c",
		 .has_major = true,
		 .major = 10,
		 .has_minor = true,
		 .minor = 200,
		 .access = "w"},
	};
	struct oci_resources res = {.devices = rules, .n_devices = 2};
	const struct device_rule *r;
	const struct device_write *w;
	struct err e = {0};
	size_t n, n_w;

	(void)state;
	device_rules(&res, &arena, &r, &n);
	assert_int_equal(device_writes(r, n, "/linux/resources", &arena, &w, &n_w, &e), -EINVAL);
	assert_string_equal(e.where, "/linux/resources/devices/1");
	assert_non_null(
		strstr(e.text, "cgroup v1 can't deny a part of what an earlier rule allows"));
}

static void v1_joins_what_is_the_same(void **state)
{
	struct oci_device_cgroup rules[] = {
		{.allow = true,
		 .type = "c",
		 .has_major = true,
		 .major = 10,
		 .has_minor = true,
		 .minor = 200,
		 .access = "r"},
		{.allow = true,
		 .type = "c",
		 .has_major = true,
		 .major = 10,
		 .has_minor = true,
		 .minor = 200,
		 .access = "w"},
		{.allow = true,
		 .type = "c",
		 .has_major = true,
		 .major = 10,
		 .has_minor = true,
		 .minor = 229,
		 .access = "rwm"},
		{.allow = false,
		 .type = "c",
		 .has_major = true,
		 .major = 10,
		 .has_minor = true,
		 .minor = 229,
		 .access = "rwm"},
	};
	struct oci_resources res = {.devices = rules, .n_devices = ARRAY_SIZE(rules)};
	const struct device_rule *r;
	const struct device_write *w;
	struct err e = {0};
	size_t n, n_w;

	(void)state;
	device_rules(&res, &arena, &r, &n);
	assert_int_equal(device_writes(r, n, "/linux/resources", &arena, &w, &n_w, &e), 0);
	assert_int_equal(n_w, 1 + 1 + 11);
	assert_false(w[0].allow);
	assert_string_equal(w[1].value, "c 10:200 rw");
	assert_true(w[1].allow);
	assert_int_equal(w[1].index, 0);
	assert_string_equal(w[2].value, "c *:* m");
	assert_int_equal(w[2].index, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(random_programs, begin, end),
		cmocka_unit_test_setup_teardown(random_writes, begin, end),
		cmocka_unit_test_setup_teardown(no_dead_code, begin, end),
		cmocka_unit_test_setup_teardown(the_defaults, begin, end),
		cmocka_unit_test_setup_teardown(privileged, begin, end),
		cmocka_unit_test_setup_teardown(v1_refuses_a_hole, begin, end),
		cmocka_unit_test_setup_teardown(v1_joins_what_is_the_same, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
