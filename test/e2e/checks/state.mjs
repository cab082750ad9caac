// Checks of one page in one state, in the browser.
import { AxeBuilder } from '@axe-core/playwright'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']

export async function axe(page) {
  const { violations } = await new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).withTags(tags).analyze()
  return violations.map((v) => `axe ${v.id} (${v.impact}) ${v.nodes.length}×: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ')).join(' | ')}`)
}

export async function overflow(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    const over = document.documentElement.scrollWidth - width
    if (over <= 0) return []
    const who = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > width + 1).slice(0, 3)
    return [`horizontal overflow of ${over} px: ${who.map((e) => e.tagName.toLowerCase() + '.' + e.className).join(' ')}`]
  })
}

/** targets returns controls that are lower than the limit; links inside a sentence are exempt (WCAG 2.5.8). */
export async function targets(page, least) {
  return page.evaluate((least) => {
    const inSentence = (e) => getComputedStyle(e).display === 'inline' && [...e.parentNode.childNodes].some((n) => n !== e && n.nodeType === 3 && n.textContent.trim().length > 1)
    const small = [...document.querySelectorAll('a[href],button,summary,select,input:not([type=hidden],[type=radio],[type=checkbox])')].filter((e) => {
      if (e.closest('.prose,.legal,.notice,.origin,.fix,.hint') || e.matches('.skip') || e.getClientRects().length === 0 || inSentence(e)) return false
      const box = e.getBoundingClientRect()
      return box.height < least - 0.5 && box.height > 0
    })
    const names = [...new Set(small.map((e) => `${e.closest('[class]')?.className ?? ''} ${e.tagName.toLowerCase()} ${Math.round(e.getBoundingClientRect().height)}px "${e.textContent.trim().slice(0, 12)}"`))]
    return names.length ? [`targets lower than ${least} px: ${names.slice(0, 5).join(' | ')}`] : []
  }, least)
}
