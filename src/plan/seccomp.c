#include "plan/seccomp.h"

#include <ctype.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/blake2b.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/table.h"
#include "config.h"
#include "libocispec/ocispec.h"
#include "plan/plan.h"
#include "plan/seccomp-cache.h"
#include "plan/seccomp-newer.h"
#include "plan/seccomp-program.h"
#include "sys/seccomp.h"

/* A change of what is made of the same input changes this. */
static const char cache_format[] = "hull seccomp filter 1";

#define X32_BIT 0x40000000U

/* As config.json spells them; libseccomp's own name is the rest in small letters. */
static const char *const archs[] = {
	"SCMP_ARCH_X86",	 "SCMP_ARCH_X86_64",	  "SCMP_ARCH_X32",     "SCMP_ARCH_ARM",
	"SCMP_ARCH_AARCH64",	 "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K",    "SCMP_ARCH_MIPS",
	"SCMP_ARCH_MIPS64",	 "SCMP_ARCH_MIPS64N32",	  "SCMP_ARCH_MIPSEL",  "SCMP_ARCH_MIPSEL64",
	"SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PPC",	  "SCMP_ARCH_PPC64",   "SCMP_ARCH_PPC64LE",
	"SCMP_ARCH_S390",	 "SCMP_ARCH_S390X",	  "SCMP_ARCH_SH",      "SCMP_ARCH_SHEB",
	"SCMP_ARCH_PARISC",	 "SCMP_ARCH_PARISC64",	  "SCMP_ARCH_RISCV64",
};

static const char *const operators[] = {
	"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",	    "SCMP_CMP_EQ",
	"SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
};

enum { ARCHS_MAX = ARRAY_SIZE(archs) + 1 };

/* Calls that some processors have, or had, inside another: linux/net.h, linux/ipc.h. */
static const struct inner {
	const char *name;
	uint32_t sub;
	bool ipc; /* in ipc(2), else in socketcall(2) */
} inner_calls[] = {
	{"socket", 1, false},	   {"bind", 2, false},	      {"connect", 3, false},
	{"listen", 4, false},	   {"accept", 5, false},      {"getsockname", 6, false},
	{"getpeername", 7, false}, {"socketpair", 8, false},  {"send", 9, false},
	{"recv", 10, false},	   {"sendto", 11, false},     {"recvfrom", 12, false},
	{"shutdown", 13, false},   {"setsockopt", 14, false}, {"getsockopt", 15, false},
	{"sendmsg", 16, false},	   {"recvmsg", 17, false},    {"accept4", 18, false},
	{"recvmmsg", 19, false},   {"sendmmsg", 20, false},   {"semop", 1, true},
	{"semget", 2, true},	   {"semctl", 3, true},	      {"semtimedop", 4, true},
	{"msgsnd", 11, true},	   {"msgrcv", 12, true},      {"msgget", 13, true},
	{"msgctl", 14, true},	   {"shmat", 21, true},	      {"shmdt", 22, true},
	{"shmget", 23, true},	   {"shmctl", 24, true},
};

/* Of one architecture. */
struct outer {
	int socketcall, ipc; /* < 0: has none */
	bool looked;
	uint32_t own[ARRAY_SIZE(inner_calls)]; /* 0: no number of its own */
};

/* What is being compiled: abi[i] is libseccomp's token[i]. */
struct build {
	const struct oci_seccomp *s;
	uint32_t default_action;
	uint32_t order;
	struct seccomp_abi abi[ARCHS_MAX];
	uint32_t token[ARCHS_MAX];
	struct outer outer[ARCHS_MAX];
	size_t n;
};

static void free_claims(struct build *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->abi[i].claims);
}
DEFINE_AUTO(struct build *, free_claims)

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
		out->operators[out->n_operators++] = operators[i];
	for (size_t i = 0; i < ARRAY_SIZE(archs); i++)
		if (arch_token(archs[i]))
			out->archs[out->n_archs++] = archs[i];
}

/* Which numbers are its own, and which of these were given one after the other. */
static struct seccomp_abi abi_of(uint32_t token)
{
	struct seccomp_abi abi = {
		.audit_arch = token, .end = UINT32_MAX - 1, .last = X32_BIT, .narrow = true};

	switch (token) {
	case SCMP_ARCH_X86_64:
		abi.end = X32_BIT - 1;
		break;
	case SCMP_ARCH_X32: /* 512 and on were its own before numbers were shared */
		abi.audit_arch = AUDIT_ARCH_X86_64;
		abi.begin = abi.first = X32_BIT;
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
	/* n32 says of itself that it is 64 bits wide, with a bit of its own for what it is. */
	if ((token & __AUDIT_ARCH_64BIT) && token != SCMP_ARCH_MIPS64N32 &&
	    token != SCMP_ARCH_MIPSEL64N32)
		abi.narrow = false;
	return abi;
}

/* x32 goes behind x86_64, whose audit_arch it has: see seccomp_program(). */
static void add_arch(struct build *b, uint32_t token)
{
	size_t at = b->n;

	for (size_t i = 0; token == SCMP_ARCH_X32 && i < b->n; i++)
		if (b->token[i] == SCMP_ARCH_X86_64)
			at = i + 1;
	for (size_t i = b->n; i > at; i--) {
		b->token[i] = b->token[i - 1];
		b->abi[i] = b->abi[i - 1];
		b->outer[i] = b->outer[i - 1];
	}
	b->token[at] = token;
	b->abi[at] = abi_of(token);
	b->outer[at] =
		(struct outer){.socketcall = seccomp_syscall_resolve_name_arch(token, "socketcall"),
			       .ipc = seccomp_syscall_resolve_name_arch(token, "ipc")};
	b->n++;
}

static bool have_arch(const struct build *b, uint32_t token)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->token[i] == token)
			return true;
	return false;
}

/* A process here can be of this architecture at all. */
static bool same_byte_order(uint32_t token)
{
	return !((token ^ seccomp_own_arch()) & __AUDIT_ARCH_LE);
}

static void add_archs(struct build *b)
{
	add_arch(b, seccomp_arch_native());
	/* x32 can't stand without x86_64, nor x86_64 come after it. */
	for (int x32 = 0; x32 < 2; x32++)
		for (size_t i = 0; i < b->s->n_architectures; i++) {
			const char *name = b->s->architectures[i];
			uint32_t token = arch_token(name);

			if ((token == SCMP_ARCH_X32) != x32 || (token && have_arch(b, token)))
				continue;
			if (token && same_byte_order(token))
				add_arch(b, token);
			else
				log_debug("%s can't be in a filter here and is left out", name);
		}
}

static bool lets_through(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

/* A name that nobody knows. It matters when a call goes through that was to be stopped. */
static void left_out(const struct build *b, const char *name, uint32_t action)
{
	bool matters = lets_through(b->default_action) && !lets_through(action);

	log_line(matters ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		 "a seccomp rule for `%s` is left out: no such call is known", name);
}

/* A call of that name has this number, whatever the rules say about it. */
static void note_number(struct seccomp_abi *abi, uint32_t nr)
{
	if (nr < abi->first || nr >= abi->last)
		return;
	if (!abi->any || nr > abi->newest)
		abi->newest = nr;
	abi->any = true;
}

static int contradicted(const struct seccomp_abi *abi, const struct seccomp_claim *c, struct err *e)
{
	for (size_t i = 0; i < abi->n && c->n_args; i++)
		if (abi->claims[i].action != c->action &&
		    seccomp_same_conditions(&abi->claims[i], c))
			return err_set(e, ERR_SPEC, EINVAL,
				       "the same conditions have another action already");
	return 0;
}

static int add_claim(struct build *b, struct seccomp_abi *abi, struct seccomp_claim c,
		     struct err *e)
{
	int r = contradicted(abi, &c, e);

	if (r < 0)
		return r;
	if (abi->n == abi->room) {
		size_t room = abi->room ? 2 * abi->room : 512;
		struct seccomp_claim *more = reallocarray(abi->claims, room, sizeof(*more));

		if (!more)
			return err_set(e, ERR_SYS, ENOMEM, "seccomp");
		abi->claims = more;
		abi->room = room;
	}
	c.order = b->order++;
	abi->claims[abi->n++] = c;
	return 0;
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

/* All conditions together; or, if one argument has several, each alone. */
static int add_direct(struct build *b, struct seccomp_abi *abi, const struct oci_syscall *rule,
		      uint32_t nr, uint32_t action, struct err *e)
{
	struct seccomp_claim c = {.nr = nr, .action = action};
	bool each = index_twice(rule);
	int r = 0;

	note_number(abi, nr);
	if (action == b->default_action)
		return 0;
	for (size_t k = 0; r == 0 && k < (each ? rule->n_args : 1); k++) {
		c.args = rule->args + k;
		c.n_args = each ? 1 : rule->n_args;
		r = add_claim(b, abi, c, e);
	}
	return r;
}

/* Call number sub of socketcall(2) or ipc(2), whose own number nr is. */
static int add_sub(struct build *b, struct seccomp_abi *abi, const struct oci_syscall *rule, int nr,
		   uint32_t sub_mask, uint32_t sub, uint32_t action, struct err *e)
{
	struct seccomp_claim c = {.nr = (uint32_t)nr,
				  .action = action,
				  .sub_mask = sub_mask,
				  .sub = sub,
				  .doubtful = rule->n_args > 0};

	note_number(abi, (uint32_t)nr);
	if (action == b->default_action)
		return 0;
	if (c.doubtful && !seccomp_stricter(action, b->default_action))
		return 0;
	return add_claim(b, abi, c, e);
}

static const struct inner *find_inner(const char *name)
{
	for (size_t k = 0; k < ARRAY_SIZE(inner_calls); k++)
		if (strcmp(inner_calls[k].name, name) == 0)
			return &inner_calls[k];
	return NULL;
}

/*
 * An inner call may have a number of its own besides, which libseccomp tells only when it is asked
 * for the name of a number. All of them at once: it is a long look-up.
 */
static void find_own_numbers(struct outer *o, const struct seccomp_abi *abi, uint32_t token)
{
	for (uint32_t nr = abi->first + 100; nr < abi->first + 450; nr++) {
		char *name = seccomp_syscall_resolve_num_arch(token, (int)nr);
		const struct inner *inner = name ? find_inner(name) : NULL;

		free(name);
		if (inner)
			o->own[inner - inner_calls] = nr;
	}
	o->looked = true;
}

static int add_on(struct build *b, size_t i, const struct oci_syscall *rule, const char *name,
		  uint32_t action, struct err *e)
{
	struct seccomp_abi *abi = &b->abi[i];
	struct outer *o = &b->outer[i];
	const struct inner *inner = o->socketcall >= 0 || o->ipc >= 0 ? find_inner(name) : NULL;
	int nr = seccomp_syscall_resolve_name_arch(b->token[i], name), r = 0;

	if (inner && !inner->ipc && o->socketcall >= 0)
		r = add_sub(b, abi, rule, o->socketcall, UINT32_MAX, inner->sub, action, e);
	else if (inner && inner->ipc && o->ipc >= 0) /* a version is in the upper half: ipc(2) */
		r = add_sub(b, abi, rule, o->ipc, 0xffff, inner->sub, action, e);
	if (inner && nr < 0) {
		if (!o->looked)
			find_own_numbers(o, abi, b->token[i]);
		nr = o->own[inner - inner_calls] ? (int)o->own[inner - inner_calls] : -1;
	}
	return r < 0 || nr < 0 ? r : add_direct(b, abi, rule, (uint32_t)nr, action, e);
}

static int add_name(struct build *b, const struct oci_syscall *rule, const char *name,
		    uint32_t action, struct err *e)
{
	bool known = seccomp_syscall_resolve_name(name) != __NR_SCMP_ERROR, newer = false;
	int r = 0;

	for (size_t i = 0; r == 0 && i < b->n; i++) {
		uint32_t nr;

		if (known) {
			r = add_on(b, i, rule, name, action, e);
		} else if (seccomp_newer_number(name, b->abi[i].audit_arch, b->abi[i].first, &nr)) {
			r = add_direct(b, &b->abi[i], rule, nr, action, e);
			newer = true;
		}
	}
	if (r == 0 && !known && !newer)
		left_out(b, name, action);
	return r;
}

static int add_rules(struct build *b, struct err *e)
{
	for (size_t i = 0; i < b->s->n_syscalls; i++) {
		const struct oci_syscall *rule = &b->s->syscalls[i];
		uint32_t action;
		int r = seccomp_action(rule->action, rule->has_errno_ret, rule->errno_ret, &action,
				       e);

		if (r < 0)
			return err_at(e, r, "/linux/seccomp/syscalls/%zu/action", i);
		for (size_t j = 0; j < rule->n_names; j++) {
			r = add_name(b, rule, rule->names[j], action, e);
			if (r < 0)
				return err_at(e, r, "/linux/seccomp/syscalls/%zu/names/%zu", i, j);
		}
	}
	return 0;
}

static int compile(const struct oci_seccomp *s, struct arena *a, struct plan_seccomp *out,
		   struct err *e)
{
	struct sock_filter filter[SECCOMP_FILTER_MAX];
	struct build build = {.s = s};
	auto_call(free_claims) struct build *b = &build;
	size_t n;
	int r = seccomp_action(s->default_action, s->has_default_errno_ret, s->default_errno_ret,
			       &b->default_action, e);

	if (r < 0)
		return err_at(e, r, "/linux/seccomp/defaultAction");
	add_archs(b);
	r = add_rules(b, e);
	if (r < 0)
		return r;
	n = seccomp_program(b->abi, b->n, b->default_action, SECCOMP_RET_KILL_THREAD, filter);
	if (n == 0)
		return err_spec(e, "/linux/seccomp",
				"the filter takes more instructions than the kernel has room for, "
				"%d",
				SECCOMP_FILTER_MAX);
	out->filter = arena_dup(a, filter, n * sizeof(*filter));
	out->n = (unsigned short)n;
	return 0;
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

/* Of everything that the program is made from; each part with its length, so none runs into the
 * next. */
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
	static const struct name_value calls[] = {{"read", SCMP_SYS(read)},
						  {"write", SCMP_SYS(write)}};

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
