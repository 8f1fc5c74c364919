/// What a failure calls for, and what to tell the operator to do about it.
package struct FailureVerdict: Equatable, Sendable {
    package let failureClass: FailureClass
    /// One sentence: what to do next.
    package let remedy: String

    package init(_ failureClass: FailureClass, _ remedy: String) {
        self.failureClass = failureClass
        self.remedy = remedy
    }

    /// The same, with the backend's own wish for a pause where it is one to be tried again.
    package func asking(for pause: Duration?) -> FailureVerdict {
        guard case .retry = failureClass, let pause else { return self }
        return FailureVerdict(.retry(after: pause), remedy)
    }
}
