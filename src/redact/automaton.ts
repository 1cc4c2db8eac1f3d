import { EdgeTable, NO_NODE } from "./edge-table.ts"
import { grown } from "./growing.ts"
import { NO_PATTERN, type PatternStore } from "./pattern-store.ts"

/** The state in which no pattern has begun. */
export const ROOT = 0

const UNKNOWN = -1
const END = -1

/** So many nodes take about 40 MB; then, between two texts, all are dropped, and those that are needed grow again. */
const NODE_LIMIT = 1 << 20

/**
 * The automaton of Aho and Corasick over every pattern, one byte a step, made as far as the text leads into it: a node knows
 * the patterns that pass through it as a list and becomes a branching when it is first entered. So thousands of patterns
 * cost nothing until a text comes near them, and what a text can cost is bounded by the bytes of the patterns.
 *
 * A state is a node. Its depth is the length of the longest end of the text so far that begins some pattern.
 */
export class Automaton {
  readonly #patterns: PatternStore
  /** Of each node, the length of the text that leads to it. */
  depths = new Int32Array(256)
  /** Of each entered node, the longest pattern that ends with it. */
  hits = new Int32Array(256)
  /** Of each node, the pattern of the lowest number that passes through it. */
  firsts = new Int32Array(256)
  /** Changes when states of before have lost their meaning. */
  epoch = 0
  /** Steps, followed failures and patterns handed on so far: what the speed of a text depends on. */
  work = 0
  #fails = new Int32Array(256)
  /** 1 for an entered node that no pattern passes beyond. */
  #leaves = new Uint8Array(256)
  #lists = new Int32Array(256)
  /** The list of a node runs through here: each pattern stands in one list only. */
  #following = new Int32Array(0)
  readonly #edges = new EdgeTable()
  #size = 0

  constructor(patterns: PatternStore) {
    this.#patterns = patterns
    this.reset()
  }

  /** Takes up patterns that came since, and forgets every node. */
  reset(): void {
    const { count } = this.#patterns
    this.#edges.wipe()
    this.#size = 0
    this.#addNode(0)
    this.#following = grown(this.#following, count)
    for (let pattern = count - 1; pattern >= 0; pattern--) this.#enlist(ROOT, pattern)
    this.#expand(ROOT)
    this.#fails[ROOT] = ROOT
    this.epoch++
  }

  /** Between two texts: keeps the memory within its bound. */
  trim(): void {
    if (this.#size > NODE_LIMIT) this.reset()
  }

  step(state: number, byte: number): number {
    let from = state
    for (;;) {
      this.work++
      const child = this.#edges.get(from, byte)
      if (child !== NO_NODE) {
        if (this.#fails[child] === UNKNOWN) this.#enter(from, child, byte)
        return child
      }
      if (from === ROOT) return ROOT
      from = this.#fails[from] as number
    }
  }

  /** The state that goes on where this one ends: a whole pattern that begins no longer one is nothing to wait for. */
  settled(state: number): number {
    let settled = state
    while (this.#leaves[settled] === 1 && settled !== ROOT) settled = this.#fails[settled] as number
    return settled
  }

  wipe(): void {
    this.#edges.wipe()
    for (const array of [this.depths, this.hits, this.firsts, this.#fails, this.#lists, this.#following]) array.fill(0)
  }

  /** Branches a node and finds where it fails to, which may be a node that nobody entered so far, and so on. */
  #enter(parent: number, child: number, byte: number): void {
    const entered: number[] = []
    let from = parent
    let node = child
    while (this.#fails[node] === UNKNOWN) {
      this.#expand(node)
      entered.push(node)
      let target = NO_NODE
      while (target === NO_NODE && from !== ROOT) {
        this.work++
        from = this.#fails[from] as number
        target = this.#edges.get(from, byte)
      }
      if (target === NO_NODE) target = ROOT
      this.#fails[node] = target
      node = target
    }
    for (const each of entered.toReversed())
      if (this.hits[each] === NO_PATTERN) this.hits[each] = this.hits[this.#fails[each] as number] as number
  }

  /** Hands the patterns of a node's list to its children. */
  #expand(node: number): void {
    const { bytes, starts, lengths } = this.#patterns
    const depth = this.depths[node] as number
    let pattern = this.#lists[node] as number
    let own = NO_PATTERN
    let isLeaf = 1
    while (pattern !== END) {
      this.work++
      const following = this.#following[pattern] as number
      if (lengths[pattern] === depth) own = own === NO_PATTERN ? pattern : Math.min(own, pattern)
      else {
        this.#enlist(this.#childAt(node, bytes[(starts[pattern] as number) + depth] as number, depth), pattern)
        isLeaf = 0
      }
      pattern = following
    }
    this.#lists[node] = END
    this.hits[node] = own
    this.#leaves[node] = isLeaf
  }

  #childAt(node: number, byte: number, depth: number): number {
    const found = this.#edges.get(node, byte)
    if (found !== NO_NODE) return found
    const child = this.#addNode(depth + 1)
    this.#edges.add(node, byte, child)
    return child
  }

  #enlist(node: number, pattern: number): void {
    this.#following[pattern] = this.#lists[node] as number
    this.#lists[node] = pattern
    if (this.firsts[node] === NO_PATTERN || pattern < (this.firsts[node] as number)) this.firsts[node] = pattern
  }

  #addNode(depth: number): number {
    const node = this.#size++
    if (node >= this.depths.length) {
      this.depths = grown(this.depths, node + 1)
      this.hits = grown(this.hits, node + 1)
      this.firsts = grown(this.firsts, node + 1)
      this.#fails = grown(this.#fails, node + 1)
      this.#leaves = grown(this.#leaves, node + 1)
      this.#lists = grown(this.#lists, node + 1)
    }
    this.depths[node] = depth
    this.hits[node] = NO_PATTERN
    this.firsts[node] = NO_PATTERN
    this.#fails[node] = UNKNOWN
    this.#lists[node] = END
    return node
  }
}
