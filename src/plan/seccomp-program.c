#include "plan/seccomp-program.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "libocispec/ocispec.h"

bool seccomp_stricter(uint32_t a, uint32_t b)
{
	return (int32_t)(a & SECCOMP_RET_ACTION_FULL) < (int32_t)(b & SECCOMP_RET_ACTION_FULL);
}

bool seccomp_same_conditions(const struct seccomp_claim *a, const struct seccomp_claim *b)
{
	if (a->nr != b->nr || a->n_args != b->n_args || a->sub_mask || b->sub_mask)
		return false;
	for (size_t i = 0; i < a->n_args; i++)
		if (a->args[i].index != b->args[i].index || a->args[i].value != b->args[i].value ||
		    a->args[i].value_two != b->args[i].value_two ||
		    strcmp(a->args[i].op, b->args[i].op) != 0)
			return false;
	return true;
}

/* --- which numbers get what ---------------------------------------------------------------- */

/* From first up to the next segment. */
struct segment {
	uint32_t first;
	uint32_t action;		   /* where no claim of the chain holds */
	const struct seccomp_claim *chain; /* n of one number */
	size_t n;
	bool narrow;
};

struct segments {
	struct segment *v;
	size_t n, room;
	bool full; /* out of memory */
};

static void add(struct segments *s, struct segment new)
{
	struct segment *last = s->n ? &s->v[s->n - 1] : NULL;

	if (last && last->first == new.first) {
		s->n--;
		last = s->n ? &s->v[s->n - 1] : NULL;
	}
	if (last && last->action == new.action && last->n == 0 && new.n == 0)
		return;
	if (s->n == s->room) {
		size_t room = s->room ? 2 * s->room : 256;
		struct segment *v = reallocarray(s->v, room, sizeof(*v));

		if (!v) {
			s->full = true;
			return;
		}
		s->v = v;
		s->room = room;
	}
	s->v[s->n++] = new;
}

static void add_plain(struct segments *s, uint32_t first, uint32_t action)
{
	add(s, (struct segment){.first = first, .action = action});
}

static bool denies(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_TRAP:
		return true;
	}
	return false; /* it lets through, or asks somebody who may do so: a tracer knows new calls
		       */
}

/*
 * Of one number: those without a sub-call in their order; then by sub-call, first what
 * is certain, then the strictest.
 */
static int by_number(const void *a_, const void *b_)
{
	const struct seccomp_claim *a = a_, *b = b_;

	if (a->nr != b->nr)
		return a->nr < b->nr ? -1 : 1;
	if (!a->sub_mask != !b->sub_mask)
		return a->sub_mask ? 1 : -1;
	if (a->sub != b->sub)
		return a->sub < b->sub ? -1 : 1;
	if (a->doubtful != b->doubtful)
		return a->doubtful ? 1 : -1;
	if (a->doubtful && seccomp_stricter(a->action, b->action))
		return -1;
	if (a->doubtful && seccomp_stricter(b->action, a->action))
		return 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* What n claims for one number come to. */
static struct segment decide(const struct seccomp_abi *abi, const struct seccomp_claim *c, size_t n,
			     uint32_t default_action)
{
	for (size_t i = 0; i < n; i++)
		if (!c[i].sub_mask && c[i].n_args == 0)
			return (struct segment){.first = c->nr, .action = c[i].action};
	return (struct segment){.first = c->nr,
				.action = default_action,
				.chain = c,
				.n = n,
				.narrow = abi->narrow};
}

/* What is newer than the profile. */
static void add_newer(struct segments *s, const struct seccomp_abi *abi, uint32_t default_action)
{
	add_plain(s, abi->newest + 1, SECCOMP_RET_ERRNO | ENOSYS);
	if (abi->last <= abi->end)
		add_plain(s, abi->last, default_action);
}

static void add_abi(struct segments *s, struct seccomp_abi *abi, uint32_t default_action)
{
	bool newer = abi->any && denies(default_action) && abi->newest + 1 < abi->last;
	size_t next;

	if (abi->n)
		qsort(abi->claims, abi->n, sizeof(*abi->claims), by_number);
	add_plain(s, abi->begin, default_action);
	for (size_t i = 0; i < abi->n; i = next) {
		const struct seccomp_claim *c = &abi->claims[i];

		for (next = i; next < abi->n && abi->claims[next].nr == c->nr; next++)
			;
		if (newer && c->nr > abi->newest) {
			add_newer(s, abi, default_action);
			newer = false;
		}
		add(s, decide(abi, c, next - i, default_action));
		add_plain(s, c->nr + 1, default_action);
	}
	if (newer)
		add_newer(s, abi, default_action);
}

/* --- instructions -------------------------------------------------------------------------- */

enum { ARG_HIGH = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 4 : 0, ARG_LOW = 4 - ARG_HIGH };

struct prog {
	struct sock_filter *f;
	size_t n;
	bool full;
};

static void put(struct prog *p, struct sock_filter f)
{
	if (p->n < SECCOMP_FILTER_MAX)
		p->f[p->n++] = f;
	else
		p->full = true;
}

static void ret(struct prog *p, uint32_t action)
{
	put(p, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

static void load(struct prog *p, size_t offset)
{
	put(p, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset));
}

static void load_arg(struct prog *p, uint32_t index, size_t half)
{
	load(p, offsetof(struct seccomp_data, args) + 8 * index + half);
}

/* Where a comparison of a condition goes on to: NO is patched by end_claim(). */
enum { NEXT = 0, NO = 255 };

static void jump(struct prog *p, uint16_t op, uint32_t k, uint8_t yes, uint8_t no)
{
	put(p, (struct sock_filter)BPF_JUMP(BPF_JMP | op | BPF_K, k, yes, no));
}

static void mask(struct prog *p, uint32_t k)
{
	if (k != UINT32_MAX)
		put(p, (struct sock_filter)BPF_STMT(BPF_ALU | BPF_AND | BPF_K, k));
}

static void masked_eq(struct prog *p, const struct oci_syscall_arg *a, bool narrow)
{
	uint64_t value = a->value_two & a->value;
	uint32_t high = (uint32_t)(a->value >> 32), low = (uint32_t)a->value;

	if (!narrow && high) {
		load_arg(p, a->index, ARG_HIGH);
		mask(p, high);
		jump(p, BPF_JEQ, (uint32_t)(value >> 32), NEXT, NO);
	}
	if (low) {
		load_arg(p, a->index, ARG_LOW);
		mask(p, low);
		jump(p, BPF_JEQ, (uint32_t)value, NEXT, NO);
	}
}

static void equal(struct prog *p, const struct oci_syscall_arg *a, bool narrow, bool wanted)
{
	if (!narrow) {
		load_arg(p, a->index, ARG_HIGH);
		jump(p, BPF_JEQ, (uint32_t)(a->value >> 32), NEXT, wanted ? NO : 2);
	}
	load_arg(p, a->index, ARG_LOW);
	jump(p, BPF_JEQ, (uint32_t)a->value, wanted ? NEXT : NO, wanted ? NO : NEXT);
}

/* op, BPF_JGT or BPF_JGE, has to be answered as wanted. */
static void ordered(struct prog *p, const struct oci_syscall_arg *a, bool narrow, uint16_t op,
		    bool wanted)
{
	uint32_t high = (uint32_t)(a->value >> 32), low = (uint32_t)a->value;

	if (narrow && high) { /* no argument is as large */
		if (wanted)
			jump(p, BPF_JGE, 0, NO, NO);
		return;
	}
	if (!narrow) {
		load_arg(p, a->index, ARG_HIGH);
		jump(p, BPF_JGT, high, wanted ? 3 : NO, NEXT);
		jump(p, BPF_JEQ, high, NEXT, wanted ? NO : 2);
	}
	load_arg(p, a->index, ARG_LOW);
	jump(p, op, low, wanted ? NEXT : NO, wanted ? NO : NEXT);
}

static void condition(struct prog *p, const struct oci_syscall_arg *a, bool narrow)
{
	const char *op = a->op + strlen("SCMP_CMP_");

	if (strcmp(op, "MASKED_EQ") == 0)
		masked_eq(p, a, narrow);
	else if (op[1] == 'Q' || op[0] == 'N')
		equal(p, a, narrow, op[0] == 'E');
	else /* GT, GE; or LE, LT: not GT, not GE */
		ordered(p, a, narrow,
			strcmp(op, "GT") == 0 || strcmp(op, "LE") == 0 ? BPF_JGT : BPF_JGE,
			op[0] == 'G');
}

/* Sends the comparisons that fail on to what comes behind. A claim has far less than 255. */
static void end_claim(struct prog *p, size_t start)
{
	for (size_t i = start; i < p->n; i++) {
		struct sock_filter *f = &p->f[i];

		if (BPF_CLASS(f->code) != BPF_JMP)
			continue;
		if (f->jt == NO)
			f->jt = (uint8_t)(p->n - i - 1);
		if (f->jf == NO)
			f->jf = (uint8_t)(p->n - i - 1);
	}
}

static void claim(struct prog *p, const struct seccomp_claim *c, bool narrow)
{
	size_t start = p->n;

	for (size_t i = 0; i < c->n_args; i++)
		condition(p, &c->args[i], narrow);
	if (c->sub_mask) {
		load_arg(p, 0, ARG_LOW);
		mask(p, c->sub_mask);
		jump(p, BPF_JEQ, c->sub, NEXT, NO);
	}
	ret(p, c->action);
	end_claim(p, start);
}

static void leaf(struct prog *p, const struct segment *s)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct seccomp_claim *c = &s->chain[i];

		/* Of one sub-call the first has all there is to say. */
		if (i == 0 || !c->sub_mask || !c[-1].sub_mask || c->sub != c[-1].sub)
			claim(p, c, s->narrow);
	}
	ret(p, s->action);
}

/*
 * Puts a jump at `at`, before what has been written from there on: over it if the
 * comparison with k is answered with `over`.
 */
static void jump_over(struct prog *p, size_t at, uint16_t op, uint32_t k, bool over)
{
	size_t size = p->n - at, jumps = size > 255 ? 2 : 1;
	struct sock_filter first = BPF_JUMP(BPF_JMP | op | BPF_K, k, 0, 0);

	if (p->full || p->n + jumps > SECCOMP_FILTER_MAX) {
		p->full = true;
		return;
	}
	memmove(&p->f[at + jumps], &p->f[at], size * sizeof(*p->f));
	p->n += jumps;
	if (jumps == 1)
		*(over ? &first.jt : &first.jf) = (uint8_t)size;
	else
		*(over ? &first.jf : &first.jt) = 1; /* over the long jump */
	p->f[at] = first;
	if (jumps == 2)
		p->f[at + 1] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)size);
}

/* The number is loaded and lies in one of these. The depth is the logarithm of n. */
static void search(struct prog *p, const struct segment *s, size_t n)
{
	size_t at = p->n;

	if (n == 1) {
		leaf(p, s);
		return;
	}
	search(p, s, n / 2);
	jump_over(p, at, BPF_JGE, s[n / 2].first, true);
	search(p, s + n / 2, n - n / 2);
}

size_t seccomp_program(struct seccomp_abi *abis, size_t n, uint32_t default_action,
		       uint32_t foreign, struct sock_filter *out)
{
	struct prog p = {.f = out};
	struct segments s = {0};
	size_t next;

	load(&p, offsetof(struct seccomp_data, arch));
	for (size_t i = 0; i < n; i = next) {
		size_t at = p.n;

		s.n = 0;
		for (next = i; next < n && abis[next].audit_arch == abis[i].audit_arch; next++) {
			add_abi(&s, &abis[next], default_action);
			if (abis[next].end < UINT32_MAX)
				add_plain(&s, abis[next].end + 1, foreign);
		}
		add_plain(&s, UINT32_MAX, default_action);
		if (s.full)
			break;
		load(&p, offsetof(struct seccomp_data, nr));
		search(&p, s.v, s.n);
		jump_over(&p, at, BPF_JEQ, abis[i].audit_arch, false);
	}
	ret(&p, foreign);
	free(s.v);
	return p.full || s.full ? 0 : p.n;
}
