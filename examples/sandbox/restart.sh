#!/bin/sh
# What a process manager does: ends the app, and starts it anew with what stands in the file. Arguments: the file, the port, and the file for the app's number.
set -u
file=$1 port=$2 number=$3

if [ -f "$number" ]; then
  kill "$(cat "$number")" 2>/dev/null
  while curl -s -o /dev/null "http://127.0.0.1:$port/healthz"; do sleep 0.1; done
fi
PORT=$port nohup node --env-file-if-exists="$file" "$(dirname "$0")/app.mjs" >/dev/null 2>&1 &
echo $! > "$number"
