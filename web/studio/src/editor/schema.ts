import { Extension, Mark, Node, mergeAttributes, type AnyExtension } from '@tiptap/core'
import { Table, TableCell, TableHeader, TableRow } from '@tiptap/extension-table'
import { ListItem } from '@tiptap/extension-list'
import StarterKit from '@tiptap/starter-kit'
import { Plugin, PluginKey } from '@tiptap/pm/state'
import { shownAt } from './media'

// What a text may hold: the platform's own HTML and nothing else. No fonts, sizes or colours: they would break the
// pages for the elderly and the contrast themes.

/** Alignment of a paragraph or heading: as it is, centred, right; class align-center and align-right. */
const Align = Extension.create({
  name: 'align',
  addGlobalAttributes() {
    return [{
      types: ['paragraph', 'heading'],
      attributes: {
        align: {
          default: null,
          parseHTML: (e) => {
            const v = /align-(center|right)/.exec(e.className)?.[1] ?? e.style.textAlign ?? e.getAttribute('align')
            return v === 'center' || v === 'right' ? v : null
          },
          renderHTML: (a) => (a.align ? { class: `align-${a.align as string}` } : {}),
        },
      },
    }]
  },
})

const script = (name: 'sub' | 'sup') => Mark.create({
  name, excludes: name === 'sub' ? 'sup' : 'sub',
  parseHTML: () => [{ tag: name }],
  renderHTML: ({ HTMLAttributes }) => [name, mergeAttributes(HTMLAttributes), 0],
})

/** A picture within a line. */
const InlinePicture = Node.create({
  name: 'image', group: 'inline', inline: true, atom: true, draggable: true,
  addAttributes: () => ({ src: { default: '' }, alt: { default: '' } }),
  parseHTML: () => [{ tag: 'img[src]' }],
  renderHTML: ({ node }) => ['img', { src: node.attrs.src as string, alt: node.attrs.alt as string }],
  addNodeView: () => ({ node }) => {
    const dom = document.createElement('img')
    dom.src = shownAt(node.attrs.src as string)
    dom.alt = node.attrs.alt as string
    return { dom }
  },
})

export interface FigurePicture { src: string; alt: string }

/** Pictures with one caption below them. */
const Figure = Node.create({
  name: 'figure', group: 'block', content: 'inline*', isolating: true, draggable: true,
  addAttributes: () => ({
    pictures: {
      default: [] as FigurePicture[],
      parseHTML: (e) => [...e.querySelectorAll('img')].map((i) => ({ src: i.getAttribute('src') ?? '', alt: i.getAttribute('alt') ?? '' })),
      rendered: false,
    },
    kept: { default: null, parseHTML: (e: HTMLElement) => e.getAttribute('data-class'), rendered: false },
  }),
  parseHTML: () => [{ tag: 'figure', contentElement: (e) => (e as HTMLElement).querySelector('figcaption') ?? document.createElement('span'), getAttrs: (e) => ((e as HTMLElement).querySelector('img') ? null : false) }],
  renderHTML: ({ node }) => ['figure', node.attrs.kept ? { 'data-class': node.attrs.kept as string } : {}, ...(node.attrs.pictures as FigurePicture[]).map((p) => ['img', { src: p.src, alt: p.alt }] as const), ['figcaption', 0]],
  addNodeView: () => ({ node, editor, getPos }) => {
    const dom = document.createElement('figure')
    let shown = ''
    const caption = document.createElement('figcaption')
    const draw = (pictures: FigurePicture[]) => {
      if (JSON.stringify(pictures) === shown) return
      shown = JSON.stringify(pictures)
      dom.querySelectorAll('.fig').forEach((x) => x.remove())
      for (const p of pictures) {
        const box = document.createElement('div')
        box.className = 'fig'
        box.contentEditable = 'false'
        const img = document.createElement('img')
        img.src = shownAt(p.src)
        img.alt = p.alt
        const alt = document.createElement('button')
        alt.type = 'button'
        alt.className = p.alt ? 'alt' : 'alt none'
        alt.textContent = p.alt ? `替代文字：${p.alt}` : '缺替代文字，点此填写'
        alt.onclick = () => editor.view.dom.dispatchEvent(new CustomEvent('ask-alt', { bubbles: true, detail: { at: getPos(), src: p.src } }))
        box.append(img, alt)
        dom.insertBefore(box, caption)
      }
    }
    dom.append(caption)
    draw(node.attrs.pictures as FigurePicture[])
    const blank = (n: typeof node) => caption.classList.toggle('blank-caption', n.content.size === 0)
    blank(node)
    return {
      dom, contentDOM: caption,
      update(n) { if (n.type.name !== 'figure') return false; draw(n.attrs.pictures as FigurePicture[]); blank(n); return true },
      ignoreMutation: (m) => !caption.contains(m.target),
      stopEvent: (e) => e.target instanceof HTMLElement && e.target.classList.contains('alt'),
    }
  },
})

/** A film or a recording, as it was imported. */
const Media = Node.create({
  name: 'media', group: 'block', atom: true, draggable: true,
  addAttributes: () => ({ tag: { default: 'video', parseHTML: (e) => e.tagName.toLowerCase(), rendered: false }, src: { default: '' }, poster: { default: null } }),
  parseHTML: () => [{ tag: 'video[src]' }, { tag: 'audio[src]' }],
  renderHTML: ({ node }) => [node.attrs.tag as string, { controls: '', src: node.attrs.src as string, ...(node.attrs.poster ? { poster: node.attrs.poster as string } : {}) }],
})

/** A place in the text that its links lead to. */
const Anchor = Node.create({
  name: 'anchor', group: 'inline', inline: true, atom: true, selectable: false,
  addAttributes: () => ({ id: { default: '' } }),
  parseHTML: () => [{ tag: 'span[id]', getAttrs: (e) => ((e as HTMLElement).textContent ? false : null) }],
  renderHTML: ({ node }) => ['span', { id: node.attrs.id as string }],
})

const Item = ListItem.extend({
  addAttributes: () => ({ value: { default: null, parseHTML: (e: HTMLElement) => e.getAttribute('value') } }),
})

/** A table with a caption; media.ts puts the caption of the HTML into the attribute and back. */
const CaptionedTable = Table.extend({
  addAttributes() {
    return { ...this.parent?.(), caption: { default: null, parseHTML: (e: HTMLElement) => e.getAttribute('data-caption'), renderHTML: (a: Record<string, unknown>) => (a.caption ? { 'data-caption': a.caption } : {}) } }
  },
})

const marks = new PluginKey<{ from: number; to: number }[]>('paste-guard')
/** What is dropped from outside goes through the same cleaning as what is pasted. */
const pasted = (clean: (html: string) => string) => Extension.create({
  name: 'pasted',
  addProseMirrorPlugins: () => [new Plugin({ key: marks, props: { transformPastedHTML: (html) => clean(html) } })],
})

export function schema(o: { clean: (html: string) => string } = { clean: (h) => h }): AnyExtension[] {
  return [
    StarterKit.configure({
      code: false, codeBlock: false, listItem: false, heading: { levels: [2, 3, 4] },
      link: { openOnClick: false, autolink: false, defaultProtocol: 'https', protocols: ['http', 'https', 'mailto', 'tel'], HTMLAttributes: { rel: null, target: null, class: null } },
      dropcursor: { class: 'dropcursor', color: false }, trailingNode: false,
    }),
    Item, Align, script('sub'), script('sup'), InlinePicture, Figure, Media, Anchor,
    CaptionedTable.configure({ resizable: false }), TableRow, TableHeader, TableCell,
    pasted(o.clean),
  ]
}
