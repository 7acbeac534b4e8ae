import Archive
import Install
import SelfExtract
import Signing
import Support

/// What an environment is when it is made from a pack in a certain way: the key of the cache of environments, and what is noted
/// in an environment that is complete.
///
/// Nothing in it is a claim of the pack's. Indexes and other small files are hashed now; for packages, and for files the pack
/// lists with a hash, the hash in the index counts, which installing compares with the bytes. So equal keys mean equal
/// contents although only the indexes are read, and the header of a self-extracting pack, which anybody can write, does not
/// count at all.
struct EnvironmentIdentity: Sendable {
    /// Of the contents, of the key they are signed with, and of whether they are compared with their hashes.
    let key: SHA256Digest
    /// Nil unless a signature was asked for and is good.
    let signature: EnvironmentState.Signature?

    /// - Throws: `Failure` if the pack's indexes cannot be read.
    init(of pack: OpenPack, _ options: UnpackOptions) throws {
        // A bundle holds several environments.
        let selected = try Bundle.select(from: pack.reader, pack.form, environment: options.environment)
        var digest = ContentDigest()
        digest.add(name: "contents", digest: try ContentDigest.ofVerified(selected.reader, selected.form))
        // It is compared with its hash before anything of it is used.
        if let image = pack.image { digest.add(name: "image", digest: image.digest) }
        if let key = options.trust?.key, pack.signature != nil {
            let sha256 = SHA256Hasher.hash(Array(key.text.utf8))
            signature = EnvironmentState.Signature(key: "\(key.id)", sha256: sha256)
            digest.add(name: "signed with", digest: sha256)
        } else {
            signature = nil
        }
        // A pack whose contents were not compared must not pass for one whose were.
        if !options.verifiesPackages { digest.add(name: "not compared", digest: SHA256Hasher.hash([])) }
        key = digest.finish()
    }

    /// Whether a complete environment of this identity is there, by a note of ours.
    ///
    /// - Parameter trustsOwner: whether the note may be anybody's.
    func isNoted(at prefix: ByteString, trustsOwner: Bool = false) -> Bool {
        guard let state = try? EnvironmentState.read(prefix, ofAnybody: trustsOwner) else { return false }
        // Nothing runs in an environment that is to be used elsewhere.
        if state.isNamed && state.prefix != prefix { return false }
        return state.contents == key && state.signature == signature && state.isComplete
    }

    /// Notes that the environment there is one of this identity.
    func note(at prefix: ByteString) throws {
        var state = try EnvironmentState.read(prefix) ?? EnvironmentState(prefix: prefix)
        if state.contents == key && state.signature == signature { return }
        (state.contents, state.signature) = (key, signature)
        try state.write(to: prefix, umask: ProcessUmask.original)
    }
}
