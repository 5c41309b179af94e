#!/usr/bin/env bash
# Makes the pictures of docs/images, light (English), dark (Spanish) and narrow (Portuguese), with the distribution's Chromium: every page for people, and the console
# with the data of the demo; and those of the administrator's guide, docs/images/guide, in each language.
#   docs/pictures.sh [CLASS]     all of them, or of PictureTests (pages for people), DemoPictureTests (the console) or GuidePictureTests (the guide) alone
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v pngquant >/dev/null; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -yq --no-install-recommends pngquant >/dev/null
fi

dotnet build test/ApiConnections.Console.Tests -c Release -nologo -clp:ErrorsOnly
mkdir -p docs/images/guide
before=$(mktemp)
trap 'rm -f "$before"' EXIT
dotnet artifacts/bin/ApiConnections.Console.Tests/release/ApiConnections.Console.Tests.dll -explicit only -class "*${1:+.}${1:-PictureTests}"
# A picture of a page has few colours: a palette makes it a third as large. One that was made before has its palette already.
find docs/images -name '*.png' -newer "$before" -exec pngquant --force --ext .png --quality 80-98 --speed 1 --strip --skip-if-larger {} + || true
du -sh docs/images
