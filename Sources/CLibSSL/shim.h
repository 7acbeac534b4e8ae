// What libcurl does not tell: why a server's certificate was refused, and what is wrong with a client's own.
// The executable shall not say in which folder it was built.
#define OPENSSL_NO_FILENAMES
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

// What was seen of a server's certificate. Texts are cut off at their room, and as foreign as the server.
typedef struct {
    int error;            // X509_V_ERR_…, 0: none
    int depth;            // of the certificate that was refused, 0: the server's own
    char not_before[40];  // of the certificate that was refused, as OpenSSL prints times
    char not_after[40];
    char issuer[256];
    char subject[256];
    char names[512];      // of the server's own certificate, separated by ", "
} pixi_tls_record;

static inline void pixi_tls_time(const ASN1_TIME *time, char *text, size_t room) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (!bio) return;
    ASN1_TIME_print(bio, time);
    int length = BIO_read(bio, text, (int)room - 1);
    text[length > 0 ? length : 0] = 0;
    BIO_free(bio);
}

static inline void pixi_tls_add_name(pixi_tls_record *record, const char *bytes, int length) {
    size_t used = strlen(record->names);
    size_t gap = used ? 2 : 0;
    if (length <= 0 || used + gap + (size_t)length >= sizeof record->names) return;
    memcpy(record->names + used, ", ", gap);
    for (int i = 0; i < length; i++) record->names[used + gap + i] = bytes[i] ? bytes[i] : '?';
    record->names[used + gap + length] = 0;
}

static inline void pixi_tls_names(X509 *certificate, pixi_tls_record *record) {
    record->names[0] = 0;
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS) {
            const ASN1_STRING *text = name->d.dNSName;
            pixi_tls_add_name(record, (const char *)ASN1_STRING_get0_data(text), ASN1_STRING_length(text));
        } else if (name->type == GEN_IPADD) {
            char *text = i2s_ASN1_OCTET_STRING(NULL, name->d.iPAddress);
            const unsigned char *bytes = ASN1_STRING_get0_data(name->d.iPAddress);
            if (ASN1_STRING_length(name->d.iPAddress) == 4) {
                char address[16];
                int length = snprintf(address, sizeof address, "%d.%d.%d.%d", bytes[0], bytes[1], bytes[2], bytes[3]);
                pixi_tls_add_name(record, address, length);
            } else if (text) {
                pixi_tls_add_name(record, text, (int)strlen(text));
            }
            OPENSSL_free(text);
        }
    }
    GENERAL_NAMES_free(names);
    if (!record->names[0]) {
        char common[128];
        int length = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, common, sizeof common);
        pixi_tls_add_name(record, common, length);
    }
}

static inline int pixi_tls_verified(int is_fine, X509_STORE_CTX *store) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    pixi_tls_record *record = ssl ? SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;
    X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    if (!record || !certificate) return is_fine;
    X509 *leaf = X509_STORE_CTX_get0_cert(store);
    if (leaf) pixi_tls_names(leaf, record);
    if (!is_fine) {
        record->error = X509_STORE_CTX_get_error(store);
        record->depth = X509_STORE_CTX_get_error_depth(store);
        pixi_tls_time(X509_get0_notBefore(certificate), record->not_before, sizeof record->not_before);
        pixi_tls_time(X509_get0_notAfter(certificate), record->not_after, sizeof record->not_after);
        X509_NAME_oneline(X509_get_issuer_name(certificate), record->issuer, sizeof record->issuer);
        X509_NAME_oneline(X509_get_subject_name(certificate), record->subject, sizeof record->subject);
    }
    return is_fine;
}

// For CURLOPT_SSL_CTX_FUNCTION: `record` must live as long as handshakes of the handle are made.
static inline void pixi_tls_watch(void *context, pixi_tls_record *record) {
    SSL_CTX_set_app_data((SSL_CTX *)context, record);
    if (SSL_CTX_get_verify_mode((SSL_CTX *)context) != SSL_VERIFY_NONE)
        SSL_CTX_set_verify((SSL_CTX *)context, SSL_VERIFY_PEER, pixi_tls_verified);
}

typedef enum {
    PIXI_CLIENT_FINE,
    PIXI_CLIENT_NO_CERTIFICATE,
    PIXI_CLIENT_NO_KEY,
    PIXI_CLIENT_WANTS_PASSWORD,
    PIXI_CLIENT_WRONG_PASSWORD,
    PIXI_CLIENT_OTHER_KEY
} pixi_client_problem;

typedef struct {
    const char *text;
    int was_asked;
} pixi_client_password;

static inline int pixi_client_give_password(char *buffer, int room, int writing, void *opaque) {
    (void)writing;
    pixi_client_password *password = opaque;
    password->was_asked = 1;
    int length = password->text ? (int)strlen(password->text) : 0;
    if (length > room) return -1;
    memcpy(buffer, password->text ? password->text : "", (size_t)length);
    return password->text ? length : -1;
}

// What is wrong with a certificate in PEM form and its key, before a server is asked.
static inline pixi_client_problem pixi_client_check(
    const void *certificate, int certificate_length, const void *key, int key_length, const char *password) {
    pixi_client_problem problem = PIXI_CLIENT_FINE;
    pixi_client_password given = {password, 0};
    BIO *bio = BIO_new_mem_buf(certificate, certificate_length);
    X509 *x509 = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    if (!x509) {
        ERR_clear_error();
        return PIXI_CLIENT_NO_CERTIFICATE;
    }
    bio = BIO_new_mem_buf(key, key_length);
    EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, pixi_client_give_password, &given) : NULL;
    BIO_free(bio);
    if (!pkey)
        problem = !given.was_asked ? PIXI_CLIENT_NO_KEY : password ? PIXI_CLIENT_WRONG_PASSWORD : PIXI_CLIENT_WANTS_PASSWORD;
    else if (X509_check_private_key(x509, pkey) != 1)
        problem = PIXI_CLIENT_OTHER_KEY;
    EVP_PKEY_free(pkey);
    X509_free(x509);
    ERR_clear_error();
    return problem;
}
