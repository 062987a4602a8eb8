/* CPU time and memory of another process, from its CPU clock and /proc. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct usage {
    uint64_t at_ns;
    uint64_t cpu_ns;
    uint64_t self_cpu_ns; /* of the load program */
    long rss_kb;
};

/* pid 0: only the time and our own. */
struct usage usage_read(pid_t pid);

#endif
