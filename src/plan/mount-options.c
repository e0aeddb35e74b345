#include "plan/mount-options.h"

#include <string.h>

#include "base/table.h"
#include "sys/syscalls.h"

/* What an option's value is added to. */
enum kind {
	NOTHING, /* what is the case anyway */
	SET,	 /* attribute bits of this mount */
	CLEAR,
	ATIME,	 /* one choice of MOUNT_ATTR__ATIME */
	UNATIME, /* takes that choice back */
	RSET,	 /* the same four, of the whole tree below it too */
	RCLEAR,
	RATIME,
	RUNATIME,
	SB, /* flags of the file system */
	UNSB,
	PROP,  /* propagation */
	BIND,  /* a bind mount; MS_REC: with what is mounted below */
	EXTRA, /* MX_ bits: not the kernel's, the planner and the steps act on them */
};

/*
 * Every option a config.json may name. A row here is all it takes: the parser,
 * `features` and the unit test read this list. mount(8) says what they mean.
 *
 * The recursive forms of flags that a file system has as a whole (rsync and so on) are
 * crun's; there is nothing for them to recurse into, so they mean what the plain ones do.
 */
static const struct mount_option {
	const char *name;
	enum kind kind;
	uint64_t value;
} options[] = {
	{"defaults", NOTHING, 0},
	{"ro", SET, MOUNT_ATTR_RDONLY},
	{"rw", CLEAR, MOUNT_ATTR_RDONLY},
	{"nosuid", SET, MOUNT_ATTR_NOSUID},
	{"suid", CLEAR, MOUNT_ATTR_NOSUID},
	{"nodev", SET, MOUNT_ATTR_NODEV},
	{"dev", CLEAR, MOUNT_ATTR_NODEV},
	{"noexec", SET, MOUNT_ATTR_NOEXEC},
	{"exec", CLEAR, MOUNT_ATTR_NOEXEC},
	{"nosymfollow", SET, MOUNT_ATTR_NOSYMFOLLOW},
	{"symfollow", CLEAR, MOUNT_ATTR_NOSYMFOLLOW},
	{"nodiratime", SET, MOUNT_ATTR_NODIRATIME},
	{"diratime", CLEAR, MOUNT_ATTR_NODIRATIME},
	{"noatime", ATIME, MOUNT_ATTR_NOATIME},
	{"atime", UNATIME, MOUNT_ATTR_NOATIME},
	{"relatime", ATIME, MOUNT_ATTR_RELATIME},
	{"norelatime", UNATIME, MOUNT_ATTR_RELATIME},
	{"strictatime", ATIME, MOUNT_ATTR_STRICTATIME},
	{"nostrictatime", UNATIME, MOUNT_ATTR_STRICTATIME},

	{"rro", RSET, MOUNT_ATTR_RDONLY},
	{"rrw", RCLEAR, MOUNT_ATTR_RDONLY},
	{"rnosuid", RSET, MOUNT_ATTR_NOSUID},
	{"rsuid", RCLEAR, MOUNT_ATTR_NOSUID},
	{"rnodev", RSET, MOUNT_ATTR_NODEV},
	{"rdev", RCLEAR, MOUNT_ATTR_NODEV},
	{"rnoexec", RSET, MOUNT_ATTR_NOEXEC},
	{"rexec", RCLEAR, MOUNT_ATTR_NOEXEC},
	{"rnosymfollow", RSET, MOUNT_ATTR_NOSYMFOLLOW},
	{"rsymfollow", RCLEAR, MOUNT_ATTR_NOSYMFOLLOW},
	{"rnodiratime", RSET, MOUNT_ATTR_NODIRATIME},
	{"rdiratime", RCLEAR, MOUNT_ATTR_NODIRATIME},
	{"rnoatime", RATIME, MOUNT_ATTR_NOATIME},
	{"ratime", RUNATIME, MOUNT_ATTR_NOATIME},
	{"rrelatime", RATIME, MOUNT_ATTR_RELATIME},
	{"rnorelatime", RUNATIME, MOUNT_ATTR_RELATIME},
	{"rstrictatime", RATIME, MOUNT_ATTR_STRICTATIME},
	{"rnostrictatime", RUNATIME, MOUNT_ATTR_STRICTATIME},

	{"sync", SB, MSB_SYNC},
	{"async", UNSB, MSB_SYNC},
	{"dirsync", SB, MSB_DIRSYNC},
	{"lazytime", SB, MSB_LAZYTIME},
	{"nolazytime", UNSB, MSB_LAZYTIME},
	{"mand", SB, MSB_MAND},
	{"nomand", UNSB, MSB_MAND},
	{"iversion", SB, MSB_IVERSION},
	{"noiversion", UNSB, MSB_IVERSION},
	{"silent", SB, MSB_SILENT},
	{"loud", UNSB, MSB_SILENT},
	{"rsync", SB, MSB_SYNC},
	{"rasync", UNSB, MSB_SYNC},
	{"rdirsync", SB, MSB_DIRSYNC},
	{"rmand", SB, MSB_MAND},
	{"rnomand", UNSB, MSB_MAND},

	{"private", PROP, MS_PRIVATE},
	{"shared", PROP, MS_SHARED},
	{"slave", PROP, MS_SLAVE},
	{"unbindable", PROP, MS_UNBINDABLE},
	{"rprivate", PROP, MS_PRIVATE | MS_REC},
	{"rshared", PROP, MS_SHARED | MS_REC},
	{"rslave", PROP, MS_SLAVE | MS_REC},
	{"runbindable", PROP, MS_UNBINDABLE | MS_REC},

	{"bind", BIND, 0},
	{"rbind", BIND, MS_REC},
	{"remount", EXTRA, MX_REMOUNT},
	{"tmpcopyup", EXTRA, MX_COPY_UP},
	{"idmap", EXTRA, MX_IDMAP},
	{"ridmap", EXTRA, MX_RIDMAP},
	{"copy-symlink", EXTRA, MX_COPY_SYMLINK},
	{"src-nofollow", EXTRA, MX_SRC_NOFOLLOW},
	{"dest-nofollow", EXTRA, MX_DEST_NOFOLLOW},
};

/* The later word wins, as mount(8) has it: "ro,rw" is "rw". */
static void set_bits(uint64_t *on, uint64_t *off, uint64_t bits)
{
	*on |= bits;
	*off &= ~bits;
}

/*
 * When access times are written is one choice among three, in one field. The kernel wants the
 * whole field cleared whenever any of it is set (mount_setattr(2)), which is also how we
 * know that a choice was made.
 */
static bool atime_chosen(uint64_t clear)
{
	return (clear & MOUNT_ATTR__ATIME) != 0;
}

static void choose_atime(uint64_t *set, uint64_t *clear, uint64_t choice)
{
	*set = (*set & ~(uint64_t)MOUNT_ATTR__ATIME) | choice;
	*clear |= MOUNT_ATTR__ATIME;
}

/*
 * "atime" takes "noatime" back, and so on. Another choice made before stays; without one it
 * is the kernel's default, which is relatime.
 */
static void unchoose_atime(uint64_t *set, uint64_t *clear, uint64_t choice)
{
	if (!atime_chosen(*clear) || (*set & MOUNT_ATTR__ATIME) == choice)
		choose_atime(set, clear, MOUNT_ATTR_RELATIME);
}

static void forget_atime(uint64_t *set, uint64_t *clear)
{
	*set &= ~(uint64_t)MOUNT_ATTR__ATIME;
	*clear &= ~(uint64_t)MOUNT_ATTR__ATIME;
}

static void apply_one(struct mount_flags *f, const struct mount_option *o)
{
	if (o->kind == SET)
		set_bits(&f->set, &f->clear, o->value);
	else if (o->kind == CLEAR)
		set_bits(&f->clear, &f->set, o->value);
	else if (o->kind == ATIME)
		choose_atime(&f->set, &f->clear, o->value);
	else
		unchoose_atime(&f->set, &f->clear, o->value);
}

/*
 * The whole tree is set before the mount itself is. So "rro,rw" needs nothing more; in
 * "ro,rrw" the later word says something of the mount itself too, and takes its "ro" away.
 */
static void apply_recursive(struct mount_flags *f, const struct mount_option *o)
{
	if (o->kind == RATIME) {
		choose_atime(&f->rset, &f->rclear, o->value);
		forget_atime(&f->set, &f->clear);
		return;
	}
	if (o->kind == RUNATIME) {
		unchoose_atime(&f->rset, &f->rclear, o->value);
		if (atime_chosen(f->clear) && (f->set & MOUNT_ATTR__ATIME) == o->value)
			forget_atime(&f->set, &f->clear);
		return;
	}
	if (o->kind == RSET)
		set_bits(&f->rset, &f->rclear, o->value);
	else
		set_bits(&f->rclear, &f->rset, o->value);
	f->set &= ~o->value;
	f->clear &= ~o->value;
}

/*
 * Several are allowed and applied in order: "slave,shared" is a slave that is a peer of
 * its own. A word said twice counts where it was said last, so the eight there are always fit.
 */
static void apply_propagation(struct mount_flags *f, uint64_t value)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < f->n_propagation; i++)
		if (f->propagation[i] != value)
			f->propagation[n++] = f->propagation[i];
	f->propagation[n++] = value;
	f->n_propagation = n;
}

static void apply(struct mount_flags *f, const struct mount_option *o)
{
	switch (o->kind) {
	case NOTHING:
		break;
	case SET:
	case CLEAR:
	case ATIME:
	case UNATIME:
		apply_one(f, o);
		break;
	case RSET:
	case RCLEAR:
	case RATIME:
	case RUNATIME:
		apply_recursive(f, o);
		break;
	case SB:
		f->sb_set |= (uint32_t)o->value;
		f->sb_clear &= ~(uint32_t)o->value;
		break;
	case UNSB:
		f->sb_clear |= (uint32_t)o->value;
		f->sb_set &= ~(uint32_t)o->value;
		break;
	case PROP:
		apply_propagation(f, o->value);
		break;
	case BIND:
		f->bind = true;
		f->rbind = o->value != 0;
		break;
	case EXTRA:
		f->extra |= (uint32_t)o->value;
		break;
	}
}

int mount_flags_add(struct mount_flags *f, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strcmp(options[i].name, word) != 0)
			continue;
		apply(f, &options[i]);
		return 1;
	}
	return 0;
}

void mount_options_each(void (*fn)(const char *name, void *arg), void *arg)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		fn(options[i].name, arg);
}
