// Reading aloud: the text under the pointer or focus (指读), or the whole main part, block by block (连读).

import type { Caption } from './aids'
import { chineseVoice, Speaker } from './speech'

const readable = 'h1,h2,h3,h4,p,li,a,button,td,th,dt,dd,label,figcaption,caption,img,summary,input,select'
const blocks = 'h1,h2,h3,h4,p,li,td,th,dt,dd,figcaption,caption'
const settle = 150 // ms the pointer must rest before its text is read

/** textOf is what a sighted reader would call the element. */
export function textOf(e: Element): string {
  const named = e.getAttribute('aria-label') ?? e.getAttribute('alt') ?? e.getAttribute('placeholder')
  return (named ?? (e as HTMLElement).innerText ?? e.textContent ?? '').trim()
}

/** readingOrder returns the innermost blocks of the main part that are shown. */
export function readingOrder(main: Element): HTMLElement[] {
  return [...main.querySelectorAll<HTMLElement>(blocks)].filter((e) => !e.querySelector(blocks) && e.getClientRects().length > 0 && textOf(e) !== '')
}

export interface ReaderOptions {
  rate: () => number
  pointing: () => boolean
  ignore: () => Element | null // the toolbar itself
  ended: () => void // continuous reading came to its end or was stopped
  caption: Caption
}

export class Reader {
  private speaker: Speaker | null = null
  private marked: Element | null = null
  private timer = 0
  private queue: HTMLElement[] | null = null

  constructor(private readonly o: ReaderOptions) {
    document.addEventListener('mouseover', (e) => this.at(e.target))
    document.addEventListener('focusin', (e) => this.at(e.target))
    document.addEventListener('keydown', (e) => {
      if (e.key === 'Escape') this.stop()
    })
  }

  /** prepare finds a voice; false means that this browser has none for Chinese. */
  async prepare(): Promise<boolean> {
    if (this.speaker) return true
    const voice = await chineseVoice()
    if (voice) this.speaker = new Speaker(voice)
    return voice !== null
  }

  get reading(): boolean {
    return this.queue !== null
  }

  readAll(main: Element): void {
    this.stop()
    this.queue = readingOrder(main)
    this.next()
  }

  stop(): void {
    window.clearTimeout(this.timer)
    this.speaker?.stop()
    this.mark(null)
    if (!this.queue) return
    this.queue = null
    this.o.ended()
  }

  private next(): void {
    const block = this.queue?.shift()
    if (!block) {
      this.stop()
      return
    }
    this.mark(block)
    block.scrollIntoView({ block: 'center' })
    const text = textOf(block)
    this.o.caption.text(text)
    this.speaker?.say(text, this.o.rate(), () => this.next())
  }

  private at(target: EventTarget | null): void {
    const e = target instanceof Element ? target.closest(readable) : null
    if (!e || this.o.ignore()?.contains(e)) return
    const text = textOf(e)
    if (!text || this.queue) return
    this.o.caption.text(text)
    if (!this.o.pointing()) return
    window.clearTimeout(this.timer)
    this.timer = window.setTimeout(() => {
      this.mark(e)
      this.speaker?.say(text, this.o.rate(), () => this.mark(null))
    }, settle)
  }

  private mark(e: Element | null): void {
    this.marked?.classList.remove('reading')
    this.marked = e
    e?.classList.add('reading')
  }
}
