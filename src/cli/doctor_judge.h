/* What `doctor` thinks of what it saw: each adds one result. Pure. */
#ifndef SIDETONE_CLI_DOCTOR_JUDGE_H
#define SIDETONE_CLI_DOCTOR_JUDGE_H

#include "doctor_report.h"

#include <stdint.h>

struct st_certificate;
struct st_config;

/* `allowed` is the hard limit: serve raises its own as far as that. */
void st_doctor_judge_files(struct st_doctor_report *report, uint64_t allowed, uint64_t needed);

struct st_doctor_clock {
    int64_t unix_ms;
    int64_t wall_us, monotonic_us; /* how far each went over the same stretch */
    bool is_synchronised;
};

void st_doctor_judge_clock(struct st_doctor_report *report, const struct st_doctor_clock *clock);

struct st_doctor_port {
    const char *check; /* static */
    const char *option;
    const char *address;
    uint16_t port;
    bool is_datagram; /* UDP */
    int err;          /* of binding it: 0 or -errno */
    long holder;      /* process that has it; 0: not known */
    char program[64]; /* its name */
};

bool st_doctor_port_is_gateways(const struct st_doctor_port *port); /* who has it is a gateway */
void st_doctor_judge_port(struct st_doctor_report *report, const struct st_doctor_port *port);

enum { ST_DOCTOR_EXPIRY_S = 30 * 86400 }; /* a certificate is to be renewed by then */

struct st_doctor_tls_checks {
    const char *certificate, *names, *key; /* static */
};

/* Two results. */
void st_doctor_judge_certificate(struct st_doctor_report *report,
                                 const struct st_doctor_tls_checks *checks,
                                 const struct st_certificate *certificate, int64_t now_unix_s);

/* A file that holds a secret, by its mode. */
void st_doctor_judge_secret_file(struct st_doctor_report *report, const char *check,
                                 const char *path, unsigned mode);

enum st_doctor_need {
    ST_DOCTOR_UNUSED, /* no route names it */
    ST_DOCTOR_WANTED, /* "auto" prefers it and can do without */
    ST_DOCTOR_NEEDED,
};

struct st_doctor_engine {
    const char *name;
    const char *quality; /* NULL: not known */
    enum st_doctor_need need;
    int err;          /* 0 or -errno */
    const char *text; /* what it is, or what is missing */
    const char *fix;  /* what to do when it is needed; NULL: what helps with any */
};

void st_doctor_judge_engine(struct st_doctor_report *report, const struct st_doctor_engine *engine);

#endif
