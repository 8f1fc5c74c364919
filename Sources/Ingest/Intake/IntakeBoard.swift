import Platform

/// What the intake thread last said of itself, for the others to read.
final class IntakeBoard: Sendable {
    private struct State: Sendable {
        var figures = IntakeFigures()
        var replay = (done: 0, all: 0)
        var isReplayed = false
        var hasStopped = false
    }

    private let state = Monitor(State())

    func publish(_ newest: IntakeFigures) { state.update { $0.figures = newest } }

    var current: IntakeFigures { state.read { $0.figures } }

    /// How many bytes of the journal were read at the start, of how many.
    var replay: (done: Int, all: Int) {
        get { state.read { $0.replay } }
        set { state.update { $0.replay = newValue } }
    }

    /// The journal was read, or found to be unreadable now.
    var isReplayed: Bool {
        get { state.read { $0.isReplayed } }
        set { state.update { $0.isReplayed = newValue } }
    }

    /// Nothing more is taken in.
    func stopped() { state.update { $0.hasStopped = true } }
    func awaitStop(atMost limit: Duration) { _ = state.wait(atMost: limit) { $0.hasStopped ? () : nil } }
}
