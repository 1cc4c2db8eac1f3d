#!/bin/sh
# What a process manager does: ends the app, and starts it anew with what stands in the file. Arguments: the file, the port, and the file for the app's number.
set -u
file=$1 port=$2 number=$3

if [ -f "$number" ]; then
  old=$(cat "$number")
  kill "$old" 2>/dev/null
  while kill -0 "$old" 2>/dev/null; do sleep 0.1; done
fi
PORT=$port nohup node --env-file-if-exists="$file" "$(dirname "$0")/app.mjs" >/dev/null 2>&1 &
echo $! > "$number"
