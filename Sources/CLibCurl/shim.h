#include <curl/curl.h>

// A case of an enumeration in older headers, a number in newer ones.
static const long pixi_curl_netrc_ignored = (long)CURL_NETRC_IGNORED;

// `curl_easy_setopt` and friends are variadic, which Swift cannot call.
static inline CURLcode pixi_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pixi_curl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pixi_curl_set_string(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pixi_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode pixi_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
typedef size_t (*pixi_curl_data_callback)(char *, size_t, size_t, void *);
static inline CURLcode pixi_curl_set_data_callback(CURL *handle, CURLoption option, pixi_curl_data_callback value) {
    return curl_easy_setopt(handle, option, value);
}
// `stop` is asked about once a second and ends the transfer by a value other than 0.
typedef int (*pixi_curl_stop_callback)(void *, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
static inline CURLcode pixi_curl_set_stop_callback(CURL *handle, pixi_curl_stop_callback stop) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, stop);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L) : code;
}
// Who makes sockets, and who is told of them before they are connected.
static inline CURLcode pixi_curl_set_socket_callbacks(
    CURL *handle, curl_opensocket_callback open, curl_sockopt_callback connect) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, connect) : code;
}
static inline CURLcode pixi_curl_get_long(CURL *handle, CURLINFO info, long *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode pixi_curl_get_offset(CURL *handle, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode pixi_curl_get_string(CURL *handle, CURLINFO info, char **value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLcode pixi_curl_get_pointer(CURL *handle, CURLINFO info, void **value) {
    return curl_easy_getinfo(handle, info, value);
}
static inline CURLMcode pixi_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode pixi_curl_multi_set_pointer(CURLM *multi, CURLMoption option, void *value) {
    return curl_multi_setopt(multi, option, value);
}
// Who is given the context of each TLS handshake before it begins.
static inline CURLcode pixi_curl_set_tls_callback(CURL *handle, curl_ssl_ctx_callback value, void *opaque) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, value);
    return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, opaque) : code;
}
