import { onBeforeUnmount, onMounted } from 'vue'

/** One key of a page: "j", "Enter", "Escape", "Mod+s" (Ctrl or ⌘), "?". */
export interface Key { key: string; name: string; run: (e: KeyboardEvent) => void; typing?: boolean; hidden?: boolean }

const shown: Key[][] = []

/** allKeys are the keys that act now, for the help. */
export const allKeys = (): Key[] => shown.flat().filter((k) => !k.hidden)

const typing = (t: EventTarget | null) =>
  t instanceof HTMLElement && (t.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName) && !/^(checkbox|radio|button)$/.test((t as HTMLInputElement).type))

/** useKeys lets keys act while the component is there. They rest while something is typed, unless typing is set, and below an open dialog. */
export function useKeys(keys: Key[]): void {
  const on = (e: KeyboardEvent) => {
    if (e.isComposing || e.defaultPrevented || document.querySelector('dialog[open]')) return
    const mod = e.ctrlKey || e.metaKey
    for (const k of keys) {
      const wantsMod = k.key.startsWith('Mod+')
      const name = wantsMod ? k.key.slice(4) : k.key
      if (wantsMod !== mod || e.altKey || e.key.toLowerCase() !== name.toLowerCase()) continue
      if (typing(e.target) && !(k.typing ?? wantsMod)) continue
      if (!wantsMod && name === 'Enter' && e.target instanceof HTMLElement && e.target.closest('a, button')) continue
      e.preventDefault()
      k.run(e)
      return
    }
  }
  onMounted(() => { shown.push(keys); addEventListener('keydown', on) })
  onBeforeUnmount(() => { shown.splice(shown.indexOf(keys), 1); removeEventListener('keydown', on) })
}

/** keyName writes a key as it stands on the keyboard. */
export function keyName(key: string): string {
  const names: Record<string, string> = { Enter: '↵', Escape: 'Esc', ArrowUp: '↑', ArrowDown: '↓' }
  return key.replace('Mod+', 'Ctrl ').replace(/[^ ]+$/, (k) => names[k] ?? (k.length === 1 ? k.toUpperCase() : k))
}
