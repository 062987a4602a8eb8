#include "core_dumps.h"

#include <sys/prctl.h>
#include <sys/resource.h>

/* A limit of zero alone does not stop a core that goes to a program, such as systemd's. */
void core_dumps_forbid(void)
{
    struct rlimit limit;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &limit);
    }
}

void core_dumps_allow(void)
{
    struct rlimit limit;
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_CORE, &limit);
    }
}
