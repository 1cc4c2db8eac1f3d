#!/usr/bin/env node
// Old syntax only, and no static import: a Node that is too old must get as far as the sentence below.
var version = process.versions.node.split(".").map(Number)

if (version[0] < 22 || (version[0] === 22 && version[1] < 12)) {
  console.error("sotto needs Node 22.12 or newer; this is Node " + process.versions.node + ".")
  process.exit(1)
} else {
  import("../dist/cli/main.js").catch(function (error) {
    console.error(String((error && error.stack) || error))
    process.exit(1)
  })
}
