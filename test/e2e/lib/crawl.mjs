// Every page that the sitemaps name: HTML validator and national page tags.
import { checkHTML } from '../checks/html.mjs'
import { checkTags } from '../checks/tags.mjs'

const atOnce = 8

export async function crawl(base, report) {
  const queue = [...(await addresses(base))]
  console.log(`${queue.length} pages`)
  const worker = async () => {
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      const response = await fetch(base + path)
      const html = await response.text()
      const problems = response.ok ? [...(await checkHTML(html)), ...checkTags(html, kindOf(path, html)).errors] : [`status ${response.status}`]
      report.check(problems.length === 0, path, problems.slice(0, 5).join('\n  '))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}

/** addresses follows the sitemap index; only the path counts, the host is the one under test. */
async function addresses(base, path = '/sitemap.xml', found = new Set()) {
  const xml = await (await fetch(base + path)).text()
  for (const [, loc] of xml.matchAll(/<loc>([^<]+)<\/loc>/g)) {
    const p = new URL(loc.replaceAll('&amp;', '&'), base).pathname
    if (xml.includes('<sitemapindex')) await addresses(base, p, found)
    else found.add(p)
  }
  return found
}

/** kindOf tells the kind of a page from its address and tags. */
function kindOf(path, html) {
  if (path === '/') return 'home'
  return html.includes('name="ArticleTitle"') ? 'article' : 'list'
}
