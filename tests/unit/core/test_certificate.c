#include "sidetone/certificate.h"

#include "run.h"

#include <errno.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static char certificate_path[96], key_path[96], other_key_path[96];
static struct st_certificate certificate;
static char why[256];

static EVP_PKEY *write_key(const char *path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *file = fopen(path, "w");
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    return key;
}

static void add_names(X509 *x509, const char *names)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
}

static void write_certificate(const char *path, EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    X509_NAME *name = X509_get_subject_name(x509);
    X509_set_version(x509, 2);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"gw.example.com",
                               -1, -1, 0);
    X509_set_issuer_name(x509, name);
    ASN1_TIME_set(X509_getm_notBefore(x509), 1000000000);
    ASN1_TIME_set(X509_getm_notAfter(x509), 2000000000);
    X509_set_pubkey(x509, key);
    add_names(x509, "DNS:gw.example.com,DNS:*.example.org,IP:10.1.2.3,IP:::1,email:a@b.c");
    X509_sign(x509, key, EVP_sha256());
    FILE *file = fopen(path, "w");
    PEM_write_X509(file, x509);
    fclose(file);
    X509_free(x509);
}

static void setup(void)
{
    snprintf(folder, sizeof(folder), "/tmp/st-certificate-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(certificate_path, sizeof(certificate_path), "%s/c.pem", folder);
    snprintf(key_path, sizeof(key_path), "%s/k.pem", folder);
    snprintf(other_key_path, sizeof(other_key_path), "%s/o.pem", folder);
    EVP_PKEY *key = write_key(key_path);
    write_certificate(certificate_path, key);
    EVP_PKEY_free(key);
    EVP_PKEY_free(write_key(other_key_path));
}

static void teardown(void)
{
    unlink(certificate_path);
    unlink(key_path);
    unlink(other_key_path);
    rmdir(folder);
}

static int read_with(const char *certificate_file, const char *key_file)
{
    why[0] = '\0';
    return st_certificate_read(&certificate, certificate_file, key_file, why, sizeof(why));
}

START_TEST(a_certificate_says_who_for_how_long)
{
    ck_assert_int_eq(read_with(certificate_path, key_path), 0);
    ck_assert_str_eq(certificate.subject, "gw.example.com");
    ck_assert_str_eq(certificate.issuer, "gw.example.com");
    ck_assert_str_eq(certificate.names, "gw.example.com, *.example.org, 10.1.2.3, ::1");
    ck_assert(certificate.is_self_signed);
    ck_assert_int_eq(certificate.not_before_unix_s, 1000000000);
    ck_assert_int_eq(certificate.not_after_unix_s, 2000000000);
}
END_TEST

START_TEST(files_that_do_not_do_are_named)
{
    ck_assert_int_eq(read_with(certificate_path, other_key_path), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(why, "key of another certificate"));
    ck_assert_int_eq(read_with(key_path, key_path), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(why, "holds no certificate"));
    ck_assert_int_eq(read_with(certificate_path, certificate_path), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(why, "holds no private key"));
    ck_assert_int_eq(read_with("/nowhere", key_path), -ENOENT);
    ck_assert_ptr_nonnull(strstr(why, "/nowhere"));
    ck_assert_int_eq(read_with(certificate_path, "/nowhere"), -ENOENT);
}
END_TEST

static unsigned seen;

static void on_certificate(void *user, const struct st_certificate *next)
{
    ck_assert_str_eq(next->subject, "gw.example.com");
    ck_assert_int_eq(next->not_after_unix_s, 2000000000);
    seen++;
}

static ssize_t read_all(const char *path)
{
    seen = 0;
    return st_certificate_each(path, on_certificate, NULL, why, sizeof(why));
}

/* One behind the other; a key between them is none of them. */
START_TEST(all_of_a_file_are_read)
{
    char pem[8192], path[96];
    FILE *file = fopen(certificate_path, "r");
    size_t one = fread(pem, 1, sizeof(pem) / 4, file), bytes = one;
    fclose(file);
    file = fopen(key_path, "r");
    bytes += fread(pem + bytes, 1, sizeof(pem) / 4, file);
    fclose(file);
    memcpy(pem + bytes, pem, one);
    bytes += one;
    snprintf(path, sizeof(path), "%s/all.pem", folder);
    for (size_t cut = 0; cut <= 100; cut += 50) {
        file = fopen(path, "w");
        fwrite(pem, 1, bytes - cut, file);
        fclose(file);
        ck_assert_int_eq(read_all(path), cut ? -EBADMSG : 2);
        ck_assert_uint_eq(seen, cut ? 1 : 2);
    }
    unlink(path);
    ck_assert_int_eq(read_all(key_path), -EBADMSG);
    ck_assert_ptr_nonnull(strstr(why, "holds no certificate"));
    ck_assert_int_eq(read_all("/nowhere"), -ENOENT);
}
END_TEST

START_TEST(one_cut_short_anywhere_is_refused)
{
    char pem[4096], path[96];
    FILE *file = fopen(certificate_path, "r");
    size_t bytes = fread(pem, 1, sizeof(pem), file);
    fclose(file);
    snprintf(path, sizeof(path), "%s/cut.pem", folder);
    for (size_t cut = 0; cut + 2 < bytes; cut++) {
        file = fopen(path, "w");
        fwrite(pem, 1, cut, file);
        fclose(file);
        ck_assert_int_eq(read_with(path, key_path), -EBADMSG);
    }
    unlink(path);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_test(tcase, a_certificate_says_who_for_how_long);
    tcase_add_test(tcase, files_that_do_not_do_are_named);
    tcase_add_test(tcase, all_of_a_file_are_read);
    tcase_add_test(tcase, one_cut_short_anywhere_is_refused);
    return run_case("certificate", tcase);
}
