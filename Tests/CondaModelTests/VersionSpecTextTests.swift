import Testing

@testable import CondaModel

@Suite("Canonical version specs") struct VersionSpecTextTests {
    // Pairs checked against the original's library.
    @Test(
        arguments: [
            ("x 1.0", "==1.0"), ("x 1.0|2.0", "==1.0|==2.0"), ("x =1.2", "1.2.*"), ("x ==1.2", "==1.2"),
            ("x 1.2.*", "1.2.*"),
            ("x >=1, <2", ">=1,<2"), ("x =1.2=py_0", "==1.2"), ("x *", "*"), ("x ~=1.2", "~=1.2"),
            ("x !=1.2.*", "!=1.2.*"),
            ("x >=1,<2|3", ">=1,<2|==3"), ("x (>=1|2),<3", "(>=1|==2),<3"), ("x 1!1.0", "==1!1.0"),
            ("x 2023c", "==2023c"),
        ])
    func text(_ spec: String, _ expected: String) throws {
        #expect(try MatchSpec(spec).version.map { "\($0)" } == expected)
    }
}
