#include "plan/seccomp-newer.h"

#include <linux/audit.h>

#include "base/table.h"

/* As in include/uapi/asm-generic/unistd.h. */
static const struct name_value newer[] = {
	{"cachestat", 451}, /* 6.5 */
	{"fchmodat2", 452}, /* 6.6 */
	{"map_shadow_stack", 453},
	{"futex_wake", 454}, /* 6.7 */
	{"futex_wait", 455},
	{"futex_requeue", 456},
	{"statmount", 457}, /* 6.8 */
	{"listmount", 458},
	{"lsm_get_self_attr", 459},
	{"lsm_set_self_attr", 460},
	{"lsm_list_modules", 461},
	{"mseal", 462},	     /* 6.10 */
	{"setxattrat", 463}, /* 6.13 */
	{"getxattrat", 464},
	{"listxattrat", 465},
	{"removexattrat", 466},
	{"open_tree_attr", 467}, /* 6.15 */
	{"file_getattr", 468},	 /* 6.17 */
	{"file_setattr", 469},
	{"listns", 470}, /* 6.19 */
};

/* Of x86_64 alone, in a gap that was left there. */
static const struct name_value newer_x86_64[] = {
	{"uretprobe", 335}, /* 6.11 */
	{"uprobe", 336},    /* 6.18 */
};

bool seccomp_newer_number(const char *name, uint32_t audit_arch, uint32_t first, uint32_t *nr)
{
	const struct name_value *row = name_lookup(newer, ARRAY_SIZE(newer), name);

	if (!row && audit_arch == AUDIT_ARCH_X86_64 && first == 0)
		row = name_lookup(newer_x86_64, ARRAY_SIZE(newer_x86_64), name);
	if (!row)
		return false;
	*nr = first + (uint32_t)row->value;
	return true;
}
