/* Personal data that was found in a segment: its kinds, and where it is. */
#ifndef SIDETONE_PII_ENTITY_H
#define SIDETONE_PII_ENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum st_pii_type {
    ST_PII_NAME,
    ST_PII_ADDRESS,
    ST_PII_CARD_NUMBER,
    ST_PII_CARD_CVV,
    ST_PII_CARD_EXPIRY,
    ST_PII_BANK_ACCOUNT,
    ST_PII_BANK_ROUTING,
    ST_PII_PIN,
    ST_PII_SSN,
    ST_PII_EMAIL,
    ST_PII_PHONE,
    ST_PII_DATE_OF_BIRTH,
    ST_PII_PASSPORT,
    ST_PII_DRIVER_ID,
    ST_PII_LICENSE_PLATE,
    ST_PII_VIN,
    ST_PII_IBAN,
    ST_PII_SWIFT,
    ST_PII_NATIONAL_ID,
    ST_PII_TAX_ID,
    ST_PII_MEDICAL_RECORD,
    ST_PII_USERNAME,
    ST_PII_PASSWORD,
    ST_PII_IP_ADDRESS,
    ST_PII_MAC_ADDRESS,
    ST_PII_URL,
    ST_PII_NUMBER, /* digits of undecided nature, too many to be let through */
    ST_PII_AGE,
    ST_PII_DATE,
    ST_PII_TYPES,
};

/* "NAME", "CREDIT_DEBIT_NUMBER", …: the names Amazon Transcribe uses, where it has one. */
static inline const char *st_pii_type_name(enum st_pii_type type)
{
    static const char *const names[] = {[ST_PII_NAME] = "NAME",
                                        [ST_PII_ADDRESS] = "ADDRESS",
                                        [ST_PII_CARD_NUMBER] = "CREDIT_DEBIT_NUMBER",
                                        [ST_PII_CARD_CVV] = "CREDIT_DEBIT_CVV",
                                        [ST_PII_CARD_EXPIRY] = "CREDIT_DEBIT_EXPIRY",
                                        [ST_PII_BANK_ACCOUNT] = "BANK_ACCOUNT_NUMBER",
                                        [ST_PII_BANK_ROUTING] = "BANK_ROUTING",
                                        [ST_PII_PIN] = "PIN",
                                        [ST_PII_SSN] = "SSN",
                                        [ST_PII_EMAIL] = "EMAIL",
                                        [ST_PII_PHONE] = "PHONE",
                                        [ST_PII_DATE_OF_BIRTH] = "DATE_OF_BIRTH",
                                        [ST_PII_PASSPORT] = "PASSPORT_NUMBER",
                                        [ST_PII_DRIVER_ID] = "DRIVER_ID",
                                        [ST_PII_LICENSE_PLATE] = "LICENSE_PLATE",
                                        [ST_PII_VIN] = "VEHICLE_IDENTIFICATION_NUMBER",
                                        [ST_PII_IBAN] = "INTERNATIONAL_BANK_ACCOUNT_NUMBER",
                                        [ST_PII_SWIFT] = "SWIFT_CODE",
                                        [ST_PII_NATIONAL_ID] = "NATIONAL_ID",
                                        [ST_PII_TAX_ID] = "TAX_ID",
                                        [ST_PII_MEDICAL_RECORD] = "MEDICAL_RECORD",
                                        [ST_PII_USERNAME] = "USERNAME",
                                        [ST_PII_PASSWORD] = "PASSWORD",
                                        [ST_PII_IP_ADDRESS] = "IP_ADDRESS",
                                        [ST_PII_MAC_ADDRESS] = "MAC_ADDRESS",
                                        [ST_PII_URL] = "URL",
                                        [ST_PII_NUMBER] = "NUMBER",
                                        [ST_PII_AGE] = "AGE",
                                        [ST_PII_DATE] = "DATE"};
    return names[type];
}

enum st_pii_mode {
    ST_PII_OFF,
    ST_PII_IDENTIFY, /* told, and left in the text */
    ST_PII_REDACT,
};

/* What stands in the text instead. */
enum st_pii_style {
    ST_PII_STYLE_TYPE,   /* [CREDIT_DEBIT_NUMBER] */
    ST_PII_STYLE_PLAIN,  /* [PII] */
    ST_PII_STYLE_HASH,   /* [NAME:kdmfpabc]: equal values of one call have equal letters */
    ST_PII_STYLE_ENTITY, /* [PERSON_NAME]: AssemblyAI's names */
};

/* Spans are half open. */
struct st_pii_entity {
    enum st_pii_type type;
    uint32_t begin; /* Unicode characters of the cleared text */
    uint32_t end;
    int64_t start_us; /* media time: what a recording silences; by the words' times, or in */
    int64_t end_us;   /* proportion to the characters when the segment has none */
    float confidence; /* 0…1 */
};

/* What a final segment holds. */
struct st_pii_finding {
    const struct st_pii_entity *entities; /* by place */
    size_t count;
    bool is_redacted;
};

#endif
