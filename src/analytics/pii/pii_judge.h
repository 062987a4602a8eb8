/*
 * Whether a number may be what was asked for: one function per kind, by its digits and by how it
 * stands to the words that announce it. They give a confidence, 0 when it cannot be. Checksums add
 * to it and are never a condition: a recogniser that mishears one digit breaks them.
 */
#ifndef SIDETONE_ANALYTICS_PII_JUDGE_H
#define SIDETONE_ANALYTICS_PII_JUDGE_H

#include "pii_scan.h"

struct st_pii_context {
    bool is_strong;     /* the cue names the datum itself */
    bool is_near;       /* nothing but lead-ins between the cue and the number */
    bool is_awaited;    /* the cue was in an earlier segment */
    bool is_bare;       /* nothing else is said in this segment */
    bool has_last_four; /* "ending in" */
};

struct st_pii_number {
    const char *digits;
    unsigned count;
    const struct st_pii_run *run;
    const struct st_pii_atom *atoms; /* of the run */
};

typedef float (*st_pii_judge_fn)(const struct st_pii_number *number,
                                 const struct st_pii_context *context);

/* ---- pii_card.c ---- */

bool st_pii_card_passes_luhn(const char *digits, unsigned count);
/* A card by its length, issuer and check digit, whatever was said around it. */
bool st_pii_card_is_certain(const char *digits, unsigned count);
/* Month and year: "0428" "04 28" "4 2028". */
bool st_pii_card_is_expiry(const char *digits, unsigned count);
float st_pii_card_judge(const struct st_pii_number *number, const struct st_pii_context *context);
float st_pii_card_judge_cvv(const struct st_pii_number *number,
                            const struct st_pii_context *context);
float st_pii_card_judge_expiry(const struct st_pii_number *number,
                               const struct st_pii_context *context);
float st_pii_card_judge_pin(const struct st_pii_number *number,
                            const struct st_pii_context *context);

/* ---- pii_bank.c ---- */

bool st_pii_bank_passes_aba(const char *digits);
bool st_pii_bank_passes_iban(const char *text, size_t len); /* mod 97 */
float st_pii_bank_judge_account(const struct st_pii_number *number,
                                const struct st_pii_context *context);
float st_pii_bank_judge_routing(const struct st_pii_number *number,
                                const struct st_pii_context *context);

/* ---- pii_person.c ---- */

float st_pii_person_judge_ssn(const struct st_pii_number *number,
                              const struct st_pii_context *context);
float st_pii_person_judge_phone(const struct st_pii_number *number,
                                const struct st_pii_context *context);
float st_pii_person_judge_birth(const struct st_pii_number *number,
                                const struct st_pii_context *context);
float st_pii_person_judge_postcode(const struct st_pii_number *number,
                                   const struct st_pii_context *context);
/* National, tax and medical numbers. */
float st_pii_person_judge_other_id(const struct st_pii_number *number,
                                   const struct st_pii_context *context);

/* Three digits that anyone may dial: 911, 411, 999, 112. */
bool st_pii_person_is_service(const char *digits);

/* A pattern that speaks for itself: 3-2-4, 3-3-4, a leading plus. */
bool st_pii_person_is_ssn_shaped(const struct st_pii_number *number);
bool st_pii_person_is_phone_shaped(const struct st_pii_scan *scan,
                                   const struct st_pii_number *number);

/* ---- what several share ---- */

/* It answers the question, or stands right behind the words that announce it. */
static inline bool st_pii_judge_is_given(const struct st_pii_context *context)
{
    return context->is_strong && (context->is_near || (context->is_awaited && context->is_bare));
}

/* Not a year, not a count: someone dictates. */
static inline bool st_pii_judge_is_dictated(const struct st_pii_number *number)
{
    return !number->run->has_cardinal && !number->run->is_year_like &&
           (number->run->is_single || !number->run->has_words || number->count >= 6);
}

#endif
