#include "plan/device-prog.h"

#include <linux/bpf.h>
#include <string.h>

#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"

static const struct device_rule defaults[] = {
	{true, 'c', -1, -1, DEVICE_MKNOD, -1}, {true, 'b', -1, -1, DEVICE_MKNOD, -1},
	{true, 'c', 1, 3, DEVICE_ALL, -1},    /* null */
	{true, 'c', 1, 5, DEVICE_ALL, -1},    /* zero */
	{true, 'c', 1, 7, DEVICE_ALL, -1},    /* full */
	{true, 'c', 1, 8, DEVICE_ALL, -1},    /* random */
	{true, 'c', 1, 9, DEVICE_ALL, -1},    /* urandom */
	{true, 'c', 5, 0, DEVICE_ALL, -1},    /* tty */
	{true, 'c', 5, 1, DEVICE_ALL, -1},    /* console */
	{true, 'c', 5, 2, DEVICE_ALL, -1},    /* ptmx */
	{true, 'c', 136, -1, DEVICE_ALL, -1}, /* pts/N */
};

/* What spec_check() lets through. */
static struct device_rule read_rule(const struct oci_device_cgroup *d, int index)
{
	struct device_rule r = {
		.allow = d->allow,
		.type = d->type ? d->type[0] : 'a',
		.major = d->has_major ? d->major : -1,
		.minor = d->has_minor ? d->minor : -1,
		.index = index,
	};

	for (const char *p = d->access; *p; p++)
		r.access |= *p == 'r' ? DEVICE_READ : *p == 'w' ? DEVICE_WRITE : DEVICE_MKNOD;
	return r;
}

void device_rules(const struct oci_resources *res, struct arena *a,
		  const struct device_rule **rules, size_t *n)
{
	size_t given = res ? res->n_devices : 0;
	struct device_rule *v = arena_new(a, struct device_rule, given + ARRAY_SIZE(defaults));

	for (size_t i = 0; i < given; i++)
		v[i] = read_rule(&res->devices[i], (int)i);
	memcpy(v + given, defaults, sizeof(defaults));
	*rules = v;
	*n = given + ARRAY_SIZE(defaults);
}

/* Nothing before it matters any more. */
static bool is_reset(const struct device_rule *r)
{
	return r->type == 'a' && r->major < 0 && r->minor < 0 && r->access == DEVICE_ALL;
}

/*
 * The program. Registers: r2 the access bits that no rule has allowed yet, r3 the
 * type, r4 the major, r5 the minor number. Rules are tried from the last to the first: the
 * first that speaks of a bit decides it.
 */
enum { INSNS_HEAD = 6, INSNS_RULE = 3 + 4, INSNS_END = 2 };

struct prog {
	struct bpf_insn *v;
	size_t n;
};

static void emit(struct prog *p, unsigned code, unsigned dst, unsigned src, int off, int32_t imm)
{
	struct bpf_insn *i = &p->v[p->n++];

	i->code = (uint8_t)code;
	i->dst_reg = dst & 0xf;
	i->src_reg = src & 0xf;
	i->off = (int16_t)off;
	i->imm = imm;
}

static void emit_return(struct prog *p, bool allowed)
{
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, allowed);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void emit_head(struct prog *p)
{
	emit(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1,
	     offsetof(struct bpf_cgroup_dev_ctx, access_type), 0);
	emit(p, BPF_ALU | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0);
	emit(p, BPF_ALU | BPF_AND | BPF_K, BPF_REG_3, 0, 0, 0xffff);
	emit(p, BPF_ALU | BPF_RSH | BPF_K, BPF_REG_2, 0, 0, 16);
	emit(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_4, BPF_REG_1,
	     offsetof(struct bpf_cgroup_dev_ctx, major), 0);
	emit(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_5, BPF_REG_1,
	     offsetof(struct bpf_cgroup_dev_ctx, minor), 0);
}

static void emit_rule(struct prog *p, const struct device_rule *r)
{
	size_t skips[3], n = 0;

	if (r->type != 'a') {
		skips[n++] = p->n;
		emit(p, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_3, 0, 0,
		     r->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	}
	if (r->major >= 0) {
		skips[n++] = p->n;
		emit(p, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_4, 0, 0, (int32_t)(uint32_t)r->major);
	}
	if (r->minor >= 0) {
		skips[n++] = p->n;
		emit(p, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_5, 0, 0, (int32_t)(uint32_t)r->minor);
	}

	if (r->access == DEVICE_ALL) {
		emit_return(p, r->allow);
	} else if (r->allow) {
		emit(p, BPF_ALU | BPF_AND | BPF_K, BPF_REG_2, 0, 0, DEVICE_ALL & ~r->access);
		emit(p, BPF_JMP32 | BPF_JNE | BPF_K, BPF_REG_2, 0, 2, 0);
		emit_return(p, true);
	} else {
		emit(p, BPF_JMP32 | BPF_JSET | BPF_K, BPF_REG_2, 0, 1, (int32_t)r->access);
		emit(p, BPF_JMP | BPF_JA, 0, 0, 2, 0);
		emit_return(p, false);
	}
	for (size_t i = 0; i < n; i++)
		p->v[skips[i]].off = (int16_t)(p->n - skips[i] - 1);
}

void device_prog(const struct device_rule *rules, size_t n, struct arena *a,
		 const struct bpf_insn **prog, size_t *n_prog)
{
	struct prog p = {0};
	bool rest = false;

	p.v = arena_new(a, struct bpf_insn, INSNS_HEAD + n * INSNS_RULE + INSNS_END);
	emit_head(&p);
	for (size_t i = n; i > 0; i--) {
		/* The verifier takes no instructions that nothing leads to. */
		if (is_reset(&rules[i - 1])) {
			rest = rules[i - 1].allow;
			break;
		}
		emit_rule(&p, &rules[i - 1]);
	}
	emit_return(&p, rest);
	*prog = p.v;
	*n_prog = p.n;
}

/* v1: a default, and exceptions from it. */
struct exceptions {
	bool allow; /* the default; exceptions are what differs */
	struct device_rule *v;
	size_t n;
};

static bool covers(int64_t a, int64_t b)
{
	return a < 0 || a == b;
}

static bool overlaps(int64_t a, int64_t b)
{
	return a < 0 || b < 0 || a == b;
}

static bool same_device(const struct device_rule *a, const struct device_rule *b)
{
	return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

static void add_exception(struct exceptions *x, const struct device_rule *r)
{
	for (size_t i = 0; i < x->n; i++) {
		if (!same_device(&x->v[i], r))
			continue;
		x->v[i].access |= r->access;
		return;
	}
	x->v[x->n++] = *r;
}

/* r speaks of a part of what v does, or more. */
static bool touches(const struct device_rule *r, const struct device_rule *v)
{
	return v->type == r->type && (v->access & r->access) && overlaps(v->major, r->major) &&
	       overlaps(v->minor, r->minor);
}

/* r gives back the default. False if it would take a part out of an exception. */
static bool remove_exceptions(struct exceptions *x, const struct device_rule *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < x->n; i++)
		if (touches(r, &x->v[i]) &&
		    (!covers(r->major, x->v[i].major) || !covers(r->minor, x->v[i].minor)))
			return false;
	for (size_t i = 0; i < x->n; i++) {
		struct device_rule v = x->v[i];

		if (touches(r, &v))
			v.access &= ~r->access;
		if (v.access)
			x->v[kept++] = v;
	}
	x->n = kept;
	return true;
}

/* A default that the kernel can't be told is left out: the container gets less, never more. */
static int not_expressible(const struct device_rule *r, const char *at, struct err *e)
{
	char where[128];
	struct str s = STR_ON(where);

	if (r->index < 0) {
		log_warning("cgroup v1 can't allow the default device %c %lld:%lld beside the "
			    "denials of resources.devices",
			    r->type, (long long)r->major, (long long)r->minor);
		return 0;
	}
	str_addf(&s, "%s/devices/%d", at, r->index);
	return err_spec(e, where,
			"cgroup v1 can't %s a part of what an earlier rule %s: it needs "
			"rules that do not overlap",
			r->allow ? "allow" : "deny", r->allow ? "denies" : "allows");
}

static int apply(struct exceptions *x, const struct device_rule *r, const char *at, struct err *e)
{
	struct device_rule one = *r;

	if (is_reset(r)) {
		x->allow = r->allow;
		x->n = 0;
		return 0;
	}
	for (const char *type = r->type == 'a' ? "bc" : (char[]){r->type, 0}; *type; type++) {
		one.type = *type;
		if (r->allow != x->allow) {
			add_exception(x, &one);
		} else if (!remove_exceptions(x, &one)) {
			int bad = not_expressible(r, at, e);

			if (bad < 0)
				return bad;
		}
	}
	return 0;
}

static const char *rule_text(const struct device_rule *r, struct arena *a)
{
	char major[24] = "*", minor[24] = "*";
	struct str s = STR_ON(major), t = STR_ON(minor);

	if (r->major >= 0)
		str_addf(&s, "%lld", (long long)r->major);
	if (r->minor >= 0)
		str_addf(&t, "%lld", (long long)r->minor);
	return arena_strf(a, "%c %s:%s %s%s%s", r->type, major, minor,
			  r->access & DEVICE_READ ? "r" : "", r->access & DEVICE_WRITE ? "w" : "",
			  r->access & DEVICE_MKNOD ? "m" : "");
}

int device_writes(const struct device_rule *rules, size_t n, const char *at, struct arena *a,
		  const struct device_write **writes, size_t *n_writes, struct err *e)
{
	struct exceptions x = {.v = arena_new(a, struct device_rule, 2 * n)};
	struct device_write *w;

	for (size_t i = 0; i < n; i++) {
		int r = apply(&x, &rules[i], at, e);

		if (r < 0)
			return r;
	}
	/* First the default, which also clears what the cgroup has from its parent or from before.
	 */
	w = arena_new(a, struct device_write, x.n + 1);
	w[0] = (struct device_write){x.allow, arena_str(a, "a"), n && rules[0].index >= 0 ? 0 : -1};
	for (size_t i = 0; i < x.n; i++)
		w[i + 1] = (struct device_write){!x.allow, rule_text(&x.v[i], a), x.v[i].index};
	*writes = w;
	*n_writes = x.n + 1;
	return 0;
}
