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
            ("RATTLER_CACHE_DIR", "pixi's own cache; archives in its folder pkgs are used if their hash fits."),
            ("PIXI_HOME, XDG_CONFIG_HOME", "Where pixi's configuration is looked for, besides the files below."),
            ("RATTLER_AUTH_FILE", "The file with credentials; --auth-file has precedence."),
            ("NETRC", "The file with credentials for hosts; ~/.netrc otherwise."),
            (
                "http_proxy, https_proxy, all_proxy, no_proxy",
                "Proxies, in lower or upper case (HTTP_PROXY not in CGI programs)."
            ),
            (
                "SSL_CERT_FILE, SSL_CERT_DIR",
                "The certificates that servers are checked against; the system's otherwise."
            ),
            (
                "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL",
                "Credentials, place and address of S3 buckets; the other variables of AWS programs are known, too."
            ),
            (
                "GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_CLOUD_QUOTA_PROJECT, STORAGE_EMULATOR_HOST",
                "Credentials, project and address for Google Cloud Storage."
            ),
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
            ("TMPDIR", "Where temporary files go; /tmp otherwise."),
        ] + messages,
        files: [
            ("environment.tar", "The pack, unless another name is given."),
            ("environment.tar.minisig", "Its signature, which --verify-key looks for."),
            ("env", "The environment, unless --env-name gives another name."),
            ("activate.sh", "The script that activates it, with an ending for each shell."),
            ("env/conda-meta", "The records of the environment's packages."),
        ],
        exitStatus: exitStatus + [
            ("126, 127", "The program after -- or of run cannot be run, or is not there."),
            ("any other", "The status of the program after -- or of run."),
        ],
        seeAlso: ["pixi-pack", "minisign", "tar"])

    private static let exitStatus = [
        ("0", "Done."),
        ("1", "Something failed; standard error says what, why, and what to do."),
        ("2", "The arguments cannot be meant."),
    ]
}
