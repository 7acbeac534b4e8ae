import Support
import TestKit
import Testing

extension SelfExtractingPackTests {
    @Suite struct Making {
        let yard: PackYard

        init() throws { yard = try PackYard() }

        @Test("the name is the one given, or environment.sh; the same input gives the same bytes [lock 63]")
        func names() throws {
            try yard.check("pixi-pack --create-executable -o my.bin $example")
            try yard.check("test -x my.bin")
            try yard.check("cmp $environment my.bin")
            try yard.check("pixi-pack --create-executable -o - $example | cmp $environment -")
            try yard.check("mkdir default && cd default && pixi-pack --create-executable $example")
            try yard.check("cmp $environment default/environment.sh")
        }

        @Test(
            "no network is touched",
            .enabled(
                if: PackYard.works("unshare -rn strace -f -o /dev/null true"), "no network namespaces, or no strace"))
        func offline() throws {
            try yard.check(
                "unshare -rn strace -f -qq -e trace=connect,sendto -o net pixi-pack --create-executable -o offline.sh $example"
            )
            try yard.check("! grep 'sin_addr\\|sin6_addr' net")
        }

        @Test("what is behind the mark is a tar, which tar and --extract-tar take out")
        func byHand() throws {
            try yard.check("mkdir hand && sed '1,/^@@PIXI_PACK_ARCHIVE@@$/d' $environment | tar -C hand -xf -")
            try yard.check("pixi-pack --directory-only -o directory $example")
            try yard.check("diff -r hand directory")
            try yard.check("$environment --extract-tar extracted.tar")
            try yard.check("cmp extracted.tar environment.tar")
            try yard.check("$environment --extract-tar - | cmp - environment.tar")
        }

        @Test("what cannot be made is refused, and leaves no file")
        func refusals() throws {
            try yard.check("pixi-pack --create-executable --directory-only $example", status: 2)
            try yard.check("pixi-pack --pixi-unpack-source x $example", status: 2)
            try yard.check("pixi-pack --create-executable -p linux-ppc64le $example", status: 3)
            try yard.check(
                "pixi-pack --create-executable --pixi-unpack-source $example/run -o x.sh $example", status: 1,
                says: "is not an executable program")
            try yard.check(
                "pixi-pack --create-executable --pixi-unpack-source /bin/true -o x.sh $example", status: 1,
                says: "is not pixi-unpack")
            try yard.check(
                "pixi-pack --create-executable --pixi-unpack-source $program --pixi-unpack-sha256 $(printf %064d 0) -o x.sh $example",
                status: 4, says: "expected sha256")
            #expect(try !yard.has("x.sh"))
        }

        @Test("a program that is named, with its hash, is put in")
        func namedProgram() throws {
            try yard.check(
                """
                pixi-pack --create-executable --pixi-unpack-source $program \
                    --pixi-unpack-sha256 $(sha256sum $program | cut -c1-64) -o named.sh $example
                """)
            try yard.check("cmp $environment named.sh")
        }

        @Test("--compress-runtime makes one that unpacks, too")
        func compressed() throws {
            try yard.check("pixi-pack --create-executable --compress-runtime -o small.sh $example")
            try yard.check("./small.sh -o small")
            try yard.expectWhole("small")
        }
    }
}
