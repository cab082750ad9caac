import { beforeEach, describe, expect, it, vi } from 'vitest'
import { App } from './app'
import { readCookie, writeCookie } from './settings'

const html = document.documentElement

function page(): App {
  for (const a of [...html.attributes]) html.removeAttribute(a.name)
  document.body.innerHTML = `<a class="skip" href="#main">跳</a><ul><li><a data-a11y-elder="1" href="/_mode?elder=1">长者版</a>
    <a data-a11y-elder="0" href="/_mode?elder=0">退出长者版</a></li><li><a data-a11y-open href="/_access">无障碍</a></li></ul>
    <nav class="nav"><a href="/">首页</a></nav><main id="main" tabindex="-1"><h1>标题</h1>
    <ul data-tools hidden><li><button data-art="0.9">小</button><button data-art="1">中</button><button data-art="1.25">大</button></li></ul>
    <div class="prose"><table><tr><td>1</td><td>2</td><td>3</td><td>4</td><td>5</td></tr></table><table><tr><td>1</td></tr></table></div></main>`
  const app = new App()
  app.start()
  return app
}

const click = (selector: string) => document.querySelector<HTMLElement>(selector)?.click()
const button = (key: string) => document.querySelector<HTMLElement>(`.a11y [data-key="${key}"]`)
const status = () => document.querySelector('.a11y [role=status]')?.textContent

beforeEach(() => {
  writeCookie('a11y', '')
  writeCookie('a11y_aids', '')
})

describe('toolbar', () => {
  it('opens behind the skip link with one tab stop', () => {
    page()
    click('[data-a11y-open]')
    expect(document.querySelector('.skip')?.nextElementSibling?.className).toBe('a11y')
    expect(document.querySelectorAll('.a11y button[tabindex="0"]')).toHaveLength(1)
    click('[data-a11y-open]')
    expect(document.querySelectorAll('.a11y')).toHaveLength(1)
  })

  it('zooms within its limits and says so', () => {
    const app = page()
    click('[data-a11y-open]')
    app.act('zoom-')
    expect(status()).toContain('标准')
    for (let i = 0; i < 5; i++) app.act('zoom+')
    expect(html.dataset.zoom).toBe('200')
    expect(status()).toContain('最大')
    expect(readCookie('a11y')).toBe('zoom=200')
  })

  it('goes round the themes and shows the name', () => {
    const app = page()
    click('[data-a11y-open]')
    const seen = [1, 2, 3, 4].map(() => {
      app.act('theme')
      return `${html.dataset.theme ?? ''} ${button('theme')?.textContent}`
    })
    expect(seen).toEqual(['yb 配色：黑底黄字', 'by 配色：黄底黑字', 'wb 配色：蓝底白字', ' 配色：标准'])
  })

  it('toggles, remembers and resets', () => {
    const app = page()
    click('[data-a11y-open]')
    for (const key of ['cursor', 'text', 'lines', 'caption']) app.act(key)
    expect(button('lines')?.getAttribute('aria-pressed')).toBe('true')
    expect(document.querySelectorAll('.gl-x,.gl-y,.caption')).toHaveLength(3)
    page()
    expect(html.hasAttribute('data-text-only')).toBe(true)
    expect(button('caption')?.getAttribute('aria-pressed')).toBe('true')
    click('[data-key="reset"]')
    expect(readCookie('a11y')).toBe('')
    expect(document.querySelectorAll('.gl-x,.gl-y,.caption')).toHaveLength(0)
  })

  it('answers to shortcuts, and only to them', () => {
    page()
    const press = (code: string, more = {}) => document.dispatchEvent(new KeyboardEvent('keydown', { code, altKey: true, shiftKey: true, ...more }))
    press('Digit1', { ctrlKey: true })
    expect(document.querySelector('.a11y')).toBeNull()
    press('Digit1')
    expect(html.dataset.zoom).toBe('125')
    press('KeyM')
    expect(document.activeElement?.id).toBe('main')
  })

  it('says plainly that there is no voice', async () => {
    const app = page()
    click('[data-a11y-open]')
    app.act('point')
    await vi.waitFor(() => expect(status()).toContain('没有中文语音'))
    expect(button('point')?.getAttribute('aria-pressed')).toBe('false')
  })

  it('closes and gives the focus back', () => {
    page()
    click('[data-a11y-open]')
    click('[data-key="close"]')
    expect(document.querySelector('.a11y')).toBeNull()
    expect(document.activeElement?.hasAttribute('data-a11y-open')).toBe(true)
    expect(readCookie('a11y_aids')).toBe('')
  })
})

describe('page', () => {
  it('switches the elder mode without leaving the page', () => {
    page()
    click('[data-a11y-elder="1"]')
    expect(html.hasAttribute('data-elder')).toBe(true)
    click('[data-a11y-elder="0"]')
    expect(readCookie('a11y')).toBe('')
  })

  it('shows the article tools and keeps the size', () => {
    page()
    expect(document.querySelector<HTMLElement>('[data-tools]')?.hidden).toBe(false)
    click('[data-art="1.25"]')
    expect(html.dataset.art).toBe('1.25')
    expect(document.querySelector('button[data-art="1.25"]')?.getAttribute('aria-pressed')).toBe('true')
  })

  it('lets only wide tables scroll', () => {
    page()
    expect(document.querySelectorAll('.tablewrap[tabindex="0"][role=region]')).toHaveLength(1)
  })
})
