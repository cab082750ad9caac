// Puts the parts together: one object holds the state, every change is applied, stored and announced.

import { Caption, CrossLines } from './aids'
import { articleTools, wrapTables } from './article'
import { Reader } from './reader'
import {
  type Aids, applySettings, formatAids, formatSettings, parseAids, parseSettings, plainAids, plainSettings, rates, readCookie,
  type Settings, themes, writeCookie, zooms,
} from './settings'
import { showShortcuts, Toolbar } from './toolbar'

const themeNames = { '': '标准', yb: '黑底黄字', by: '黄底黑字', wb: '蓝底白字' } as const
const rateNames: Record<string, string> = { '1': '正常', '1.5': '快', '0.7': '慢' }
const noVoice = '这个浏览器没有中文语音，不能朗读。可以改用“大字幕”，或换一个带中文语音的浏览器。'

/** shortcut maps Alt+Shift+key to an action. */
const shortcut: Record<string, string> = {
  Digit1: 'zoom+', Digit2: 'zoom-', Digit3: 'theme', Digit4: 'cursor', Digit5: 'lines', Digit6: 'text', Digit7: 'caption',
  Digit8: 'point', Digit9: 'read', Digit0: 'reset', KeyN: 'nav', KeyM: 'main', KeyF: 'foot',
}
const regions: Record<string, string> = { nav: '.nav a', main: 'main', foot: '.foot a, .foot summary' }

export class App {
  private settings: Settings = parseSettings(readCookie('a11y'))
  private aids: Aids = parseAids(readCookie('a11y_aids'))
  private bar: Toolbar | null = null
  private opener: HTMLElement | null = null
  private readonly lines = new CrossLines()
  private readonly caption = new Caption()
  private readonly reader = new Reader({
    rate: () => this.aids.rate,
    pointing: () => this.aids.point,
    ignore: () => this.bar?.root ?? null,
    ended: () => this.bar?.press('read', false),
    caption: this.caption,
  })
  private readonly syncArticle = articleTools(() => this.settings.art, (size) => {
    this.settings.art = size
    this.changed()
  })

  start(): void {
    wrapTables()
    for (const link of document.querySelectorAll<HTMLElement>('[data-a11y-open]')) {
      link.addEventListener('click', (e) => {
        e.preventDefault()
        this.opener = link
        this.open()
        this.bar?.focus()
      })
    }
    for (const link of document.querySelectorAll<HTMLElement>('[data-a11y-elder]')) {
      link.addEventListener('click', (e) => {
        e.preventDefault()
        this.settings.elder = link.dataset.a11yElder === '1'
        this.changed(this.settings.elder ? '已进入长者版' : '已退出长者版')
        document.querySelector<HTMLElement>(`[data-a11y-elder="${this.settings.elder ? 0 : 1}"]`)?.focus()
      })
    }
    document.addEventListener('keydown', (e) => this.key(e))
    if (this.aids.open) this.open()
    this.apply()
    if (this.aids.point) void this.reader.prepare()
  }

  /** act runs one command of the toolbar or the keyboard. */
  act(key: string): void {
    switch (key) {
      case 'zoom+': return this.zoom(1)
      case 'zoom-': return this.zoom(-1)
      case 'theme':
        this.settings.theme = next(themes, this.settings.theme)
        return this.changed(`配色：${themeNames[this.settings.theme]}`)
      case 'cursor': return this.toggle('cursor', '大鼠标')
      case 'text': return this.toggle('text', '纯文本')
      case 'elder': return this.toggle('elder', '长者版')
      case 'lines': return this.aid('lines', '辅助线')
      case 'caption': return this.aid('caption', '大字幕')
      case 'point': return void this.point()
      case 'read': return void this.read()
      case 'rate':
        this.aids.rate = next(rates, this.aids.rate)
        return this.changed(`语速：${rateNames[String(this.aids.rate)]}`)
      case 'keys': showShortcuts(); return
      case 'reset': return this.reset()
      case 'close': return this.close()
    }
  }

  private zoom(step: number): void {
    const at = zooms.indexOf(this.settings.zoom) + step
    const zoom = zooms[at]
    if (zoom === undefined) return this.say(step > 0 ? '已经是最大' : '已经是标准大小')
    this.settings.zoom = zoom
    this.changed(`显示大小：${zoom}%`)
  }

  private toggle(key: 'cursor' | 'text' | 'elder', name: string): void {
    this.settings[key] = !this.settings[key]
    this.changed(`${name}：${this.settings[key] ? '开' : '关'}`)
  }

  private aid(key: 'lines' | 'caption', name: string): void {
    this.aids[key] = !this.aids[key]
    this.changed(`${name}：${this.aids[key] ? '开' : '关'}`)
  }

  private async point(): Promise<void> {
    if (!this.aids.point && !(await this.reader.prepare())) return this.say(noVoice)
    this.aids.point = !this.aids.point
    if (!this.aids.point) this.reader.stop()
    this.changed(this.aids.point ? '指读：开。把鼠标移到文字上，或用 Tab 键移动。' : '指读：关')
  }

  private async read(): Promise<void> {
    if (this.reader.reading) {
      this.reader.stop()
      return this.say('连读：停止')
    }
    if (!(await this.reader.prepare())) return this.say(noVoice)
    const main = document.querySelector('main')
    if (!main) return
    this.bar?.press('read', true)
    this.say('连读：开始。按 Esc 停止。')
    this.reader.readAll(main)
  }

  private reset(): void {
    this.reader.stop()
    this.settings = plainSettings()
    this.aids = { ...plainAids(), open: this.aids.open }
    this.changed('已恢复默认')
  }

  private open(): void {
    if (this.bar) return
    this.bar = new Toolbar((key) => this.act(key))
    document.querySelector('.skip')?.after(this.bar.root)
    this.aids.open = true
    this.changed()
  }

  private close(): void {
    this.reader.stop()
    this.bar?.root.remove()
    this.bar = null
    this.aids.open = false
    this.changed()
    this.opener?.focus()
  }

  private key(e: KeyboardEvent): void {
    const action = e.altKey && e.shiftKey && !e.ctrlKey && !e.metaKey ? shortcut[e.code] : undefined
    if (!action) return
    e.preventDefault()
    const region = regions[action]
    if (region) {
      document.querySelector<HTMLElement>(region)?.focus()
      return
    }
    this.open()
    this.act(action)
  }

  private say(message: string): void {
    this.bar?.say(message)
  }

  /** changed applies and stores the state, and announces what happened. */
  private changed(message = ''): void {
    writeCookie('a11y', formatSettings(this.settings))
    writeCookie('a11y_aids', formatAids(this.aids))
    this.apply()
    if (message) this.say(message)
  }

  private apply(): void {
    applySettings(this.settings, document.documentElement)
    this.lines.show(this.aids.lines)
    this.caption.show(this.aids.caption)
    this.syncArticle()
    const bar = this.bar
    if (!bar) return
    for (const key of ['cursor', 'text', 'elder'] as const) bar.press(key, this.settings[key])
    for (const key of ['lines', 'caption', 'point'] as const) bar.press(key, this.aids[key])
    bar.label('theme', `配色：${themeNames[this.settings.theme]}`)
    bar.label('rate', `语速：${rateNames[String(this.aids.rate)]}`)
  }
}

function next<T>(all: readonly T[], now: T): T {
  return all[(all.indexOf(now) + 1) % all.length] as T
}
