#include "sys/lsm.h"

#include <errno.h>
#include <stdio.h>

#include "sys/proc.h"

int lsm_apparmor_on_exec(int proc, const char *profile, struct err *e)
{
	char text[512];
	struct str s = STR_ON(text);
	int r;

	str_addf(&s, "exec %s", profile);
	if (str_cut(&s)) {
		errno = ENAMETOOLONG;
		return err_sys(e, "write", "/proc/thread-self/attr/apparmor/exec");
	}
	/* The file of its own since Linux 5.8; before, the one that all LSMs share. */
	r = proc_write(proc, "thread-self/attr/apparmor/exec", text, e);
	if (r == -ENOENT) {
		err_drop(e);
		r = proc_write(proc, "thread-self/attr/exec", text, e);
	}
	return r;
}

int lsm_selinux_on_exec(int proc, const char *label, struct err *e)
{
	static const char *const files[] = {"thread-self/attr/exec", "thread-self/attr/keycreate",
					    "thread-self/attr/sockcreate"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		int r = proc_write(proc, files[i], label, e);

		if (r < 0)
			return r;
	}
	return 0;
}
