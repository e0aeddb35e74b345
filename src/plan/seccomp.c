#include "plan/seccomp.h"

#include <ctype.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/blake2b.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/table.h"
#include "config.h"
#include "libocispec/ocispec.h"
#include "plan/plan.h"
#include "plan/seccomp-cache.h"
#include "plan/seccomp-newer.h"
#include "sys/seccomp.h"

/* A change of what is made of the same input changes this. */
static const char cache_format[] = "hull seccomp filter 1";

/* The first level of libseccomp's API (seccomp_api_set(3)) that has all that OCI can ask for. */
enum { API_LEVEL = 6 };

#define X32_BIT 0x40000000U

/* As config.json spells them; libseccomp's own name is the rest in small letters. */
static const char *const archs[] = {
	"SCMP_ARCH_X86",      "SCMP_ARCH_X86_64",     "SCMP_ARCH_X32",	       "SCMP_ARCH_ARM",
	"SCMP_ARCH_AARCH64",  "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",       "SCMP_ARCH_MIPS",
	"SCMP_ARCH_MIPS64",   "SCMP_ARCH_MIPS64N32",  "SCMP_ARCH_MIPSEL",      "SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",     "SCMP_ARCH_PPC64",       "SCMP_ARCH_PPC64LE",
	"SCMP_ARCH_S390",     "SCMP_ARCH_S390X",      "SCMP_ARCH_SH",	       "SCMP_ARCH_SHEB",
	"SCMP_ARCH_PARISC",   "SCMP_ARCH_PARISC64",   "SCMP_ARCH_RISCV64",
};

static const struct name_value operators[] = {
	{"SCMP_CMP_NE", SCMP_CMP_NE}, {"SCMP_CMP_LT", SCMP_CMP_LT},
	{"SCMP_CMP_LE", SCMP_CMP_LE}, {"SCMP_CMP_EQ", SCMP_CMP_EQ},
	{"SCMP_CMP_GE", SCMP_CMP_GE}, {"SCMP_CMP_GT", SCMP_CMP_GT},
	{"SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static void free_filter(scmp_filter_ctx ctx)
{
	if (ctx)
		seccomp_release(ctx);
}
DEFINE_AUTO(scmp_filter_ctx, free_filter)

/* What is being compiled. */
struct build {
	const struct oci_seccomp *s;
	scmp_filter_ctx ctx;
	uint32_t default_action;
	struct seccomp_abi abi[ARRAY_SIZE(archs) + 1];
	uint32_t token[ARRAY_SIZE(archs) + 1]; /* SCMP_ARCH_*, of abi[i] */
	size_t n;
};

/* 0: this libseccomp has no such architecture. */
static uint32_t arch_token(const char *name)
{
	char lower[32];
	size_t n = 0;

	for (name += strlen("SCMP_ARCH_"); *name && n < sizeof(lower) - 1; name++)
		lower[n++] = (char)tolower((unsigned char)*name);
	lower[n] = '\0';
	return seccomp_arch_resolve_name(lower);
}

void seccomp_support_library(struct seccomp_support *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
		out->operators[out->n_operators++] = operators[i].name;
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (arch_token(archs[i]))
			out->archs[out->n_archs++] = archs[i];
}

/* Where its ordinary numbers begin and end, and what the kernel calls it. */
static struct seccomp_abi abi_of(uint32_t token)
{
	struct seccomp_abi abi = {.audit_arch = token, .last = X32_BIT};

	switch (token) {
	case SCMP_ARCH_X32: /* 512 and on were its own before numbers were shared */
		abi.audit_arch = AUDIT_ARCH_X86_64;
		abi.first = X32_BIT;
		abi.last = X32_BIT + 512;
		break;
	case SCMP_ARCH_ARM: /* calls of ARM alone are up there, set_tls(2) and so on */
		abi.last = 0xf0000;
		break;
	case SCMP_ARCH_MIPS:
	case SCMP_ARCH_MIPSEL:
		abi.first = 4000;
		break;
	case SCMP_ARCH_MIPS64:
	case SCMP_ARCH_MIPSEL64:
		abi.first = 5000;
		break;
	case SCMP_ARCH_MIPS64N32:
	case SCMP_ARCH_MIPSEL64N32:
		abi.first = 6000;
		break;
	}
	return abi;
}

static void note_arch(struct build *b, uint32_t token)
{
	b->token[b->n] = token;
	b->abi[b->n++] = abi_of(token);
}

static bool have_arch(const struct build *b, uint32_t token)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->token[i] == token)
			return true;
	return false;
}

/* x32 next to x86_64, which it shares its audit_arch with: see seccomp_newer(). */
static void order_abis(struct build *b)
{
	for (size_t i = 2; i < b->n; i++) {
		struct seccomp_abi abi = b->abi[i];
		uint32_t token = b->token[i];

		if (token != SCMP_ARCH_X32)
			continue;
		memmove(&b->abi[2], &b->abi[1], (i - 1) * sizeof(abi));
		memmove(&b->token[2], &b->token[1], (i - 1) * sizeof(token));
		b->abi[1] = abi;
		b->token[1] = token;
	}
}

static int add_archs(struct build *b, struct err *e)
{
	note_arch(b, seccomp_arch_native());
	for (size_t i = 0; i < b->s->n_architectures; i++) {
		const char *name = b->s->architectures[i];
		uint32_t token = arch_token(name);
		int r;

		if (token && have_arch(b, token))
			continue;
		r = token ? seccomp_arch_add(b->ctx, token) : -EDOM;
		if (r == -EDOM) { /* not in this libseccomp, or of the other byte order */
			log_debug("%s can't be in a filter here and is left out", name);
			continue;
		}
		if (r < 0) {
			r = err_set(e, ERR_SYS, -r, "seccomp_arch_add: %s", name);
			return err_at(e, r, "/linux/seccomp/architectures/%zu", i);
		}
		note_arch(b, token);
	}
	order_abis(b);
	return 0;
}

static bool lets_through(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* A rule that can't be made. It matters when the call goes through that was to be stopped. */
static void left_out(const struct build *b, const char *name, uint32_t action, const char *why)
{
	bool matters = lets_through(b->default_action) && !lets_through(action);

	log_line(matters ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		 "a seccomp rule for `%s` is left out: %s", name, why);
}

static void set_newest(struct seccomp_abi *abi, uint32_t nr)
{
	if (!abi->enosys || nr > abi->newest)
		abi->newest = nr;
	abi->enosys = true;
}

static void add_extra(struct seccomp_abi *abi, uint32_t nr, uint32_t action)
{
	for (size_t i = 0; i < abi->n_extra; i++)
		if (abi->extra[i].nr == nr)
			return; /* the first rule decides, as in libseccomp */
	abi->extra[abi->n_extra++] = (struct seccomp_extra){nr, action};
}

/* A name that libseccomp doesn't know. */
static void add_newer(struct build *b, const struct oci_syscall *rule, const char *name,
		      uint32_t action)
{
	bool known = false;

	for (size_t i = 0; i < b->n; i++) {
		uint32_t nr;

		if (!seccomp_newer_number(name, b->abi[i].audit_arch, b->abi[i].first, &nr))
			continue;
		known = true;
		if (rule->n_args)
			continue;
		set_newest(&b->abi[i], nr);
		if (action != b->default_action)
			add_extra(&b->abi[i], nr, action);
	}
	if (!known)
		left_out(b, name, action, "no such call is known");
	else if (rule->n_args)
		left_out(b, name, action, "this libseccomp is too old to look at its arguments");
}

static bool index_twice(const struct oci_syscall *rule)
{
	unsigned seen = 0;

	for (size_t k = 0; k < rule->n_args; k++) {
		if (seen & 1u << rule->args[k].index)
			return true;
		seen |= 1u << rule->args[k].index;
	}
	return false;
}

static struct scmp_arg_cmp comparison(const struct oci_syscall_arg *arg)
{
	const struct name_value *op = name_lookup(operators, ARRAY_SIZE(operators), arg->op);

	return (struct scmp_arg_cmp){.arg = arg->index,
				     .op = (enum scmp_compare)op->value,
				     .datum_a = arg->value,
				     .datum_b = arg->value_two};
}

/* All conditions together; or, if one argument has several, each alone. */
static int add_rule(struct build *b, const struct oci_syscall *rule, int nr, uint32_t action)
{
	struct scmp_arg_cmp cmp[6];
	int r = 0;

	if (index_twice(rule)) {
		for (size_t k = 0; r >= 0 && k < rule->n_args; k++) {
			cmp[0] = comparison(&rule->args[k]);
			r = seccomp_rule_add_array(b->ctx, action, nr, 1, cmp);
		}
		return r;
	}
	for (size_t k = 0; k < rule->n_args; k++)
		cmp[k] = comparison(&rule->args[k]);
	return seccomp_rule_add_array(b->ctx, action, nr, (unsigned)rule->n_args, cmp);
}

static int add_name(struct build *b, const struct oci_syscall *rule, const char *name,
		    uint32_t action, struct err *e)
{
	int nr = seccomp_syscall_resolve_name(name), r;

	if (nr == __NR_SCMP_ERROR) {
		add_newer(b, rule, name, action);
		return 0;
	}
	for (size_t i = 0; i < b->n; i++) {
		int there = seccomp_syscall_resolve_name_arch(b->token[i], name);
		struct seccomp_abi *abi = &b->abi[i];

		if (there >= 0 && (uint32_t)there >= abi->first && (uint32_t)there < abi->last)
			set_newest(abi, (uint32_t)there);
	}
	if (action == b->default_action)
		return 0; /* which libseccomp refuses, and has no need of */
	r = add_rule(b, rule, nr, action);
	if (r == -EEXIST)
		return err_set(e, ERR_SPEC, EINVAL,
			       "`%s` has another action for the same conditions already", name);
	if (r < 0)
		return err_set(e, ERR_SYS, -r, "seccomp_rule_add: %s", name);
	return 0;
}

static int add_rules(struct build *b, struct err *e)
{
	for (size_t i = 0; i < b->s->n_syscalls; i++) {
		const struct oci_syscall *rule = &b->s->syscalls[i];
		uint32_t action;
		int r = seccomp_action(rule->action, rule->has_errno_ret, rule->errno_ret, &action,
				       e);

		for (size_t j = 0; r == 0 && j < rule->n_names; j++) {
			r = add_name(b, rule, rule->names[j], action, e);
			if (r < 0)
				return err_at(e, r, "/linux/seccomp/syscalls/%zu/names/%zu", i, j);
		}
		if (r < 0)
			return err_at(e, r, "/linux/seccomp/syscalls/%zu/action", i);
	}
	return 0;
}

/* Whether the default is the kind of denial that programs take for their last word. */
static bool denies(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ERRNO:
		return action != (SECCOMP_RET_ERRNO | ENOSYS);
	case SECCOMP_RET_KILL_THREAD:
	case SECCOMP_RET_KILL_PROCESS:
	case SECCOMP_RET_TRAP:
		return true;
	}
	return false;
}

/* libseccomp's program, behind what seccomp_newer() makes. */
static int export_program(struct build *b, struct arena *a, struct plan_seccomp *out, struct err *e)
{
	auto_close int fd = memfd_create("hull-seccomp", MFD_CLOEXEC);
	struct sock_filter *filter;
	size_t n, room;
	struct stat st;
	int r;

	if (fd < 0)
		return err_sys(e, "memfd_create", NULL);
	r = seccomp_export_bpf(b->ctx, fd);
	if (r < 0)
		return err_set(e, ERR_SYS, -r, "seccomp_export_bpf");
	if (fstat(fd, &st) < 0)
		return err_sys(e, "fstat", "hull-seccomp");
	room = (size_t)st.st_size / sizeof(*filter);
	filter = arena_new(a, struct sock_filter, b->n * SECCOMP_NEWER_MAX + room);
	n = seccomp_newer(b->abi, b->n, filter);
	if (pread(fd, filter + n, room * sizeof(*filter), 0) != (ssize_t)(room * sizeof(*filter)))
		return err_set(e, ERR_SYS, EIO, "seccomp_export_bpf: short program");
	n += room;
	if (n > SECCOMP_FILTER_MAX)
		return err_spec(e, "/linux/seccomp",
				"the filter takes %zu instructions and the kernel at most %d", n,
				SECCOMP_FILTER_MAX);
	out->filter = filter;
	out->n = (unsigned short)n;
	return 0;
}

static int compile(const struct oci_seccomp *s, struct arena *a, struct plan_seccomp *out,
		   struct err *e)
{
	auto_call(free_filter) scmp_filter_ctx ctx = NULL;
	struct build b = {.s = s};
	int r = seccomp_action(s->default_action, s->has_default_errno_ret, s->default_errno_ret,
			       &b.default_action, e);

	if (r < 0)
		return err_at(e, r, "/linux/seccomp/defaultAction");
	/* Any kernel that hull runs on has what this promises; so the library need not try it out. */
	seccomp_api_set(API_LEVEL);
	ctx = seccomp_init(b.default_action);
	if (!ctx)
		return err_set(e, ERR_SYS, ENOMEM, "seccomp_init");
	b.ctx = ctx;
	r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_NNP, 0);
	if (r < 0)
		return err_set(e, ERR_SYS, -r, "seccomp_attr_set");
	r = add_archs(&b, e);
	if (r == 0)
		r = add_rules(&b, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < b.n && !denies(b.default_action); i++)
		b.abi[i].enosys = false;
	return export_program(&b, a, out, e);
}

static void hash_number(struct blake2b *h, uint64_t n)
{
	blake2b_add(h, &n, sizeof(n));
}

static void hash_text(struct blake2b *h, const char *text)
{
	size_t len = strlen(text);

	hash_number(h, len);
	blake2b_add(h, text, len);
}

static void hash_rule(struct blake2b *h, const struct oci_syscall *rule)
{
	hash_text(h, rule->action);
	hash_number(h, rule->has_errno_ret);
	hash_number(h, rule->errno_ret);
	hash_number(h, rule->n_names);
	for (size_t i = 0; i < rule->n_names; i++)
		hash_text(h, rule->names[i]);
	hash_number(h, rule->n_args);
	for (size_t i = 0; i < rule->n_args; i++) {
		hash_number(h, rule->args[i].index);
		hash_number(h, rule->args[i].value);
		hash_number(h, rule->args[i].value_two);
		hash_text(h, rule->args[i].op);
	}
}

/* Of everything that the program is made from; each part with its length, so none runs into the next. */
static struct seccomp_key make_key(const struct oci_seccomp *s)
{
	const struct scmp_version *v = seccomp_version();
	struct seccomp_key key;
	struct blake2b h;

	blake2b_init(&h);
	hash_text(&h, cache_format);
	hash_text(&h, PACKAGE_VERSION);
	hash_text(&h, HULL_COMMIT);
	hash_number(&h, v->major);
	hash_number(&h, v->minor);
	hash_number(&h, v->micro);
	hash_number(&h, seccomp_own_arch());
	hash_text(&h, s->default_action);
	hash_number(&h, s->has_default_errno_ret);
	hash_number(&h, s->default_errno_ret);
	hash_number(&h, s->n_architectures);
	for (size_t i = 0; i < s->n_architectures; i++)
		hash_text(&h, s->architectures[i]);
	hash_number(&h, s->n_syscalls);
	for (size_t i = 0; i < s->n_syscalls; i++)
		hash_rule(&h, &s->syscalls[i]);
	blake2b_end(&h, key.hash);
	return key;
}

/* init reports and waits between loading the filter and the agent's having the listener. */
static int check_hand_over(const struct plan_seccomp *p, struct err *e)
{
	static const struct name_value calls[] = {{"read", SCMP_SYS(read)}, {"write", SCMP_SYS(write)}};

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++) {
		struct seccomp_data call = {.nr = (int)calls[i].value, .arch = seccomp_own_arch()};

		if (!lets_through(seccomp_ask(p->filter, p->n, &call) & SECCOMP_RET_ACTION_FULL))
			return err_spec(e, "/linux/seccomp",
					"a filter with SCMP_ACT_NOTIFY has to let `%s` through: "
					"it hands the listener over",
					calls[i].name);
	}
	return 0;
}

int plan_seccomp_compile(const struct oci_seccomp *s, const char *run_dir, struct arena *a,
			 struct plan_seccomp *out, struct err *e)
{
	struct seccomp_key key;
	int r = seccomp_check(s, e);

	if (r == 0)
		r = seccomp_flags(s, &out->flags, e);
	if (r < 0)
		return r;
	key = make_key(s);
	if (!run_dir || !seccomp_cache_get(run_dir, &key, a, &out->filter, &out->n)) {
		r = compile(s, a, out, e);
		if (r < 0)
			return r;
		if (run_dir)
			seccomp_cache_put(run_dir, &key, out->filter, out->n);
	}
	if (!(out->flags & SECCOMP_FILTER_FLAG_NEW_LISTENER))
		return 0;
	out->listener_path = arena_str(a, s->listener_path);
	out->metadata = arena_str(a, s->listener_metadata);
	return check_hand_over(out, e);
}

int seccomp_check_names(const struct oci_seccomp *s, struct err *e)
{
	for (size_t i = 0; i < s->n_syscalls; i++)
		for (size_t j = 0; j < s->syscalls[i].n_names; j++) {
			const char *name = s->syscalls[i].names[j];
			uint32_t nr;
			int r;

			if (seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR ||
			    seccomp_newer_number(name, seccomp_own_arch(), 0, &nr))
				continue;
			r = err_set(e, ERR_SPEC, EINVAL, "unknown system call `%s`", name);
			return err_at(e, r, "/linux/seccomp/syscalls/%zu/names/%zu", i, j);
		}
	return 0;
}
