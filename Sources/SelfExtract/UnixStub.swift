import Support

/// The shell script at the start of `environment.sh`.
///
/// It needs only a POSIX shell: dash, bash, busybox ash, ksh and zsh run it. It copies the program out, tries to run it
/// to see whether the directory allows that, and replaces itself by it (`exec`). The archive stays where it is.
struct UnixStub {
    let layout: ExecutableLayout
    let runtime: EmbeddedRuntime

    /// The script and the marker line: exactly `ExecutableLayout.stubLength` bytes, or `EmbeddedImage.offset`.
    ///
    /// - Throws: `Failure` if the numbers do not fit, which cannot happen for a pack that fits a disk.
    func rendered() throws -> [UInt8] {
        let script = Template(UnixStub.template).filled([
            "HEADER": layout.headerWords,
            "WHAT": layout.image == nil ? "" : ", or mounts it",
            "BYHAND": layout.image == nil
                ? "pack by hand: sed '1,/^\(ExecutableLayout.marker)$/d' FILE | tar xf -"
                : "environment by hand: squashfuse -o offset=\(EmbeddedImage.offset) FILE DIR",
            "SHA256": layout.contents.hex,
            "TOTAL": "\(layout.totalLength)",
            "MACHINES": machines,
            "PLATFORM": layout.platform.rawValue,
            "CHECKSUM": runtime.checksum,
            "COPY": copyCommand,
            "RUN": runCommand,
        ])
        let text = UnixStub.shortened(script)
        let end = "\n\(ExecutableLayout.marker)\n"
        let length = layout.image == nil ? ExecutableLayout.stubLength : EmbeddedImage.offset
        let fill = Int(length) - text.utf8.count - end.utf8.count
        guard fill >= 0 else { throw Failure("the start script of the self-extracting pack does not fit its place") }
        return Array(text.utf8) + Array(repeating: UInt8(ascii: "#"), count: fill) + Array(end.utf8)
    }

    /// What `uname -sm` may print on machines that can run the program. If it prints nothing, the program is tried.
    private var machines: String {
        switch layout.platform {
        case .linuxAarch64: "'Linux aarch64' | 'Linux arm64' | ''"
        // macOS translates programs for the other machine.
        case .osx64: "'Darwin x86_64' | 'Darwin arm64' | ''"
        case .osxArm64: "'Darwin arm64' | ''"
        default: "'Linux x86_64' | 'Linux amd64' | ''"
        }
    }

    private var copyCommand: String {
        let block = ExecutableLayout.blockLength
        let skip = layout.runtimeOffset / block
        switch layout.runtimeStorage {
        case .raw:
            // Large blocks save 15 ms of 50; not every dd counts in bytes then.
            return """
                dd if="$self" of="$run" bs=1M iflag=skip_bytes skip=\(layout.runtimeOffset) 2>/dev/null ||
                    tail -c \(layout.runtimeLength) "$self" >"$run" 2>/dev/null
                """
        case .gzip:
            return """
                command -v gzip >/dev/null 2>&1 || fail 'the program inside is compressed: install gzip'
                  dd if="$self" bs=\(block) skip=\(skip) 2>/dev/null | gzip -dc >"$run" 2>/dev/null
                """
        }
    }

    /// The program is run once to find out whether the directory allows it, and then to do its work.
    ///
    /// Our own program needs no name while it runs. On Linux with `/proc`, where an open file can be run, the directory
    /// is removed before (unless the caller uses the descriptor). Otherwise a signal between `exec` and the moment the
    /// program handles signals would leave the directory behind.
    private var runCommand: String {
        switch runtime.style {
        case .inPlace:
            let arguments = "\(EmbeddedRuntime.personalityWord) \"$self\" \"$@\""
            return """
                if [ ! -e \(UnixStub.openProgram) ]; then
                        exec 9<"$run"
                        if \(UnixStub.openProgram) --version >/dev/null 2>&1; then
                          clean
                          exec \(UnixStub.openProgram) \(arguments)
                        fi
                        exec 9<&-
                      fi
                      if "$run" --version >/dev/null 2>&1; then
                        exec "$run" \(arguments)
                      fi
                """
        case .extractedTar:
            let block = ExecutableLayout.blockLength
            let count = (layout.archiveLength + block - 1) / block
            return """
                tar=$dir/environment.tar
                      if "$run" --version >/dev/null 2>&1 &&
                        dd if="$self" of="$tar" bs=\(block) skip=1 count=\(count) 2>/dev/null; then
                        "$run" "$@" "$tar"
                        exit
                      fi
                """
        }
    }

    /// The program by its open descriptor, which the program's start-up code expects (`CBoot`). All shells know only
    /// descriptors of one digit; 9 is the one that callers are least likely to use.
    private static let openProgram = "/proc/self/fd/9"

    /// A script without the remarks behind its head, and with half of its indentation: there is no room for them.
    private static func shortened(_ script: String) -> String {
        script.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
            .filter { $0.offset < 5 || !$0.element.drop { $0 == " " }.hasPrefix("# ") }
            .map { $0.element.dropFirst($0.element.prefix { $0 == " " }.count / 2) }.joined(separator: "\n")
    }

    /// `{NAME}` is replaced. The braces around the commands make the shell read all of them before it runs the first,
    /// so that a script that was downloaded only in part does nothing.
    static let template = #"""
        #!/bin/sh
        # {HEADER}
        # A conda environment with the program that installs it{WHAT}: sh FILE --help
        # The {BYHAND}
        # shellcheck disable=SC2317
        case $- in *i*) ;; *)
          unalias -a 2>/dev/null
          # bash takes functions from the environment, even for its own words unless it keeps to POSIX.
          case ${BASH_VERSION-} in ?*)
            POSIXLY_CORRECT=${POSIXLY_CORRECT-}
            unset -f '[' command echo kill printf read unalias 2>/dev/null
          esac
        esac
        {
        self=$0
        line=''
        case $self in /*) ;; *) self=./$self ;; esac
        [ ! -f "$self" ] || { IFS= read -r line && IFS= read -r line; } 2>/dev/null <"$self" || :
        case $line in
        "# pixi-pack-executable 1 "*"={SHA256}") ;;
        *)
          printf '%s\n' 'Error: this script reads the pack from its own file, which a pipe has not.' \
            'Save it first: curl -fLo environment.sh URL && sh environment.sh --help' >&2
          # Sourced, it must not end the caller.
          return 1 2>/dev/null || exit 1
          ;;
        esac
        [ -z "${ZSH_VERSION-}" ] || emulate sh 2>/dev/null
        unset IFS
        unset -f chmod cksum dd find gzip ls mkdir readlink rm tail uname 2>/dev/null
        set -f +e
        dir='' out=. last='' tried=''
        # Each program that is started costs a millisecond: uname says machine and name of the host at once.
        machine=$(uname -snm 2>/dev/null)
        here=${machine#* }
        space=$(readlink /proc/self/ns/pid 2>/dev/null)
        here=${here% *}-${space#*:?}
        here=${here%?}
        case $here in *[!0-9A-Za-z.-]*) here='' ;; esac
        machine=${machine:+${machine%% *} ${machine##* }}
        fail() {
          printf '%s\n' "Error: $self: $1" >&2
          exit 1
        }
        clean() {
          [ -z "$dir" ] || rm -rf "$dir" 2>/dev/null
          dir=''
        }
        # What killed runs left in $base: their process is gone, on this machine and among the processes seen from here.
        sweep() {
          [ -n "$here" ] || return 0
          set +f
          for old in "$base/.pixi-unpack.$here".*; do
            if [ -O "$old" ] && [ ! -L "$old" ] && { [ "${old##*.}" = $$ ] || ! kill -0 "${old##*.}" 2>/dev/null; }; then
              rm -rf "$old" 2>/dev/null
            fi
          done
          set -f
        }
        stop() {
          clean
          trap - 0
          exit "$1"
        }
        # Whether everybody may rename what is in a folder.
        shared() {
          case $(find "$1/." -prune -perm -0002 ! -perm -1000 2>/dev/null || {
            unset TIME_STYLE
            ls -ld "$1/." 2>/dev/null
          }) in /* | .* | ????????w[!tT]*) return 0 ;; esac
          return 1
        }
        copy() {
          {COPY}
        }
        # Without find it is the program that looks.
        if [ -z "$(find -H "$self" -size {TOTAL}c 2>/dev/null || echo .)" ]; then
          end=$(cksum <"$self" 2>/dev/null || echo '? ?')
          fail "this file is damaged: expected {TOTAL} bytes, found ${end#* }"
        fi
        case $machine in
        {MACHINES}) ;;
        *) fail "this pack is for {PLATFORM}, not for this machine ($machine)" ;;
        esac
        for arg in "$@"; do
          case $last in -o | --output-directory) out=$arg ;; esac
          case $arg in
          --) [ "$out" != . ] || out=${XDG_CACHE_HOME:-${HOME-}/.cache}; break ;;
          --output-directory=*) out=${arg#*=} ;;
          -o?*) out=${arg#-o} ;;
          esac
          last=$arg
        done
        trap clean 0
        trap 'stop 129' 1
        trap 'stop 130' 2
        trap 'stop 143' 15
        for base in "${PIXI_UNPACK_TMPDIR-}" "${TMPDIR-}" /tmp "${XDG_RUNTIME_DIR-}" "$out" "${out%/*}" .; do
          [ -d "$base" ] || continue
          case $base in /*) ;; *) base=./$base ;; esac
          tried="$tried $base"
          # Where everybody may rename our directory, it could be another's when we run.
          if shared "$base" && [ "$base" != "${PIXI_UNPACK_TMPDIR-}" ]; then continue; fi
          sweep
          dir=$base/.pixi-unpack.$here.$$
          mkdir -m 700 "$dir" 2>/dev/null || { dir=''; continue; }
          run=$dir/pixi-unpack
          if copy; then
            sum=$(cksum <"$run" 2>/dev/null) || sum='{CHECKSUM}'
            [ "$sum" = '{CHECKSUM}' ] || fail "this file is damaged: expected program {CHECKSUM}, found $sum"
            if chmod 700 "$run"; then
              {RUN}
            fi
          fi
          clean
        done
        fail "nowhere to run from (full, or mounted noexec):$tried. Set PIXI_UNPACK_TMPDIR"
        }

        """#
}
