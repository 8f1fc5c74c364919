import Testing

@testable import IngestCore

@Suite("The verdict on an S3 refusal")
struct S3VerdictsTests {
    @Test(
        "is to call the operator for rights, names, regions and space",
        arguments: [
            (405, "MethodNotAllowed"), (403, "InvalidAccessKeyId"),
            (403, "SignatureDoesNotMatch"), (400, "ExpiredToken"), (400, "InvalidToken"), (400, "TokenRefreshRequired"),
            (403, "AccountProblem"),
            (403, "NotSignedUp"), (403, "RequestTimeTooSkewed"), (400, "RequestExpired"), (404, "NoSuchBucket"),
            (409, "BucketAlreadyExists"),
            (400, "InvalidBucketName"), (409, "InvalidBucketState"), (400, "TooManyBuckets"), (301, "PermanentRedirect"),
            (400, "AuthorizationHeaderMalformed"), (400, "IllegalLocationConstraintException"), (403, "InvalidRegion"),
            (501, "NotImplemented"),
            (400, "InvalidRequest"), (400, "MissingSecurityHeader"), (400, "AuthorizationQueryParametersError"), (507, "XMinioStorageFull"),
            (507, "InsufficientStorage"),
            (400, "XMinioAdminBucketQuotaExceeded"), (403, "QuotaExceeded"), (403, "ServiceQuotaExceeded"),
            (403, "XMinioAccessKeyDisabled"),
        ])
    func operatorNeeded(status: Int, code: String) { expect(status, code, .operatorNeeded) }

    @Test(
        "is to find out whom it concerns where a right is missing", arguments: ["AccessDenied", "AllAccessDisabled", "UnauthorizedAccess"])
    func denied(code: String) { expect(403, code, .denied) }

    @Test(
        "is to blame the picture for what is surely its own fault",
        arguments: [
            (400, "EntityTooLarge"), (400, "MaxMessageLengthExceeded"), (400, "InvalidArgument"), (400, "InvalidTag"),
            (400, "MetadataTooLarge"),
            (400, "UserKeyMustBeSpecified"), (400, "InvalidURI"), (400, "XMinioInvalidObjectName"), (400, "KeyTooLongError"),
            (400, "KeyTooLong"),
            (400, "XMinioParentIsObject"), (409, "XMinioObjectExistsAsDirectory"), (404, "NoSuchKey"), (404, "NoSuchVersion"), (413, nil),
            (414, nil), (431, nil),
        ] as [(Int, String?)])
    func picture(status: Int, code: String?) { expect(status, code, .picture) }

    @Test(
        "is to try again what passes",
        arguments: [
            (400, "BadDigest"), (400, "XAmzContentSHA256Mismatch"), (400, "InvalidDigest"), (400, "IncompleteBody"),
            (400, "RequestTimeout"),
            (503, "SlowDown"), (503, "SlowDownRead"), (503, "SlowDownWrite"), (400, "Throttling"), (400, "ThrottlingException"),
            (429, "TooManyRequests"),
            (503, "RequestLimitExceeded"), (503, "BandwidthLimitExceeded"), (500, "InternalError"), (503, "ServiceUnavailable"),
            (503, "Busy"),
            (503, "XMinioServerNotInitialized"), (500, "XMinioBackendDown"), (409, "OperationAborted"), (409, "BucketAlreadyOwnedByYou"),
            (409, "ConditionalRequestConflict"), (307, "TemporaryRedirect"),
        ])
    func retry(status: Int, code: String) { expect(status, code, .retry(after: nil)) }

    @Test(
        "goes by the status where the code is unknown or missing",
        arguments: [
            (200, .retry(after: nil)), (204, .retry(after: nil)), (301, .operatorNeeded), (302, .operatorNeeded), (307, .retry(after: nil)),
            (308, .operatorNeeded),
            (400, .operatorNeeded), (401, .operatorNeeded), (402, .denied), (403, .denied), (404, .operatorNeeded),
            (405, .operatorNeeded),
            (407, .operatorNeeded), (408, .retry(after: nil)), (409, .retry(after: nil)), (411, .denied), (418, .denied), (451, .denied),
            (425, .retry(after: nil)),
            (429, .retry(after: nil)), (500, .retry(after: nil)), (501, .operatorNeeded), (502, .retry(after: nil)),
            (503, .retry(after: nil)),
            (504, .retry(after: nil)), (505, .operatorNeeded), (507, .operatorNeeded), (511, .operatorNeeded), (520, .retry(after: nil)),
            (599, .retry(after: nil)),
        ] as [(Int, FailureClass)])
    func byStatus(status: Int, failureClass: FailureClass) {
        expect(status, nil, failureClass)
        expect(status, "NeverHeardOf", failureClass)
    }

    @Test("says in one sentence what to do, for every status")
    func sentences() {
        for status in 100..<600 { expectSentence(S3Verdicts.verdict(status: status, code: nil).remedy) }
    }

    @Test("names the region the server asks for")
    func region() {
        let remedy = S3Verdicts.verdict(status: 400, code: "AuthorizationHeaderMalformed", region: "eu-west-1").remedy
        #expect(remedy.contains("region = \"eu-west-1\""))
        #expect(S3Verdicts.verdict(status: 301, code: nil, region: "eu-west-1").remedy.contains("eu-west-1"))
        #expect(!S3Verdicts.verdict(status: 403, code: "AccessDenied", region: "eu-west-1").remedy.contains("eu-west-1"))
    }

    @Test("carries the server's wish only where trying again helps")
    func wish() {
        #expect(S3Verdicts.verdict(status: 503, code: "SlowDown").asking(for: .seconds(7)).failureClass == .retry(after: .seconds(7)))
        #expect(S3Verdicts.verdict(status: 403, code: nil).asking(for: .seconds(7)).failureClass == .denied)
        #expect(S3Verdicts.verdict(status: 503, code: nil).asking(for: nil).failureClass == .retry(after: nil))
    }

    private func expect(_ status: Int, _ code: String?, _ failureClass: FailureClass, sourceLocation: SourceLocation = #_sourceLocation) {
        let verdict = S3Verdicts.verdict(status: status, code: code)
        #expect(verdict.failureClass == failureClass, "\(status) \(code ?? "-")", sourceLocation: sourceLocation)
        expectSentence(verdict.remedy, sourceLocation: sourceLocation)
    }
}
