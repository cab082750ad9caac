// The site under test: BASE_URL, with a PAGES file or pages found by its sitemaps, or the theme's own sample server.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { discover } from './discover.mjs'

const repository = new URL('../../../', import.meta.url).pathname

/** site returns { base, pages: [{ kind, path }], stop }. */
export async function site() {
  if (process.env.BASE_URL) {
    const base = process.env.BASE_URL.replace(/\/$/, '')
    const pages = process.env.PAGES ? (await readFile(process.env.PAGES, 'utf8')).split('\n').filter(Boolean).map(page) : await discover(base)
    return { base, pages, stop: () => {} }
  }
  const child = spawn('go', ['run', './internal/theme/themetest/serve', '-addr', '127.0.0.1:0'], {
    cwd: repository, stdio: ['ignore', 'pipe', 'inherit'], detached: true,
  })
  const stop = () => process.kill(-child.pid)
  const pages = []
  let base = ''
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === '') break
    if (base === '') base = line.replace(/\/$/, '')
    else pages.push(page(line))
  }
  if (!base) throw new Error('the sample server did not start')
  return { base, pages, stop }
}

function page(line) {
  const [kind, path] = line.trim().split(/\s+/)
  return { kind, path }
}
