/* What Prometheus expects every process to say about itself. */
#ifndef SIDETONE_CORE_METRICS_PROCESS_H
#define SIDETONE_CORE_METRICS_PROCESS_H

struct st_json_writer;

/* Appends build, start time, CPU, memory and descriptors; what the system does not tell is left
 * out. Any thread. */
void st_metrics_process_write(struct st_json_writer *text);

#endif
