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

/*
 * The program is written from its end: wherever a jump goes to is known then, and one return
 * serves all the jumps that reach it. Loading a filter costs the kernel 0.3 us an instruction.
 */
enum { RETS = 64, FAR = 255 };

struct prog {
	struct sock_filter *f; /* SECCOMP_FILTER_MAX; the last n are in use */
	size_t n;
	struct {
		uint32_t action;
		size_t place;
	} rets[RETS]; /* the last of each action */
	size_t n_rets;
	bool full;
};

/* Where to go on: an instruction, by how many there were when it had been written; or a return. */
struct place {
	size_t at; /* 0: a return */
	uint32_t action;
};

static struct place returns(uint32_t action)
{
	return (struct place){.action = action};
}

static struct place put(struct prog *p, uint16_t code, uint8_t yes, uint8_t no, uint32_t k)
{
	if (p->n == SECCOMP_FILTER_MAX)
		p->full = true;
	else
		p->f[SECCOMP_FILTER_MAX - ++p->n] = (struct sock_filter){code, yes, no, k};
	return (struct place){.at = p->n};
}

static struct place put_return(struct prog *p, uint32_t action)
{
	struct place new = put(p, BPF_RET | BPF_K, 0, 0, action);
	size_t i = 0;

	while (i < p->n_rets && p->rets[i].action != action)
		i++;
	if (i == RETS)
		return new; /* one that won't be shared */
	if (i == p->n_rets)
		p->n_rets++;
	p->rets[i].action = action;
	p->rets[i].place = new.at;
	return new;
}

/* What is between an instruction that would be written as number `from` and the place. */
static size_t distance(size_t from, struct place to)
{
	return from - to.at - 1;
}

/* The place as an instruction that a jump can reach, if it is written after at most one other. */
static struct place near(struct prog *p, struct place to)
{
	for (size_t i = 0; to.at == 0 && i < p->n_rets; i++) {
		struct place shared = {.at = p->rets[i].place};

		if (p->rets[i].action == to.action && distance(p->n + 2, shared) <= FAR)
			return shared;
	}
	if (to.at == 0)
		return put_return(p, to.action);
	if (distance(p->n + 2, to) <= FAR)
		return to;
	return put(p, BPF_JMP | BPF_JA, 0, 0, (uint32_t)distance(p->n + 1, to));
}

static struct place jump(struct prog *p, uint16_t op, uint32_t k, struct place yes, struct place no)
{
	yes = near(p, yes);
	no = near(p, no);
	return put(p, BPF_JMP | op | BPF_K, (uint8_t)distance(p->n + 1, yes),
		   (uint8_t)distance(p->n + 1, no), k);
}

/* For instructions that go on to the next: makes `to` the next. */
static void make_next(struct prog *p, struct place to)
{
	if (to.at == 0)
		put_return(p, to.action);
	else if (to.at != p->n)
		put(p, BPF_JMP | BPF_JA, 0, 0, (uint32_t)distance(p->n + 1, to));
}

static struct place load(struct prog *p, size_t offset, struct place to)
{
	make_next(p, to);
	return put(p, BPF_LD | BPF_W | BPF_ABS, 0, 0, (uint32_t)offset);
}

static struct place load_arg(struct prog *p, uint32_t index, size_t half, struct place to)
{
	return load(p, offsetof(struct seccomp_data, args) + 8 * index + half, to);
}

static struct place masked(struct prog *p, uint32_t mask, struct place to)
{
	if (mask == UINT32_MAX)
		return to;
	make_next(p, to);
	return put(p, BPF_ALU | BPF_AND | BPF_K, 0, 0, mask);
}

/* --- conditions ---------------------------------------------------------------------------- */

enum { ARG_HIGH = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 4 : 0, ARG_LOW = 4 - ARG_HIGH };

static struct place half_eq(struct prog *p, uint32_t index, size_t half, uint32_t mask,
			    uint32_t value, struct place yes, struct place no)
{
	struct place to;

	if (mask == 0)
		return yes;
	to = jump(p, BPF_JEQ, value & mask, yes, no);
	return load_arg(p, index, half, masked(p, mask, to));
}

static struct place equal(struct prog *p, const struct oci_syscall_arg *a, bool narrow,
			  uint64_t mask, uint64_t value, struct place yes, struct place no)
{
	struct place to = half_eq(p, a->index, ARG_LOW, (uint32_t)mask, (uint32_t)value, yes, no);

	if (narrow)
		return to;
	return half_eq(p, a->index, ARG_HIGH, (uint32_t)(mask >> 32), (uint32_t)(value >> 32), to,
		       no);
}

/* op is BPF_JGT or BPF_JGE. */
static struct place ordered(struct prog *p, const struct oci_syscall_arg *a, bool narrow,
			    uint16_t op, struct place yes, struct place no)
{
	uint32_t high = (uint32_t)(a->value >> 32);
	struct place to;

	if (narrow && high)
		return no; /* no argument is as large */
	to = load_arg(p, a->index, ARG_LOW, jump(p, op, (uint32_t)a->value, yes, no));
	if (narrow)
		return to;
	to = jump(p, BPF_JGT, high, yes, jump(p, BPF_JEQ, high, to, no));
	return load_arg(p, a->index, ARG_HIGH, to);
}

static struct place condition(struct prog *p, const struct oci_syscall_arg *a, bool narrow,
			      struct place yes, struct place no)
{
	const char *op = a->op + strlen("SCMP_CMP_");

	if (strcmp(op, "EQ") == 0)
		return equal(p, a, narrow, UINT64_MAX, a->value, yes, no);
	if (strcmp(op, "NE") == 0)
		return equal(p, a, narrow, UINT64_MAX, a->value, no, yes);
	if (strcmp(op, "MASKED_EQ") == 0)
		return equal(p, a, narrow, a->value, a->value_two, yes, no);
	if (strcmp(op, "GT") == 0)
		return ordered(p, a, narrow, BPF_JGT, yes, no);
	if (strcmp(op, "GE") == 0)
		return ordered(p, a, narrow, BPF_JGE, yes, no);
	if (strcmp(op, "LE") == 0)
		return ordered(p, a, narrow, BPF_JGT, no, yes);
	return ordered(p, a, narrow, BPF_JGE, no, yes); /* LT */
}

/* --- numbers ------------------------------------------------------------------------------- */

static struct place claim(struct prog *p, const struct seccomp_claim *c, bool narrow,
			  struct place no)
{
	struct place yes = returns(c->action);

	if (c->sub_mask)
		yes = half_eq(p, 0, ARG_LOW, c->sub_mask, c->sub, yes, no);
	for (size_t i = c->n_args; i > 0; i--)
		yes = condition(p, &c->args[i - 1], narrow, yes, no);
	return yes;
}

static struct place leaf(struct prog *p, const struct segment *s)
{
	struct place to = returns(s->action);

	for (size_t i = s->n; i > 0; i--) {
		const struct seccomp_claim *c = &s->chain[i - 1];

		/* Of one sub-call the first has all there is to say. */
		if (i == 1 || !c->sub_mask || !c[-1].sub_mask || c->sub != c[-1].sub)
			to = claim(p, c, s->narrow, to);
	}
	return to;
}

/* The number is loaded and lies in one of these. The depth is the logarithm of n. */
static struct place search(struct prog *p, const struct segment *s, size_t n)
{
	struct place above, below;

	if (n == 1)
		return leaf(p, s);
	above = search(p, s + n / 2, n - n / 2);
	below = search(p, s, n / 2);
	return jump(p, BPF_JGE, s[n / 2].first, above, below);
}

/* All ABIs of one audit_arch, n of them. */
static struct place architecture(struct prog *p, struct segments *s, struct seccomp_abi *abis,
				 size_t n, uint32_t default_action, uint32_t foreign,
				 struct place other)
{
	struct place to;

	s->n = 0;
	for (size_t i = 0; i < n; i++) {
		add_abi(s, &abis[i], default_action);
		if (abis[i].end < UINT32_MAX)
			add_plain(s, abis[i].end + 1, foreign);
	}
	add_plain(s, UINT32_MAX, default_action);
	if (s->full)
		return other;
	to = load(p, offsetof(struct seccomp_data, nr), search(p, s->v, s->n));
	return jump(p, BPF_JEQ, abis[0].audit_arch, to, other);
}

size_t seccomp_program(struct seccomp_abi *abis, size_t n, uint32_t default_action,
		       uint32_t foreign, struct sock_filter *out)
{
	struct place to = returns(foreign);
	struct prog p = {.f = out};
	struct segments s = {0};

	/* The first is the native one: it is asked for first, so it is written last. */
	for (size_t end = n, start; end > 0; end = start) {
		for (start = end - 1; start > 0; start--)
			if (abis[start - 1].audit_arch != abis[start].audit_arch)
				break;
		to = architecture(&p, &s, &abis[start], end - start, default_action, foreign, to);
	}
	load(&p, offsetof(struct seccomp_data, arch), to);
	free(s.v);
	if (p.full || s.full)
		return 0;
	memmove(out, out + SECCOMP_FILTER_MAX - p.n, p.n * sizeof(*out));
	return p.n;
}
