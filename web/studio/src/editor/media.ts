// Pictures that were just uploaded are shown from memory; all others through the preview of the inner listener.
const fresh = new Map<string, string>()
let base = ''

/** showFrom names the item whose preview shows the pictures. */
export function showFrom(site: string, item: string): void {
  base = `/preview/${site}/items/${item}`
}

/** remember shows a picture from memory until the page is left. */
export function remember(path: string, bytes: Blob): void {
  fresh.set(path, URL.createObjectURL(bytes))
}

/** shownAt is where the console shows a picture of a text. */
export function shownAt(src: string): string {
  const kept = fresh.get(src)
  if (kept) return kept
  return src.startsWith('/') ? base + src : src
}
