/** Offers a file for saving, as browsers do. */
export const saveFile = (content: BlobPart, name: string): void => {
  const url = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }))
  const link = Object.assign(document.createElement("a"), { href: url, download: name })
  link.click()
  URL.revokeObjectURL(url)
}
