/// The kinds of events people may look for in the journal: `journalctl MESSAGE_ID=...` (systemd.journal-fields(7)).
///
/// The one place where the ids stand. They never change, and none is used again for something else; systemd/thermo-ingest.catalog
/// explains each to people, and README.md lists them.
package enum EventKind: String, CaseIterable, Sendable {
    /// The gateway starts.
    case started = "d77a317c604749ec8097b03c8db55014"
    /// It was told to stop.
    case stopping = "ec841750c98747b39940c84fdcc0dbe0"
    /// It has stopped.
    case stopped = "c47ed76c7175433b96f5abe8ec61da79"
    /// The configuration was read again; the line says what is in force now.
    case reloaded = "e7660e19974445448850992f0441b970"
    /// The configuration read again is wrong; everything goes on as it was.
    case reloadRefused = "15a55655406f48a29ab58dbc986fca21"
    /// A worker makes no progress; the service manager will start the gateway again.
    case workerStuck = "3586bd9583544ae090c411fe385ed0d2"
    /// A stuck worker goes on.
    case workerMoving = "fcdf0fa098e946f183b8b5d1d0fcf61e"
    /// A picture is in the bucket and in the table.
    case imageStored = "122dc8999be44fdb858ef4abb3db6238"
    /// A picture came again and is stored already.
    case imageRepeated = "46319f250d3e4f08b585113efce9bced"
    /// A capture was given up; REASON says why.
    case imageIncomplete = "7b303f79ca0b4d51a5707ec42ee26008"
    /// A store refused a picture for its own sake.
    case imageRefused = "3eb9c37463ec4957ab5cd75662ea4aca"
    /// A picture was refused too often, or its files are damaged; it waits in quarantine.
    case imageQuarantined = "a38b43764207425ebcd0eca0180944ad"
    /// A picture was given up for want of room, as [spool] when_full says.
    case imageDropped = "eee3daeb58454df88c5bf7d298e1d36a"
    /// A picture that was acknowledged is lost to a damaged disk.
    case imageLost = "97ac6f06f12e43d49dfb288fe4e5bfff"
    /// A camera's message is no good; REASON says why.
    case messageRefused = "bd7031a2c74a41a4aabb9145f22cf17d"
    /// Subscribed to the broker.
    case brokerConnected = "fce9d6d2a28941869f93f6d7cfcd9f1a"
    /// The broker cannot be reached, or refuses the gateway.
    case brokerAway = "ee8c4ab1cb884d208c8a59be0e15788e"
    /// The broker no longer has the session it kept for this gateway.
    case sessionLost = "093072665b1f48c9a82c4d9893215e77"
    /// The broker says that it dropped messages.
    case brokerDropped = "7674d7fc45a64a018d78db4b837f0581"
    /// Nothing is taken from the broker for now; it keeps the messages.
    case intakePaused = "265586f99fb5495291cebd5bf4f2536c"
    /// Messages are taken from the broker again.
    case intakeResumed = "455bcd87aa6546c3a5192c328ed55498"
    /// A store, or Redis, cannot be used; BACKEND says which.
    case backendAway = "709d151bf3c84af69684ff32f4db2053"
    /// It can be used again.
    case backendBack = "041b93345bc242e8898f52435fa60c56"
    /// The HTTP server cannot have its port.
    case httpAway = "f6257a5367e04043b4ce83909c0d6a06"
    /// It has it.
    case httpBack = "2c7a9f7c9f9b4c83bc87ec3c4484bb5e"
    /// Pictures cannot be written into the spool.
    case spoolAway = "c85a9831eb6347a8b98f5c9087c14fba"
    /// They can again.
    case spoolBack = "336e3e67756f4cff96b975736a7bfe6c"
    /// A file or folder of the spool cannot be read; all others go on.
    case entryUnreadable = "3d9b4fd3845742cdacdc771ead9145e1"
    /// The journal was damaged where it was read.
    case journalDamaged = "d753c22584b840dab6bb6f6ff9cf6d2e"
    /// This machine's clock is wrong.
    case clockWrong = "113e006223bf4653b4bb3aa50dc6148e"
    /// It agrees with the object store's again.
    case clockRight = "8f2d90fb9dae48e4a6ec2c295844a8f7"
}
