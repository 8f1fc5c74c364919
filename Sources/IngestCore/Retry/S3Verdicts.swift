/// What each refusal by an S3 server calls for: its error code first ("List of error codes", Amazon S3 API Reference, and MinIO's
/// `XMinio...`), its HTTP status where the code is unknown or missing, as it is in every answer to HEAD and from every proxy.
///
/// Two rules stand behind the table. A picture is blamed only for what is surely its own fault, because blamed pictures end in quarantine.
/// And an unknown refusal below 500 needs a person, because trying it again at full pace cannot help.
package enum S3Verdicts {
    /// - Parameter region: the region the server says the bucket is in.
    package static func verdict(status: Int, code: String?, region: String? = nil) -> FailureVerdict {
        let verdict = code.flatMap { byCode[$0] } ?? byStatus(status)
        guard let region, wrongRegion.contains(code ?? "") || status == 301 else { return verdict }
        return FailureVerdict(verdict.failureClass, "Set [s3] region = \"\(region)\", where the server says the bucket is.")
    }

    private static let wrongRegion: Set<String> = [
        "PermanentRedirect", "AuthorizationHeaderMalformed", "AuthorizationQueryParametersError", "IllegalLocationConstraintException",
    ]

    private static func byStatus(_ status: Int) -> FailureVerdict {
        switch status {
        case 200..<300: FailureVerdict(.retry(after: nil), "Check [s3] endpoint: the answer is not that of an S3 server.")
        case 301, 308: FailureVerdict(.operatorNeeded, "Set [s3] region and endpoint to where the bucket is.")
        case 307: FailureVerdict(.retry(after: nil), "The bucket is being moved or is new; it is tried again by itself.")
        case 300..<400: FailureVerdict(.operatorNeeded, "Check [s3] endpoint: something else than an S3 server redirects from there.")
        case 400: FailureVerdict(.operatorNeeded, "Check [s3] endpoint, region and http:// or https://: the request was not understood.")
        case 401: FailureVerdict(.operatorNeeded, "Check [s3] access_key and secret_key.")
        case 403: FailureVerdict(.denied, "Check [s3] access_key and secret_key, and that they may write to the bucket.")
        case 404: FailureVerdict(.operatorNeeded, "Create the bucket, or check [s3] endpoint, bucket and path_style.")
        case 405, 501: FailureVerdict(.operatorNeeded, "Check [s3] endpoint: what answers there does not store objects.")
        case 407, 511: FailureVerdict(.operatorNeeded, "Let this machine reach the object store without a proxy or portal in between.")
        case 408: FailureVerdict(.retry(after: nil), "Check the link: the upload was too slow for the object store.")
        case 409: FailureVerdict(.retry(after: nil), "Another request was in the way; it is tried again by itself.")
        case 413: FailureVerdict(.picture, "Raise the object store's or its proxy's size limit, then `thermo-ingest spool retry`.")
        case 414, 431: FailureVerdict(.picture, "Shorten [s3] key, then `thermo-ingest spool retry`.")
        case 425, 429: FailureVerdict(.retry(after: nil), "The object store asked to be slower; it is tried again by itself.")
        case 507: FailureVerdict(.operatorNeeded, "Free space on the object store: it is full.")
        case 505: FailureVerdict(.operatorNeeded, "Check [s3] endpoint: what answers there does not speak HTTP/1.1.")
        case 500...: FailureVerdict(.retry(after: nil), "Check the object store's own log; it is tried again by itself.")
        default: FailureVerdict(.denied, "Check the object store's log for why it refuses.")
        }
    }

    private static let byCode: [String: FailureVerdict] = {
        var table: [String: FailureVerdict] = [:]
        for row in rows { for code in row.codes { table[code] = FailureVerdict(row.failureClass, row.remedy) } }
        return table
    }()

    private static let rows: [(codes: [String], failureClass: FailureClass, remedy: String)] = [
        // Someone must act, for one camera's place or for all.
        (
            ["AccessDenied", "AllAccessDisabled", "UnauthorizedAccess"], .denied,
            "Give the access key the right to write to the bucket (s3:PutObject)."
        ),
        // Someone must act.
        (["MethodNotAllowed"], .operatorNeeded, "Give the access key the right to write to the bucket (s3:PutObject)."),
        (["InvalidAccessKeyId"], .operatorNeeded, "Check [s3] access_key: the object store does not know it."),
        (
            ["SignatureDoesNotMatch"], .operatorNeeded,
            "Check [s3] secret_key; if it is right, check region and that no proxy rewrites the Host header."
        ),
        (
            ["ExpiredToken", "InvalidToken", "TokenRefreshRequired"], .operatorNeeded,
            "Renew [s3] session_token, access_key and secret_key."
        ),
        (["AccountProblem", "NotSignedUp"], .operatorNeeded, "Settle the object store account."),
        (["RequestTimeTooSkewed", "RequestExpired"], .operatorNeeded, "Set this machine's clock, or the object store's: they disagree."),
        (["NoSuchBucket"], .operatorNeeded, "Create the bucket, or set [s3] create_bucket = true."),
        (["BucketAlreadyExists"], .operatorNeeded, "Choose another [s3] bucket: this name belongs to somebody else."),
        (["InvalidBucketName", "InvalidBucketState"], .operatorNeeded, "Correct [s3] bucket."),
        (["TooManyBuckets"], .operatorNeeded, "Remove a bucket you no longer need, or create this one by hand."),
        (
            ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "InvalidRegion"], .operatorNeeded,
            "Set [s3] region to where the bucket is."
        ),
        (
            ["NotImplemented", "InvalidRequest", "MissingSecurityHeader", "AuthorizationQueryParametersError"], .operatorNeeded,
            "Check [s3] endpoint: the server does not understand the request."
        ),
        (
            ["XMinioStorageFull", "InsufficientStorage", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "ServiceQuotaExceeded"],
            .operatorNeeded, "Free space on the object store, or raise the bucket's quota."
        ),
        (["XMinioAccessKeyDisabled", "InvalidAccessKeyIdDisabled"], .operatorNeeded, "Enable the access key on the object store."),
        // One picture is refused for its own sake.
        (
            ["EntityTooLarge", "MaxMessageLengthExceeded"], .picture,
            "Raise the object store's size limit, then `thermo-ingest spool retry`."
        ),
        (
            ["InvalidArgument", "InvalidTag", "MetadataTooLarge", "UserKeyMustBeSpecified", "InvalidURI", "XMinioInvalidObjectName"],
            .picture, "Look at the picture with `thermo-ingest spool show`: the object store refuses its name or metadata."
        ),
        (["KeyTooLongError", "KeyTooLong"], .picture, "Shorten [s3] key, then `thermo-ingest spool retry`."),
        (
            ["XMinioParentIsObject", "XMinioObjectExistsAsDirectory"], .picture,
            "Remove the object that has the name of a folder in this key, then `thermo-ingest spool retry`."
        ),
        (["NoSuchKey", "NoSuchVersion"], .picture, "The object is not in the bucket; nothing can be done from here."),
        // It passes, or did the picture harm on its way.
        (
            ["BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "InvalidDigest", "IncompleteBody"],
            .retry(after: nil),
            "The picture was damaged on its way; it is sent again by itself."
        ),
        (["RequestTimeout"], .retry(after: nil), "Check the link: the upload was too slow for the object store."),
        (
            [
                "SlowDown", "SlowDownRead", "SlowDownWrite", "Throttling", "ThrottlingException", "TooManyRequests", "RequestLimitExceeded",
                "BandwidthLimitExceeded",
            ], .retry(after: nil), "The object store asked to be slower; it is tried again by itself."
        ),
        (
            ["InternalError", "ServiceUnavailable", "Busy", "XMinioServerNotInitialized", "XMinioBackendDown"], .retry(after: nil),
            "Check the object store's own log; it is tried again by itself."
        ),
        (
            ["OperationAborted", "BucketAlreadyOwnedByYou", "ConditionalRequestConflict", "TemporaryRedirect"], .retry(after: nil),
            "Another request was in the way; it is tried again by itself."
        ),
    ]
}
