/// What a manual page says beyond the definitions of arguments. Each list is in the order it is printed.
struct ManualText {
    let environment: [(String, String)]
    let files: [(String, String)]
    let exitStatus: [(String, String)]
    let seeAlso: [String]

    private static let messages = [
        ("NO_COLOR", "If set and not empty, messages have no colours (see --color)."),
        ("TERM", "If it is dumb, the progress is plain lines without colours."),
    ]

    static let pack = ManualText(
        environment: [
            ("PIXI_PACK_CACHE", "The cache of downloads that --cache uses."),
            (
                "XDG_CACHE_HOME",
                "Where that cache is, as pixi-pack, when PIXI_PACK_CACHE is not set; without both ~/.cache/pixi-pack."
            ),
            (
                "PIXI_PACK_LOW_SPEED_LIMIT",
                "Bytes per second, 32 if not set: a download that is slower for --timeout seconds begins anew."
            ),
            (
                "RATTLER_CACHE_DIR, PIXI_CACHE_DIR",
                "pixi's own cache; archives in its folder pkgs are used if their hash fits."
            ),
            (
                "PIXI_PACK_RUNTIME_DIR",
                "Where pixi-unpack-PLATFORM, the program in self-extracting packs for another platform, is looked for first; then"
                    + " beside pixi-pack, and in ../lib/pixi-pack from there."
            ),
            ("PIXI_HOME, XDG_CONFIG_HOME", "Where pixi's configuration is looked for, besides the files below."),
            ("RATTLER_AUTH_FILE", "The file with credentials; --auth-file has precedence."),
            ("NETRC", "The file with credentials for hosts; ~/.netrc otherwise."),
            ("REGISTRY_AUTH_FILE", "Credentials of container engines for registries, as auth.json has them."),
            (
                "DOCKER_CONFIG",
                "The folder of Docker's config.json, whose credentials serve for registries; ~/.docker otherwise."
            ),
            (
                "CONTAINERS_REGISTRIES_CONF",
                "The list of registries of container engines, which says which are insecure."
            ),
            (
                "http_proxy, https_proxy, all_proxy, no_proxy",
                "Proxies, in lower or upper case (HTTP_PROXY not in CGI programs, which have REQUEST_METHOD)."
            ),
            (
                "SSL_CERT_FILE, SSL_CERT_DIR",
                "The certificates that servers are checked against; the system's otherwise."
            ),
            ("SSL_CLIENT_CERT", "The certificate to show to servers; --client-cert has precedence."),
            (
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_DEFAULT_PROFILE",
                "Credentials for S3 buckets."
            ),
            (
                "AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_SSO, AWS_ENDPOINT_URL_STS, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, AWS_REQUEST_PAYER",
                "Place and address of S3 buckets, and who pays."
            ),
            (
                "AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
                "The files with profiles; ~/.aws/config and ~/.aws/credentials otherwise."
            ),
            (
                "AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                "Whether, where and how (IPv4, IPv6) the machine is asked for its credentials."
            ),
            (
                "AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME, AWS_WEB_IDENTITY_TOKEN_FILE, AWS_CONTAINER_CREDENTIALS_FULL_URI, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_AUTHORIZATION_TOKEN, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                "Credentials a cloud gives to a machine or a job."
            ),
            (
                "GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_CLOUD_QUOTA_PROJECT, CLOUDSDK_CONFIG, GCE_METADATA_HOST, STORAGE_EMULATOR_HOST",
                "Credentials, project and address for Google Cloud Storage."
            ),
            ("PIXI_PACK_KEY_PASSWORD", "The password of the secret key of --sign; --password-file has precedence."),
            ("DBUS_SESSION_BUS_ADDRESS", "If set, credentials are also looked for in the keyring of the desktop."),
            ("PATH", "Where pixi, uv, pip and git are looked for, if something has to be built."),
            ("HOME", "Where the files below begin with ~."),
            (
                "SOURCE_DATE_EPOCH",
                "The time that builds of wheels see, 1980-01-01 otherwise; and the date of bills of materials."
            ),
            (
                "UV_DEFAULT_INDEX, UV_INDEX_URL, PIP_INDEX_URL, UV_EXTRA_INDEX_URL, PIP_EXTRA_INDEX_URL",
                "Indexes where --prefix looks for wheels; --index-url has precedence."
            ),
            ("TMPDIR", "Where temporary files go; /tmp otherwise, and /var/tmp for large ones."),
        ] + messages,
        files: [
            ("pixi.lock", "The lock file of the workspace, of version 1 to 7."),
            (
                "pixi.toml, pyproject.toml",
                "The manifest: its activation travels with the pack, its S3 options are read."
            ),
            (
                "/etc/pixi/config.toml, ~/.config/pixi/config.toml, ~/.pixi/config.toml, .pixi/config.toml",
                "pixi's configuration; later ones win. 'pixi-pack config' shows what is in force."
            ),
            ("~/.rattler/credentials.json", "Credentials that 'pixi auth login' has written."),
            ("~/.netrc, ~/.aws/config, ~/.aws/credentials", "Credentials for hosts, and for S3 buckets."),
            ("~/.cache/pixi-pack", "The cache of downloads that --cache uses."),
            ("environment.tar", "The pack, unless another name is given."),
            ("environment.cdx.json, environment.spdx.json", "Bills of materials that --sbom writes beside it."),
            ("environment.tar.minisig", "The signature that --sign writes beside it."),
            ("pixi-pack.key, pixi-pack.pub", "The keys that keygen makes."),
        ],
        exitStatus: exitStatus,
        seeAlso: ["pixi-unpack", "minisign", "tar"])

    static let unpack = ManualText(
        environment: [
            (
                "XDG_CACHE_HOME",
                "Where environments of packs with a command after -- are kept: pixi-pack/environments in it, or in ~/.cache."
            ),
            (
                "PIXI_UNPACK_TMPDIR",
                "Where a self-extracting pack puts its program while it starts, before TMPDIR, /tmp and others."
            ),
            ("XDG_RUNTIME_DIR", "One of these others, where a self-extracting pack may start its program."),
            ("TMPDIR", "Where temporary files go; /tmp otherwise."),
            (
                "CONDA_OVERRIDE_GLIBC, CONDA_OVERRIDE_CUDA, CONDA_OVERRIDE_ARCHSPEC",
                "What to assume of this machine; empty: that there is none."
            ),
            ("PATH", "Where a program that the environment has not is looked for, with run and --."),
            ("SHELL", "The shell that shell-hook prints for, if the one that started it is not known."),
            ("HOME", "Where ~/.cache is."),
            (
                "JUPYTER_DATA_DIR, XDG_DATA_HOME",
                "Where --jupyter-kernel puts a kernel: kernels in the first, or jupyter/kernels in the second or in ~/.local/share."
            ),
        ] + messages,
        files: [
            ("environment.tar", "The pack, unless another name is given."),
            ("environment.tar.minisig", "Its signature, which --verify-key looks for."),
            ("env", "The environment, unless --env-name gives another name."),
            ("activate.sh", "The script that activates it, with an ending for each shell."),
            ("env/conda-meta", "The records of the environment's packages."),
            ("~/.local/share/jupyter/kernels", "Where --jupyter-kernel puts a kernel."),
            ("~/.cache/pixi-pack/environments", "Environments of packs with a command after --."),
        ],
        exitStatus: exitStatus + [
            ("126, 127", "The program after -- or of run cannot be run, or is not there."),
            ("any other", "The status of the program after -- or of run."),
        ],
        seeAlso: ["pixi-pack", "minisign", "tar"])

    private static let exitStatus = [
        ("0", "Done."),
        ("1", "Something failed that is none of the following; standard error says what, why, and what to do."),
        ("2", "The arguments are wrong."),
        ("3", "Something that was named is not there: a file, an environment, a platform, a package on a server."),
        ("4", "Bytes are not those they should be: a hash, a length or a signature differs, data is damaged."),
        ("5", "A server or proxy could not be reached, or did not give what it was asked for."),
        ("6", "There is no room."),
        ("7", "This machine cannot run what is in the pack."),
        ("128 and a number", "The signal of that number ended it; what was under way is cleaned up."),
    ]
}
