/** A typed array that holds at least `size` elements: the same one, or a copy twice as large whose original is overwritten. */
export const grown = <A extends Uint8Array | Int32Array>(array: A, size: number): A => {
  if (size <= array.length) return array
  const larger = new (array.constructor as new (length: number) => A)(Math.max(size, array.length * 2))
  larger.set(array)
  array.fill(0)
  return larger
}
