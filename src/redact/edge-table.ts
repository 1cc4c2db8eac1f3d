/** What a look-up of an edge that is not there answers. */
export const NO_NODE = -1

/** Nodes fit beside a byte into 31 bits. */
export const MAX_NODES = 1 << 22

const FREE = -1
const SPREAD = 0x9e3779b1

/** The edges of a trie: (node, byte) to node. Open addressing, at most half full. */
export class EdgeTable {
  #keys = new Int32Array(1 << 10).fill(FREE)
  #nodes = new Int32Array(1 << 10)
  #shift = 22
  #count = 0

  get(node: number, byte: number): number {
    const key = (node << 8) | byte
    const keys = this.#keys
    const last = keys.length - 1
    let slot = Math.imul(key, SPREAD) >>> this.#shift
    for (;;) {
      const found = keys[slot]
      if (found === key) return this.#nodes[slot] as number
      if (found === FREE) return NO_NODE
      slot = (slot + 1) & last
    }
  }

  /** The edge must not be there yet. */
  add(node: number, byte: number, to: number): void {
    if (this.#count * 2 >= this.#keys.length) this.#grow()
    this.#put((node << 8) | byte, to)
    this.#count++
  }

  wipe(): void {
    this.#keys.fill(FREE)
    this.#count = 0
  }

  #put(key: number, to: number): void {
    const last = this.#keys.length - 1
    let slot = Math.imul(key, SPREAD) >>> this.#shift
    while (this.#keys[slot] !== FREE) slot = (slot + 1) & last
    this.#keys[slot] = key
    this.#nodes[slot] = to
  }

  #grow(): void {
    const keys = this.#keys
    const nodes = this.#nodes
    this.#keys = new Int32Array(keys.length * 2).fill(FREE)
    this.#nodes = new Int32Array(keys.length * 2)
    this.#shift--
    for (let slot = 0; slot < keys.length; slot++)
      if (keys[slot] !== FREE) this.#put(keys[slot] as number, nodes[slot] as number)
    keys.fill(FREE)
  }
}
