import ArgumentParser
import Glibc
import Ingest
import IngestCore
import Platform

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Asks the running gateway how it is doing.",
        discussion: "Asks at the configuration's [http] listen. Ends with 0 also for a degraded gateway, and with 69 when none answers."
    )

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Ask again every two seconds, until interrupted.")
    var watch = false

    @Flag(help: "Answer in JSON, one line each time.")
    var json = false

    func run() throws {
        let listen = try options.load().configuration.http.listen
        var last: (status: GatewayStatus, at: Duration)?
        var hasAnswered = false
        repeat {
            do throws(GatewayStatus.Failure) {
                let status = try GatewayStatus.ask(listen)
                show(status, since: last)
                last = (status, MonotonicClock.now())
                hasAnswered = true
            } catch {
                StandardError.print("\(error)")
                guard watch, hasAnswered else { throw ExitCode(EX_UNAVAILABLE) }
                last = nil
            }
            fflush(nil)
            if watch { sleep(2) }
        } while watch
    }

    private func show(_ status: GatewayStatus, since last: (status: GatewayStatus, at: Duration)?) {
        if json { return Swift.print(status.json) }
        // Only a terminal can be wiped.
        if watch, isatty(STDOUT_FILENO) != 0 { Swift.print("\u{1b}[H\u{1b}[2J", terminator: "") }
        let rate = last.map { last in
            (Double(status.sum("images_completed_total") - last.status.sum("images_completed_total")))
                / ((MonotonicClock.now() - last.at) / .seconds(1))
        }
        Swift.print(StatusText(status, picturesPerSecond: rate).lines.joined(separator: "\n"))
    }
}
