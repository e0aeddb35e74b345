/*
 * test-cgroup-plan.c - where a container's cgroups lie and what is written to them, on hosts that
 * are not there: v1, hybrid, v2, none, and without privilege.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "libocispec/ocispec.h"
#include "plan/cgroup.h"
#include "sys/probe.h"

static struct arena arena;

static int begin(void **state)
{
	struct err e = {0};

	(void)state;
	return arena_init(&arena, 16 << 20, &e);
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

#define V1(name)                                                                                   \
	{                                                                                          \
		.dir = "/sys/fs/cgroup/" name, .controllers = name, .own = "/"                     \
	}

static const struct host v1_host = {
	.privileged = true,
	.init_userns = true,
	.cgroup_writable = true,
	.n_hierarchies = 11,
	.hierarchies = {{.dir = "/sys/fs/cgroup/systemd",
			 .controllers = "name=systemd",
			 .own = "/"},
			V1("memory"),
			V1("cpu,cpuacct"),
			V1("cpuset"),
			V1("pids"),
			V1("blkio"),
			V1("hugetlb"),
			V1("devices"),
			V1("freezer"),
			V1("net_cls,net_prio"),
			V1("rdma")},
};

static const struct host v2_host = {
	.privileged = true,
	.init_userns = true,
	.cgroup_writable = true,
	.n_hierarchies = 1,
	.hierarchies = {{.dir = "/sys/fs/cgroup",
			 .own = "/me",
			 .v2 = true,
			 .controllers = "cpuset cpu io memory hugetlb pids rdma misc"}},
};

/* Memory and pids on v2, the rest as before. */
static const struct host hybrid_host = {
	.privileged = true,
	.init_userns = true,
	.cgroup_writable = true,
	.n_hierarchies = 4,
	.hierarchies = {V1("cpu,cpuacct"),
			V1("devices"),
			V1("blkio"),
			{.dir = "/sys/fs/cgroup/unified",
			 .controllers = "memory pids hugetlb",
			 .own = "/",
			 .v2 = true}},
};

static const struct host no_host = {.privileged = true, .init_userns = true};

struct planned {
	struct oci_config config;
	struct oci_linux linux_;
	struct oci_resources res;
	struct plan_options opt;
	struct plan plan;
	struct host host;
	struct err e;
	int r;
	char text[8192]; /* the writes, "file=value" a line */
};

static void go(struct planned *p)
{
	struct plan_ctx x = {.c = &p->config,
			     .opt = &p->opt,
			     .host = &p->host,
			     .a = &arena,
			     .plan = &p->plan,
			     .process = p->config.process};
	struct str s = STR_ON(p->text);

	p->config.linux_ = &p->linux_;
	if (!p->opt.id)
		p->opt.id = "web";
	p->r = plan_cgroup(&x, &p->e);
	for (size_t i = 0; p->r == 0 && i < p->plan.cgroup.n_writes; i++) {
		const struct plan_cgroup_write *w = &p->plan.cgroup.writes[i];

		assert_true(arena_has(&arena, w->file) && arena_has(&arena, w->value));
		assert_true(arena_has(&arena, w->at) && w->hierarchy < p->plan.cgroup.n);
		if (str_starts(w->file, "devices."))
			continue;
		str_addf(&s, "%s=%s%s", w->file, w->value, w->optional ? "?" : "");
		if (w->alternative)
			str_addf(&s, "|%s=%s", w->alternative,
				 w->alternative_value ? w->alternative_value : w->value);
		str_addf(&s, "\n");
	}
	assert_false(str_cut(&s));
}

/* Plans with these resources, JSON with ' for ". */
static void plan_for(struct planned *p, const struct host *host, const char *json)
{
	char text[4096];
	size_t len = strlen(json);

	*p = (struct planned){.host = *host};
	for (size_t i = 0; i <= len; i++)
		text[i] = json[i] == '\'' ? '"' : json[i];
	assert_int_equal(oci_read(oci_resources_table(), text, len, &arena, &p->res, &p->e), 0);
	p->linux_.resources = &p->res;
	go(p);
}

static struct planned p; /* large for a stack */

static void writes(const struct host *host, const char *json, const char *expected)
{
	plan_for(&p, host, json);
	if (p.r < 0)
		print_message("%s: %s\n", p.e.where, p.e.text);
	assert_int_equal(p.r, 0);
	assert_string_equal(p.text, expected);
}

static void refused(const struct host *host, const char *json, const char *where, const char *why)
{
	plan_for(&p, host, json);
	assert_int_equal(p.r, -EINVAL);
	assert_int_equal(p.e.kind, ERR_SPEC);
	assert_string_equal(p.e.where, where);
	if (!strstr(p.e.text, why))
		fail_msg("`%s` does not say `%s`", p.e.text, why);
}

static void places(void **state)
{
	static const struct {
		const char *given, *path;
	} rows[] = {
		{NULL, "/hull-web"}, {"", "/hull-web"},		 {"/a/b", "/a/b"},
		{"a/b", "/a/b"},     {"//a///b/./c/", "/a/b/c"}, {"./a", "/a"},
		{"/...", "/..."},    {"a:b:c", "/a:b:c"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		p = (struct planned){.host = v1_host, .linux_.cgroups_path = rows[i].given};
		go(&p);
		assert_int_equal(p.r, 0);
		assert_int_equal(p.plan.cgroup.n, 11);
		assert_true(p.plan.features & PF_CGROUP);
		for (size_t k = 0; k < p.plan.cgroup.n; k++) {
			assert_string_equal(p.plan.cgroup.hierarchies[k].path, rows[i].path);
			assert_string_equal(p.plan.cgroup.hierarchies[k].dir,
					    v1_host.hierarchies[k].dir);
			assert_true(arena_has(&arena, p.plan.cgroup.hierarchies[k].dir));
		}
	}
}

static void places_refused(void **state)
{
	static const char *const bad[] = {"/", "//", ".", "/a/../b", "..", "a/..", "a\nb"};
	char text[300];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[256] = '\0';
	for (size_t i = 0; i <= ARRAY_SIZE(bad); i++) {
		p = (struct planned){.host = v2_host,
				     .linux_.cgroups_path = i < ARRAY_SIZE(bad) ? bad[i] : text};
		go(&p);
		assert_int_equal(p.r, -EINVAL);
		assert_string_equal(p.e.where, "/linux/cgroupsPath");
	}
}

static void memory(void **state)
{
	(void)state;
	writes(&v1_host,
	       "{'memory':{'limit':1000,'swap':3000,'reservation':500,'kernel':7,"
	       "'kernelTCP':8,'swappiness':0,'disableOOMKiller':true,'useHierarchy':true}}",
	       "memory.limit_in_bytes=1000\nmemory.memsw.limit_in_bytes=3000\n"
	       "memory.soft_limit_in_bytes=500\nmemory.kmem.limit_in_bytes=7\n"
	       "memory.kmem.tcp.limit_in_bytes=8\nmemory.swappiness=0\nmemory.oom_control=1\n"
	       "memory.use_hierarchy=1\n");
	assert_true(p.plan.cgroup.writes[p.plan.cgroup.n_writes - 8].either_order);
	writes(&v2_host,
	       "{'memory':{'limit':1000,'swap':3000,'reservation':500,"
	       "'disableOOMKiller':true,'useHierarchy':true,'kernel':-1}}",
	       "memory.max=1000\nmemory.swap.max=2000\nmemory.low=500\n");
	assert_null(p.plan.cgroup.writes[0].not_below);
	assert_string_equal(p.plan.cgroup.writes[1].at, "/linux/resources/memory/swap");
	writes(&v2_host, "{'memory':{'limit':-1,'swap':-1,'reservation':-1}}",
	       "memory.max=max?\nmemory.swap.max=max?\nmemory.low=max?\n");
	writes(&v1_host, "{'memory':{'limit':-1,'swap':-1}}",
	       "memory.limit_in_bytes=-1?\nmemory.memsw.limit_in_bytes=-1?\n");
	/* No swap at all: fine on a kernel that does not count any. */
	writes(&v2_host, "{'memory':{'limit':1000,'swap':1000}}",
	       "memory.max=1000\nmemory.swap.max=0?\n");
	writes(&v2_host, "{'memory':{'limit':0,'swap':0,'disableOOMKiller':false}}", "");
	writes(&v2_host, "{'memory':{'limit':1000,'checkBeforeUpdate':true}}", "memory.max=1000\n");
	assert_string_equal(p.plan.cgroup.writes[0].not_below, "memory.current");
	writes(&v2_host, "{'memory':{'limit':9223372036854775807}}",
	       "memory.max=9223372036854775807\n");
	refused(&v2_host, "{'memory':{'swappiness':0}}", "/linux/resources/memory/swappiness",
		"cgroup v2 has nothing like it");
	refused(&v2_host, "{'memory':{'kernelTCP':1}}", "/linux/resources/memory/kernelTCP",
		"cgroup v2 has nothing like it");
}

static void cpu(void **state)
{
	(void)state;
	writes(&v1_host,
	       "{'cpu':{'shares':512,'quota':50000,'period':100000,'burst':10000,"
	       "'realtimeRuntime':950,'realtimePeriod':1000,'cpus':'0-1','mems':'0','idle':1}}",
	       "cpu.shares=512\ncpu.cfs_period_us=100000\ncpu.cfs_quota_us=50000\n"
	       "cpu.cfs_burst_us=10000\ncpu.rt_period_us=1000\ncpu.rt_runtime_us=950\n"
	       "cpu.idle=1\ncpuset.cpus=0-1\ncpuset.mems=0\n");
	writes(&v2_host,
	       "{'cpu':{'shares':1024,'quota':50000,'period':100000,'burst':10000,"
	       "'cpus':'0-1','mems':'0','idle':0}}",
	       "cpu.weight=100\ncpu.max=50000 100000\ncpu.max.burst=10000\ncpu.idle=0?\n"
	       "cpuset.cpus=0-1\ncpuset.mems=0\n");
	writes(&v2_host, "{'cpu':{'quota':-1}}", "cpu.max=max?\n");
	writes(&v2_host, "{'cpu':{'quota':-1,'period':5000}}", "cpu.max=max 5000\n");
	writes(&v2_host, "{'cpu':{'period':5000}}", "cpu.max=max 5000\n");
	writes(&v2_host, "{'cpu':{'quota':7000}}", "cpu.max=7000\n");
	writes(&v2_host,
	       "{'cpu':{'shares':0,'quota':0,'period':0,'burst':0,'cpus':'','mems':'',"
	       "'realtimePeriod':0,'realtimeRuntime':0}}",
	       "");
	refused(&v2_host, "{'cpu':{'realtimeRuntime':1}}", "/linux/resources/cpu/realtimeRuntime",
		"cgroup v2 has nothing like it");
}

static void pids(void **state)
{
	(void)state;
	writes(&v1_host, "{'pids':{'limit':0}}", "pids.max=0\n");
	writes(&v2_host, "{'pids':{'limit':0}}", "pids.max=0\n");
	writes(&v1_host, "{'pids':{'limit':-1}}", "pids.max=max?\n");
	writes(&v2_host, "{'pids':{'limit':77}}", "pids.max=77\n");
}

static void block_io(void **state)
{
	static const char devices[] =
		"{'blockIO':{'weight':500,"
		"'weightDevice':[{'major':8,'minor':0,'weight':10},{'major':8,'minor':16,'weight':"
		"1000}],"
		"'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':1048576}],"
		"'throttleWriteBpsDevice':[{'major':8,'minor':1,'rate':18446744073709551615}],"
		"'throttleReadIOPSDevice':[{'major':8,'minor':2,'rate':3}],"
		"'throttleWriteIOPSDevice':[{'major':8,'minor':3,'rate':0}]}}";

	(void)state;
	writes(&v1_host, devices,
	       "blkio.weight=500|blkio.bfq.weight=500\n"
	       "blkio.weight_device=8:0 10|blkio.bfq.weight_device=8:0 10\n"
	       "blkio.weight_device=8:16 1000|blkio.bfq.weight_device=8:16 1000\n"
	       "blkio.throttle.read_bps_device=8:0 1048576\n"
	       "blkio.throttle.write_bps_device=8:1 18446744073709551615\n"
	       "blkio.throttle.read_iops_device=8:2 3\n"
	       "blkio.throttle.write_iops_device=8:3 0\n");
	writes(&v2_host, devices,
	       "io.bfq.weight=500|io.weight=4950\n"
	       "io.bfq.weight=8:0 10|io.weight=8:0 1\n"
	       "io.bfq.weight=8:16 1000|io.weight=8:16 10000\n"
	       "io.max=8:0 rbps=1048576\nio.max=8:1 wbps=18446744073709551615\n"
	       "io.max=8:2 riops=3\nio.max=8:3 wiops=max\n");
	writes(&v1_host,
	       "{'blockIO':{'leafWeight':20,"
	       "'weightDevice':[{'major':8,'minor':0,'leafWeight':30}]}}",
	       "blkio.leaf_weight=20\nblkio.leaf_weight_device=8:0 30\n");
	refused(&v2_host, "{'blockIO':{'leafWeight':20}}", "/linux/resources/blockIO/leafWeight",
		"cgroup v2 has nothing like it");
	refused(&v2_host, "{'blockIO':{'weightDevice':[{'major':8,'minor':0,'leafWeight':30}]}}",
		"/linux/resources/blockIO/weightDevice/0/leafWeight",
		"cgroup v2 has nothing like it");
	refused(&no_host, "{'blockIO':{'throttleReadBpsDevice':[{'major':8,'minor':0,'rate':9}]}}",
		"/linux/resources/blockIO/throttleReadBpsDevice/0", "`blkio`");
}

static void others(void **state)
{
	(void)state;
	writes(&v1_host,
	       "{'hugepageLimits':[{'pageSize':'2MB','limit':0}],"
	       "'network':{'classID':1048577,'priorities':[{'name':'eth0','priority':5}]},"
	       "'rdma':{'mlx5_1':{'hcaHandles':3,'hcaObjects':10},'m':{'hcaObjects':1}}}",
	       "net_cls.classid=1048577\n"
	       "hugetlb.2MB.rsvd.limit_in_bytes=0|hugetlb.2MB.limit_in_bytes=0\n"
	       "net_prio.ifpriomap=eth0 5\n"
	       "rdma.max=mlx5_1 hca_handle=3 hca_object=10\nrdma.max=m hca_object=1\n");
	writes(&v2_host,
	       "{'hugepageLimits':[{'pageSize':'1GB','limit':5}],'rdma':{'m':{'hcaHandles':1}}}",
	       "hugetlb.1GB.rsvd.max=5|hugetlb.1GB.max=5\nrdma.max=m hca_handle=1\n");
	refused(&v2_host, "{'network':{'classID':1}}", "/linux/resources/network/classID",
		"cgroup v2 has nothing like it");
	refused(&v2_host, "{'network':{'priorities':[{'name':'eth0','priority':5}]}}",
		"/linux/resources/network/priorities/0", "cgroup v2 has nothing like it");
	writes(&v2_host, "{'network':{'classID':0,'priorities':[]}}", "");
}

static void unified(void **state)
{
	(void)state;
	/* Last, so that it wins. */
	writes(&v2_host, "{'unified':{'memory.max':'7','memory.high':'5'},'memory':{'limit':9}}",
	       "memory.max=9\nmemory.max=7\nmemory.high=5\n");
	assert_string_equal(p.plan.cgroup.writes[1].at, "/linux/resources/unified/memory.max");
	writes(&hybrid_host, "{'unified':{'memory.high':'5'}}", "memory.high=5\n");
	refused(&hybrid_host, "{'unified':{'cpu.weight':'5'}}",
		"/linux/resources/unified/cpu.weight", "cgroup v2 controller `cpu`");
	refused(&v1_host, "{'unified':{'memory.high':'5'}}", "/linux/resources/unified/memory.high",
		"unified is for cgroup v2");
}

static void hybrid(void **state)
{
	(void)state;
	writes(&hybrid_host,
	       "{'memory':{'limit':1000,'swap':1500},'pids':{'limit':5},"
	       "'cpu':{'shares':1024},'blockIO':{'weight':10}}",
	       "memory.max=1000\nmemory.swap.max=500\ncpu.shares=1024\npids.max=5\n"
	       "blkio.weight=10|blkio.bfq.weight=10\n");
	/* The devices are v1's here: writes, no program. */
	assert_int_equal(p.plan.cgroup.n_device_prog, 0);
	assert_string_equal(p.plan.cgroup.enable, "memory pids");
	refused(&hybrid_host, "{'cpu':{'cpus':'0'}}", "/linux/resources/cpu/cpus",
		"it needs the cgroup controller `cpuset`, which no hierarchy of this host has");
	/* Hybrid with the network controllers nowhere is not "v2 has nothing like it". */
	refused(&hybrid_host, "{'network':{'classID':1}}", "/linux/resources/network/classID",
		"`net_cls`");
	/* What limits nothing needs nothing. */
	writes(&hybrid_host, "{'cpu':{'cpus':''},'rdma':{},'hugepageLimits':[]}", "");
}

static void nothing_there(void **state)
{
	static const struct {
		const char *json, *where;
	} rows[] = {
		{"{'memory':{'limit':5}}", "/linux/resources/memory/limit"},
		{"{'pids':{'limit':0}}", "/linux/resources/pids/limit"},
		{"{'cpu':{'shares':5}}", "/linux/resources/cpu/shares"},
		{"{'unified':{'memory.max':'1'}}", "/linux/resources/unified/memory.max"},
		{"{'rdma':{'a/b~c':{'hcaHandles':1}}}", "/linux/resources/rdma/a~1b~0c"},
		{"{'hugepageLimits':[{'pageSize':'2MB','limit':1}]}",
		 "/linux/resources/hugepageLimits/0"},
		{"{'devices':[{'allow':false,'access':'rwm'}]}", "/linux/resources/devices"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		refused(&no_host, rows[i].json, rows[i].where, "");
	writes(&no_host,
	       "{'memory':{'limit':-1,'disableOOMKiller':false},'pids':{'limit':-1},"
	       "'cpu':{'quota':-1,'cpus':''}}",
	       "");
	assert_false(p.plan.features & PF_CGROUP);
	assert_int_equal(p.plan.cgroup.n, 0);
}

static size_t device_writes_of(const struct plan_cgroup *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->n_writes; i++)
		n += str_starts(c->writes[i].file, "devices.");
	return n;
}

/* The bundle of `hull spec` denies all devices, and has to run on each of these. */
static void default_bundle(void **state)
{
	static const char deny[] = "{'devices':[{'allow':false,'access':'rwm'}]}";
	struct host host = v2_host;

	(void)state;
	writes(&v1_host, deny, "");
	assert_int_equal(device_writes_of(&p.plan.cgroup), 1 + 11);
	assert_string_equal(p.plan.cgroup.writes[0].file, "devices.deny");
	assert_string_equal(p.plan.cgroup.writes[0].value, "a");
	assert_false(p.plan.cgroup.writes[0].optional);
	assert_true(p.plan.cgroup.writes[1].optional);
	assert_false(p.plan.cgroup.tolerate);

	writes(&hybrid_host, deny, "");
	assert_int_equal(device_writes_of(&p.plan.cgroup), 1 + 11);

	writes(&v2_host, deny, "");
	assert_int_equal(device_writes_of(&p.plan.cgroup), 0);
	assert_true(p.plan.cgroup.n_device_prog > 11);
	assert_string_equal(p.plan.cgroup.enable, "cpuset cpu io memory pids");
	assert_false(p.plan.cgroup.tolerate);

	/* By an ordinary user, and by root in a user namespace: no rules, and nothing insisted on.
	 */
	host.privileged = false;
	host.cgroup_writable = false;
	writes(&host, deny, "");
	assert_int_equal(p.plan.cgroup.n_device_prog, 0);
	assert_true(p.plan.cgroup.tolerate);
	host.privileged = true;
	host.init_userns = false;
	writes(&host, deny, "");
	assert_int_equal(p.plan.cgroup.n_device_prog, 0);
	assert_true(p.plan.cgroup.tolerate);

	/* Privileged, and the cgroups are read-only: the rules were asked for and can't be had. */
	host.init_userns = true;
	writes(&host, deny, "");
	assert_false(p.plan.cgroup.tolerate);

	/* A limit isn't given up in silence. */
	host.privileged = false;
	writes(&host, "{'pids':{'limit':5}}", "pids.max=5\n");
	assert_false(p.plan.cgroup.tolerate);
	writes(&host, "{'pids':{'limit':-1}}", "pids.max=max?\n");
	assert_true(p.plan.cgroup.tolerate);
}

static void no_resources(void **state)
{
	(void)state;
	p = (struct planned){.host = v2_host};
	go(&p);
	assert_int_equal(p.r, 0);
	assert_true(p.plan.cgroup.n_device_prog > 11); /* the defaults, and no others */
	p = (struct planned){.host = v2_host, .opt.cgroup_disabled = true};
	go(&p);
	assert_int_equal(p.r, 0);
	assert_true(p.plan.cgroup.disabled);
	assert_int_equal(p.plan.features & PF_CGROUP, 0);
	assert_int_equal(p.plan.cgroup.n, 0);
	p = (struct planned){.host = v2_host, .opt.systemd_cgroup = true};
	go(&p);
	assert_int_equal(p.r, -EOPNOTSUPP);
	assert_non_null(strstr(p.e.text, "`systemd`"));
}

static void ownership(void **state)
{
	static const char *ro[] = {"nosuid", "ro"}, *rw[] = {"nosuid", "rw"};
	static const struct plan_id_range map[] = {{0, 100000, 1000}, {1000, 300000, 10}};
	struct oci_mount mounts[] = {
		{.destination = "/sys/fs/cgroup", .type = "cgroup", .options = rw, .n_options = 2}};
	struct oci_user user = {.uid = 1003, .has_uid = true};
	struct oci_process process = {.user = &user};

	(void)state;
	for (int row = 0; row < 6; row++) {
		p = (struct planned){
			.host = row == 3 ? hybrid_host : v2_host,
			.config = {.mounts = mounts, .n_mounts = 1, .process = &process}};
		mounts[0].options = row == 1 ? ro : rw;
		if (row != 2)
			p.plan.ns.make = CLONE_NEWCGROUP;
		if (row != 4) {
			p.plan.idmap.uid = map;
			p.plan.idmap.n_uid = 2;
		}
		user.uid = row == 5 ? 5000 : 1003;
		go(&p);
		assert_int_equal(p.r, 0);
		assert_int_equal(p.plan.cgroup.delegate, row == 0 || row == 4);
		if (p.plan.cgroup.delegate)
			assert_int_equal(p.plan.cgroup.owner, row == 0 ? 300003 : 1003);
	}
	/* Root's own it is anyway. */
	user.uid = 0;
	p = (struct planned){.host = v2_host,
			     .plan.ns.make = CLONE_NEWCGROUP,
			     .config = {.mounts = mounts, .n_mounts = 1, .process = &process}};
	go(&p);
	assert_false(p.plan.cgroup.delegate);
}

/* 10^((l^2 + 125 l) / 612 - 7/34), l = log2(shares), rounded up. */
static void cpu_weights(void **state)
{
	unsigned last = 0;

	(void)state;
	assert_int_equal(cgroup_cpu_weight(0), 0);
	assert_int_equal(cgroup_cpu_weight(1), 1);
	assert_int_equal(cgroup_cpu_weight(2), 1);
	assert_int_equal(cgroup_cpu_weight(1024), 100);
	assert_int_equal(cgroup_cpu_weight(262144), 10000);
	assert_int_equal(cgroup_cpu_weight(UINT64_MAX), 10000);
	for (unsigned shares = 2; shares <= 262144; shares++) {
		double l = log2(shares);
		unsigned weight =
			(unsigned)ceil(pow(10, (l * l + 125 * l) / 612 - 7.0 / 34) - 1e-9);

		if (cgroup_cpu_weight(shares) != weight)
			fail_msg("%u shares: weight %u, not %u", shares, cgroup_cpu_weight(shares),
				 weight);
		assert_true(weight >= last);
		last = weight;
	}
	assert_int_equal(cgroup_io_weight(10), 1);
	assert_int_equal(cgroup_io_weight(100), 910);
	assert_int_equal(cgroup_io_weight(1000), 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(places, begin, end),
		cmocka_unit_test_setup_teardown(places_refused, begin, end),
		cmocka_unit_test_setup_teardown(memory, begin, end),
		cmocka_unit_test_setup_teardown(cpu, begin, end),
		cmocka_unit_test_setup_teardown(pids, begin, end),
		cmocka_unit_test_setup_teardown(block_io, begin, end),
		cmocka_unit_test_setup_teardown(others, begin, end),
		cmocka_unit_test_setup_teardown(unified, begin, end),
		cmocka_unit_test_setup_teardown(hybrid, begin, end),
		cmocka_unit_test_setup_teardown(nothing_there, begin, end),
		cmocka_unit_test_setup_teardown(default_bundle, begin, end),
		cmocka_unit_test_setup_teardown(no_resources, begin, end),
		cmocka_unit_test_setup_teardown(ownership, begin, end),
		cmocka_unit_test_setup_teardown(cpu_weights, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
