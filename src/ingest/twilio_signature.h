/* X-Twilio-Signature of a WebSocket upgrade. */
#ifndef SIDETONE_INGEST_TWILIO_SIGNATURE_H
#define SIDETONE_INGEST_TWILIO_SIGNATURE_H

#include <stdbool.h>

/* Was `signature` made with auth_token over the URL that public_url (https:// or wss://, http://
 * or ws://; a path is allowed) and target (raw path and query) make together? Twilio signs it with
 * the scheme of a WebSocket; with or without a slash at its end and with or without :443 are all
 * accepted. Takes the same time whatever the signature is. */
bool st_twilio_signature_is_valid(const char *signature, const char *auth_token,
                                  const char *public_url, const char *target);

#endif
