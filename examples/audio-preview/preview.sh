#!/bin/sh
# preview.sh INPUT OUTPUT KBITS: writes OUTPUT.opus and OUTPUT.png.
set -eu

command -v ffprobe ffmpeg >/dev/null || {
  echo 'ffmpeg is not installed: see apt.txt' >&2
  exit 1
}

# Exit code 65: no other try can succeed. Other failures are retried.
sound=$(ffprobe -v quiet -select_streams a:0 -show_entries stream=codec_name -of csv=p=0 "$1") || {
  echo 'this is not a file that ffmpeg reads' >&2
  exit 65
}
[ -n "$sound" ] || {
  echo 'the file has no sound' >&2
  exit 65
}

# One thread, because the worker's slots already run side by side.
ffmpeg -nostdin -v error -threads 1 -filter_threads 1 -i "$1" \
  -filter_complex '[0:a:0]asplit[sound][shown];[shown]showwavespic=s=640x120:colors=steelblue[wave]' \
  -map '[sound]' -c:a libopus -b:a "${3}k" "$2.opus" \
  -map '[wave]' -frames:v 1 "$2.png"
[ -s "$2.png" ] || {
  echo 'the sound is too short for a picture' >&2
  exit 65
}
