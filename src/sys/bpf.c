#include "sys/bpf.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

enum { PROGRAMS_MAX = 64 }; /* the kernel's own bound for one cgroup (BPF_CGROUP_MAX_PROGS) */

static int sys_bpf(int cmd, union bpf_attr *attr)
{
	int r;

	/* EAGAIN: a signal came during the verification. */
	do
		r = (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
	while (r < 0 && errno == EAGAIN);
	return r;
}

static int load(const struct bpf_insn *prog, size_t n, struct err *e)
{
	char log[4096] = "";
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.expected_attach_type = BPF_CGROUP_DEVICE,
		.insns = (uintptr_t)prog,
		.insn_cnt = (uint32_t)n,
		.license = (uintptr_t) "Apache-2.0",
		.prog_name = "hull_devices",
	};
	int fd = sys_bpf(BPF_PROG_LOAD, &attr);

	if (fd >= 0)
		return fd;
	if (errno == EINVAL || errno == EACCES) {
		int num = errno;

		/* Once more, for the verifier's reasons. */
		attr.log_buf = (uintptr_t)log;
		attr.log_size = sizeof(log);
		attr.log_level = 1;
		fd = sys_bpf(BPF_PROG_LOAD, &attr);
		if (fd >= 0)
			return fd;
		log_debug("the device program was refused: %s", log);
		errno = num;
	}
	return err_sys(e, "bpf", "BPF_PROG_LOAD of the device program");
}

static int attach(int cgroup, int prog, int replaced, struct err *e)
{
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)prog,
		.attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI,
	};

	if (replaced >= 0) {
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)replaced;
	}
	if (sys_bpf(BPF_PROG_ATTACH, &attr) < 0)
		return err_sys(e, "bpf", "BPF_PROG_ATTACH of the device program");
	return 0;
}

static int query(int cgroup, uint32_t *ids, uint32_t *n, struct err *e)
{
	union bpf_attr attr = {0};

	attr.query.target_fd = (uint32_t)cgroup;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = *n;
	if (sys_bpf(BPF_PROG_QUERY, &attr) < 0)
		return err_sys(e, "bpf", "BPF_PROG_QUERY of the device programs");
	*n = attr.query.prog_cnt;
	return 0;
}

static int open_id(uint32_t id)
{
	union bpf_attr attr = {.prog_id = id};

	return sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr);
}

static int detach(int cgroup, uint32_t id, struct err *e)
{
	auto_close int prog = open_id(id);
	union bpf_attr attr = {
		.target_fd = (uint32_t)cgroup,
		.attach_bpf_fd = (uint32_t)prog,
		.attach_type = BPF_CGROUP_DEVICE,
	};

	if (prog < 0)
		return errno == ENOENT ? 0 : err_sys(e, "bpf", "BPF_PROG_GET_FD_BY_ID");
	if (sys_bpf(BPF_PROG_DETACH, &attr) < 0 && errno != ENOENT)
		return err_sys(e, "bpf", "BPF_PROG_DETACH of a device program");
	return 0;
}

int bpf_device_count(int cgroup, size_t *n, struct err *e)
{
	uint32_t ids[PROGRAMS_MAX], count = PROGRAMS_MAX;
	int r = query(cgroup, ids, &count, e);

	*n = r < 0 ? 0 : count;
	return r;
}

int bpf_device_set(int cgroup, bool fresh, const struct bpf_insn *prog, size_t n, struct err *e)
{
	uint32_t ids[PROGRAMS_MAX], count = PROGRAMS_MAX;
	auto_close int fd = load(prog, n, e);
	auto_close int old = -EBADF;
	int r;

	if (fd < 0)
		return fd;
	if (fresh)
		return attach(cgroup, fd, -1, e);
	r = query(cgroup, ids, &count, e);
	if (r < 0)
		return r;
	if (count > 0) {
		old = open_id(ids[0]);
		if (old < 0)
			return err_sys(e, "bpf", "BPF_PROG_GET_FD_BY_ID");
	}
	r = attach(cgroup, fd, old, e);
	/* Each program has to say yes: what is left of others would only forbid more. */
	for (uint32_t i = 1; r == 0 && i < count; i++)
		r = detach(cgroup, ids[i], e);
	return r;
}
