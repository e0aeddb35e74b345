/* net.h - the network namespace's own: the loopback device. */
#pragma once

#include "base/err.h"

/* Brings `lo` up (netdevice(7)). */
must_check int net_loopback_up(struct err *e);
