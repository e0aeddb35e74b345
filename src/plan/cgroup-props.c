/*
 * cgroup-props.c - resources as writes to files: the rows of cgroup-props.def, and by hand
 * what is an array or a map. spec_check() has seen to the values; what is decided here is
 * which side of the host has the controller, and what it calls things.
 */
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/cgroup.h"
#include "plan/device-prog.h"
#include "plan/part.h"
#include "sys/probe.h"

enum how {
	LIMIT,
	LIMIT_0,
	NUMBER,
	COUNT,
	SWAP,
	CPU_MAX,
	SHARES,
	WEIGHT,
	ON,
	LIST,
	REFUSED,
	WARNED,
	ALWAYS,
};

struct side {
	const char *controller, *file;
	enum how how;
};

struct prop {
	const char *key; /* "memory/limit" */
	struct side v1, v2;
};

struct value {
	bool negative;
	uint64_t n; /* two's complement if negative */
	const char *text;
};

struct props {
	struct plan_ctx *x;
	const struct oci_resources *res;
	const char *at;
	struct plan_cgroup_write *v;
	size_t n, room;
};

/*
 * ln and exp without the mathematics library: series that end far below what a double
 * can tell. x is at least 1.
 */
static double log2_of(uint64_t x)
{
	int whole = 63 - __builtin_clzll(x);
	double m = (double)x / (double)(1ull << whole), z = (m - 1) / (m + 1), sum = 0, power = z;

	for (int i = 1; i < 40; i += 2) {
		sum += power / i;
		power *= z * z;
	}
	return whole + 2 * sum / 0.69314718055994530942;
}

static double ten_to(double e)
{
	int whole = (int)e;
	double y = (e - whole) * 2.30258509299404568402, sum = 1, term = 1;

	for (int i = 1; i < 40; i++) {
		term *= y / i;
		sum += term;
	}
	while (whole-- > 0)
		sum *= 10;
	return sum;
}

unsigned cgroup_cpu_weight(uint64_t shares)
{
	double l, weight;
	unsigned down;

	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	l = log2_of(shares);
	weight = ten_to((l * l + 125 * l) / 612 - 7.0 / 34);
	/* Rounded up, but 100.0000000001 is 100. */
	down = (unsigned)weight;
	return weight - down > 1e-9 ? down + 1 : down;
}

unsigned cgroup_io_weight(unsigned weight)
{
	return 1 + (weight - 10) * 9999 / 990;
}

static struct plan_cgroup_write *add(struct props *p, int hierarchy, const char *file,
				     const char *value, const char *at)
{
	struct plan_cgroup_write *w = &p->v[p->n++];

	assert(p->n <= p->room);
	*w = (struct plan_cgroup_write){
		.hierarchy = (unsigned)hierarchy,
		.file = arena_str(p->x->a, file),
		.value = value,
		.at = at,
	};
	return w;
}

static const char *pointer(struct props *p, const char *key)
{
	return arena_strf(p->x->a, "%s/%s", p->at, key);
}

static const char *number(struct props *p, uint64_t n)
{
	return arena_strf(p->x->a, "%llu", (unsigned long long)n);
}

static int no_controller(struct props *p, const char *at, const char *controller, struct err *e)
{
	if (p->x->plan->cgroup.n == 0)
		return err_spec(e, at,
				"it needs the cgroup controller `%s`, and this host has no "
				"cgroups",
				controller);
	return err_spec(e, at,
			"it needs the cgroup controller `%s`, which no hierarchy of this host "
			"has",
			controller);
}

static int not_in_v2(const char *at, struct err *e)
{
	return err_spec(e, at, "cgroup v2 has nothing like it");
}

/* The hierarchy that has it, v1 first; -1 for none. */
static int find_side(struct props *p, const char *v1, const char *v2, bool *is_v2)
{
	int i = v1 ? cgroup_find(p->x, v1, false) : -1;

	*is_v2 = i < 0;
	return i >= 0 || !v2 ? i : cgroup_find(p->x, v2, true);
}

static const char *swap_text(struct props *p, struct value v)
{
	const struct oci_memory *m = p->res->memory;

	return number(p, v.n - (m->limit > 0 ? (uint64_t)m->limit : 0));
}

/* One of the two, or both: the file keeps what is not written. */
static const char *cpu_max_text(struct props *p)
{
	const struct oci_cpu *cpu = p->res->cpu;
	bool limited = cpu->has_quota && cpu->quota > 0;
	struct arena *a = p->x->a;

	if (!cpu->has_period || cpu->period == 0)
		return limited ? number(p, (uint64_t)cpu->quota) : arena_str(a, "max");
	if (!limited)
		return arena_strf(a, "max %llu", (unsigned long long)cpu->period);
	return arena_strf(a, "%lld %llu", (long long)cpu->quota, (unsigned long long)cpu->period);
}

/* Nothing has to be done for it on a host where nothing limits. */
static bool is_unlimited(const struct prop *row, struct value v)
{
	enum how how = row->v1.how;

	if (v.text)
		return !*v.text;
	if (how == LIMIT || how == LIMIT_0)
		return v.negative || (v.n == 0 && how == LIMIT);
	return v.n == 0 && strcmp(row->key, "memory/swappiness") != 0;
}

static bool is_given(const struct prop *row, struct value v)
{
	if (v.text)
		return *v.text;
	return v.n != 0 || row->v1.how == LIMIT_0 || row->v1.how == NUMBER;
}

static void put_weight(struct props *p, int i, const struct side *s, uint64_t weight, bool v2,
		       const char *at)
{
	struct plan_cgroup_write *w = add(p, i, s->file, number(p, weight), at);

	if (v2) {
		w->alternative = arena_str(p->x->a, "io.weight");
		w->alternative_value = number(p, cgroup_io_weight((unsigned)weight));
	} else if (strcmp(s->file, "blkio.weight") == 0) {
		w->alternative = arena_str(p->x->a, "blkio.bfq.weight");
	}
}

static void put_limit(struct props *p, int i, const struct prop *row, const struct side *s,
		      struct value v, bool v2, const char *at)
{
	bool max = v2 || s->how == LIMIT_0;
	const char *text = !v.negative ? (s->how == SWAP ? swap_text(p, v) : number(p, v.n))
				       : arena_str(p->x->a, max ? "max" : "-1");
	struct plan_cgroup_write *w = add(p, i, s->file, text, at);

	w->optional = v.negative;
	/* v2, where swap isn't counted: none or any is what there is. */
	if (s->how == SWAP && strcmp(text, "0") == 0)
		w->optional = true;
	if (strcmp(row->key, "memory/limit") != 0)
		return;
	/* Raised, the two limits need the other order. */
	w->either_order = !v2 && p->res->memory->has_swap && p->res->memory->swap != 0;
	if (v2 && p->res->memory->check_before_update && !v.negative)
		w->not_below = arena_str(p->x->a, "memory.current");
}

static void put_number(struct props *p, int i, const struct prop *row, const struct side *s,
		       struct value v, const char *at)
{
	struct plan_cgroup_write *w = add(p, i, s->file, number(p, v.n), at);

	w->optional = is_unlimited(row, v);
	if (strcmp(s->file, "cpu.cfs_period_us") == 0)
		w->either_order = p->res->cpu->has_quota && p->res->cpu->quota != 0;
}

static int put_side(struct props *p, int i, const struct prop *row, const struct side *s,
		    struct value v, bool v2, struct err *e)
{
	const struct oci_cpu *cpu = p->res->cpu;
	const char *at = pointer(p, row->key);

	switch (s->how) {
	case LIMIT:
	case LIMIT_0:
	case SWAP:
		put_limit(p, i, row, s, v, v2, at);
		break;
	case NUMBER:
	case COUNT:
		put_number(p, i, row, s, v, at);
		break;
	case SHARES:
		add(p, i, s->file, number(p, cgroup_cpu_weight(v.n)), at);
		break;
	case CPU_MAX:
		/* The quota's row does both. */
		if (strcmp(row->key, "cpu/period") == 0 && cpu->has_quota && cpu->quota != 0)
			break;
		add(p, i, s->file, cpu_max_text(p), at)->optional = v.negative && !cpu->period;
		break;
	case WEIGHT:
		put_weight(p, i, s, v.n, v2, at);
		break;
	case ON:
		add(p, i, s->file, arena_str(p->x->a, "1"), at);
		break;
	case LIST:
		add(p, i, s->file, arena_str(p->x->a, v.text), at);
		break;
	case WARNED:
		log_warning("%s: cgroup v2 has nothing like it, it has no effect", at);
		break;
	case ALWAYS:
		break;
	case REFUSED:
		return not_in_v2(at, e);
	}
	return 0;
}

static int put(struct props *p, const struct prop *row, struct value v, struct err *e)
{
	bool v2;
	int i;

	if (!is_given(row, v))
		return 0;
	i = find_side(p, row->v1.controller, row->v2.controller, &v2);
	if (i < 0 && is_unlimited(row, v))
		return 0;
	/* Network limits: no v2 host has the controller, and that is the reason to give. */
	if (i < 0 && row->v2.how == REFUSED && cgroup_find_v2(p->x) >= 0 &&
	    p->x->plan->cgroup.n == 1)
		return not_in_v2(pointer(p, row->key), e);
	if (i < 0)
		return no_controller(p, pointer(p, row->key), row->v1.controller, e);
	if (v2 && row->v2.how == REFUSED && is_unlimited(row, v))
		return 0;
	return put_side(p, i, row, v2 ? &row->v2 : &row->v1, v, v2, e);
}

static struct value signed_value(int64_t n)
{
	return (struct value){.negative = n < 0, .n = (uint64_t)n};
}

static struct value unsigned_value(uint64_t n)
{
	return (struct value){.n = n};
}

static struct value text_value(const char *text)
{
	return (struct value){.text = text ? text : ""};
}

static int put_rows(struct props *p, struct err *e)
{
	const struct oci_resources *res = p->res;
	int r = 0;

#define ROW(given, value, k, c1, f1, h1, c2, f2, h2)                                               \
	if (r == 0 && (given))                                                                     \
		r = put(p, &(const struct prop){k, {c1, f1, h1}, {c2, f2, h2}}, (value), e);
#define INT(o, m, ...)	ROW(res->o && res->o->has_##m, signed_value(res->o->m), __VA_ARGS__)
#define UINT(o, m, ...) ROW(res->o && res->o->has_##m, unsigned_value(res->o->m), __VA_ARGS__)
#define FLAG(o, m, ...) ROW(res->o && res->o->has_##m, unsigned_value(res->o->m), __VA_ARGS__)
#define TEXT(o, m, ...) ROW(res->o && res->o->m, text_value(res->o->m), __VA_ARGS__)
#include "plan/cgroup-props.def"
#undef ROW
#undef INT
#undef UINT
#undef FLAG
#undef TEXT
	return r;
}

static int put_weight_devices(struct props *p, struct err *e)
{
	const struct oci_block_io *io = p->res->block_io;
	struct arena *a = p->x->a;
	bool v2;
	int i = find_side(p, "blkio", "io", &v2);

	for (size_t k = 0; k < io->n_weight_device; k++) {
		const struct oci_weight_device *d = &io->weight_device[k];
		const char *at = arena_strf(a, "%s/blockIO/weightDevice/%zu", p->at, k);
		long long major = d->major, minor = d->minor;
		struct plan_cgroup_write *w;

		if (i < 0)
			return no_controller(p, at, "blkio", e);
		if (v2 && d->has_leaf_weight)
			return not_in_v2(arena_strf(a, "%s/leafWeight", at), e);
		if (d->has_weight) {
			w = add(p, i, v2 ? "io.bfq.weight" : "blkio.weight_device",
				arena_strf(a, "%lld:%lld %u", major, minor, d->weight), at);
			w->alternative = arena_str(a, v2 ? "io.weight" : "blkio.bfq.weight_device");
			if (v2)
				w->alternative_value = arena_strf(a, "%lld:%lld %u", major, minor,
								  cgroup_io_weight(d->weight));
		}
		if (d->has_leaf_weight)
			add(p, i, "blkio.leaf_weight_device",
			    arena_strf(a, "%lld:%lld %u", major, minor, d->leaf_weight), at);
	}
	return 0;
}

static int put_throttle(struct props *p, const struct oci_throttle_device *d, size_t n,
			const char *key, const char *v1, const char *v2_key, struct err *e)
{
	struct arena *a = p->x->a;
	bool v2;
	int i = find_side(p, "blkio", "io", &v2);

	for (size_t k = 0; k < n; k++) {
		const char *at = arena_strf(a, "%s/blockIO/%s/%zu", p->at, key, k);
		long long major = d[k].major, minor = d[k].minor;
		unsigned long long rate = d[k].rate;
		const char *value;

		if (i < 0 && rate == 0)
			continue;
		if (i < 0)
			return no_controller(p, at, "blkio", e);
		/* 0 lifts the limit, which v2 calls max. */
		if (!v2)
			value = arena_strf(a, "%lld:%lld %llu", major, minor, rate);
		else if (rate == 0)
			value = arena_strf(a, "%lld:%lld %s=max", major, minor, v2_key);
		else
			value = arena_strf(a, "%lld:%lld %s=%llu", major, minor, v2_key, rate);
		add(p, i, v2 ? "io.max" : v1, value, at);
	}
	return 0;
}

static int put_block_io(struct props *p, struct err *e)
{
	const struct oci_block_io *io = p->res->block_io;
	int r;

	if (!io)
		return 0;
	r = put_weight_devices(p, e);
#define THROTTLE(m, key, v1, v2)                                                                   \
	if (r == 0)                                                                                \
		r = put_throttle(p, io->m, io->n_##m, key, v1, v2, e);
	THROTTLE(throttle_read_bps, "throttleReadBpsDevice", "blkio.throttle.read_bps_device",
		 "rbps")
	THROTTLE(throttle_write_bps, "throttleWriteBpsDevice", "blkio.throttle.write_bps_device",
		 "wbps")
	THROTTLE(throttle_read_iops, "throttleReadIOPSDevice", "blkio.throttle.read_iops_device",
		 "riops")
	THROTTLE(throttle_write_iops, "throttleWriteIOPSDevice", "blkio.throttle.write_iops_device",
		 "wiops")
#undef THROTTLE
	return r;
}

/* What is reserved is limited where the kernel can, else what is used: config-linux.md. */
static int put_huge_pages(struct props *p, struct err *e)
{
	struct arena *a = p->x->a;
	bool v2;
	int i = find_side(p, "hugetlb", "hugetlb", &v2);

	for (size_t k = 0; k < p->res->n_hugepage_limits; k++) {
		const struct oci_hugepage_limit *h = &p->res->hugepage_limits[k];
		const char *at = arena_strf(a, "%s/hugepageLimits/%zu", p->at, k);
		const char *end = v2 ? "max" : "limit_in_bytes";

		if (i < 0)
			return no_controller(p, at, "hugetlb", e);
		add(p, i, arena_strf(a, "hugetlb.%s.rsvd.%s", h->page_size, end),
		    number(p, h->limit), at)
			->alternative = arena_strf(a, "hugetlb.%s.%s", h->page_size, end);
	}
	return 0;
}

static int put_priorities(struct props *p, struct err *e)
{
	const struct oci_network *net = p->res->network;
	int i = cgroup_find(p->x, "net_prio", false);

	for (size_t k = 0; net && k < net->n_priorities; k++) {
		const char *at = arena_strf(p->x->a, "%s/network/priorities/%zu", p->at, k);

		if (i < 0 && p->x->plan->cgroup.n == 1 && cgroup_find_v2(p->x) == 0)
			return not_in_v2(at, e);
		if (i < 0)
			return no_controller(p, at, "net_prio", e);
		add(p, i, "net_prio.ifpriomap",
		    arena_strf(p->x->a, "%s %u", net->priorities[k].name,
			       net->priorities[k].priority),
		    at);
	}
	return 0;
}

static int put_rdma(struct props *p, struct err *e)
{
	bool v2;
	int i = find_side(p, "rdma", "rdma", &v2);

	for (size_t k = 0; k < p->res->n_rdma; k++) {
		const struct oci_rdma *v = &p->res->rdma[k].value;
		const char *at = plan_pointer(p->x->a, pointer(p, "rdma"), p->res->rdma[k].key);
		char text[512];
		struct str s = STR_ON(text);

		if (i < 0)
			return no_controller(p, at, "rdma", e);
		str_addf(&s, "%s", p->res->rdma[k].key);
		if (v->has_hca_handles)
			str_addf(&s, " hca_handle=%u", v->hca_handles);
		if (v->has_hca_objects)
			str_addf(&s, " hca_object=%u", v->hca_objects);
		if (str_cut(&s))
			return err_spec(e, at, "the name of the RDMA device is too long");
		add(p, i, "rdma.max", arena_str(p->x->a, text), at);
	}
	return 0;
}

/* Last, so that it wins over what says the same in other words. */
static int put_unified(struct props *p, struct err *e)
{
	int i = cgroup_find_v2(p->x);

	for (size_t k = 0; k < p->res->n_unified; k++) {
		const struct oci_pair *u = &p->res->unified[k];
		const char *at = plan_pointer(p->x->a, pointer(p, "unified"), u->key);
		char controller[64];
		size_t n = strcspn(u->key, ".");

		if (i < 0)
			return err_spec(e, at,
					"unified is for cgroup v2, which this host doesn't have");
		if (n >= sizeof(controller))
			n = sizeof(controller) - 1;
		memcpy(controller, u->key, n);
		controller[n] = '\0';
		if (cgroup_find(p->x, controller, true) < 0)
			return err_spec(e, at,
					"it needs the cgroup v2 controller `%s`, which this host "
					"doesn't have",
					controller);
		add(p, i, u->key, arena_str(p->x->a, u->value), at);
	}
	return 0;
}

static int put_devices_v1(struct props *p, int i, struct err *e)
{
	const struct device_rule *rules;
	const struct device_write *w;
	size_t n, n_writes;
	int r;

	device_rules(p->res, p->x->a, &rules, &n);
	r = device_writes(rules, n, p->at, p->x->a, &w, &n_writes, e);
	for (size_t k = 0; r == 0 && k < n_writes; k++) {
		const char *at = w[k].index < 0
					 ? pointer(p, "devices")
					 : arena_strf(p->x->a, "%s/devices/%d", p->at, w[k].index);

		/* A default that a parent withholds is no reason to fail: there is less, not more.
		 */
		add(p, i, w[k].allow ? "devices.allow" : "devices.deny", w[k].value, at)->optional =
			w[k].allow && w[k].index < 0;
	}
	return r;
}

/*
 * Rules are the host's: in a user namespace of somebody else's nobody can set any, and nobody can
 * make a device there either. Where they can be set and there is nothing to set them with,
 * asking for rules is an error; having only the defaults is not.
 */
static int put_devices(struct props *p, struct err *e)
{
	const struct host *host = p->x->host;
	struct plan_cgroup *c = &p->x->plan->cgroup;
	bool asked = p->res && p->res->devices;
	const struct device_rule *rules;
	size_t n;
	int i;

	if (!host->privileged || !host->init_userns) {
		if (asked)
			log_warning("%s/devices: without privilege on the host there are no device "
				    "rules, and no devices but those of the host's user",
				    p->at);
		return 0;
	}
	i = cgroup_find(p->x, "devices", false);
	if (i >= 0)
		return put_devices_v1(p, i, e);
	if (cgroup_find_v2(p->x) >= 0) {
		device_rules(p->res, p->x->a, &rules, &n);
		device_prog(rules, n, p->x->a, &c->device_prog, &c->n_device_prog);
		return 0;
	}
	return asked ? no_controller(p, pointer(p, "devices"), "devices", e) : 0;
}

static size_t room_for(const struct oci_resources *res)
{
	enum { ROWS = 32, DEFAULT_DEVICES = 32 };
	size_t n = ROWS + DEFAULT_DEVICES;

	if (!res)
		return n;
	n += 2 * res->n_devices + res->n_hugepage_limits + res->n_rdma + res->n_unified;
	if (res->network)
		n += res->network->n_priorities;
	if (res->block_io)
		n += 2 * res->block_io->n_weight_device + res->block_io->n_throttle_read_bps +
		     res->block_io->n_throttle_write_bps + res->block_io->n_throttle_read_iops +
		     res->block_io->n_throttle_write_iops;
	return n;
}

int plan_cgroup_resources(struct plan_ctx *x, const struct oci_resources *res, const char *at,
			  struct err *e)
{
	struct props p = {.x = x, .res = res, .at = at, .room = room_for(res)};
	int r;

	p.v = arena_new(x->a, struct plan_cgroup_write, p.room);
	r = put_devices(&p, e);
	if (r == 0 && res)
		r = put_rows(&p, e);
	if (r == 0 && res)
		r = put_block_io(&p, e);
	if (r == 0 && res)
		r = put_huge_pages(&p, e);
	if (r == 0 && res)
		r = put_priorities(&p, e);
	if (r == 0 && res)
		r = put_rdma(&p, e);
	if (r == 0 && res)
		r = put_unified(&p, e);
	x->plan->cgroup.writes = p.v;
	x->plan->cgroup.n_writes = p.n;
	return r;
}
