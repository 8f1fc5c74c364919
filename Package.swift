// swift-tools-version: 6.2
import PackageDescription

/// For tests: as for the product, but for marking every unsafe expression, which would only clutter them.
let testSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

/// One list for every target of the product.
let settings = testSettings + [.strictMemorySafety()]

let package = Package(
    name: "thermo-ingest",
    products: [.executable(name: "thermo-ingest", targets: ["thermo-ingest"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    ],
    targets: [
        // Kernel calls that the Glibc module leaves out. Platform alone imports it.
        .target(name: "CLinux"),
        // C libraries: a module map and a shim each. Clients alone imports them.
        .systemLibrary(name: "CMosquitto", pkgConfig: "libmosquitto", providers: [.apt(["libmosquitto-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),  // its pkg-config file has a flag SwiftPM refuses
        .systemLibrary(name: "CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),

        // toml++ is a C++ header; this is its C face. Clients alone imports it.
        .target(name: "CToml"),

        .target(name: "IngestCore", swiftSettings: settings),
        .target(name: "Platform", dependencies: ["CLinux", .product(name: "Logging", package: "swift-log")], swiftSettings: settings),
        .target(
            name: "Clients",
            dependencies: ["CMosquitto", "CHiredis", "CPQ", "CCurl", "CZlib", "CCrypto", "CMicroHTTPD", "CToml", "Platform"],
            swiftSettings: settings
        ),
        .target(
            name: "Ingest",
            dependencies: ["IngestCore", "Clients", "Platform", .product(name: "Logging", package: "swift-log")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "thermo-ingest",
            dependencies: ["Ingest", "IngestCore", "Platform", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            swiftSettings: settings
        ),

        // Starts the real broker, databases and S3 server for the tests, on free loopback ports.
        .target(name: "TestServices", path: "Tests/TestServices", swiftSettings: testSettings),
        // A file system that crashes and fails as it is told.
        .target(name: "TestFiles", dependencies: ["Platform"], path: "Tests/TestFiles", swiftSettings: testSettings),
        // What the gateways do with shared captures in Redis, as a model.
        .target(name: "TestSharing", dependencies: ["IngestCore"], path: "Tests/TestSharing", swiftSettings: testSettings),
        .testTarget(name: "IngestCoreTests", dependencies: ["IngestCore", "TestFiles", "TestSharing"], swiftSettings: testSettings),
        .testTarget(name: "PlatformTests", dependencies: ["Platform", "TestFiles", "TestServices"], swiftSettings: testSettings),
        .testTarget(
            name: "ClientsTests",
            dependencies: ["Clients", "Platform", "TestServices", "CZlib"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "IngestTests",
            dependencies: ["Ingest", "IngestCore", "Clients", "Platform", "TestFiles", "TestServices", "TestSharing", "thermo-ingest"],
            swiftSettings: testSettings
        ),
        .testTarget(
            name: "IntegrationTests",
            dependencies: ["Ingest", "IngestCore", "Clients", "CZlib", "TestFiles", "TestServices", "thermo-ingest"],
            swiftSettings: testSettings
        ),
    ],
    cxxLanguageStandard: .cxx17
)

// Coverage-guided fuzzing, which is built with a sanitizer and by itself (scripts/fuzz).
if Context.environment["THERMO_FUZZ"] != nil {
    package.products.append(.executable(name: "fuzz", targets: ["Fuzz"]))
    // It plays sequences of messages with the helpers of tests that are not built with it: a file belongs to one target.
    package.targets.removeAll { $0.type == .test }
    let helpers = [
        "Assembly/AssemblyBench", "Journal/JournalRecorder", "Journal/TestChecksum", "Session/SessionWorld", "Streams/CameraStream",
        "Streams/StreamReading", "Streams/StreamVerdict",
    ]
    package.targets += [
        .target(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "Fuzz", dependencies: ["CFuzzer", "Ingest", "IngestCore", "Clients", "Platform"], path: "Tests",
            sources: ["Fuzz/Fuzz"] + helpers.map { "IngestCoreTests/\($0).swift" }, swiftSettings: testSettings),
    ]
}
