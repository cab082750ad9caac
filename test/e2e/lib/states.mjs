// The states in which every page must hold: width, reading settings, script on or off.
const themes = ['yb', 'by', 'wb']

export const states = [
  { name: 'wide', width: 1440 },
  { name: 'phone', width: 390 },
  { name: 'elder-wide', width: 1440, cookie: 'elder=1' },
  { name: 'elder-phone', width: 390, cookie: 'elder=1' },
  ...themes.map((t) => ({ name: `theme-${t}`, width: 1440, cookie: `theme=${t}` })),
  ...themes.map((t) => ({ name: `theme-${t}-phone`, width: 390, cookie: `theme=${t}` })),
  { name: 'zoom-200', width: 1440, cookie: 'zoom=200' },
  { name: 'zoom-200-phone', width: 390, cookie: 'zoom=200' },
  { name: 'text-only', width: 1440, cookie: 'text=1' },
  { name: 'no-script', width: 1440, script: false },
  { name: 'no-script-phone', width: 390, script: false },
]

// The fast run takes every page type in one state, and some of them in a few others.
export const everyKind = 'wide'
export const fastKinds = ['form', 'home', 'list', 'document', 'article', 'disclosure', 'search']
export const fastStates = ['wide', 'elder-phone', 'theme-yb', 'zoom-200-phone']

export async function open(browser, base, state) {
  const context = await browser.newContext({
    viewport: { width: state.width, height: 900 }, deviceScaleFactor: state.scale ?? 1, locale: 'zh-CN',
  })
  // axe itself needs scripts, so the page's own are refused instead of switching scripts off;
  // checks/toolbar.mjs has the story with scripts really off.
  if (state.script === false) await context.route('**/*.js', (route) => route.fulfill({ body: '', contentType: 'text/javascript' }))
  if (state.cookie) await context.addCookies([{ name: 'a11y', value: state.cookie, url: base }])
  return context
}
