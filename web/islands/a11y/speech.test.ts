import { afterEach, describe, expect, it, vi } from 'vitest'
import { chineseVoice, sentences, Speaker } from './speech'

describe('sentences', () => {
  it.each([
    ['', []],
    ['一句话', ['一句话']],
    ['第一句。第二句！第三句？', ['第一句。', '第二句！', '第三句？']],
    ['  多余\n空白 。', ['多余 空白 。']],
    ['？！', ['？！']],
  ])('%j', (text, want) => expect(sentences(text)).toEqual(want))

  it('cuts long sentences at commas and loses nothing', () => {
    const text = '本措施自二〇二六年十二月一日起施行，'.repeat(12)
    const out = sentences(text)
    expect(out.join('')).toBe(text)
    expect(out.every((s) => s.length <= 100 && s.endsWith('，'))).toBe(true)
  })

  it('cuts text without any punctuation', () => {
    const out = sentences('字'.repeat(250))
    expect(out.map((s) => s.length)).toEqual([100, 100, 50])
  })
})

/** engine stands in for the browser's speech. */
function engine(langs: string[]) {
  const listeners: (() => void)[] = []
  const spoken: { text: string; onend: () => void }[] = []
  const stub = {
    getVoices: () => langs.map((lang) => ({ lang })),
    addEventListener: (_: string, f: () => void) => listeners.push(f),
    removeEventListener: () => {},
    speak: (u: { text: string; onend: () => void }) => spoken.push(u),
    cancel: vi.fn(),
  }
  vi.stubGlobal('speechSynthesis', stub)
  vi.stubGlobal('SpeechSynthesisUtterance', class { constructor(readonly text: string) {} })
  return { langs, spoken, stub, changed: () => listeners.forEach((f) => f()) }
}

describe('voices', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('is null without an engine', async () => {
    vi.stubGlobal('SpeechSynthesisUtterance', undefined)
    expect(await chineseVoice(1)).toBeNull()
  })

  it('is null without a Chinese voice', async () => {
    engine(['en-US', 'zhx'])
    expect(await chineseVoice(1)).toBeNull()
  })

  it('waits until the voices are there', async () => {
    const e = engine([])
    const voice = chineseVoice(60_000)
    e.langs.push('zh-CN')
    e.changed()
    expect((await voice)?.lang).toBe('zh-CN')
  })
})

describe('speaker', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('reads one sentence after the other and then says so', () => {
    const e = engine(['zh-CN'])
    const done = vi.fn()
    new Speaker({ lang: 'zh-CN' } as SpeechSynthesisVoice).say('一。二。', 1, done)
    expect(e.spoken.map((u) => u.text)).toEqual(['一。'])
    e.spoken[0]?.onend()
    e.spoken[1]?.onend()
    expect(e.spoken.map((u) => u.text)).toEqual(['一。', '二。'])
    expect(done).toHaveBeenCalledOnce()
  })

  it('never overlaps: a new text drops the rest of the old one', () => {
    const e = engine(['zh-CN'])
    const done = vi.fn()
    const speaker = new Speaker({ lang: 'zh-CN' } as SpeechSynthesisVoice)
    speaker.say('一。二。', 1, done)
    speaker.say('三。', 1)
    e.spoken[0]?.onend()
    expect(e.spoken.map((u) => u.text)).toEqual(['一。', '三。'])
    speaker.stop()
    e.spoken[1]?.onend()
    expect(e.spoken).toHaveLength(2)
    expect(done).not.toHaveBeenCalled()
  })
})
