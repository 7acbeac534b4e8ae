import Archive
import Testing

@testable import Image

/// Which package goes into which layer (docs/format.md, "Images").
@Suite struct LayerPlanTests {
    private func items(_ large: Int, _ small: Int) -> [ImageItem] {
        (0..<large).map { ImageItem(name: "large\($0)-1.0-0.conda", size: Int64(3 + $0) << 20, time: nil) }
            + (0..<small).map { ImageItem(name: "small\($0)-1.0-0.conda", size: Int64($0), time: nil) }
    }

    /// The names in each layer.
    private func layers(_ items: [ImageItem], above below: Int = 0) -> Set<Set<String>> {
        let plan = LayerPlan.layers(of: items, above: below)
        return Set(Dictionary(grouping: zip(plan, items), by: \.0).values.map { Set($0.map(\.1.name)) })
    }

    @Test func aLargePackageIsALayerAndSmallOnesShareSome() {
        let found = layers(items(20, 300))
        #expect(found.count == 50)
        #expect(found.count { $0.count == 1 && $0.first?.hasPrefix("large") == true } == 20)
    }

    @Test func thereAreNeverTooMany() {
        #expect((30...90).contains(layers(items(500, 500)).count))
        // Engines allow 127, and one is what the installation writes.
        for below in [1, 50, 96, 120, 1000] {
            #expect(layers(items(500, 500), above: below).count <= max(30, 126 - below))
        }
    }

    @Test func siblingsDifferInTheLayersOfWhatDiffers() {
        let one = items(20, 300)
        #expect(
            layers(one + [ImageItem(name: "other-2-1.conda", size: 5, time: nil)]).subtracting(layers(one)).count == 1)
        #expect(
            layers(one + [ImageItem(name: "other-2-1.conda", size: 5 << 20, time: nil)]).subtracting(layers(one)).count
                == 1)
        // Another version stays in the group of its name.
        let update = one.dropLast() + [ImageItem(name: "small299-2.0-0.conda", size: 299, time: nil)]
        #expect(layers(Array(update)).subtracting(layers(one)).count == 1)
    }

    @Test func numbersLeaveNoneOut() {
        let plan = LayerPlan.layers(of: items(3, 7))
        #expect(Set(plan) == Set(0...(plan.max() ?? 0)))
        #expect(LayerPlan.layers(of: []) == [])
    }
}
