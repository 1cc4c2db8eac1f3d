#!/usr/bin/env node
// Old syntax only, and nothing loaded before the check: a Node that is too old must get as far as the sentence below.
var version = process.versions.node.split(".").map(Number)

if (version[0] < 22 || (version[0] === 22 && version[1] < 12)) {
  console.error("sotto needs Node 22.12 or newer; this is Node " + process.versions.node + ".")
  process.exit(1)
}

var fs = require("node:fs")
var path = require("node:path")

// Compiled code is kept between runs. Whoever can write there decides what runs here, so it is a folder of this user's own
// and not the shared one that Node would take.
function ownFolder() {
  var base = process.env.XDG_CACHE_HOME || (process.env.HOME && path.join(process.env.HOME, ".cache"))
  if (!base || process.platform === "win32") return null
  var folder = path.join(base, "sotto")
  fs.mkdirSync(folder, { recursive: true, mode: 448 })
  var facts = fs.lstatSync(folder)
  return facts.isDirectory() && facts.uid === process.getuid() && (facts.mode & 18) === 0 ? folder : null
}

try {
  var folder = ownFolder()
  // What a run used is what is kept, so each command keeps its own.
  var command = /^[a-z]+$/.test(process.argv[2] || "") ? process.argv[2] : "other"
  if (folder) require("node:module").enableCompileCache(path.join(folder, command))
} catch {
  // without it the start takes a little longer
}

// Commands with a bundle of their own (scripts/bundle-command-line.ts) start in two thirds of the time.
function bundleOf(args) {
  if (args[0] === "get") return "get"
  if (args[0] === "run") return args[1] === "--" ? "run" : "run-with-secrets"
  return "main"
}

require("../dist/cli/" + bundleOf(process.argv.slice(2)) + ".js")
