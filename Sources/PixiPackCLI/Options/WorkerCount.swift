import ArgumentParser

/// A number of workers: 1 to 256.
struct WorkerCount: ExpressibleByArgument {
    let count: Int

    init?(argument: String) {
        guard let count = Int(argument), (1...256).contains(count) else { return nil }
        self.count = count
    }
}
