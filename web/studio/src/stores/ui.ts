import { defineStore } from 'pinia'
import { ref, watchEffect } from 'vue'
import { said } from '@/lib/problem'

export interface Toast { id: number; text: string; bad: boolean; action?: { name: string; run: () => void } }
export interface Question {
  title: string
  text: string
  yes: string
  danger?: boolean
  reason?: string // label of a text that must be given
  type?: string // must be typed to go on, e.g. the name of the site
  answer: (said: string | null) => void
}

/** What floats over every room: notices, questions, the theme, the help of keys. */
export const useUI = defineStore('ui', () => {
  const toasts = ref<Toast[]>([])
  const question = ref<Question | null>(null)
  const keysHelp = ref(false)
  const finding = ref(false)
  const theme = ref<'light' | 'dark' | 'auto'>((localStorage.getItem('studio.theme') as 'light') ?? 'auto')
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const system = ref(dark.matches)
  dark.addEventListener('change', (e) => (system.value = e.matches))
  let last = 0

  watchEffect(() => {
    localStorage.setItem('studio.theme', theme.value)
    const night = theme.value === 'dark' || (theme.value === 'auto' && system.value)
    document.documentElement.dataset.theme = night ? 'dark' : 'light'
  })

  function show(text: string, o: { bad?: boolean; action?: Toast['action'] } = {}): void {
    const t: Toast = { id: ++last, text, bad: o.bad ?? false, ...(o.action ? { action: o.action } : {}) }
    // What failed and what can be undone stays; a plain notice gives way to the next.
    toasts.value = [...toasts.value.filter((x) => x.bad || x.action).slice(-2), t]
    setTimeout(() => close(t.id), o.bad ? 12_000 : o.action ? 10_000 : 5000)
  }

  function close(id: number): void {
    toasts.value = toasts.value.filter((t) => t.id !== id)
  }

  /** tell says that something is done, with a way back where there is one. */
  const tell = (text: string, undo?: () => void) => show(text, undo ? { action: { name: '撤销', run: undo } } : {})
  /** fail says what went wrong, in the words of the server. */
  const fail = (e: unknown) => show(said(e), { bad: true })

  /** ask puts a question; the answer is the reason given, '' when none was asked, null for no. */
  function ask(q: Omit<Question, 'answer'>): Promise<string | null> {
    return new Promise((resolve) => {
      question.value = { ...q, answer: (a) => { question.value = null; resolve(a) } }
    })
  }

  return { toasts, question, keysHelp, finding, theme, show, close, tell, fail, ask }
})
