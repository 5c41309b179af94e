#!/usr/bin/env bash
# Makes the server as one folder that needs no .NET on the machine: self-contained, compiled ahead of time (ReadyToRun), on the pinned runtime patch.
#   ./publish.sh [RID]     writes artifacts/publish/server/RID; linux-x64 by default
set -euo pipefail
cd "$(dirname "$0")"
rid=${1:-linux-x64}
out=artifacts/publish/server/$rid
rm -rf "$out"
dotnet publish src/ApiConnections.Server -c Release -r "$rid" --self-contained -p:PublishReadyToRun=true -p:DebugType=none -o "$out" -nologo -clp:ErrorsOnly
cp -r docs "$out/docs"
echo "$out/api-connections"
