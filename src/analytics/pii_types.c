#include "pii_types.h"

#include <errno.h>
#include <strings.h>

/* Ours and Amazon Transcribe's; AssemblyAI's. */
static const struct {
    const char *name, *entity;
} types[ST_PII_TYPES] = {
    [ST_PII_NAME] = {"NAME", "PERSON_NAME"},
    [ST_PII_ADDRESS] = {"ADDRESS", "LOCATION_ADDRESS"},
    [ST_PII_CARD_NUMBER] = {"CREDIT_DEBIT_NUMBER", "CREDIT_CARD_NUMBER"},
    [ST_PII_CARD_CVV] = {"CREDIT_DEBIT_CVV", "CREDIT_CARD_CVV"},
    [ST_PII_CARD_EXPIRY] = {"CREDIT_DEBIT_EXPIRY", "CREDIT_CARD_EXPIRATION"},
    [ST_PII_BANK_ACCOUNT] = {"BANK_ACCOUNT_NUMBER", "ACCOUNT_NUMBER"},
    [ST_PII_BANK_ROUTING] = {"BANK_ROUTING", "BANKING_INFORMATION"},
    [ST_PII_PIN] = {"PIN", "PIN"},
    [ST_PII_SSN] = {"SSN", "US_SOCIAL_SECURITY_NUMBER"},
    [ST_PII_EMAIL] = {"EMAIL", "EMAIL_ADDRESS"},
    [ST_PII_PHONE] = {"PHONE", "PHONE_NUMBER"},
    [ST_PII_DATE_OF_BIRTH] = {"DATE_OF_BIRTH", "DATE_OF_BIRTH"},
    [ST_PII_PASSPORT] = {"PASSPORT_NUMBER", "PASSPORT_NUMBER"},
    [ST_PII_DRIVER_ID] = {"DRIVER_ID", "DRIVERS_LICENSE"},
    [ST_PII_LICENSE_PLATE] = {"LICENSE_PLATE", "VEHICLE_ID"},
    [ST_PII_VIN] = {"VEHICLE_IDENTIFICATION_NUMBER", "VEHICLE_ID"},
    [ST_PII_IBAN] = {"INTERNATIONAL_BANK_ACCOUNT_NUMBER", "ACCOUNT_NUMBER"},
    [ST_PII_SWIFT] = {"SWIFT_CODE", "BANKING_INFORMATION"},
    [ST_PII_NATIONAL_ID] = {"NATIONAL_ID", "NATIONAL_ID"},
    [ST_PII_TAX_ID] = {"TAX_ID", "TAX_ID"},
    [ST_PII_MEDICAL_RECORD] = {"MEDICAL_RECORD", "HEALTHCARE_NUMBER"},
    [ST_PII_USERNAME] = {"USERNAME", "USERNAME"},
    [ST_PII_PASSWORD] = {"PASSWORD", "PASSWORD"},
    [ST_PII_IP_ADDRESS] = {"IP_ADDRESS", "IP_ADDRESS"},
    [ST_PII_MAC_ADDRESS] = {"MAC_ADDRESS", "MAC_ADDRESS"},
    [ST_PII_URL] = {"URL", "URL"},
    [ST_PII_NUMBER] = {"NUMBER", "NUMBER_SEQUENCE"},
    [ST_PII_AGE] = {"AGE", "PERSON_AGE"},
    [ST_PII_DATE] = {"DATE", "DATE"},
};

const char *st_pii_type_name(enum st_pii_type type)
{
    return types[type].name;
}

const char *st_pii_types_entity(enum st_pii_type type)
{
    return types[type].entity;
}

int st_pii_type_parse(const char *name)
{
    for (int i = 0; i < ST_PII_TYPES; i++)
        if (strcasecmp(types[i].name, name) == 0)
            return i;
    for (int i = 0; i < ST_PII_TYPES; i++)
        if (strcasecmp(types[i].entity, name) == 0)
            return i;
    return -EINVAL;
}
