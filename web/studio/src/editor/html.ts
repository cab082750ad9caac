// Between the platform's HTML and what the editor reads and writes.

/** toEditor prepares stored HTML: alignment of cells goes to their paragraphs, captions to an attribute of the table. */
export function toEditor(html: string): string {
  const doc = new DOMParser().parseFromString(html, 'text/html')
  for (const table of doc.querySelectorAll('table')) {
    const caption = table.querySelector(':scope > caption')
    if (caption) {
      table.setAttribute('data-caption', caption.textContent?.trim() ?? '')
      caption.remove()
    }
  }
  // The library keeps pictures without a caption as a paragraph of their own.
  for (const p of doc.querySelectorAll('body > p')) {
    if (p.textContent?.trim() || !p.querySelector('img') || [...p.children].some((c) => c.tagName !== 'IMG')) continue
    const figure = doc.createElement('figure')
    if (p.className) figure.setAttribute('data-class', p.className)
    figure.append(...p.children, doc.createElement('figcaption'))
    p.replaceWith(figure)
  }
  for (const cell of doc.querySelectorAll<HTMLElement>('td[class^=align-], th[class^=align-]')) {
    const p = doc.createElement('p')
    p.className = cell.className
    cell.removeAttribute('class')
    p.append(...cell.childNodes)
    cell.append(p)
  }
  return doc.body.innerHTML
}

/** fromEditor gives what is sent to the server, which cleans it again. */
export function fromEditor(html: string): string {
  const doc = new DOMParser().parseFromString(html, 'text/html')
  for (const table of doc.querySelectorAll('table')) {
    const text = table.getAttribute('data-caption')
    table.removeAttribute('data-caption')
    table.removeAttribute('style')
    table.querySelectorAll('colgroup').forEach((c) => c.remove())
    if (text) {
      const caption = doc.createElement('caption')
      caption.textContent = text
      table.prepend(caption)
    }
  }
  for (const cell of doc.querySelectorAll<HTMLElement>('td, th')) {
    for (const a of ['colspan', 'rowspan']) if (cell.getAttribute(a) === '1') cell.removeAttribute(a)
    cell.removeAttribute('style')
  }
  for (const figure of doc.querySelectorAll('figure')) {
    const kept = figure.getAttribute('data-class')
    figure.removeAttribute('data-class')
    if (figure.querySelector('figcaption')?.textContent?.trim()) continue
    const p = doc.createElement('p')
    if (kept) p.className = kept
    p.append(...figure.querySelectorAll('img'))
    figure.replaceWith(p)
  }
  // An empty last paragraph is where the cursor stands, not part of the text.
  for (let last = doc.body.lastElementChild; last?.tagName === 'P' && !last.textContent && !last.querySelector('img'); last = doc.body.lastElementChild) last.remove()
  return doc.body.innerHTML
}

/** words counts a text as an office does: each Chinese character one, each run of letters or digits one. */
export function words(text: string): number {
  return text.match(/\p{Script=Han}|[A-Za-z\u00c0-\u024f\d]+(?:[.,:'%-][A-Za-z\d]+)*/gu)?.length ?? 0
}

/** blocks are the pieces of a text for comparing: one line for each paragraph, heading, entry or row. */
export function blocks(html: string): string[] {
  const doc = new DOMParser().parseFromString(html, 'text/html')
  return [...doc.querySelectorAll('p, h2, h3, h4, li, tr, figcaption, caption, blockquote')]
    .filter((e) => !e.querySelector('p, li, tr'))
    .map((e) => (e.tagName === 'TR' ? [...e.children].map((c) => c.textContent?.trim()).join(' ｜ ') : e.textContent?.trim() ?? ''))
    .filter(Boolean)
}
