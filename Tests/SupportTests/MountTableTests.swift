import Testing

@testable import Support

@Suite struct MountTableTests {
    @Test("places are read with their escapes, the last mount of a place counts, lines of other forms do not")
    func entries() {
        let text = """
            22 27 0:20 / /proc rw,nosuid shared:13 - proc proc rw
            42 27 7:0 / /a\\040b ro,nosuid - squashfs /dev/loop0 ro,errors=continue
            43 27 0:39 / /tmp/x rw shared:1 master:2 - fuse.squashfuse squashfuse rw,user_id=1000,group_id=100
            44 27 0:40 / /tmp/x rw
            45 27

            """
        let entries = MountTable.entries(in: Array(text.utf8))
        #expect(entries.map(\.place) == ["/proc", "/a b", "/tmp/x"])
        #expect(entries.map(\.writtenPlace) == ["/proc", "/a\\040b", "/tmp/x"])
        #expect(entries.last?.type == "fuse.squashfuse")
        #expect(entries.last?.options == ["rw", "user_id=1000", "group_id=100"])
    }
}
