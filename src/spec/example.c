#include "spec/example.h"

#include <errno.h>
#include <sched.h>

#include "base/table.h"
#include "libocispec/ocispec.h"

#define LIST_OF(member, array) .member = (array), .n_##member = ARRAY_SIZE(array)

static const char *args[] = {"sh"};
static const char *env[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	"TERM=xterm",
};

/*
 * What a program that runs as root expects to be able to do to its own processes and files, and
 * no more. Inheritable and ambient stay empty: files and programs gain nothing by being executed.
 */
static const char *caps[] = {"CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"};
static const char *no_caps[] = {NULL};

static struct oci_capabilities capabilities = {
	LIST_OF(bounding, caps),  LIST_OF(effective, caps), .inheritable = no_caps,
	LIST_OF(permitted, caps), .ambient = no_caps,
};

static struct oci_rlimit rlimits[] = {
	{.type = "RLIMIT_NOFILE", .has_soft = true, .soft = 1024, .has_hard = true, .hard = 1024},
};

static struct oci_user user = {.has_uid = true, .has_gid = true};

static struct oci_process process = {
	.has_terminal = true,
	.terminal = true,
	.user = &user,
	LIST_OF(args, args),
	LIST_OF(env, env),
	.cwd = "/",
	.capabilities = &capabilities,
	LIST_OF(rlimits, rlimits),
	.has_no_new_privileges = true,
	.no_new_privileges = true,
};

static struct oci_root root = {.path = "rootfs", .has_readonly = true, .readonly = true};

static const char *proc_options[] = {"nosuid", "noexec", "nodev"};
static const char *dev_options[] = {"nosuid", "strictatime", "mode=755", "size=65536k"};
static const char *pts_options[] = {"nosuid",	     "noexec",	  "newinstance",
				    "ptmxmode=0666", "mode=0620", "gid=5"};
static const char *shm_options[] = {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"};
static const char *sys_options[] = {"nosuid", "noexec", "nodev", "ro"};
static const char *cgroup_options[] = {"nosuid", "noexec", "nodev", "relatime", "ro"};

#define MOUNT(where, what, from, words)                                                            \
	{                                                                                          \
		.destination = (where), .type = (what), .source = (from), LIST_OF(options, words)  \
	}

static struct oci_mount mounts[] = {
	MOUNT("/proc", "proc", "proc", proc_options),
	MOUNT("/dev", "tmpfs", "tmpfs", dev_options),
	MOUNT("/dev/pts", "devpts", "devpts", pts_options),
	MOUNT("/dev/shm", "tmpfs", "shm", shm_options),
	MOUNT("/dev/mqueue", "mqueue", "mqueue", proc_options),
	MOUNT("/sys", "sysfs", "sysfs", sys_options),
	MOUNT("/sys/fs/cgroup", "cgroup", "cgroup", cgroup_options),
};

enum { MOUNT_PTS = 2 };

/* The last is for --rootless alone. */
static struct oci_namespace namespaces[] = {
	{.type = "pid"},   {.type = "network"}, {.type = "ipc"},  {.type = "uts"},
	{.type = "mount"}, {.type = "cgroup"},	{.type = "user"},
};

static struct oci_id_mapping uid_map[] = {
	{.has_container_id = true, .has_host_id = true, .has_size = true, .size = 1}};
static struct oci_id_mapping gid_map[] = {
	{.has_container_id = true, .has_host_id = true, .has_size = true, .size = 1}};

/* The default devices are allowed by every runtime: this is about all others. */
static struct oci_device_cgroup no_devices[] = {
	{.has_allow = true, .allow = false, .access = "rwm"},
};

static struct oci_resources resources = {LIST_OF(devices, no_devices)};

static const char *masked[] = {
	"/proc/acpi",
	"/proc/asound",
	"/proc/interrupts",
	"/proc/kcore",
	"/proc/keys",
	"/proc/latency_stats",
	"/proc/sched_debug",
	"/proc/scsi",
	"/proc/timer_list",
	"/proc/timer_stats",
	"/sys/devices/virtual/powercap",
	"/sys/firmware",
};

static const char *readonly[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/*
 * The seccomp filter says what is refused, not what is allowed: a program that does ordinary
 * things runs, and the ways into the parts of the kernel that containers were broken out of are
 * closed even to one that has become root in here. Refusing is with EPERM, which programs take
 * for the lack of a privilege, but for clone3.
 */
static const char *mount_calls[] = {
	"fsconfig",   "fsmount",   "fsopen",	 "fspick", "mount",   "mount_setattr",
	"move_mount", "open_tree", "pivot_root", "umount", "umount2",
};

/* Keyrings aren't in a namespace of their own; handles reach files past any mount. */
static const char *reach_out_calls[] = {
	"add_key", "keyctl", "open_by_handle_at", "request_key", "setns",
};

/* Big, young or rarely used machinery: most ways out of containers of late went through it. */
static const char *machinery_calls[] = {
	"bpf",	"io_uring_enter", "io_uring_register", "io_uring_setup",
	"kcmp", "lookup_dcookie", "perf_event_open",   "userfaultfd",
	"vm86", "vm86old",
};

/* The host's own affairs: its modules, kernel, clock, swap, ports, quotas and log. */
static const char *host_calls[] = {
	"acct",
	"clock_settime",
	"clock_settime64",
	"create_module",
	"delete_module",
	"finit_module",
	"get_kernel_syms",
	"init_module",
	"ioperm",
	"iopl",
	"kexec_file_load",
	"kexec_load",
	"nfsservctl",
	"pciconfig_iobase",
	"pciconfig_read",
	"pciconfig_write",
	"query_module",
	"quotactl",
	"quotactl_fd",
	"reboot",
	"settimeofday",
	"stime",
	"swapoff",
	"swapon",
	"syslog",
	"uselib",
};

/* A user namespace would make a root of anyone, to whom the rest of the kernel listens. */
static const char *clone_call[] = {"clone"};
static const char *unshare_call[] = {"unshare"};

/* Its flags lie in memory, where no filter can look; the C library then takes clone. */
static const char *clone3_call[] = {"clone3"};

/* Typing into a terminal that is shared with the host. */
static const char *ioctl_call[] = {"ioctl"};

/* AF_VSOCK knows no network namespaces. */
static const char *socket_call[] = {"socket"};

enum { TIOCSTI_ = 0x5412, TIOCLINUX_ = 0x541c, AF_VSOCK_ = 40 };

#define ARG_MASKED(which, mask, equals)                                                            \
	{                                                                                          \
		.has_index = true, .index = (which), .has_value = true, .value = (mask),           \
		.has_value_two = true, .value_two = (equals), .op = "SCMP_CMP_MASKED_EQ"           \
	}

#ifdef __s390x__
enum { CLONE_FLAGS_ARG = 1 };
#else
enum { CLONE_FLAGS_ARG = 0 };
#endif

static struct oci_syscall_arg clone_newuser[] = {
	ARG_MASKED(CLONE_FLAGS_ARG, CLONE_NEWUSER, CLONE_NEWUSER)};
static struct oci_syscall_arg unshare_newuser[] = {ARG_MASKED(0, CLONE_NEWUSER, CLONE_NEWUSER)};
static struct oci_syscall_arg tiocsti[] = {ARG_MASKED(1, UINT32_MAX, TIOCSTI_)};
static struct oci_syscall_arg tioclinux[] = {ARG_MASKED(1, UINT32_MAX, TIOCLINUX_)};
static struct oci_syscall_arg vsock[] = {ARG_MASKED(0, UINT32_MAX, AF_VSOCK_)};

#define DENY(list, num)                                                                            \
	LIST_OF(names, list), .action = "SCMP_ACT_ERRNO", .has_errno_ret = true, .errno_ret = (num)

static struct oci_syscall syscalls[] = {
	{DENY(mount_calls, EPERM)},
	{DENY(reach_out_calls, EPERM)},
	{DENY(machinery_calls, EPERM)},
	{DENY(host_calls, EPERM)},
	{DENY(clone3_call, ENOSYS)},
	{DENY(clone_call, EPERM), LIST_OF(args, clone_newuser)},
	{DENY(unshare_call, EPERM), LIST_OF(args, unshare_newuser)},
	{DENY(ioctl_call, EPERM), LIST_OF(args, tiocsti)},
	{DENY(ioctl_call, EPERM), LIST_OF(args, tioclinux)},
	{DENY(socket_call, EPERM), LIST_OF(args, vsock)},
};

/* This processor, and the 32-bit programs that it runs as well. */
static const char *archs[] = {
#if defined(__x86_64__)
	"SCMP_ARCH_X86_64",
	"SCMP_ARCH_X86",
	"SCMP_ARCH_X32",
#elif defined(__aarch64__)
	"SCMP_ARCH_AARCH64",
	"SCMP_ARCH_ARM",
#elif defined(__s390x__)
	"SCMP_ARCH_S390X",
	"SCMP_ARCH_S390",
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	"SCMP_ARCH_PPC64LE",
#elif defined(__riscv)
	"SCMP_ARCH_RISCV64",
#elif defined(__loongarch__)
	"SCMP_ARCH_LOONGARCH64",
#else
#error "which SCMP_ARCH_ is this?"
#endif
};

static struct oci_seccomp seccomp = {
	.default_action = "SCMP_ACT_ALLOW",
	LIST_OF(architectures, archs),
	LIST_OF(syscalls, syscalls),
};

static struct oci_linux linux_;
static struct oci_config config;

const struct oci_config *spec_example(bool rootless, uid_t uid, gid_t gid)
{
	linux_ = (struct oci_linux){
		LIST_OF(namespaces, namespaces),
		.resources = rootless ? NULL : &resources,
		.seccomp = &seccomp,
		LIST_OF(masked_paths, masked),
		LIST_OF(readonly_paths, readonly),
	};
	config = (struct oci_config){
		.oci_version = OCI_VERSION,
		.process = &process,
		.root = &root,
		.hostname = "hull",
		LIST_OF(mounts, mounts),
		.linux_ = &linux_,
	};
	mounts[MOUNT_PTS].n_options = ARRAY_SIZE(pts_options);
	if (!rootless) {
		linux_.n_namespaces--;
		return &config;
	}
	uid_map[0].host_id = uid;
	gid_map[0].host_id = gid;
	linux_.uid_mappings = uid_map;
	linux_.n_uid_mappings = 1;
	linux_.gid_mappings = gid_map;
	linux_.n_gid_mappings = 1;
	/* Group 5, tty, isn't mapped; it is the last option. */
	mounts[MOUNT_PTS].n_options--;
	return &config;
}
