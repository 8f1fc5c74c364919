/// The version of this program, in one place: `--version`, `build_info` and the S3 user agent are made from it.
package enum Version {
    package static let current = "1.0.0"
}
