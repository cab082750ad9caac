// Runs the browser tests; see README.md.
import { mkdir } from 'node:fs/promises'
import { chromium } from 'playwright-core'
import { checkHTML } from './checks/html.mjs'
import { axe, overflow, targets } from './checks/state.mjs'
import { checkTags } from './checks/tags.mjs'
import { toolbar } from './checks/toolbar.mjs'
import { crawl } from './lib/crawl.mjs'
import { Report } from './lib/report.mjs'
import { site } from './lib/server.mjs'
import { everyKind, fastKinds, fastStates, open, states } from './lib/states.mjs'

const longest = 2600 // CSS px of a page shown in a picture; the home page is shown whole
const fast = process.argv.includes('--fast')
const only = process.env.STATES?.split(',') // names of states, for work on one of them
const report = new Report()
const { base, pages, stop } = await site()
let browser
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    stop()
    process.exit(1)
  })
}
try {
  if (process.argv.includes('--crawl')) {
    await crawl(base, report)
  } else {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
    if (process.env.SCREENS !== 'only') await checks()
    if (process.env.SCREENS) await screens()
  }
} finally {
  await browser?.close()
  stop()
}
process.exitCode = report.end()

async function checks() {
  await bytes(pages)
  for (const state of states.filter((s) => (only ?? (fast ? fastStates : [s.name])).includes(s.name))) {
    await inState(state, fast && state.name !== everyKind ? pages.filter((p) => fastKinds.includes(p.kind)) : pages)
  }
  const content = pages.find((p) => p.kind === 'article')
  if (content) await toolbar(browser, base, content.path, report)
}

/** bytes checks what the server sends, without a browser. */
async function bytes(list) {
  for (const { kind, path } of list) {
    const html = await (await fetch(base + path)).text()
    const problems = [...(await checkHTML(html)), ...checkTags(html, kind).errors]
    report.check(problems.length === 0, `${kind} ${path}`, problems.join('\n  '))
  }
}

async function inState(state, list) {
  const context = await open(browser, base, state)
  const page = await context.newPage()
  const messages = []
  page.on('console', (m) => ['error', 'warning'].includes(m.type()) && messages.push(m.text()))
  page.on('pageerror', (e) => messages.push(String(e)))
  for (const { kind, path } of list) {
    messages.length = 0
    await page.goto(base + path)
    const problems = [...(await axe(page)), ...(await overflow(page))]
    if (kind !== 'closed' && state.name.startsWith('elder')) problems.push(...(await targets(page, 60)))
    if (kind !== 'closed' && state.name === 'phone') problems.push(...(await targets(page, 44)))
    problems.push(...messages.filter((text) => !/status of 4\d\d|503/.test(text)).map((text) => `console: ${text}`))
    report.check(problems.length === 0, `${kind} [${state.name}]`, problems.join('\n  '))
  }
  await context.close()
  console.log(`${state.name}: ${list.length} pages`)
}

/** screens writes pictures of each page type at both widths, of the main types in the elder mode and of the home page in all modes. */
async function screens() {
  const dir = new URL('../../docs/screens/', import.meta.url).pathname
  await mkdir(dir, { recursive: true })
  const shots = [
    ['1440', { width: 1440, scale: 0.6 }, pages], ['390', { width: 390, scale: 0.8 }, pages],
    ['elder-390', { width: 390, scale: 0.8, cookie: 'elder=1' }, pages.filter((p) => fastKinds.includes(p.kind))],
  ]
  for (const [suffix, state, list] of shots) {
    const context = await open(browser, base, state)
    const page = await context.newPage()
    for (const { kind, path } of list) {
      await page.goto(base + path)
      await shoot(page, `${dir}${kind}-${suffix}.png`)
    }
    await context.close()
  }
  for (const [name, state] of [['elder-1440', { width: 1440, scale: 0.6, cookie: 'elder=1' }], ['theme-yb', { width: 1440, scale: 0.6, cookie: 'theme=yb' }],
    ['theme-by', { width: 1440, scale: 0.6, cookie: 'theme=by' }], ['theme-wb', { width: 1440, scale: 0.6, cookie: 'theme=wb' }], ['zoom-200', { width: 1440, scale: 0.5, cookie: 'zoom=200' }]]) {
    const context = await open(browser, base, state)
    const page = await context.newPage()
    await page.goto(base + pages[0].path)
    await shoot(page, `${dir}${pages[0].kind}-${name}.png`)
    await context.close()
  }
}

/** shoot waits for pictures that load only when they come into view. */
async function shoot(page, path) {
  await page.evaluate(async () => {
    const pictures = [...document.images]
    for (const p of pictures) p.loading = 'eager'
    await Promise.all(pictures.map((p) => p.decode().catch(() => {})))
  })
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: document.documentElement.scrollHeight }))
  const shown = /home-(1440|theme)/.test(path) ? height : Math.min(height, longest)
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width, height: shown } })
}
