# The one place that knows the commands. `make help` lists the targets.

.DEFAULT_GOAL := all
.NOTPARALLEL:
.SUFFIXES:

FRAMEWORK ?= net9.0
LINKER ?= gcc
ARGS ?=
SEEDS ?= 1..100
JOBS ?= 2
NODES ?= 2000
TARGET ?=
SECONDS ?= 60
SEED ?= 1
CUT ?= 120
ROUNDS ?= 3
REAP ?=
MINUTES ?= 30
FILTER ?= *

# Only the SDK itself wants ICU, and only where it is not told otherwise.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT := 1
export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export LINKER

SIZE_MAX := 7500000
SETTINGS := -p:ShipTargetFramework=$(FRAMEWORK) -p:CppCompilerAndLinker=$(LINKER)
QUIET := --nologo -v quiet

# Folders too: their times change when a file is added or taken away.
SOURCES := $(shell find src rd.xml build/openssl-unused.ld Directory.Build.props Directory.Build.targets Directory.Packages.props)

.PHONY: all help run demo build test lint aot blackbox partition soak deb sim simtrace simscale fuzz bench check clean prerequisites-aot prerequisites-test prerequisites-partition prerequisites-deb FORCE

all: out/serf ## build the program: out/serf

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo '  FRAMEWORK=net9.0   the framework the program is compiled for'
	@echo '  LINKER=gcc         the C compiler that links it'
	@echo '  ARGS=              flags of the agent that `make run` starts'
	@echo '  SEEDS=1..100       the worlds that `make sim` and `make simtrace` run'
	@echo '  JOBS=2             how many of them at the same time'
	@echo '  FILTER=*           the benchmarks that `make bench` runs, such as *Lzw*'
	@echo '  NODES=2000         the nodes of `make simscale`, its other flags through ARGS'
	@echo '  CUT=120 ROUNDS=3 REAP=   for `make partition`: seconds of a cut, how often, after how many the lost are forgotten'
	@echo '  MINUTES=30         how long `make soak` goes on, 20 at least for a verdict on memory; SEED=1 what is done'
	@echo '  TARGET= SECONDS=60 SEED=1   what `make fuzz` searches, how long, and from which number'

run: out/serf ## build what is missing and start an agent; flags through ARGS
	@exec out/serf agent $(ARGS)

demo: out/serf ## three agents on this machine, one event, every node's handler
	@sh build/demo.sh out/serf

build: prerequisites-test ## compile everything, the tests included
	dotnet build Serf.Native.sln $(QUIET) $(SETTINGS)

test: prerequisites-test ## unit tests, and every fuzz target briefly
	@status=0; for project in Serf.Core.Tests Serf.Tests Serf.Fuzz.Tests; do \
	  dotnet test tests/$$project --nologo $(SETTINGS) || status=1; \
	done; exit $$status

lint: prerequisites-test ## compile everything with the analyzers on
	dotnet build Serf.Native.sln $(QUIET) --no-incremental -p:RunAnalyzers=true $(SETTINGS)

aot: out/serf ## build the program and check that it is one small static file
	@sh build/check-binary.sh out/serf $(SIZE_MAX)

blackbox: prerequisites-test out/serf ## drive the program as a user does; beside the original where it is installed
	SERF_BINARY="$(CURDIR)/out/serf" dotnet test tests/Serf.Blackbox.Tests --nologo

partition: prerequisites-test prerequisites-partition out/serf ## cut clusters of six in two and time how they heal: CUT=120 ROUNDS=3 REAP=30
	@rm -f artifacts/partition.md
	SERF_BINARY="$(CURDIR)/out/serf" SERF_REPORT="$(CURDIR)/artifacts/partition.md" SERF_CUT="$(CUT)" \
	  SERF_ROUNDS="$(ROUNDS)" SERF_REAP="$(REAP)" dotnet test tests/Serf.Blackbox.Tests --nologo --filter PartitionReport
	@cat artifacts/partition.md

soak: prerequisites-test out/serf ## ten agents under load, what they hold and every event: MINUTES=30 SEED=1
	@rm -f artifacts/soak.md
	status=0; SERF_BINARY="$(CURDIR)/out/serf" SERF_REPORT="$(CURDIR)/artifacts/soak.md" SERF_MINUTES="$(MINUTES)" \
	  SERF_SEED="$(SEED)" dotnet test tests/Serf.Blackbox.Tests --nologo --filter SoakReport || status=1; \
	  cat artifacts/soak.md; exit $$status

sim: prerequisites-test ## simulated clusters: SEEDS=1..100 JOBS=2
	dotnet build tests/Serf.Simulation -c Release $(QUIET) $(SETTINGS)
	DOTNET_ROLL_FORWARD=Major dotnet artifacts/bin/Serf.Simulation/release/serf-sim.dll -seeds $(SEEDS) -jobs $(JOBS)

simtrace: prerequisites-aot prerequisites-test ## the simulator ahead of time must do what it does under the JIT
	dotnet build tests/Serf.Simulation -c Release $(QUIET) $(SETTINGS)
	dotnet publish tests/Serf.Simulation -c Release -o artifacts/simulator $(QUIET) $(SETTINGS)
	DOTNET_ROLL_FORWARD=Major dotnet artifacts/bin/Serf.Simulation/release/serf-sim.dll \
	  -seeds $(SEEDS) -jobs 1 -trace > artifacts/trace-jit
	artifacts/simulator/serf-sim -seeds $(SEEDS) -jobs 1 -trace > artifacts/trace-aot
	cmp artifacts/trace-jit artifacts/trace-aot

simscale: prerequisites-test ## one large cluster: NODES=10000 ARGS='-converged -svg FILE'
	dotnet build tests/Serf.Simulation -c Release $(QUIET) $(SETTINGS)
	DOTNET_ROLL_FORWARD=Major dotnet artifacts/bin/Serf.Simulation/release/serf-sim.dll -nodes $(NODES) $(ARGS)

fuzz: prerequisites-test ## search TARGET, or all targets in turn, SECONDS each
	dotnet build fuzz/Serf.Fuzz -c Release $(QUIET) $(SETTINGS)
	dotnet artifacts/bin/Serf.Fuzz/release/Serf.Fuzz.dll artifacts/fuzz $(SECONDS) $(SEED) $(TARGET)

bench: prerequisites-test ## time what FILTER= names, or everything, in a few minutes: docs/benchmarks.md
	dotnet build bench/Serf.Bench -c Release $(QUIET) $(SETTINGS)
	dotnet artifacts/bin/Serf.Bench/release/Serf.Bench.dll --artifacts artifacts/bench --filter '$(FILTER)'

check: build lint test aot blackbox ## all of the above that check something

deb: prerequisites-deb out/serf ## build the Debian package: out/serf-native_VERSION_ARCHITECTURE.deb
	@sh build/deb.sh out/serf out

clean: ## remove everything that was built
	rm -rf out artifacts TestResults

# The exit code of the compiler decides; what the linker remarks on the C library is expected in a static file.
out/serf: $(SOURCES) artifacts/settings | prerequisites-aot
	dotnet publish src/Serf/Serf.csproj -c Release -o out $(QUIET) $(SETTINGS)
	@touch $@

# Changes when a variable does, so that the program is built again.
artifacts/settings: FORCE
	@mkdir -p artifacts
	@echo '$(SETTINGS)' | cmp -s - $@ || echo '$(SETTINGS)' > $@

prerequisites-aot prerequisites-test prerequisites-partition prerequisites-deb: prerequisites-%:
	@sh build/prerequisites.sh $*

FORCE:
