/* mount-options.h - what the words in mounts[].options mean. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

enum mount_extra {
	MX_COPY_UP = 1 << 0,	   /* tmpcopyup: fill the tmpfs with what it hides */
	MX_IDMAP = 1 << 1,	   /* idmap */
	MX_RIDMAP = 1 << 2,	   /* ridmap: the mounts below it too */
	MX_COPY_SYMLINK = 1 << 3,  /* copy-symlink (crun) */
	MX_SRC_NOFOLLOW = 1 << 4,  /* src-nofollow (crun) */
	MX_DEST_NOFOLLOW = 1 << 5, /* dest-nofollow (crun) */
	MX_REMOUNT = 1 << 6,
};

enum { MOUNT_PROPAGATIONS_MAX = 8 };

struct mount_flags {
	uint64_t set, clear;			      /* struct mount_attr, this mount */
	uint64_t rset, rclear;			      /* struct mount_attr, AT_RECURSIVE */
	uint64_t propagation[MOUNT_PROPAGATIONS_MAX]; /* MS_SHARED and friends, with MS_REC, in
							 order */
	uint32_t n_propagation;
	uint32_t sb_set, sb_clear; /* SB_ bits of the file system: index into mount_sb_names */
	uint32_t extra;		   /* MX_ */
	bool bind, rbind;
};

/* Flags of a superblock, set by fsconfig(2) FSCONFIG_SET_FLAG under these names. */
enum mount_sb {
	MSB_SYNC = 1 << 0,
	MSB_DIRSYNC = 1 << 1,
	MSB_LAZYTIME = 1 << 2,
	MSB_MAND = 1 << 3,
	MSB_IVERSION = 1 << 4,
	MSB_SILENT = 1 << 5,
};

/* Adds one option word to f. Returns 1 if the word is known, 0 if it is for the file system. */
int mount_flags_add(struct mount_flags *f, const char *word);

/* Calls fn for each known option, in the list's order: for `features` and the tests. */
void mount_options_each(void (*fn)(const char *name, void *arg), void *arg);
