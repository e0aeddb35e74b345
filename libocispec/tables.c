#include "libocispec/ocispec.h"

#include "libocispec/tables.h"

#include "libocispec/ocispec.def"

#include "libocispec/end.h"
