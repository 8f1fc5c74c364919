# Each target sets up what it needs (scripts/setup); only a Swift toolchain must be there already, and is asked for by name.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build test unit format sanitize check demo bench crash-test fleet-test fuzz deb sbom test-debian13 deb-arm64 system-test install uninstall clean

PREFIX ?= /usr/local
DESTDIR ?=
SYSCONFDIR ?= /etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR ?= $(PREFIX)/lib/sysusers.d
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
# Where zsh looks for completions, under PREFIX/share.
ZSH ?= site-functions

# The Swift runtime is linked in; the C libraries stay shared, so that Debian's security updates reach them.
# lld, which comes with Swift, makes relocations read-only also where there is no gold (Debian 13), packs them, which glibc reads from 2.36
# on, and keeps functions of one code once: a megabyte less, and a third of one.
LINKER := -Xswiftc -use-ld=lld -Xlinker -z -Xlinker pack-relative-relocs -Xlinker --icf=all
RELEASE := -c release --product thermo-ingest --static-swift-stdlib -Xlinker -s $(LINKER)
BINARY := .build/release/thermo-ingest
# What runs the program here, where it is one for another architecture.
SPEAKER := $(BINARY)
SHARE := $(PREFIX)/share/thermo-ingest

help:  ## show this
	@sed -nE 's/^([a-z0-9-]+):.*## /  make \1|/p' Makefile | column -t -s '|'

build:  ## build the release binary, .build/release/thermo-ingest
	@scripts/setup build
	swift build $(RELEASE)
	@echo "$(BINARY): $$(stat -L -c %s $(BINARY)) bytes, at most 20000000"

test:  ## run all tests, with the real services
	@scripts/setup test
	THERMO_WEED=$${THERMO_WEED:-$$(scripts/setup venv)/bin/weed} scripts/run-tests

unit:  ## run the tests of the decisions (IngestCore) alone, without servers
	@scripts/setup build
	swift test --filter '^IngestCoreTests\.'

format:  ## format the sources as .swift-format says
	swift format --in-place --recursive --parallel Package.swift Sources Tests

# Swift's own report of a crash waits for a debugger under a sanitizer. Leaks are not looked for: what
# is found are the tests' own servers, whose Foundation.Process lives to the end, and their traces would have to be told from all others.
# IngestCore is left out (SANITIZED=. takes it in): it has no C, no unsafe code and
# no threads, and its models take over a quarter of an hour there.
sanitize:  ## run the tests without servers under AddressSanitizer, and then under ThreadSanitizer
	@scripts/setup test
	SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0 THERMO_WEED=$${THERMO_WEED:-$$(scripts/setup venv)/bin/weed} \
		swift test --sanitize address --scratch-path .build-address --filter '$(SANITIZED)'
	SWIFT_BACKTRACE=enable=no THERMO_WEED=$${THERMO_WEED:-$$(scripts/setup venv)/bin/weed} \
		swift test --sanitize thread --scratch-path .build-thread --filter '$(SANITIZED)'
SANITIZED ?= ^(ClientsTests|PlatformTests|IngestTests)\.

check:  ## check style, purity, size, scripts, configuration and unit
	@scripts/setup check
	@scripts/check

demo: build  ## show simulated cameras, objects and rows, with real services
	@scripts/setup services
	@scripts/demo

.PHONY: screenshots
screenshots: build  ## let simulated cameras publish, and write pictures of the page into .build/screenshots
	@scripts/setup test
	THERMO_SCREENSHOTS=$(CURDIR)/.build/screenshots THERMO_INGEST=$(CURDIR)/$(BINARY) THERMO_WEED=$${THERMO_WEED:-$$(scripts/setup venv)/bin/weed} \
		swift test --filter PageScreenshots

bench: build  ## print the figures of speed and size, each beside its floor
	@scripts/setup services
	@Benchmarks/run

crash-test: build  ## kill the gateway and its servers 200 times in each mode of the journal, and see that nothing is lost
	@scripts/setup services
	@scripts/crash-test --when always
	@scripts/crash-test --when needed

fleet-test: build  ## cut the links of fifty cameras with a real MQTT client at random, and compare each picture
	@scripts/setup fleet-test
	@scripts/fleet-test

FUZZ_SECONDS ?= 600
fuzz:  ## fuzz every reader of bytes from outside for FUZZ_SECONDS (600) each
	@scripts/setup build
	@scripts/fuzz $(FUZZ_SECONDS)

deb: build  ## pack .build/thermo-ingest_VERSION~SYSTEM_ARCHITECTURE.deb, and see that lintian likes it
	@scripts/setup deb
	@scripts/deb

sbom: build  ## write .build/thermo-ingest.spdx.json, what the binary is made of and linked with, and have it validated
	@scripts/setup sbom
	@scripts/sbom
	@"$$(scripts/setup venv)/bin/pyspdxtools" --infile .build/thermo-ingest.spdx.json

test-debian13:  ## run all of it on a Debian 13 in a folder (as root): tests, demo, package built, linted, installed, removed
	@scripts/setup debian
	@scripts/test-debian 13

deb-arm64:  ## cross-build the package for Debian 13 on arm64 (as root), and try it under emulation with real servers
	@scripts/setup debian
	@scripts/deb-arm64

system-test: deb  ## install the .deb on a Debian 12 and 13 booted for it (as root), and see it work, fail, be upgraded and removed
	@scripts/setup system-test
	@scripts/system-test

install:  ## install under PREFIX (/usr/local) and DESTDIR; keeps a configuration that is there
	@test -x $(BINARY) || { echo "run make build first"; exit 1; }
	install -D -m 755 $(BINARY) $(DESTDIR)$(PREFIX)/bin/thermo-ingest
	install -D -m 644 schema.sql $(DESTDIR)$(SHARE)/schema.sql
	install -D -m 644 -t $(DESTDIR)$(SHARE)/config config/*
	ZSH=$(ZSH) scripts/package/documents $(SPEAKER) $(PREFIX) $(DESTDIR)$(PREFIX)
	install -D -m 644 systemd/sysusers.d/thermo-ingest.conf $(DESTDIR)$(SYSUSERSDIR)/thermo-ingest.conf
	install -D -m 644 systemd/tmpfiles.d/thermo-ingest.conf $(DESTDIR)$(TMPFILESDIR)/thermo-ingest.conf
	install -D -m 644 systemd/thermo-ingest.catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog/thermo-ingest.catalog
	install -d $(DESTDIR)$(UNITDIR)
	sed 's|/usr/local/bin|$(PREFIX)/bin|' systemd/thermo-ingest.service >$(DESTDIR)$(UNITDIR)/thermo-ingest.service
	test -e $(DESTDIR)$(SYSCONFDIR)/thermo/config.toml || \
		install -D -m 640 config/config.toml $(DESTDIR)$(SYSCONFDIR)/thermo/config.toml
	if [ -z "$(DESTDIR)" ] && command -v systemd-sysusers >/dev/null; then systemd-sysusers $(SYSUSERSDIR)/thermo-ingest.conf; fi
	if [ -z "$(DESTDIR)" ] && command -v systemd-tmpfiles >/dev/null; then systemd-tmpfiles --create $(TMPFILESDIR)/thermo-ingest.conf; fi
	if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; journalctl --update-catalog; fi
	@echo "Next: edit $(SYSCONFDIR)/thermo/config.toml; thermo-ingest doctor; systemctl enable --now thermo-ingest"

uninstall:  ## remove what install put there, but configuration and spool
	if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl disable --now thermo-ingest || true; fi
	rm -f $(DESTDIR)$(PREFIX)/bin/thermo-ingest $(DESTDIR)$(UNITDIR)/thermo-ingest.service
	rm -f $(DESTDIR)$(PREFIX)/lib/systemd/catalog/thermo-ingest.catalog
	rm -f $(DESTDIR)$(SYSUSERSDIR)/thermo-ingest.conf $(DESTDIR)$(TMPFILESDIR)/thermo-ingest.conf
	rm -f $(DESTDIR)$(PREFIX)/share/man/man8/thermo-ingest.8.gz $(DESTDIR)$(PREFIX)/share/man/man5/thermo-ingest.toml.5.gz
	rm -f $(DESTDIR)$(PREFIX)/share/bash-completion/completions/thermo-ingest $(DESTDIR)$(PREFIX)/share/zsh/$(ZSH)/_thermo-ingest
	rm -rf $(DESTDIR)$(SHARE)
	if [ -z "$(DESTDIR)" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
	@echo "Kept: $(DESTDIR)$(SYSCONFDIR)/thermo (configuration), /var/spool/thermo-ingest (undelivered pictures), user thermo-ingest."

clean:  ## remove what was built
	rm -rf .build .build-debian12 .build-debian13 .build-arm64 .build-fuzz .build-address .build-thread
