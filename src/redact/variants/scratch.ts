import { grown } from "../growing.ts"

/** Where one variant after the other is written, so that none becomes a string that nothing can overwrite. */
export class Scratch {
  bytes: Uint8Array = new Uint8Array(512)
  length = 0

  begin(): void {
    this.length = 0
  }

  /** Room for so many bytes more, for a writer that fills `bytes` itself and then sets `length`. */
  reserve(count: number): Uint8Array {
    this.bytes = grown(this.bytes, this.length + count)
    return this.bytes
  }

  put(byte: number): void {
    if (this.length === this.bytes.length) this.bytes = grown(this.bytes, this.length + 1)
    this.bytes[this.length++] = byte
  }

  /** ASCII only. */
  putText(text: string): void {
    for (let i = 0; i < text.length; i++) this.put(text.charCodeAt(i))
  }

  wipe(): void {
    this.bytes.fill(0)
    this.length = 0
  }
}
