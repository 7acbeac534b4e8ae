import CondaModel
import Support
import Testing

@Suite("version order [lock 88]") struct VersionTests {
    @Test(
        "every row of the table",
        arguments: [
            ("1.0", "=", "1"),
            ("1.0post1", ">", "1.0.1"),
            ("1.0", "=", "1.0.0"),
            ("1.0.post1", "<", "1.0.1"),
            ("1.1a1", "<", "1.1.0a1"),
            ("1.0.0post1", "=", "1.0.post1"),
            ("1.1.a1", "=", "1.1.0a1"),
            ("1.1post1", ">", "1.1.0post1"),
            ("1.1.dev1", "=", "1.1.0dev1"),
            ("1.1.post1", "=", "1.1.0post1"),
            ("1.1dev1", "<", "1.1.0dev1"),
            ("1.0post", "=", "1.0post0"),
            ("1.0.1", ">", "1.0.1a"),
            ("0.5b3", "<", "0.5C1"),
            ("1.0.1_", "<", "1.0.1a"),
            ("0.5C1", "<", "0.5"),
            ("1.0.1_", "<", "1.0.1"),
            ("0.960923", ">", "0.9.6"),
            ("1.0.1-", "=", "1.0.1_"),
            ("1996.07.12", "<", "1!0.4.1"),
            ("1.0.1-", "<", "1.0.1"),
            ("1!0.4.1", "<", "2!0.4.1"),
            ("1.0a", "<", "1.0b"),
            ("0!1.0", "=", "1.0"),
            ("1.0rc1", "=", "1.0RC1"),
            ("1.0+1", ">", "1.0"),
            ("1.0rc1", "<", "1.0"),
            ("1.0+1", "<", "1.0.1"),
            ("1.0.rc1", "<", "1.0"),
            ("1.0+2", "<", "1.0+10"),
            ("1.0dev", "<", "1.0a"),
            ("1.0+a", "<", "1.0"),
            ("1.0dev", "<", "1.0_"),
            ("1.0+a", "<", "1.0+1"),
            ("1.0_", "<", "1.0a"),
            ("1.0+1.2", "=", "1.0+1.2.0"),
            ("1.0post1", ">", "1.0"),
            ("1.01", "=", "1.1"),
            ("1.2.10", ">", "1.2.9"),
            ("1-2", "=", "1.2"),
            ("1_2", "=", "1.2"),
            ("1-2", "=", "1_2"),
            ("2022.10a", "<", "2022.10"),
            ("9e", "<", "9"),
            ("9d", "<", "9e"),
            ("3.0.0beta", ">", "3.0.0alpha"),
            ("1.0.0-rc.1", ">", "1.0.0rc1"),
            ("1.0a1", "=", "1.0a01"),
            ("4.3.0dev1", "<", "4.3.0"),
            ("1.0devdev", ">", "1.0dev"),
            ("1.0a1.dev1", "<", "1.0a1"),
            ("1.0a1", "<", "1.0a1post1"),
            ("0.4.1.rc", "=", "0.4.1.RC"),
            ("1.1a1", "<", "1.1.a1"),
            ("1.1_", ">", "1.1dev1"),
            ("2.0b1pr0", "<", "2.0b1"),
            ("1.1.1w", "<", "1.1.1"),
            ("1.8", ">", "1.8_"),
            ("20240101", ">", "2024.1.1"),
            ("1.0+3.4.5", ">", "1.0+3.4"),
            ("1.0_a", "=", "1.0.a"),
            ("1.0__", ">", "1.0_"),
            ("1.0a", "<", "1.0.a"),
            ("1.0", ">", "1.0+dev"),
        ])
    func order(_ left: String, _ sign: String, _ right: String) throws {
        let (left, right) = (try CondaVersion(left), try CondaVersion(right))
        switch sign {
        case "<":
            #expect(left < right)
            #expect(left != right)
        case ">":
            #expect(right < left)
            #expect(left != right)
        default:
            #expect(left == right)
            #expect(!(left < right) && !(right < left))
        }
    }

    @Test(
        "malformed versions",
        arguments: [
            ("1.0+", "expected a version component e.g. `2` or `rc`"),
            ("1.0.", "encountered more characters but expected none"),
            (".1", "expected a version component e.g. `2` or `rc`"),
            ("_1", "expected a version component e.g. `2` or `rc`"),
            ("1..0", "encountered more characters but expected none"),
            ("1.0-a_b", "cannot use both underscores and dashes as version segment separators"),
            ("1.0_-", "cannot use both underscores and dashes as version segment separators"),
            ("1-2+3_4", "cannot use both underscores and dashes as version segment separators"),
            ("1.0~1", "encountered more characters but expected none"),
            ("1.0=", "encountered more characters but expected none"),
            ("1.0*", "encountered more characters but expected none"),
            ("1!", "expected a version component e.g. `2` or `rc`"),
            ("+1", "expected a version component e.g. `2` or `rc`"),
            ("1.0 ", "encountered more characters but expected none"),
            ("1.0/2", "encountered more characters but expected none"),
            ("1,0", "encountered more characters but expected none"),
            ("1.0+a+b", "encountered more characters but expected none"),
            ("99999999999999999999", "invalid number"),
            ("99999999999999999999!1", "epoch is not a number"),
            ("", "empty string"),
            ("1.0é", "encountered more characters but expected none"),
            ("1___", "encountered more characters but expected none"),
        ])
    func malformed(_ text: String, _ reason: String) {
        #expect {
            try CondaVersion(text)
        } throws: {
            "\($0)" == "malformed version string '\(text)': \(reason)"
        }
    }

    @Test("valid oddities", arguments: ["a", "v1.2", "2.0.0-", "1.0__", "1.0+a_", "1.0_+1", "1._", "1.0-a-"])
    func valid(_ text: String) throws {
        #expect(try CondaVersion(text).text == text)
    }

    @Test(
        "starts with",
        arguments: [
            ("1.2.3", "1.2", true), ("1.20", "1.2", false), ("1.2a1", "1.2", true), ("1", "1.0.0", true),
            ("1.0.1", "1.0.0", false), ("1.0.1c", "1.0.1", true), ("1.1c.1", "1.1.1", false),
            ("1.0.1c2", "1.0.1c", true),
            ("1!1.2", "1.2", false), ("1.2+3.1", "1.2+3", true), ("1.2", "1.2+3", false), ("1.2.1+3", "1.2+3", true),
            ("1.2+4", "1.2", true),
        ])
    func startsWith(_ version: String, _ prefix: String, _ expected: Bool) throws {
        #expect(try CondaVersion(version).starts(with: CondaVersion(prefix)) == expected)
    }
}
