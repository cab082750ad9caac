// Behaviour of the accessibility toolbar and of the same settings without script.

/** toolbar runs the whole story on one content page. */
export async function toolbar(browser, base, path, report) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'zh-CN' })
  const page = await context.newPage()
  await page.goto(base + path)
  const root = page.locator('html')
  const status = page.locator('.a11y [role=status]')
  const bar = page.locator('.a11y [role=toolbar]')
  const ok = (cond, what) => report.check(cond, 'toolbar', what)

  await page.keyboard.press('Tab')
  ok(await page.evaluate(() => document.activeElement.matches('.skip')), 'the skip link is the first tab stop')
  await page.locator('[data-a11y-open]').focus()
  await page.keyboard.press('Enter')
  const focused = () => page.evaluate(() => document.activeElement.textContent)
  ok((await focused()) === '放大', 'opening puts the focus on the first button')
  ok((await bar.locator('[tabindex="0"]').count()) === 1, 'one tab stop')
  await page.keyboard.press('ArrowRight')
  ok((await focused()) === '缩小', 'arrow right moves')
  await page.keyboard.press('End')
  ok((await focused()) === '关闭', 'End moves to the last button')
  await page.keyboard.press('Home')
  await page.keyboard.press('Enter')
  ok((await root.getAttribute('data-zoom')) === '125', 'zoom in')
  ok((await status.textContent()).includes('125%'), 'zoom is announced')
  await page.keyboard.press('Alt+Shift+Digit3')
  ok((await root.getAttribute('data-theme')) === 'yb', 'Alt+Shift+3 changes the theme')
  await page.keyboard.press('Alt+Shift+Digit5')
  ok((await page.locator('.gl-x').count()) === 1, 'cross lines')
  await page.keyboard.press('Alt+Shift+Digit7')
  await page.locator('h1').hover()
  ok((await page.locator('.caption').textContent()) === (await page.locator('h1').textContent()), 'caption shows the hovered text')

  await page.keyboard.press('Alt+Shift+Digit8')
  await page.waitForFunction(() => document.querySelector('.a11y [role=status]').textContent.includes('语音'))
  ok((await bar.locator('[data-key=point]').getAttribute('aria-pressed')) === 'false', 'without a voice reading stays off and says so')

  await bar.locator('[data-key=keys]').click()
  ok(await page.locator('dialog.keys').evaluate((d) => d.open), 'shortcuts dialog')
  await page.keyboard.press('Escape')
  ok(await gone(page.locator('dialog.keys')), 'Escape closes the dialog')

  await page.reload()
  ok((await root.getAttribute('data-zoom')) === '125' && (await root.getAttribute('data-theme')) === 'yb', 'settings are remembered')
  ok((await page.locator('.a11y').count()) === 1, 'the toolbar stays open')
  const sent = await (await context.request.get(base + path)).text()
  ok(/^<!DOCTYPE html>\n<html lang="zh-CN"[^>]* data-zoom="125"/.test(sent), 'the server writes the same attributes')
  await page.keyboard.press('Alt+Shift+Digit0')
  ok((await root.getAttribute('data-zoom')) === null && (await root.getAttribute('data-theme')) === null, 'reset')
  await page.locator('[data-a11y-elder="1"]').click()
  ok((await root.getAttribute('data-elder')) === '', 'elder switch')
  await page.locator('[data-art="1.25"]').click()
  ok((await root.getAttribute('data-art')) === '1.25', 'article size')
  ok((await context.cookies()).find((c) => c.name === 'a11y')?.value === 'elder=1&art=1.25', 'cookie has the agreed form')
  await bar.locator('[data-key=close]').click()
  ok((await page.locator('.a11y').count()) === 0, 'close')
  await context.close()
  await speech(browser, base, path, ok)
  await withoutScript(browser, base, path, ok)
}

/** gone waits until nothing matches: a dialog tells that it was closed in a task of its own. */
async function gone(locator) {
  return locator.waitFor({ state: 'detached', timeout: 10_000 }).then(() => true, () => false)
}

/** speech uses a stand-in engine: reading goes block by block, never two at once, and Escape stops it. */
async function speech(browser, base, path, ok) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  await page.addInitScript(() => {
    window.spoken = []
    const voice = { lang: 'zh-CN', name: 'test', localService: true, default: true, voiceURI: 'test' }
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } }
    const engine = {
      getVoices: () => [voice], addEventListener() {}, removeEventListener() {}, cancel() {},
      speak(u) { window.spoken.push(u.text); if (window.spoken.length < 4) setTimeout(() => u.onend(), 5) },
    }
    Object.defineProperty(window, 'speechSynthesis', { value: engine })
  })
  await page.goto(base + path)
  await page.keyboard.press('Alt+Shift+Digit9')
  await page.waitForFunction(() => window.spoken.length === 4)
  const spoken = await page.evaluate(() => window.spoken)
  ok(spoken[0].length > 0 && spoken.every((s) => s.length <= 100), 'reads in short pieces')
  ok((await page.locator('.reading').count()) === 1, 'the block being read is marked')
  await page.keyboard.press('Escape')
  ok((await page.locator('.reading').count()) === 0, 'Escape stops reading')
  await context.close()
}

async function withoutScript(browser, base, path, ok) {
  const context = await browser.newContext({ viewport: { width: 390, height: 900 }, javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(base + path)
  await page.locator('a[href="/_mode?elder=1"]').click()
  ok(new URL(page.url()).pathname === new URL(base + path).pathname, 'the elder link returns to the page')
  ok((await page.locator('html').getAttribute('data-elder')) === '', 'elder mode without script')
  await page.locator('a[href="/_access"]').click()
  await page.locator('input[name=zoom][value="150"]').check()
  await page.locator('input[name=theme][value=wb]').check()
  await page.locator('input[name=mode][value=elder]').uncheck()
  await page.locator('.form button').click()
  const root = page.locator('html')
  ok((await root.getAttribute('data-zoom')) === '150' && (await root.getAttribute('data-theme')) === 'wb', 'the settings form works without script')
  ok((await root.getAttribute('data-elder')) === null, 'an unchecked box is switched off')
  await context.close()
}
