// The toolbar's elements and keyboard: one tab stop, arrow keys inside (roving tabindex).

import { element } from './aids'

export interface Button {
  key: string
  label: string
  toggle?: boolean
}

export const buttons: readonly Button[] = [
  { key: 'zoom+', label: '放大' },
  { key: 'zoom-', label: '缩小' },
  { key: 'theme', label: '配色' },
  { key: 'cursor', label: '大鼠标', toggle: true },
  { key: 'lines', label: '辅助线', toggle: true },
  { key: 'text', label: '纯文本', toggle: true },
  { key: 'caption', label: '大字幕', toggle: true },
  { key: 'point', label: '指读', toggle: true },
  { key: 'read', label: '连读', toggle: true },
  { key: 'rate', label: '语速' },
  { key: 'elder', label: '长者版', toggle: true },
  { key: 'keys', label: '快捷键' },
  { key: 'reset', label: '重置' },
  { key: 'close', label: '关闭' },
]

export class Toolbar {
  readonly root = element('section', 'a11y')
  private readonly bar = element('div', 'wrap')
  private readonly status = element('p', 'wrap')

  constructor(act: (key: string) => void) {
    this.root.setAttribute('aria-label', '无障碍工具条')
    this.bar.setAttribute('role', 'toolbar')
    this.bar.setAttribute('aria-label', '无障碍功能')
    this.status.setAttribute('role', 'status')
    buttons.forEach((b, i) => {
      const e = element('button', '', b.label)
      e.type = 'button'
      e.dataset.key = b.key
      e.tabIndex = i === 0 ? 0 : -1
      if (b.toggle) e.setAttribute('aria-pressed', 'false')
      e.addEventListener('click', () => act(b.key))
      this.bar.append(e)
    })
    this.bar.addEventListener('keydown', (e) => this.rove(e))
    this.root.append(this.bar, this.status)
  }

  /** say shows a message and has screen readers announce it. */
  say(message: string): void {
    this.status.textContent = message
  }

  press(key: string, on: boolean): void {
    this.button(key)?.setAttribute('aria-pressed', String(on))
  }

  label(key: string, text: string): void {
    const e = this.button(key)
    if (e) e.textContent = text
  }

  focus(): void {
    this.bar.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
  }

  private button(key: string): HTMLButtonElement | null {
    return this.bar.querySelector(`[data-key="${key}"]`)
  }

  private rove(e: KeyboardEvent): void {
    const all = [...this.bar.querySelectorAll<HTMLButtonElement>('button')]
    const at = all.indexOf(document.activeElement as HTMLButtonElement)
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[e.key]
    if (at < 0 || to === undefined) return
    const next = all[(to + all.length) % all.length]
    if (!next) return
    for (const b of all) b.tabIndex = b === next ? 0 : -1
    next.focus()
    e.preventDefault()
  }
}

const shortcuts: readonly (readonly [string, string])[] = [
  ['Alt + Shift + 1', '放大'], ['Alt + Shift + 2', '缩小'], ['Alt + Shift + 3', '换配色'], ['Alt + Shift + 4', '大鼠标'],
  ['Alt + Shift + 5', '辅助线'], ['Alt + Shift + 6', '纯文本'], ['Alt + Shift + 7', '大字幕'], ['Alt + Shift + 8', '指读'],
  ['Alt + Shift + 9', '连读'], ['Alt + Shift + 0', '重置'], ['Alt + Shift + N', '到导航'], ['Alt + Shift + M', '到正文'],
  ['Alt + Shift + F', '到页脚'], ['Esc', '停止朗读'],
]

/** showShortcuts opens the list of shortcuts as a modal dialog; the browser gives the focus back when it closes. */
export function showShortcuts(): HTMLDialogElement {
  const dialog = element('dialog', 'keys')
  const title = element('h2', '', '快捷键')
  title.id = 'a11y-keys'
  dialog.setAttribute('aria-labelledby', title.id)
  const list = element('dl', '')
  for (const [keys, what] of shortcuts) list.append(element('dt', '', keys), element('dd', '', what))
  const close = element('button', 'btn', '知道了')
  close.type = 'button'
  close.addEventListener('click', () => dialog.close())
  dialog.append(title, list, close)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}
