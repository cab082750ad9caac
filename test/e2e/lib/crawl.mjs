// Every page that the sitemaps name: HTML validator and national page tags.
import { checkHTML } from '../checks/html.mjs'
import { checkTags } from '../checks/tags.mjs'
import { addresses, kindOf } from './discover.mjs'

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
