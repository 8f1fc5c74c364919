import Testing

@testable import IngestCore

@Suite("The verdict on a broken transfer")
struct TransportVerdictsTests {
    @Test("is to try again, whatever may pass by itself", arguments: [5, 6, 7, 8, 16, 18, 27, 28, 35, 52, 55, 56, 65, 80])
    func retry(code: Int32) {
        #expect(TransportVerdicts.verdict(curlCode: code).failureClass == .retry(after: nil))
    }

    @Test("is to call the operator, where configuration or certificates are wrong", arguments: [1, 3, 53, 58, 59, 60, 66, 77, 83, 90, 91])
    func operatorNeeded(code: Int32) {
        #expect(TransportVerdicts.verdict(curlCode: code).failureClass == .operatorNeeded)
    }

    @Test("is never to blame the picture, and always says in one sentence what to do")
    func never() {
        for code in Int32(1)...120 {
            let verdict = TransportVerdicts.verdict(curlCode: code)
            #expect(verdict.failureClass != .picture, "\(code)")
            expectSentence(verdict.remedy)
        }
    }

    @Test("names the key to change", arguments: [(60, "ca_file"), (77, "ca_file"), (6, "endpoint"), (28, "timeout"), (35, "http://")])
    func keys(code: Int32, key: String) {
        #expect(TransportVerdicts.verdict(curlCode: code).remedy.contains(key))
    }
}

func expectSentence(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(
        text.hasSuffix(".") && !text.dropLast().contains(". ") && text.first?.isUppercase == true, "\(text)", sourceLocation: sourceLocation
    )
}
