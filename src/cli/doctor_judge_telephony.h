/* What `doctor` thinks of the ways that calls come in as RTP: each adds one result. Pure. */
#ifndef SIDETONE_CLI_DOCTOR_JUDGE_TELEPHONY_H
#define SIDETONE_CLI_DOCTOR_JUDGE_TELEPHONY_H

#include "doctor_judge.h"

#include "sidetone/certificate.h"

struct st_doctor_range {
    const char *address;
    unsigned first, last; /* UDP ports */
    unsigned loops;       /* that share them */
    int err;              /* of binding them, unless one is taken: 0 or -errno */
    unsigned taken;
    /* One that is taken, by somebody else than a gateway if there is such; 0 without. */
    struct st_doctor_port seen;
};

void st_doctor_judge_range(struct st_doctor_report *report, const struct st_doctor_range *range);

/* Where senders are told to send to. */
struct st_doctor_told {
    const char *address;  /* of the ports */
    const char *told;     /* to senders; never 0.0.0.0 or :: */
    bool is_here;         /* `told` is an address of this machine */
    bool comes_from_afar; /* calls are asked for from other machines */
};

void st_doctor_judge_told(struct st_doctor_report *report, const struct st_doctor_told *told);

/* Why `serve` refuses what is said of SIPREC. */
void st_doctor_judge_refusal(struct st_doctor_report *report, const char *why);

/* Whom its listeners let in. */
struct st_doctor_access {
    unsigned sources, users;
    bool has_client_ca;
    bool is_everybodys; /* a source of all addresses, and nothing else is asked for */
};

void st_doctor_judge_access(struct st_doctor_report *report, const struct st_doctor_access *access);

/* Whose certificates clients must have: one that is not valid itself vouches for nobody. */
struct st_doctor_authorities {
    int64_t now_unix_s;
    unsigned count, valid;
    struct st_certificate first; /* to expire, of those that are valid, if any is */
};

void st_doctor_authorities_add(struct st_doctor_authorities *authorities,
                               const struct st_certificate *certificate);
/* Of one at least. */
void st_doctor_judge_authorities(struct st_doctor_report *report,
                                 const struct st_doctor_authorities *authorities);

#endif
