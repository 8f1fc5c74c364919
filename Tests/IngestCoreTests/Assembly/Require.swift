import Testing

/// What the helpers check that the fuzzer has too (Tests/Fuzz), where it ends the run.
func require(_ holds: Bool, _ what: @autoclosure () -> String) {
    if !holds { Issue.record("\(what())") }
}
