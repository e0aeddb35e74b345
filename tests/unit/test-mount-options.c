/* test-mount-options.c - each option by itself, and each behind each other one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/table.h"
#include "plan/mount-options.h"
#include "sys/syscalls.h"

/* What an option is about. Two options that are about different things leave each other alone. */
enum about {
	NOTHING,
	ATTR,	   /* bits of the mount */
	TREE_ATTR, /* and of all below it */
	ATIME,	   /* which of the three it is */
	TREE_ATIME,
	UNATIME, /* which of the three it is not */
	TREE_UNATIME,
	SB,
	PROP,
	BIND,
	EXTRA,
};

static const struct expected {
	const char *name;
	enum about about;
	bool on;
	uint64_t value;
} all[] = {
	{"defaults", NOTHING, false, 0},
	{"ro", ATTR, true, MOUNT_ATTR_RDONLY},
	{"rw", ATTR, false, MOUNT_ATTR_RDONLY},
	{"nosuid", ATTR, true, MOUNT_ATTR_NOSUID},
	{"suid", ATTR, false, MOUNT_ATTR_NOSUID},
	{"nodev", ATTR, true, MOUNT_ATTR_NODEV},
	{"dev", ATTR, false, MOUNT_ATTR_NODEV},
	{"noexec", ATTR, true, MOUNT_ATTR_NOEXEC},
	{"exec", ATTR, false, MOUNT_ATTR_NOEXEC},
	{"nosymfollow", ATTR, true, MOUNT_ATTR_NOSYMFOLLOW},
	{"symfollow", ATTR, false, MOUNT_ATTR_NOSYMFOLLOW},
	{"nodiratime", ATTR, true, MOUNT_ATTR_NODIRATIME},
	{"diratime", ATTR, false, MOUNT_ATTR_NODIRATIME},
	{"rro", TREE_ATTR, true, MOUNT_ATTR_RDONLY},
	{"rrw", TREE_ATTR, false, MOUNT_ATTR_RDONLY},
	{"rnosuid", TREE_ATTR, true, MOUNT_ATTR_NOSUID},
	{"rsuid", TREE_ATTR, false, MOUNT_ATTR_NOSUID},
	{"rnodev", TREE_ATTR, true, MOUNT_ATTR_NODEV},
	{"rdev", TREE_ATTR, false, MOUNT_ATTR_NODEV},
	{"rnoexec", TREE_ATTR, true, MOUNT_ATTR_NOEXEC},
	{"rexec", TREE_ATTR, false, MOUNT_ATTR_NOEXEC},
	{"rnosymfollow", TREE_ATTR, true, MOUNT_ATTR_NOSYMFOLLOW},
	{"rsymfollow", TREE_ATTR, false, MOUNT_ATTR_NOSYMFOLLOW},
	{"rnodiratime", TREE_ATTR, true, MOUNT_ATTR_NODIRATIME},
	{"rdiratime", TREE_ATTR, false, MOUNT_ATTR_NODIRATIME},
	{"noatime", ATIME, true, MOUNT_ATTR_NOATIME},
	{"relatime", ATIME, true, MOUNT_ATTR_RELATIME},
	{"strictatime", ATIME, true, MOUNT_ATTR_STRICTATIME},
	{"atime", UNATIME, false, MOUNT_ATTR_NOATIME},
	{"norelatime", UNATIME, false, MOUNT_ATTR_RELATIME},
	{"nostrictatime", UNATIME, false, MOUNT_ATTR_STRICTATIME},
	{"rnoatime", TREE_ATIME, true, MOUNT_ATTR_NOATIME},
	{"rrelatime", TREE_ATIME, true, MOUNT_ATTR_RELATIME},
	{"rstrictatime", TREE_ATIME, true, MOUNT_ATTR_STRICTATIME},
	{"ratime", TREE_UNATIME, false, MOUNT_ATTR_NOATIME},
	{"rnorelatime", TREE_UNATIME, false, MOUNT_ATTR_RELATIME},
	{"rnostrictatime", TREE_UNATIME, false, MOUNT_ATTR_STRICTATIME},
	{"sync", SB, true, MSB_SYNC},
	{"async", SB, false, MSB_SYNC},
	{"dirsync", SB, true, MSB_DIRSYNC},
	{"lazytime", SB, true, MSB_LAZYTIME},
	{"nolazytime", SB, false, MSB_LAZYTIME},
	{"mand", SB, true, MSB_MAND},
	{"nomand", SB, false, MSB_MAND},
	{"iversion", SB, true, MSB_IVERSION},
	{"noiversion", SB, false, MSB_IVERSION},
	{"silent", SB, true, MSB_SILENT},
	{"loud", SB, false, MSB_SILENT},
	{"rsync", SB, true, MSB_SYNC},
	{"rasync", SB, false, MSB_SYNC},
	{"rdirsync", SB, true, MSB_DIRSYNC},
	{"rmand", SB, true, MSB_MAND},
	{"rnomand", SB, false, MSB_MAND},
	{"private", PROP, true, MS_PRIVATE},
	{"shared", PROP, true, MS_SHARED},
	{"slave", PROP, true, MS_SLAVE},
	{"unbindable", PROP, true, MS_UNBINDABLE},
	{"rprivate", PROP, true, MS_PRIVATE | MS_REC},
	{"rshared", PROP, true, MS_SHARED | MS_REC},
	{"rslave", PROP, true, MS_SLAVE | MS_REC},
	{"runbindable", PROP, true, MS_UNBINDABLE | MS_REC},
	{"bind", BIND, false, 0},
	{"rbind", BIND, true, 0},
	{"remount", EXTRA, true, MX_REMOUNT},
	{"tmpcopyup", EXTRA, true, MX_COPY_UP},
	{"idmap", EXTRA, true, MX_IDMAP},
	{"ridmap", EXTRA, true, MX_RIDMAP},
	{"copy-symlink", EXTRA, true, MX_COPY_SYMLINK},
	{"src-nofollow", EXTRA, true, MX_SRC_NOFOLLOW},
	{"dest-nofollow", EXTRA, true, MX_DEST_NOFOLLOW},
};

static void seen(const char *name, void *arg)
{
	unsigned *count = arg;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (strcmp(all[i].name, name) == 0) {
			count[i]++;
			return;
		}
	fail_msg("`%s` is an option, and this test knows nothing of it", name);
}

static void each_option_is_expected_once(void **state)
{
	unsigned count[ARRAY_SIZE(all)] = {0};

	(void)state;
	mount_options_each(seen, count);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (count[i] != 1)
			fail_msg("`%s` is there %u times", all[i].name, count[i]);
}

/* What mount_setattr(2) leaves of a mount's attributes, and whether it would do it at all. */
static uint64_t set_attr(uint64_t was, uint64_t set, uint64_t clear)
{
	const uint64_t field = MOUNT_ATTR__ATIME;

	assert_true((clear & field) == 0 || (clear & field) == field);
	assert_false(set & field && !(clear & field));
	assert_int_equal(set & clear & ~field, 0);
	return (was & ~clear) | set;
}

/* A mount and one below it, after hull's two calls in their order. */
struct after {
	uint64_t mount, below;
};

static struct after carry_out(const struct mount_flags *f, uint64_t was)
{
	struct after r = {set_attr(was, f->rset, f->rclear), set_attr(was, f->rset, f->rclear)};

	r.mount = set_attr(r.mount, f->set, f->clear);
	return r;
}

/* Whether attrs are what o asked for. was: before anything was done. */
static bool holds(const struct expected *o, uint64_t attrs, uint64_t was)
{
	uint64_t atime = attrs & MOUNT_ATTR__ATIME, before = was & MOUNT_ATTR__ATIME;

	switch (o->about) {
	case ATTR:
	case TREE_ATTR:
		return o->on ? (attrs & o->value) == o->value : (attrs & o->value) == 0;
	case ATIME:
	case TREE_ATIME:
		return atime == o->value;
	case UNATIME:
	case TREE_UNATIME:
		/* what is neither this nor anything else that was asked for is the kernel's default
		 */
		return atime != o->value || atime == MOUNT_ATTR_RELATIME || before == atime;
	default:
		return true;
	}
}

static const uint64_t starts[] = {
	0,
	MOUNT_ATTR_NOATIME,
	MOUNT_ATTR_STRICTATIME,
	MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC |
		MOUNT_ATTR_NOSYMFOLLOW | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOATIME,
};

static bool is_tree(const struct expected *o)
{
	return o->about == TREE_ATTR || o->about == TREE_ATIME || o->about == TREE_UNATIME;
}

static bool is_attr(const struct expected *o)
{
	return o->about >= ATTR && o->about <= TREE_UNATIME;
}

/* The bits of a mount that o decides. */
static uint64_t touched(const struct expected *o)
{
	if (!is_attr(o))
		return 0;
	return o->about == ATTR || o->about == TREE_ATTR ? o->value : MOUNT_ATTR__ATIME;
}

static void each_option_does_what_it_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		const struct expected *o = &all[i];
		struct mount_flags f = {0}, want = {0};

		assert_int_equal(mount_flags_add(&f, o->name), 1);
		for (size_t k = 0; k < ARRAY_SIZE(starts); k++) {
			struct after r = carry_out(&f, starts[k]);
			uint64_t others = ~touched(o);

			assert_true(holds(o, r.mount, is_attr(o) ? 0 : starts[k]));
			assert_int_equal(r.mount & others, starts[k] & others);
			if (is_tree(o))
				assert_int_equal(r.below, r.mount);
			else
				assert_int_equal(r.below, starts[k]);
		}
		want.set = f.set, want.clear = f.clear, want.rset = f.rset, want.rclear = f.rclear;
		if (o->about == SB)
			*(o->on ? &want.sb_set : &want.sb_clear) = (uint32_t)o->value;
		if (o->about == PROP) {
			want.n_propagation = 1;
			want.propagation[0] = o->value;
		}
		if (o->about == EXTRA)
			want.extra = (uint32_t)o->value;
		if (o->about == BIND) {
			want.bind = true;
			want.rbind = o->on;
		}
		assert_memory_equal(&f, &want, sizeof(f));
	}
}

static void check_sb(const struct mount_flags *f, const struct expected *o)
{
	uint32_t bit = (uint32_t)o->value;

	assert_int_equal(f->sb_set & bit, o->on ? bit : 0);
	assert_int_equal(f->sb_clear & bit, o->on ? 0 : bit);
}

/* o is the last word, or the only one about what it is about. */
static void check_kept(const struct mount_flags *f, const struct expected *o)
{
	switch (o->about) {
	case SB:
		check_sb(f, o);
		break;
	case PROP:
		assert_true(f->n_propagation > 0);
		break;
	case BIND:
		assert_true(f->bind);
		break;
	case EXTRA:
		assert_true(f->extra & o->value);
		break;
	default:
		break;
	}
}

static void check_pair(const struct expected *a, const struct expected *b)
{
	struct mount_flags f = {0};
	bool apart = !(touched(a) & touched(b));

	assert_int_equal(mount_flags_add(&f, a->name), 1);
	assert_int_equal(mount_flags_add(&f, b->name), 1);
	check_kept(&f, b);
	if (a->about != b->about || a->value != b->value)
		check_kept(&f, a);
	if (b->about == BIND)
		assert_int_equal(f.rbind, b->on);
	if (a->about == PROP && b->about == PROP) {
		assert_int_equal(f.n_propagation, a == b ? 1 : 2);
		assert_int_equal(f.propagation[0], a->value);
		assert_int_equal(f.propagation[f.n_propagation - 1], b->value);
	}
	for (size_t k = 0; k < ARRAY_SIZE(starts); k++) {
		struct after r = carry_out(&f, starts[k]);

		if (is_attr(b) && (!holds(b, r.mount, 0) || (is_tree(b) && !holds(b, r.below, 0))))
			fail_msg("`%s,%s`: the later word doesn't hold", a->name, b->name);
		if (is_attr(a) && apart &&
		    (!holds(a, r.mount, 0) || (is_tree(a) && !holds(a, r.below, 0))))
			fail_msg("`%s,%s`: the earlier word is lost", a->name, b->name);
		/* "rro,rw": what lies below is still as the first word has it */
		if (is_tree(a) && !is_tree(b) && !holds(a, r.below, 0))
			fail_msg("`%s,%s`: the tree is lost", a->name, b->name);
	}
}

static void the_later_word_wins(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		for (size_t k = 0; k < ARRAY_SIZE(all); k++)
			check_pair(&all[i], &all[k]);
}

static uint64_t atime_of(const char *first, const char *second)
{
	struct mount_flags f = {0};

	assert_int_equal(mount_flags_add(&f, first), 1);
	assert_int_equal(mount_flags_add(&f, second), 1);
	return carry_out(&f, MOUNT_ATTR_NOATIME).mount & MOUNT_ATTR__ATIME;
}

/* Taking back what was not chosen leaves what was; taking back the choice gives the default. */
static void atime_is_one_choice(void **state)
{
	(void)state;
	assert_int_equal(atime_of("strictatime", "atime"), MOUNT_ATTR_STRICTATIME);
	assert_int_equal(atime_of("noatime", "atime"), MOUNT_ATTR_RELATIME);
	assert_int_equal(atime_of("noatime", "nostrictatime"), MOUNT_ATTR_NOATIME);
	assert_int_equal(atime_of("strictatime", "nostrictatime"), MOUNT_ATTR_RELATIME);
	assert_int_equal(atime_of("noatime", "norelatime"), MOUNT_ATTR_NOATIME);
	assert_int_equal(atime_of("defaults", "atime"), MOUNT_ATTR_RELATIME);
	assert_int_equal(atime_of("rstrictatime", "ratime"), MOUNT_ATTR_STRICTATIME);
	assert_int_equal(atime_of("noatime", "ratime"), MOUNT_ATTR_RELATIME);
	assert_int_equal(atime_of("strictatime", "ratime"), MOUNT_ATTR_STRICTATIME);
	assert_int_equal(atime_of("noatime", "rstrictatime"), MOUNT_ATTR_STRICTATIME);
	assert_int_equal(atime_of("rnoatime", "relatime"), MOUNT_ATTR_RELATIME);
}

static void propagation_never_overflows(void **state)
{
	struct mount_flags f = {0};
	const char *last = NULL;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		const struct expected *o = &all[i * 11 % ARRAY_SIZE(all)];

		if (o->about != PROP)
			continue;
		assert_int_equal(mount_flags_add(&f, o->name), 1);
		last = o->name;
		assert_in_range(f.n_propagation, 1, MOUNT_PROPAGATIONS_MAX);
		assert_int_equal(f.propagation[f.n_propagation - 1], o->value);
	}
	assert_non_null(last);
	assert_int_equal(f.n_propagation, MOUNT_PROPAGATIONS_MAX);
}

static void other_words_are_left_alone(void **state)
{
	static const char *const words[] = {
		"",	     "RO",     "ro ",	  " ro",  "rbin", "rbinds",
		"mode=1777", "ro=1",   "size=5m", "z",	  "Z",	  "U",
		"copy",	     "nocopy", "user",	  "auto", "=",	  "idmap=uids=0-1-10",
	};
	const struct mount_flags none = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct mount_flags f = {0};

		assert_int_equal(mount_flags_add(&f, words[i]), 0);
		assert_memory_equal(&f, &none, sizeof(f));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_option_is_expected_once),
		cmocka_unit_test(each_option_does_what_it_says),
		cmocka_unit_test(the_later_word_wins),
		cmocka_unit_test(atime_is_one_choice),
		cmocka_unit_test(propagation_never_overflows),
		cmocka_unit_test(other_words_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
