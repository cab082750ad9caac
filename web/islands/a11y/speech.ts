// Speech by the browser's own voices. A text is read sentence by sentence, because several engines stop in long ones.

const longest = 100 // characters in one utterance

/** sentences cuts a text at its punctuation into pieces of at most 100 characters; nothing is lost. */
export function sentences(text: string): string[] {
  const clean = text.replace(/\s+/g, ' ').trim()
  const out: string[] = []
  for (const sentence of clean.match(/[^。！？；!?;]+[。！？；!?;]*|[。！？；!?;]+/g) ?? []) {
    for (const piece of pieces(sentence)) if (piece.trim()) out.push(piece.trim())
  }
  return out
}

function pieces(sentence: string): string[] {
  if (sentence.length <= longest) return [sentence]
  const at = Math.max(...['，', '、', '：', ',', ' '].map((mark) => sentence.lastIndexOf(mark, longest - 1)))
  const cut = at > 0 ? at + 1 : longest
  return [sentence.slice(0, cut), ...pieces(sentence.slice(cut))]
}

/** chineseVoice waits for the list of voices, which browsers fill late, and returns null when none speaks Chinese. */
export function chineseVoice(patience = 1500): Promise<SpeechSynthesisVoice | null> {
  const engine = 'speechSynthesis' in window ? window.speechSynthesis : null
  if (!engine || typeof SpeechSynthesisUtterance !== 'function') return Promise.resolve(null)
  const find = () => engine.getVoices().find((v) => /^(zh|cmn)\b/i.test(v.lang)) ?? null
  const now = find()
  if (now) return Promise.resolve(now)
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      engine.removeEventListener?.('voiceschanged', done)
      resolve(find())
    }
    const timer = setTimeout(done, patience)
    engine.addEventListener?.('voiceschanged', done)
  })
}

/** Speaker reads one text at a time: a new text or stop() silences the old one. */
export class Speaker {
  private turn = 0

  constructor(private readonly voice: SpeechSynthesisVoice) {}

  say(text: string, rate: number, done: () => void = () => {}): void {
    this.stop()
    const turn = this.turn
    const queue = sentences(text)
    const next = () => {
      if (turn !== this.turn) return
      const sentence = queue.shift()
      if (sentence === undefined) {
        done()
        return
      }
      const utterance = new SpeechSynthesisUtterance(sentence)
      utterance.voice = this.voice
      utterance.lang = this.voice.lang
      utterance.rate = rate
      utterance.onend = next
      utterance.onerror = next
      speechSynthesis.speak(utterance)
    }
    next()
  }

  stop(): void {
    this.turn++
    speechSynthesis.cancel()
  }
}
