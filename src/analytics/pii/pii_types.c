#include "pii_types.h"

const char *st_pii_types_entity(enum st_pii_type type)
{
    static const char *const names[ST_PII_TYPES] = {[ST_PII_NAME] = "PERSON_NAME",
                                                    [ST_PII_ADDRESS] = "LOCATION_ADDRESS",
                                                    [ST_PII_CARD_NUMBER] = "CREDIT_CARD_NUMBER",
                                                    [ST_PII_CARD_CVV] = "CREDIT_CARD_CVV",
                                                    [ST_PII_CARD_EXPIRY] = "CREDIT_CARD_EXPIRATION",
                                                    [ST_PII_BANK_ACCOUNT] = "ACCOUNT_NUMBER",
                                                    [ST_PII_BANK_ROUTING] = "BANKING_INFORMATION",
                                                    [ST_PII_PIN] = "PIN",
                                                    [ST_PII_SSN] = "US_SOCIAL_SECURITY_NUMBER",
                                                    [ST_PII_EMAIL] = "EMAIL_ADDRESS",
                                                    [ST_PII_PHONE] = "PHONE_NUMBER",
                                                    [ST_PII_DATE_OF_BIRTH] = "DATE_OF_BIRTH",
                                                    [ST_PII_PASSPORT] = "PASSPORT_NUMBER",
                                                    [ST_PII_DRIVER_ID] = "DRIVERS_LICENSE",
                                                    [ST_PII_LICENSE_PLATE] = "VEHICLE_ID",
                                                    [ST_PII_VIN] = "VEHICLE_ID",
                                                    [ST_PII_IBAN] = "ACCOUNT_NUMBER",
                                                    [ST_PII_SWIFT] = "BANKING_INFORMATION",
                                                    [ST_PII_NATIONAL_ID] = "NATIONAL_ID",
                                                    [ST_PII_TAX_ID] = "TAX_ID",
                                                    [ST_PII_MEDICAL_RECORD] = "HEALTHCARE_NUMBER",
                                                    [ST_PII_USERNAME] = "USERNAME",
                                                    [ST_PII_PASSWORD] = "PASSWORD",
                                                    [ST_PII_IP_ADDRESS] = "IP_ADDRESS",
                                                    [ST_PII_MAC_ADDRESS] = "MAC_ADDRESS",
                                                    [ST_PII_URL] = "URL",
                                                    [ST_PII_NUMBER] = "NUMBER_SEQUENCE",
                                                    [ST_PII_AGE] = "PERSON_AGE",
                                                    [ST_PII_DATE] = "DATE"};
    return names[type];
}
