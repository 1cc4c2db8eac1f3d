/** What a look-up of an edge that is not there answers. */
export const NO_NODE = -1

const FREE = -1
const SPREAD = 0x9e3779b1

/** The edges of a trie: (node, byte) to node. Open addressing, at most half full. */
export class EdgeTable {
  #from = new Int32Array(1 << 10).fill(FREE)
  #bytes = new Uint8Array(1 << 10)
  #to = new Int32Array(1 << 10)
  #shift = 22
  #count = 0

  get(node: number, byte: number): number {
    const from = this.#from
    const bytes = this.#bytes
    const last = from.length - 1
    let slot = Math.imul((node << 8) ^ byte, SPREAD) >>> this.#shift
    for (;;) {
      const found = from[slot]
      if (found === node && bytes[slot] === byte) return this.#to[slot] as number
      if (found === FREE) return NO_NODE
      slot = (slot + 1) & last
    }
  }

  /** The edge must not be there yet. */
  add(node: number, byte: number, to: number): void {
    if (this.#count * 2 >= this.#from.length) this.#grow()
    this.#put(node, byte, to)
    this.#count++
  }

  wipe(): void {
    this.#from.fill(FREE)
    this.#bytes.fill(0)
    this.#count = 0
  }

  #put(node: number, byte: number, to: number): void {
    const last = this.#from.length - 1
    let slot = Math.imul((node << 8) ^ byte, SPREAD) >>> this.#shift
    while (this.#from[slot] !== FREE) slot = (slot + 1) & last
    this.#from[slot] = node
    this.#bytes[slot] = byte
    this.#to[slot] = to
  }

  #grow(): void {
    const [from, bytes, to] = [this.#from, this.#bytes, this.#to]
    this.#from = new Int32Array(from.length * 2).fill(FREE)
    this.#bytes = new Uint8Array(from.length * 2)
    this.#to = new Int32Array(from.length * 2)
    this.#shift--
    for (let slot = 0; slot < from.length; slot++)
      if (from[slot] !== FREE) this.#put(from[slot] as number, bytes[slot] as number, to[slot] as number)
    bytes.fill(0)
  }
}
