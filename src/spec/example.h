/*
 * example.h - the config.json that `hull spec` writes.
 *
 * A confined shell in the directory rootfs. It asks for nothing that a cgroup v1, a hybrid or a
 * v2 host lacks, and passes hull's own spec_check().
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct oci_config;

/*
 * The example, with constant strings; valid until the next call. rootless: as one for the
 * user uid and group gid, who become root in a user namespace and have no cgroups.
 */
const struct oci_config *spec_example(bool rootless, uid_t uid, gid_t gid);
