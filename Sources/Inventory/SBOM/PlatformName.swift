/// The name a package has in the National Vulnerability Database: CPE 2.3 as a formatted string (NISTIR 7695, 6.2).
///
/// Scanners that know vulnerabilities by CPE find nothing of a conda package by its package URL. Only names that are known are
/// given: a guess would be a false alarm, or a false peace. What has a name of PyPI is found by that.
struct PlatformName: Equatable {
    let text: String

    /// Nil if the database has no known name for it.
    init?(_ item: Inventory.Item) {
        guard item.kind == .conda, !item.version.isEmpty,
            !(item.purls ?? []).contains(where: { $0.hasPrefix("pkg:pypi/") }),
            let product = PlatformName.products[item.name.text]
        else { return nil }
        text = "cpe:2.3:a:\(product):\(PlatformName.quoted(item.version)):*:*:*:*:*:*:*"
    }

    /// Anything but letters, digits, `_`, `-` and `.` gets a backslash.
    private static func quoted(_ version: String) -> String {
        version.unicodeScalars.reduce(into: "") { text, scalar in
            let isPlain =
                switch scalar {
                case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".": true
                default: false
                }
            if !isPlain { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
    }

    /// By the name of the conda package: vendor and product.
    static let products = [
        "bash": "gnu:bash", "binutils": "gnu:binutils", "busybox": "busybox:busybox", "bzip2": "bzip:bzip2",
        "c-ares": "c-ares:c-ares", "cairo": "cairographics:cairo", "cmake": "kitware:cmake", "curl": "haxx:curl",
        "cyrus-sasl": "cyrusimap:cyrus-sasl", "dbus": "freedesktop:dbus", "elfutils": "elfutils_project:elfutils",
        "expat": "libexpat_project:libexpat", "ffmpeg": "ffmpeg:ffmpeg", "freetype": "freetype:freetype",
        "gdal": "osgeo:gdal", "ghostscript": "artifex:ghostscript", "giflib": "giflib_project:giflib",
        "git": "git-scm:git", "glib": "gnome:glib", "gmp": "gmplib:gmp", "gnutls": "gnu:gnutls", "go": "golang:go",
        "grpc-cpp": "grpc:grpc", "harfbuzz": "harfbuzz_project:harfbuzz", "hdf5": "hdfgroup:hdf5",
        "icu": "icu-project:international_components_for_unicode", "imagemagick": "imagemagick:imagemagick",
        "jansson": "jansson_project:jansson", "jasper": "jasper_project:jasper", "jq": "jqlang:jq",
        "krb5": "mit:kerberos_5", "lcms2": "littlecms:little_cms", "libarchive": "libarchive:libarchive",
        "libarrow": "apache:arrow", "libboost": "boost:boost", "libcurl": "haxx:libcurl",
        "libevent": "libevent_project:libevent", "libexpat": "libexpat_project:libexpat",
        "libfreetype": "freetype:freetype", "libgcrypt": "gnupg:libgcrypt", "libgd": "libgd:libgd",
        "libgdal": "osgeo:gdal", "libglib": "gnome:glib", "libgrpc": "grpc:grpc", "libiconv": "gnu:libiconv",
        "libidn2": "gnu:libidn2", "libjpeg-turbo": "libjpeg-turbo:libjpeg-turbo", "liblzma": "tukaani:xz",
        "libnghttp2": "nghttp2:nghttp2", "libpng": "libpng:libpng", "libpq": "postgresql:postgresql",
        "libprotobuf": "google:protobuf", "libsndfile": "libsndfile_project:libsndfile",
        "libsqlite": "sqlite:sqlite", "libssh": "libssh:libssh", "libssh2": "libssh2:libssh2",
        "libtiff": "libtiff:libtiff", "libuv": "libuv:libuv", "libvpx": "webmproject:libvpx",
        "libwebp": "webmproject:libwebp", "libwebp-base": "webmproject:libwebp", "libxml2": "xmlsoft:libxml2",
        "libxslt": "xmlsoft:libxslt", "libzip": "libzip:libzip", "libzlib": "zlib:zlib", "lz4-c": "lz4_project:lz4",
        "make": "gnu:make", "mariadb": "mariadb:mariadb", "maven": "apache:maven", "mbedtls": "arm:mbed_tls",
        "mysql": "oracle:mysql", "ncurses": "gnu:ncurses", "nettle": "nettle_project:nettle",
        "nghttp2": "nghttp2:nghttp2", "nginx": "f5:nginx", "nodejs": "nodejs:node.js",
        "openblas": "openblas_project:openblas", "openjdk": "oracle:openjdk", "openjpeg": "uclouvain:openjpeg",
        "openldap": "openldap:openldap", "openssh": "openbsd:openssh", "openssl": "openssl:openssl",
        "p7zip": "7-zip:p7zip", "pcre": "pcre:pcre", "pcre2": "pcre:pcre2", "perl": "perl:perl",
        "poppler": "freedesktop:poppler", "postgresql": "postgresql:postgresql", "python": "python:python",
        "qt-main": "qt:qt", "qt6-main": "qt:qt", "readline": "gnu:readline", "redis-server": "redis:redis",
        "rsync": "samba:rsync", "ruby": "ruby-lang:ruby", "rust": "rust-lang:rust", "sqlite": "sqlite:sqlite",
        "subversion": "apache:subversion", "tar": "gnu:tar", "unzip": "info-zip:unzip", "vim": "vim:vim",
        "wget": "gnu:wget", "wolfssl": "wolfssl:wolfssl", "xz": "tukaani:xz", "yaml": "pyyaml:libyaml",
        "yaml-cpp": "yaml-cpp_project:yaml-cpp", "zlib": "zlib:zlib", "zstd": "facebook:zstandard",
    ]
}
