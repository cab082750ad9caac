// What is copied from Word, WPS, Excel and web pages, reduced to what a text may hold. The schema drops what is left;
// here is only what it cannot know: lists and headings that Word writes as plain paragraphs.

const entry = /mso-list:\s*l(\d+)\s+level(\d+)/i
const bullets = /^[\s\u00a0]*(?:[·•●○■□◆◇➢Ø§v–—-]|o(?=[\s\u00a0]))[\s\u00a0]*/u
const numbers = /^[\s\u00a0]*(?:[(（]?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)、）．])[\s\u00a0]*/u

const handler = /\son[a-z]+\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi
const dropped = /^(STYLE|SCRIPT|META|LINK|TITLE|XML|DEL|W:SDTPR|V:.*|IFRAME|OBJECT)$/
const unwrapped = /^(INS|FONT|CENTER|O:P|W:SDT|ST1:.*)$/

/** cleanPaste takes the HTML of a clipboard and gives HTML for the editor. */
export function cleanPaste(html: string): string {
  const quiet = html.replace(/<[a-z][^>]*>/gi, (tag) => tag.replace(handler, ' ')) // blocked anyway, but each is reported
  const doc = new DOMParser().parseFromString(quiet.replace(/<!--\[if !supportLists\]-->/g, '<i data-marker="">').replace(/<!--\[endif\]-->/g, '</i>'), 'text/html')
  comments(doc)
  for (const e of [...doc.querySelectorAll<HTMLElement>('*')]) {
    const style = e.getAttribute('style') ?? ''
    if (dropped.test(e.tagName) || /mso-hide:\s*all|display:\s*none/i.test(style) || (e.tagName === 'O:P' && !e.textContent?.trim())) e.remove()
    else if (unwrapped.test(e.tagName)) {
      if (e.tagName === 'CENTER') e.querySelectorAll<HTMLElement>('p').forEach((p) => (p.style.textAlign = 'center'))
      e.replaceWith(...e.childNodes)
    }
  }
  headings(doc)
  lists(doc)
  spans(doc)
  for (const p of [...doc.querySelectorAll<HTMLElement>('p, h2, h3, h4, td, th, li')]) indent(p)
  for (const img of [...doc.querySelectorAll('img')]) if (!/^(https?:|\/)/.test(img.getAttribute('src') ?? '')) img.remove() // file:///, cid:
  for (const e of [...doc.querySelectorAll<HTMLElement>('*')]) keepOnly(e)
  for (const p of [...doc.querySelectorAll('p')]) if (!p.textContent?.trim() && !p.querySelector('img') && !p.closest('td, th')) p.remove()
  header(doc)
  return doc.body.innerHTML
}

function comments(doc: Document): void {
  const walk = doc.createNodeIterator(doc, NodeFilter.SHOW_COMMENT)
  const all: Node[] = []
  for (let n = walk.nextNode(); n; n = walk.nextNode()) all.push(n)
  all.forEach((n) => (n as ChildNode).remove())
}

/** headings: Word's outline levels, h1 and h5, h6 become the three levels that there are. */
function headings(doc: Document): void {
  for (const e of [...doc.querySelectorAll<HTMLElement>('h1, h2, h3, h4, h5, h6, p[class^="MsoHeading"], p[class^="MsoTitle"]')]) {
    const n = Number(/\d/.exec(e.tagName + e.className)?.[0] ?? '1')
    const lowest = doc.querySelector('h1') ? 1 : 2
    const h = doc.createElement(`h${Math.min(4, Math.max(2, n + (lowest === 1 ? 1 : 0)))}`)
    if (e.style.textAlign) h.style.textAlign = e.style.textAlign
    h.append(...e.childNodes)
    e.replaceWith(h)
  }
}

/** lists: consecutive paragraphs of one Word list become a real list, with its levels. */
function lists(doc: Document): void {
  const done = new Set<Element>()
  for (const first of [...doc.querySelectorAll<HTMLElement>('p')]) {
    if (done.has(first) || !entry.test(first.getAttribute('style') ?? '')) continue
    const run: { p: HTMLElement; level: number; ordered: boolean }[] = []
    for (let p: Element | null = first; p instanceof HTMLElement && p.tagName === 'P' && entry.test(p.getAttribute('style') ?? ''); p = p.nextElementSibling) {
      const level = Number(entry.exec(p.getAttribute('style')!)![2])
      const marker = p.querySelector('[data-marker]')
      const text = (marker?.textContent ?? p.textContent ?? '').replace(/\u00a0/g, ' ')
      const ordered = !bullets.test(text) && numbers.test(text)
      if (marker) marker.remove()
      else cut(p, ordered ? numbers : bullets)
      run.push({ p, level, ordered })
      done.add(p)
    }
    const place = doc.createElement('div')
    first.before(place)
    const open: { level: number; list: HTMLElement; last?: HTMLElement }[] = []
    for (const r of run) {
      while (open.length && open.at(-1)!.level > r.level) open.pop()
      if (!open.length || open.at(-1)!.level < r.level || (open.at(-1)!.list.tagName === 'OL') !== r.ordered) {
        if (open.length && open.at(-1)!.level === r.level) open.pop()
        const list = doc.createElement(r.ordered ? 'ol' : 'ul')
        ;(open.at(-1)?.last ?? place).append(list)
        open.push({ level: r.level, list })
      }
      const li = doc.createElement('li')
      const p = doc.createElement('p')
      p.append(...r.p.childNodes)
      li.append(p)
      open.at(-1)!.list.append(li)
      open.at(-1)!.last = li
      r.p.remove()
    }
    place.replaceWith(...place.childNodes)
  }
}

/** cut takes a marker off the beginning of an element's text. */
function cut(e: HTMLElement, marker: RegExp): void {
  const walk = e.ownerDocument.createTreeWalker(e, NodeFilter.SHOW_TEXT)
  const n = walk.nextNode()
  if (n?.textContent) n.textContent = n.textContent.replace(marker, '')
}

/** spans: bold, italics, underline and raised letters that are styles become elements. */
function spans(doc: Document): void {
  for (const e of [...doc.querySelectorAll<HTMLElement>('span[style], a[style]')]) {
    const s = e.style
    const names: string[] = []
    if (s.fontWeight === 'bold' || Number(s.fontWeight) >= 600) names.push('strong')
    if (s.fontStyle === 'italic') names.push('em')
    if (e.tagName !== 'A' && /underline/.test(s.textDecoration || s.textDecorationLine)) names.push('u')
    if (s.verticalAlign === 'super') names.push('sup')
    if (s.verticalAlign === 'sub') names.push('sub')
    for (const name of names) {
      const m = doc.createElement(name)
      m.append(...e.childNodes)
      e.append(m)
    }
  }
}

/** indent: blanks that stand for an indentation go; the page indents by itself. */
function indent(e: HTMLElement): void {
  const walk = e.ownerDocument.createTreeWalker(e, NodeFilter.SHOW_TEXT)
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    n.textContent = (n.textContent ?? '').replace(/^[\s\u00a0\u3000]+/u, '')
    if (n.textContent) return
  }
}

const kept: Record<string, string[]> = { A: ['href'], IMG: ['src', 'alt'], TD: ['colspan', 'rowspan'], TH: ['colspan', 'rowspan'], OL: ['start', 'type'], LI: ['value'] }

function keepOnly(e: HTMLElement): void {
  const align = e.style.textAlign || e.getAttribute('align')
  for (const a of [...e.attributes]) if (!kept[e.tagName]?.includes(a.name)) e.removeAttribute(a.name)
  if (/^(P|H[2-4])$/.test(e.tagName) && (align === 'center' || align === 'right')) e.className = `align-${align}`
}

/** header: a first row whose cells are all bold, or that Word marked, is a header row. */
function header(doc: Document): void {
  for (const table of doc.querySelectorAll('table')) {
    const row = table.querySelector('tr')
    if (!row || table.querySelector('th') || table.querySelectorAll('tr').length < 2) continue
    const cells = [...row.children]
    const bold = (c: Element) => { const t = c.textContent?.trim(); return !!t && [...c.querySelectorAll('strong, b')].map((b) => b.textContent).join('').trim() === t }
    if (!cells.every(bold)) continue
    for (const c of cells) {
      const th = doc.createElement('th')
      for (const a of [...c.attributes]) th.setAttribute(a.name, a.value)
      c.querySelectorAll('strong, b').forEach((b) => b.replaceWith(...b.childNodes))
      th.append(...c.childNodes)
      c.replaceWith(th)
    }
  }
}
