import Inventory
import Signing
import Support

extension Inventory.Origin {
    /// What a pack says of itself.
    init(_ contents: PackContents) {
        self.init()
        createdBy = contents.createdBy.isEmpty ? nil : contents.createdBy
        lockSHA256 = contents.lockSHA256
        workspace = contents.workspace?.name
        workspaceVersion = contents.workspace?.version
        leftOut = contents.leftOut.map { Note(name: $0.name, source: $0.source, reason: $0.reason) }
        injected = contents.injected
        built = contents.built.map { Note(name: $0.name, source: $0.source) }
    }

    /// Notes a signature beside the pack, which nobody checks here.
    mutating func note(signatureBeside pack: ByteString) {
        let path = pack + ".minisig"
        guard (try? Sys.exists(path)) == true else { return }
        signature = path.lossyString
        signedBy = (try? Signature.read(path)).map { "\($0.keyID)" }
    }
}

extension Inventory {
    /// With where each package was fetched from, as the pack tells.
    func located(by contents: PackContents) -> Inventory {
        var members: [RelativePath: PackContents.Member] = [:]
        for member in contents.members where member.url != nil { members[member.path] = member }
        if members.isEmpty { return self }
        var inventory = Inventory(
            environment: environment, platform: platform,
            items: items.map { item in
                guard let member = members[item.path] else { return item }
                var item = item
                item.location = item.location ?? member.url
                item.channelURL = member.channel
                return item
            })
        inventory.delta = delta
        inventory.otherSize = otherSize
        inventory.origin = origin
        return inventory
    }
}
