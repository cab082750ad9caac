// Visual aids: cross lines that follow the pointer, and the big caption bar.

import { attribute } from './settings'

const gap = 14 // px between the pointer and the lines, so that they never cover the target

export function element<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, text = ''): HTMLElementTagNameMap[K] {
  const e = document.createElement(tag)
  if (className) e.className = className
  if (text) e.textContent = text
  return e
}

/** Decorations are for the eye only: a screen reader must not read them again. */
function decoration(className: string): HTMLElement {
  const e = element('div', className)
  e.setAttribute('aria-hidden', 'true')
  document.body.append(e)
  return e
}

export class CrossLines {
  private lines: [HTMLElement, HTMLElement] | null = null

  constructor() {
    document.addEventListener('pointermove', (e) => {
      if (!this.lines) return
      this.lines[0].style.top = `${e.clientY + gap}px`
      this.lines[1].style.left = `${e.clientX + gap}px`
    })
  }

  show(on: boolean): void {
    if (on && !this.lines) this.lines = [decoration('gl-x'), decoration('gl-y')]
    if (!on && this.lines) {
      for (const line of this.lines) line.remove()
      this.lines = null
    }
  }
}

export class Caption {
  private bar: HTMLElement | null = null

  show(on: boolean): void {
    attribute(document.documentElement, 'caption', on ? '' : null)
    if (on && !this.bar) {
      this.bar = decoration('caption')
      this.text('大字幕：把鼠标移到文字上')
    }
    if (!on && this.bar) {
      this.bar.remove()
      this.bar = null
    }
  }

  text(text: string): void {
    if (this.bar) this.bar.textContent = text
  }
}
