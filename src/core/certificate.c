#include "sidetone/certificate.h"

#include "sidetone/err.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int explain(char *ret_why, size_t why_bytes, const char *path, const char *what, int err)
{
    snprintf(ret_why, why_bytes, "%s: %s", path, what);
    return err;
}

/* A key that asks for a passphrase would ask on the terminal. */
static int no_password(char *buf, int bytes, int is_writing, void *user)
{
    return 0;
}

static int read_certificate(X509 **ret_x509, const char *path, char *ret_why, size_t why_bytes)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return explain(ret_why, why_bytes, path, strerror(errno), -errno);
    X509 *x509 = PEM_read_X509(file, NULL, no_password, NULL);
    fclose(file);
    if (!x509)
        return explain(ret_why, why_bytes, path, "holds no certificate in PEM form", -EBADMSG);
    *ret_x509 = x509;
    return 0;
}

static int check_key(X509 *x509, const char *path, char *ret_why, size_t why_bytes)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return explain(ret_why, why_bytes, path, strerror(errno), -errno);
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, no_password, NULL);
    fclose(file);
    if (!key)
        return explain(ret_why, why_bytes, path,
                       "holds no private key in PEM form (or it has a passphrase)", -EBADMSG);
    int is_same = X509_check_private_key(x509, key);
    EVP_PKEY_free(key);
    return is_same == 1
               ? 0
               : explain(ret_why, why_bytes, path, "is the key of another certificate", -EBADMSG);
}

static void copy_name(char *out, size_t out_bytes, X509_NAME *name)
{
    if (X509_NAME_get_text_by_NID(name, NID_commonName, out, (int)out_bytes) >= 0)
        return;
    if (!X509_NAME_oneline(name, out, (int)out_bytes))
        out[0] = '\0';
}

static bool name_text(const GENERAL_NAME *name, char *out, size_t out_bytes)
{
    if (name->type == GEN_DNS) {
        snprintf(out, out_bytes, "%.*s", ASN1_STRING_length(name->d.dNSName),
                 (const char *)ASN1_STRING_get0_data(name->d.dNSName));
        return true;
    }
    if (name->type != GEN_IPADD)
        return false;
    int bytes = ASN1_STRING_length(name->d.iPAddress);
    return (bytes == 4 || bytes == 16) &&
           inet_ntop(bytes == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name->d.iPAddress), out,
                     (socklen_t)out_bytes);
}

static void copy_names(struct st_certificate *certificate, X509 *x509)
{
    char text[256];
    size_t used = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        if (!name_text(sk_GENERAL_NAME_value(names, i), text, sizeof(text)))
            continue;
        size_t left = sizeof(certificate->names) - used;
        if (strlen(text) + 3 > left)
            break;
        used += (size_t)snprintf(certificate->names + used, left, "%s%s", used ? ", " : "", text);
    }
    GENERAL_NAMES_free(names);
}

static int64_t unix_s(const ASN1_TIME *time)
{
    struct tm parts;
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

static void describe(struct st_certificate *certificate, X509 *x509)
{
    memset(certificate, 0, sizeof(*certificate));
    copy_name(certificate->subject, sizeof(certificate->subject), X509_get_subject_name(x509));
    copy_name(certificate->issuer, sizeof(certificate->issuer), X509_get_issuer_name(x509));
    copy_names(certificate, x509);
    certificate->is_self_signed = X509_check_issued(x509, x509) == X509_V_OK;
    certificate->not_before_unix_s = unix_s(X509_get0_notBefore(x509));
    certificate->not_after_unix_s = unix_s(X509_get0_notAfter(x509));
}

int st_certificate_read(struct st_certificate *ret_certificate, const char *certificate_file,
                        const char *key_file, char *ret_why, size_t why_bytes)
{
    X509 *x509 = NULL;
    int err = read_certificate(&x509, certificate_file, ret_why, why_bytes);
    if (err) {
        ERR_clear_error();
        return err;
    }
    err = check_key(x509, key_file, ret_why, why_bytes);
    ERR_clear_error();
    if (!err)
        describe(ret_certificate, x509);
    X509_free(x509);
    return err;
}

/* That nothing more begins is how a good file ends. */
static bool is_broken(void)
{
    unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE;
}

ssize_t st_certificate_each(const char *path, st_certificate_fn see, void *user, char *ret_why,
                            size_t why_bytes)
{
    struct st_certificate certificate;
    ssize_t count = 0;
    FILE *file = fopen(path, "rbe");
    if (!file)
        return explain(ret_why, why_bytes, path, strerror(errno), -errno);
    for (X509 *x509; (x509 = PEM_read_X509(file, NULL, no_password, NULL)) != NULL; count++) {
        describe(&certificate, x509);
        X509_free(x509);
        see(user, &certificate);
    }
    fclose(file);
    if (count == 0)
        count = explain(ret_why, why_bytes, path, "holds no certificate in PEM form", -EBADMSG);
    else if (is_broken())
        count = explain(ret_why, why_bytes, path, "has a certificate that is broken", -EBADMSG);
    ERR_clear_error();
    return count;
}
