// Finds one page of each kind on a running site, by its sitemaps and by what the pages hold.

const fixed = [
  { kind: 'sitemap', path: '/wzdt/' },
  { kind: 'notfound', path: '/no-such-page' },
  { kind: 'closed', path: '/closed.html' },
  { kind: 'access', path: '/_access' },
  { kind: 'search', path: '/search?q=' + encodeURIComponent('企业') },
  { kind: 'search-none', path: '/search?q=' + encodeURIComponent('獬豸饕餮') },
  { kind: 'search-start', path: '/search' },
]

/** addresses follows the sitemap index; only the path counts, the host is the one under test. */
export async function addresses(base, path = '/sitemap.xml', found = new Set()) {
  const xml = await (await fetch(base + path)).text()
  for (const [, loc] of xml.matchAll(/<loc>([^<]+)<\/loc>/g)) {
    const p = new URL(loc.replaceAll('&amp;', '&'), base).pathname
    if (xml.includes('<sitemapindex')) await addresses(base, p, found)
    else found.add(p)
  }
  return found
}

/** kindOf tells the kind of a page from its address and markup. */
export function kindOf(path, html) {
  if (path === '/') return 'home'
  const content = html.includes('name="ArticleTitle"')
  if (html.includes('class="frame"')) return content ? 'disclosure-guide' : 'disclosure'
  if (content) {
    if (html.includes('class="banner"')) return 'withdrawn'
    if (html.includes('class="art official"')) return 'document'
    if (html.includes('class="source"')) return 'interpretation'
    return html.includes('class="art plain"') ? 'page' : 'article'
  }
  if (/\/index_\d+\.html$/.test(path)) return 'list-older'
  if (html.includes('class="blocks"')) return 'channel'
  if (html.includes('class="pics"')) return 'list-pictures'
  if (html.includes('class="table cards"')) return 'list-documents'
  return 'list'
}

/** discover returns the first page of each kind. */
export async function discover(base) {
  const found = new Map()
  for (const path of await addresses(base)) {
    const html = await (await fetch(base + path)).text()
    const kind = kindOf(path, html)
    if (!found.has(kind)) found.set(kind, path)
    const older = html.match(/href="([^"]*\/index_\d+\.html)"/)
    if (older && !found.has('list-older')) found.set('list-older', older[1])
  }
  return [...[...found].map(([kind, path]) => ({ kind, path })), ...fixed]
}
