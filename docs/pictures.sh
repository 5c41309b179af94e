#!/usr/bin/env bash
# Makes the pictures of docs/images: every page, light (English), dark (Spanish) and narrow (Portuguese), with the distribution's Chromium.
#   docs/pictures.sh
set -euo pipefail
cd "$(dirname "$0")/.."
dotnet build test/ApiConnections.Console.Tests -c Release -nologo -clp:ErrorsOnly
mkdir -p docs/images
dotnet artifacts/bin/ApiConnections.Console.Tests/release/ApiConnections.Console.Tests.dll -explicit only -class "*PictureTests"
ls docs/images
