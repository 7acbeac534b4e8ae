import CondaModel
import Support

/// `application/x-www-form-urlencoded`
enum FormBody {
    static func encode(_ fields: [(String, String)]) -> String {
        fields.map { "\(PercentEncoding.encode($0.0.utf8))=\(PercentEncoding.encode($0.1.utf8))" }.joined(
            separator: "&")
    }
}
