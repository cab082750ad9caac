// A started platform with the demo city, and people who use its admin console in a browser of their own.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { AxeBuilder } from '@axe-core/playwright'

const repository = new URL('../../../', import.meta.url).pathname
const pictures = join(repository, 'docs/screens/studio')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

async function free() {
  const s = createServer().listen(0, '127.0.0.1')
  await once(s, 'listening')
  const { port } = s.address()
  s.close()
  await once(s, 'close')
  return port
}

/** platform builds and starts the program (GUIYI=path uses a built one); links are the one-time links that it prints, by name. */
export async function platform() {
  const data = await mkdtemp(join(tmpdir(), 'guiyi-studio-'))
  const program = process.env.GUIYI ?? join(data, 'guiyi')
  if (!process.env.GUIYI) await promisify(execFile)('go', ['build', '-trimpath', '-o', program, './cmd/guiyi'], { cwd: repository })
  const [open, inner] = [await free(), await free()]
  const env = { ...process.env, GUIYI_DATA_DIR: join(data, 'data'), GUIYI_PUBLIC_LISTEN: `127.0.0.1:${open}`, GUIYI_STUDIO_LISTEN: `127.0.0.1:${inner}`, GUIYI_LOG_LEVEL: 'error' }
  const child = spawn(program, ['serve', '--demo'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const stop = async () => {
    child.kill()
    await Promise.race([once(child, 'exit'), new Promise((r) => setTimeout(r, 8000))])
    await rm(data, { recursive: true, force: true })
  }
  const links = {}
  for await (const line of createInterface({ input: child.stdout })) {
    const m = /^\s*(\S+)\s+http\S*\/#\/enter\/(\S+)/.exec(line)
    if (m) links[m[1]] = m[2]
    if (line.includes('Ctrl-C')) break
  }
  return { site: `http://localhost:${open}`, console: `http://localhost:${inner}`, links, stop }
}

/** Person is somebody with a browser of his own. */
export class Person {
  static async begin(browser, base, report, o = {}) {
    const p = new Person()
    Object.assign(p, { base, report })
    p.context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce', ...o })
    p.page = await p.context.newPage()
    p.page.setDefaultTimeout(10_000)
    // A preview runs no scripts, and Chromium says so of the page's own.
    const known = /Blocked script execution in '[^']*\/preview\//
    p.page.on('console', (m) => { if (m.type() === 'error' && !known.test(m.text()) && !/status of 4\d\d|ERR_INTERNET_DISCONNECTED/.test(m.text())) report.fail('console', m.text()) })
    p.page.on('pageerror', (e) => report.fail('page', e.stack))
    return p
  }

  async enter(link) {
    await this.go(`/enter/${link}`)
    await this.page.getByRole('button', { name: '进入' }).click()
    await this.page.waitForURL(/worktable/)
  }

  /** go opens a page of the console and waits until it has what it asked for. */
  async go(path) {
    await this.page.goto(`${this.base}/#${path}`)
    await this.settled()
  }

  async settled() {
    await this.page.waitForTimeout(150)
    await this.page.waitForFunction(() => !document.querySelector('[aria-busy=true], [data-fetching], .spin'), undefined, { timeout: 15_000 })
    await this.page.waitForTimeout(150)
  }

  button(name) { return this.page.getByRole('button', { name }) }

  /** toast waits for a notice; another one that came instead is told. */
  async toast(text) {
    const all = this.page.locator('.toast')
    await all.filter({ hasText: text }).first().waitFor().catch(async () => { throw new Error(`no notice “${text}” but: ${await all.allInnerTexts()}`) })
  }

  /** screen holds what is shown against the rules of accessibility, and takes its picture (SCREENS=1). */
  async screen(name) {
    await this.settled()
    const found = await new AxeBuilder({ page: this.page }).withTags(rules).exclude('iframe').analyze()
    const wrong = found.violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(', ')}`)
    this.report.check(wrong.length === 0, `axe ${name}`, wrong.join('\n  '))
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    this.report.check(over <= 0, `layout ${name}`, `${over} px too wide`)
    if (!process.env.SCREENS) return
    await mkdir(pictures, { recursive: true })
    await this.page.screenshot({ path: join(pictures, `${name}.png`) })
  }

  end() { return this.context.close() }
}
