import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import { Plugin, PluginKey } from '@tiptap/pm/state'
import { Decoration, DecorationSet } from '@tiptap/pm/view'

export interface Hit { from: number; to: number }
interface Finding { text: string; hits: Hit[]; at: number }

export const findKey = new PluginKey<Finding>('find')

/** hitsIn finds a text within each paragraph; it may run over bold and links. */
export function hitsIn(doc: Node, text: string): Hit[] {
  const out: Hit[] = []
  if (!text) return out
  doc.descendants((node, pos) => {
    if (!node.isTextblock) return true
    const content = node.textBetween(0, node.content.size, '\ufffc', '\ufffc')
    for (let i = content.indexOf(text); i >= 0; i = content.indexOf(text, i + text.length)) out.push({ from: pos + 1 + i, to: pos + 1 + i + text.length })
    return false
  })
  return out
}

/** Find marks what is looked for; the panel of the editor sets the text and the hit at hand. */
export const Find = Extension.create({
  name: 'find',
  addProseMirrorPlugins: () => [new Plugin<Finding>({
    key: findKey,
    state: {
      init: () => ({ text: '', hits: [], at: 0 }),
      apply(tr, old) {
        const asked = tr.getMeta(findKey) as Partial<Finding> | undefined
        if (!asked && !tr.docChanged) return old
        const text = asked?.text ?? old.text
        const hits = hitsIn(tr.doc, text)
        return { text, hits, at: Math.max(0, Math.min(asked?.at ?? old.at, hits.length - 1)) }
      },
    },
    props: {
      decorations(state) {
        const f = findKey.getState(state)
        return f?.hits.length ? DecorationSet.create(state.doc, f.hits.map((h, n) => Decoration.inline(h.from, h.to, { class: n === f.at ? 'hit now' : 'hit' }))) : null
      },
    },
  })],
})
