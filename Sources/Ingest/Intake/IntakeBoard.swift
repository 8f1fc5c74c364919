import Platform

/// What the intake thread last said of itself, for the others to read.
final class IntakeBoard: Sendable {
    private let figures = Monitor(IntakeFigures())

    func publish(_ newest: IntakeFigures) { figures.update { $0 = newest } }

    var current: IntakeFigures { figures.read { $0 } }
}
