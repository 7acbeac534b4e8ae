import Support
import TestKit
import Testing

extension SelfExtractingPackTests {
    /// File systems, kernels, users and roots it is not at home in.
    @Suite struct Places {
        let yard: PackYard

        init() throws { yard = try PackYard() }

        @Test(
            "temporary folders that are full or do not run programs are passed over, and left as they were; a pack may lie in a read-only place",
            .enabled(if: PackYard.canMount, "needs root and mounts"))
        func mounts() throws {
            // The yard is at /mnt, so that /tmp can be one that nobody else uses.
            try yard.check(
                #"""
                exec unshare -m --propagation private sh -euc '
                mount --bind "$work" /mnt
                mount -t tmpfs tmpfs /tmp
                cd /mnt
                mkdir noexec full ro read-only
                mount -t tmpfs -o noexec,size=64m none noexec
                mount -t tmpfs -o size=1m none full
                cp environment.sh read-only/
                mount --bind read-only ro
                mount -o remount,bind,ro ro
                export HOME=/mnt/home XDG_CACHE_HOME=/mnt/cache
                PIXI_UNPACK_TMPDIR=/mnt/noexec TMPDIR=/mnt/full ./environment.sh -o passed-over
                find noexec full /tmp -mindepth 1 >left
                cd ro
                TMPDIR=/mnt/tmp ./environment.sh -o /mnt/from-read-only'
                """#)
            try yard.expectWhole("passed-over")
            #expect(try String(decoding: yard.directory.read("left"), as: UTF8.self) == "")
            try yard.expectWhole("from-read-only")
            try yard.expectNothingLeft()
        }

        @Test(
            "an older kernel without newer system calls does the same",
            .enabled(if: PackYard.canTrace, "strace is not here"))
        func olderKernels() throws {
            let calls =
                "copy_file_range,renameat2,statx,memfd_create,fallocate,syncfs,getrandom,openat2,faccessat2,close_range,clone3,rseq"
            let strace = "strace -f -qq -o trace -e inject=\(calls):error=ENOSYS"
            try yard.check("\(strace) pixi-unpack -o old-kernel $environment")
            try yard.expectWhole("old-kernel")
            try yard.check("\(strace) pixi-pack --create-executable -o old.sh $example")
            try yard.check("cmp old.sh $environment")
        }

        @Test(
            "a user without name, home and cache unpacks, and is told what a command needs",
            .enabled(if: PackYard.isRoot && ChildProcess.find("setpriv") != nil, "needs root and setpriv"))
        func nobody() throws {
            let user = "setpriv --reuid 54321 --regid 54321 --clear-groups env -i PATH=/usr/bin:/bin"
            try yard.check("mkdir -m 777 user && \(user) $environment -o user/x")
            try yard.expectWhole("user/x")
            try yard.check("\(user) $environment -- greet", status: 1, says: "Name a directory with -o DIR")
        }

        @Test(
            "the program needs nothing but itself: no /proc, /dev, /etc, /tmp, no shell",
            .enabled(if: PackYard.isRoot, "needs root"))
        func emptyRoot() throws {
            try yard.check("mkdir empty && cp $program empty/pixi-unpack && cp $environment empty/")
            try yard.check("chroot empty /pixi-unpack -o /made /environment.sh")
            try yard.expectWhole("empty/made")
            try yard.check("chroot empty /pixi-unpack --verify /environment.sh")
        }

        @Test(
            "busybox alone is enough of a system",
            .enabled(
                if: PackYard.isRoot && PackYard.works("! ldd $(command -v busybox) | grep '=>'"),
                "needs root and a static busybox"))
        func busybox() throws {
            try yard.check(
                """
                mkdir -p box/bin box/dev box/tmp && cp $(command -v busybox) box/bin/busybox && cp $environment box/
                for tool in $(busybox --list); do ln -s busybox box/bin/$tool 2>/dev/null; done
                mknod -m 666 box/dev/null c 1 3
                """)
            try yard.check("chroot box /bin/sh /environment.sh -o /made")
            try yard.expectWhole("box/made")
            try yard.check("XDG_CACHE_HOME=/cache TMPDIR=/tmp chroot box /environment.sh -- greet", prints: "world")
        }

        private static func canMakeRoot(_ suite: String) -> Bool {
            PackYard.isRoot && PackYard.works(".ci/tools/debian-root \(suite)")
        }
        private static let hasBullseye = canMakeRoot("bullseye")
        private static let hasTrixie = canMakeRoot("trixie")

        @Test("Debian 11", .enabled(if: hasBullseye, "needs root and debootstrap's archive")) func bullseye() throws {
            try inDebian("bullseye")
        }

        @Test("Debian 13", .enabled(if: hasTrixie, "needs root and debootstrap's archive")) func trixie() throws {
            try inDebian("trixie")
        }

        private func inDebian(_ suite: String) throws {
            try yard.check(
                """
                tree=$(cd $checkout && .ci/tools/debian-root \(suite)) && ln -s $tree tree && cp $environment tree/environment.sh
                rm -rf tree/made tree/home/.cache
                """)
            try yard.check("env -u TMPDIR chroot tree /environment.sh -o /made")
            try yard.expectWhole("tree/made")
            try yard.check(
                "env -u TMPDIR -u XDG_CACHE_HOME HOME=/home chroot tree /environment.sh -- greet", prints: "world")
            #expect(
                try Sys.list(yard.directory("tree/tmp")).filter { $0.lossyString.hasPrefix(".pixi-unpack") }.isEmpty)
        }
    }
}
