#include "usage.h"

#include "../clock.h"

#include <stdio.h>

static long read_rss_kb(pid_t pid)
{
    char path[64], line[256];
    long rss_kb = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof(line), file))
        if (sscanf(line, "VmRSS: %ld", &rss_kb) == 1)
            break;
    fclose(file);
    return rss_kb;
}

struct usage usage_read(pid_t pid)
{
    struct usage usage = {.at_ns = clock_now_ns(), .self_cpu_ns = clock_cpu_ns()};
    clockid_t clock;
    if (pid > 0 && clock_getcpuclockid(pid, &clock) == 0) {
        usage.cpu_ns = clock_read_ns(clock);
        usage.rss_kb = read_rss_kb(pid);
    }
    return usage;
}
