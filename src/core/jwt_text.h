/* What our own tokens and those of others have in common before anything of them is trusted. */
#ifndef SIDETONE_CORE_JWT_TEXT_H
#define SIDETONE_CORE_JWT_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Three non-empty runs of base64url: libjwt skips or stops at other characters. */
bool st_jwt_text_is_token(const char *token, size_t bytes);

/* Of libjwt's text of a header or of claims, which is freed; NULL when it is none. */
json_t *st_jwt_text_read(char *take_text);

#endif
