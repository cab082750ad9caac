// The site under test: BASE_URL with a PAGES file, or the theme's own sample server.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'

const repository = new URL('../../../', import.meta.url).pathname

/** site returns { base, pages: [{ kind, path }], stop }. */
export async function site() {
  if (process.env.BASE_URL) {
    const base = process.env.BASE_URL.replace(/\/$/, '')
    const lines = process.env.PAGES ? (await readFile(process.env.PAGES, 'utf8')).split('\n') : ['home /']
    return { base, pages: lines.filter(Boolean).map(page), stop: () => {} }
  }
  const child = spawn('go', ['run', './internal/publish/theme/themetest/serve', '-addr', '127.0.0.1:0'], {
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
