import Testing

@testable import IngestCore

@Suite("Open captures, as shown")
struct OpenCaptureTests {
    @Test("stand in the order in which they were touched, with what is missing")
    func order() {
        let bench = AssemblyBench()
        bench.send("cam1", nil, 0, of: 3, [1, 2, 3])
        bench.send("cam2", "x", 2, of: 4, [4, 5, 6])
        bench.send("cam3", nil, 0, of: 2, [7, 8, 9])
        bench.send("cam1", nil, 1, of: 3, [1, 2, 4])
        let open = bench.assembler.openCaptures(atMost: 10)
        #expect(open.map(\.camera.text) == ["cam1", "cam3", "cam2"])
        #expect(open.map(\.received) == [2, 1, 1] && open.map(\.total) == [3, 2, 4])
        #expect(open[2].imageID == "x" && open[2].missing.description == "0-1, 3")
        #expect(bench.assembler.openCaptures(atMost: 2).map(\.camera.text) == ["cam1", "cam3"])
    }

    @Test("are gone when they are whole")
    func whole() {
        let bench = AssemblyBench()
        bench.send("cam1", nil, 0, of: 2, [1, 2, 3])
        bench.send("cam1", nil, 1, of: 2, [1, 2, 4])
        #expect(bench.assembler.openCaptures(atMost: 10).isEmpty)
    }

    @Test("leave out the repeats of a picture that is known")
    func repeats() {
        let bench = AssemblyBench()
        for index in 0..<2 { bench.send("cam1", "x", index, of: 2, [1, 2, UInt8(index)]) }
        bench.send("cam1", "x", 0, of: 2, [1, 2, 0])
        #expect(bench.assembler.openCaptures(atMost: 10).isEmpty)
    }
}
