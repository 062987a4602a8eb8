#include "loop_count.h"

#include "sidetone/config.h"

#include <sched.h>
#include <unistd.h>

unsigned loop_count_cores(void)
{
    cpu_set_t cores;
    if (sched_getaffinity(0, sizeof(cores), &cores) == 0)
        return (unsigned)CPU_COUNT(&cores);
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (unsigned)online : 1;
}

unsigned loop_count(const struct st_config *config)
{
    unsigned wanted = config->threads ? config->threads : loop_count_cores();
    return wanted < LOOP_COUNT_MAX ? wanted : LOOP_COUNT_MAX;
}
